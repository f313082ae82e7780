import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import * as tl from "../src/index.ts";

test("ready() chooses WebAssembly, once", async () => {
  expect((await tl.ready()).name).toBe("wasm");
  await tl.use(tl.cpu());
  expect((await tl.ready()).name).toBe("cpu");
});

test("without WebAssembly it runs on cpu, and says why once", () => {
  const entry = fileURLToPath(new URL("../dist/index.js", import.meta.url));
  const script = `const tl = await import(${JSON.stringify(entry)});
    await tl.ready(); await tl.ready(); console.log(tl.tensor([1, 2]).add(1).toString(), tl.tensor(1).backend);`;
  const printed = execFileSync(
    process.execPath,
    ["--jitless", "--input-type=module", "-e", script],
    {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  expect(printed.trim()).toBe("[2, 3] cpu");
});

test("importing starts nothing and writes no globals", () => {
  const entry = fileURLToPath(new URL("../dist/index.js", import.meta.url));
  const script = `const before = Object.getOwnPropertyNames(globalThis).length;
    await import(${JSON.stringify(entry)}); console.log(Object.getOwnPropertyNames(globalThis).length - before);`;
  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    timeout: 10_000,
  });
  expect(printed.trim()).toBe("0");
});
