import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { saveSafetensors, tensor, use } from "@tensorloom/tensor";
import { cpu } from "@tensorloom/backend-cpu";
import { afterAll, beforeAll, expect, test } from "vitest";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), "tensorloom-cli-"));
const file = path.join(folder, "model.safetensors");

beforeAll(async () => {
  await use(cpu());
  const weights = {
    weight: tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]),
    steps: tensor([7], { dtype: "int32" }),
  };
  await saveSafetensors(file, weights, { epoch: "3" });
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(...args: string[]): string {
  return execFileSync(process.execPath, [cli, ...args], { encoding: "utf8" });
}

test("info names the backends, through a link as npm makes it", () => {
  const link = path.join(folder, "tensorloom");
  symlinkSync(cli, link);
  const printed = execFileSync(process.execPath, [link, "info"], { encoding: "utf8" });
  expect(printed).toContain(`Node ${process.versions.node}`);
  expect(printed).toMatch(/^wasm +\d+ +(relaxed-)?simd/m);
  expect(printed).toMatch(/^cpu +1 /m);
  const { backends } = JSON.parse(run("info", "--json")) as { backends: { name: string }[] };
  expect(backends.map(({ name }) => name)).toEqual(expect.arrayContaining(["wasm", "cpu"]));
});

test("inspect lists tensors, and texts beside them", () => {
  const printed = run("inspect", file);
  expect(printed).toContain("epoch: 3");
  expect(printed).toMatch(/^weight +F32 +float32 +\[2, 3\] +24$/m);
  expect(printed).toMatch(/^steps +I32 +int32 +\[1\] +4$/m);
  expect(printed).toContain("2 tensors, 7 elements, 28 bytes");
  expect(JSON.parse(run("inspect", file, "--json"))).toMatchObject({ metadata: { epoch: "3" } });
});

test("a file that is none, or is not there, is an error without a stack", () => {
  const broken = path.join(folder, "broken.safetensors");
  writeFileSync(broken, "no");
  for (const [name, says] of [
    [broken, "expected at least 8 bytes"],
    [path.join(folder, "absent"), "ENOENT"],
  ]) {
    const { status, stderr } = spawnSync(process.execPath, [cli, "inspect", name!], {
      encoding: "utf8",
    });
    expect(status).toBe(1);
    expect(stderr).toContain(says);
    expect(stderr).not.toContain("    at ");
  }
});

test("bench times each backend", () => {
  const results = JSON.parse(run("bench", "--json")) as { backend: string; ms: number }[];
  expect(results.map(({ backend }) => backend)).toEqual(expect.arrayContaining(["wasm", "cpu"]));
  for (const { ms } of results) expect(ms).toBeGreaterThan(0);
}, 60_000);
