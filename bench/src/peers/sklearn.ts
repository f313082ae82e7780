import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface, type Interface } from "node:readline";

/** Samples and classes, where the other process finds them. */
export interface SharedTable {
  readonly folder: string;
}

/** A Python process with scikit-learn that fits what it is told, so that it takes turns with us. */
export class Sklearn {
  readonly #process: ChildProcess;
  readonly #lines: Interface;
  readonly #threads: number;
  readonly #folders: string[] = [];

  private constructor(script: string, threads: number) {
    const env = { ...process.env };
    for (const name of ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"]) env[name] = String(threads);
    this.#process = spawn(python, [script], { env, stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#process.stdout! });
    this.#threads = threads;
  }

  /** Starts it with a script of bench/sklearn; undefined where there is no scikit-learn. */
  static start(script: string, threads: number): Sklearn | undefined {
    const isThere = spawnSync(python, ["-c", "import sklearn"]).status === 0;
    return isThere ? new Sklearn(path.join("bench", "sklearn", script), threads) : undefined;
  }

  /** Lays samples `[rows, columns]` and classes down for it. */
  share(x: Float32Array, y: Int32Array): SharedTable {
    const folder = mkdtempSync(path.join(tmpdir(), "tensorloom-bench-"));
    this.#folders.push(folder);
    writeFileSync(path.join(folder, "x.bin"), x);
    writeFileSync(path.join(folder, "y.bin"), y);
    return { folder };
  }

  /** Has a case of the script fitted; resolves to its score on the same samples if that is asked for. */
  async fit(name: string, { folder }: SharedTable, score = false): Promise<number> {
    const answer = new Promise<string>((resolve) => this.#lines.once("line", resolve));
    const wanted = { case: name, folder, threads: this.#threads, score };
    this.#process.stdin!.write(`${JSON.stringify(wanted)}\n`);
    return (JSON.parse(await answer) as { score: number }).score;
  }

  /** Ends it. */
  stop(): void {
    this.#process.stdin!.end();
    for (const folder of this.#folders) rmSync(folder, { recursive: true });
  }
}

const python = "/usr/bin/python3";
