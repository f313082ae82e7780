import { UnsupportedError } from "@tensorloom/tensor";
import type { Callback } from "./callback.ts";

/** Where lines of text go: a path (Node), whose file is begun anew and then grows; or a function that takes each. */
export type LineSink = string | ((line: string) => void | Promise<void>);

/**
 * Returns a callback that writes each epoch's numbers as a line of comma-separated values, after a line of their names. Training
 * that is resumed goes on in the same file.
 *
 * @param target - a path, or a function that takes each line, its end included
 *
 * @example
 * const lines: string[] = [];
 * const model = new Linear(1, 1);
 * await fit(model, { x: ones([4, 1]), y: ones([4, 1]) }, {
 *   optimizer: new SGD(model, { learningRate: 0.1 }), loss: mseLoss, epochs: 2, progress: false,
 *   callbacks: [csvLogger((line) => void lines.push(line))],
 * });
 * [lines.length, lines[0]]; // => [3,"epoch,seconds,loss\n"]
 */
export function csvLogger(target: LineSink): Callback {
  const write = typeof target === "string" ? lineWriter(target) : target;
  return {
    async onEpochEnd({ epoch, seconds, values }) {
      if (epoch === 1)
        await write(`${["epoch", "seconds", ...Object.keys(values)].join(",")}\n`, true);
      await write(`${[epoch, seconds, ...Object.values(values)].join(",")}\n`, false);
    },
  };
}

interface NodeFiles {
  writeFile(path: string, text: string): Promise<void>;
  appendFile(path: string, text: string): Promise<void>;
}

function lineWriter(path: string): (line: string, isFirst: boolean) => Promise<void> {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  const files = process?.getBuiltinModule?.("node:fs/promises") as NodeFiles | undefined;
  if (files === undefined) {
    throw new UnsupportedError(
      "csvLogger: target: expected Node for a path, got a platform without its file system; give a function that takes lines",
    );
  }
  return (line, isFirst) => (isFirst ? files.writeFile(path, line) : files.appendFile(path, line));
}
