import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Contender } from "../measure.ts";

const python = "/usr/bin/python3";

/** scikit-learn in a Python process of its own, that runs the cases of a script in bench/sklearn when it is told to. */
export interface Sklearn {
  /** Hands over an array by name. */
  give(name: string, data: Float32Array | Float64Array | Int32Array, shape: readonly number[]): Promise<void>; // prettier-ignore
  /** Runs a case once, and resolves to numbers of its result, to be checked. */
  run(name: string): Promise<number[]>;
  /** Returns a case to time: its wall time includes some 0.1 ms of messages; its processor time is not seen from here. */
  contender(name: string): Contender;
  /** Ends the process. */
  end(): void;
}

/** Starts a script of bench/sklearn with so many threads; undefined where there is no scikit-learn. */
export function startSklearn(script: string, threads: number): Sklearn | undefined {
  const found = spawnSync(python, ["-c", "import sklearn; print(sklearn.__version__)"]);
  if (found.status !== 0) {
    console.log("scikit-learn: not found, left out; try apt-get install python3-sklearn");
    return undefined;
  }
  const version = found.stdout.toString().trim();
  const folder = mkdtempSync(path.join(tmpdir(), "tensorloom-bench-"));
  const count = String(threads);
  const child: ChildProcessWithoutNullStreams = spawn(python, ["-W", "ignore", `bench/sklearn/${script}.py`], {
    env: { ...process.env, OMP_NUM_THREADS: count, OPENBLAS_NUM_THREADS: count },
  }); // prettier-ignore
  child.stderr.pipe(process.stderr);
  const waiting: ((line: string) => void)[] = [];
  createInterface(child.stdout).on("line", (line) => waiting.shift()?.(line));
  child.on("error", (error) => {
    throw error;
  });
  const ask = (request: object): Promise<number[]> =>
    new Promise((resolve) => {
      waiting.push((line) => resolve(JSON.parse(line) as number[]));
      child.stdin.write(`${JSON.stringify(request)}\n`);
    });
  return {
    async give(name, data, shape) {
      const file = path.join(folder, name);
      writeFileSync(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      const dtype = data.constructor.name.replace("Array", "").toLowerCase();
      await ask({ give: name, file, dtype, shape });
    },
    run: (name) => ask({ run: name }),
    contender: (name) => ({
      name: `scikit-learn ${version}`,
      run: async () => void (await ask({ run: name })),
    }),
    end() {
      child.stdin.end();
      rmSync(folder, { recursive: true });
    },
  };
}
