import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { buildSync } from "esbuild";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Progress } from "../src/parallel/pacer.ts";
import { pool, runParts, shared, threadsFor } from "../src/parallel/run-parts.ts";
import { RandomStream } from "../src/random/random-stream.ts";

const values = shared(Float64Array.from({ length: 4000 }, (_, i) => i / 7));
const parts = Array.from({ length: 20 }, (_, i) => ({ begin: i * 200, end: (i + 1) * 200 }));
const expected = parts.map(({ begin, end }) =>
  values.subarray(begin, end).reduce((sum, x) => sum + x * x, 0),
);
const run = (options = {}) => runParts("test", "sumOfSquares", { values }, parts, options);

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("parts of a task", () => {
  test("give the same on any number of threads, in their order, and progress is told", async () => {
    for (const nJobs of [1, 2, 3, -1]) {
      const seen: number[] = [];
      const onProgress = ({ done }: Progress): number => seen.push(done);
      expect(await run({ nJobs, onProgress })).toEqual(expected);
      expect(seen).toEqual(parts.map((_, i) => i + 1));
    }
  });
  test("jobs overlap", async () => {
    const all = await Promise.all([run({ nJobs: 2 }), run({ nJobs: 2 }), run({ nJobs: 1 })]);
    for (const one of all) expect(one).toEqual(expected);
  });
  test("a worker that dies is replaced, and its part is computed again", async () => {
    const pending = run({ nJobs: 2 });
    pool.threads[0]!.terminate();
    expect(await pending).toEqual(expected);
    expect(await run({ nJobs: 2 })).toEqual(expected);
  });
  test("what a part throws rejects, with threads and without; the pool goes on", async () => {
    for (const nJobs of [1, 2]) {
      const wrong = [...parts, { begin: 0, end: 1e9 }];
      const pending = runParts("test", "sumOfSquares", { values }, wrong, { nJobs });
      await expect(pending).rejects.toThrow("expected at most 4000");
    }
    expect(await run({ nJobs: 2 })).toEqual(expected);
  });
  test("an aborted signal rejects with its reason, before and in the middle", async () => {
    const reason = new Error("enough");
    for (const nJobs of [1, 2]) {
      await expect(run({ nJobs, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      const controller = new AbortController();
      const onProgress = ({ done }: Progress): void =>
        void (done === 3 && controller.abort(reason));
      await expect(run({ nJobs, signal: controller.signal, onProgress })).rejects.toBe(reason);
    }
    expect(await run({ nJobs: 2 })).toEqual(expected);
  });
  test("without shared memory arrays are copied", async () => {
    const own = Float64Array.from(values);
    expect(await runParts("test", "sumOfSquares", { values: own }, parts, { nJobs: 2 })).toEqual(
      expected,
    );
    vi.stubGlobal("SharedArrayBuffer", undefined);
    expect(shared(own)).toBe(own);
  });
  test("nJobs is checked", () => {
    expect(threadsFor("test", 3)).toBe(3);
    expect(() => threadsFor("fit", 0)).toThrow("fit: nJobs: expected a number of threads");
  });
});

describe("processes", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "tensorloom-"));
  const script = path.join(folder, "parts.mjs");
  beforeAll(() =>
    buildSync({
      stdin: {
        contents: `
          import { runParts } from "./packages/classic/src/parallel/run-parts.ts";
          const parts = [0, 1, 2].map((i) => ({ begin: i, end: i + 1 }));
          const values = Float64Array.of(3, 4, 5);
          console.log(await runParts("test", "sumOfSquares", { values }, parts, { nJobs: 2 }));`,
        resolveDir: ".",
      },
      bundle: true,
      platform: "node",
      format: "esm",
      outfile: script,
    }),
  );
  afterAll(() => rmSync(folder, { recursive: true }));
  const output = (...flags: string[]): { stdout: string; stderr: string } =>
    spawnSync(process.execPath, [...flags, script], { encoding: "utf8", timeout: 10_000 });

  test("end by themselves when the work is done, and not before", () => {
    expect(output().stdout).toBe("[ 9, 16, 25 ]\n");
  });
  test("that may not have workers compute on the calling thread, and are told once", () => {
    const { stdout, stderr } = output("--experimental-permission", "--allow-fs-read=*");
    expect(stdout).toBe("[ 9, 16, 25 ]\n");
    expect(stderr).toContain("classic: no worker threads can be had");
  });
});

test("a stream's bits are the tensor package's generator's, and streams differ", () => {
  // Known answer of Threefry-2x32-20 for key 0 and counter 0, from Random123's kat_vectors.
  const zero = new RandomStream(0, 0);
  expect([zero.bits(), zero.bits()]).toEqual([0x6b200159, 0x99ba4efe]);
  const [a, b] = [new RandomStream(1, 0), new RandomStream(1, 1)];
  const drawn = Array.from({ length: 10000 }, () => a.uniform());
  expect(drawn.every((x) => x >= 0 && x < 1)).toBe(true);
  // Four standard errors of a mean of 10,000.
  expect(Math.abs(drawn.reduce((sum, x) => sum + x, 0) / 10000 - 0.5)).toBeLessThan(0.0116);
  expect(b.uniform()).not.toBe(drawn[0]);
  const order = Array.from({ length: 50 }, (_, i) => i);
  b.shuffle(order);
  expect(order.toSorted((x, y) => x - y)).toEqual(Array.from({ length: 50 }, (_, i) => i));
});
