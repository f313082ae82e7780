import { parseArgs } from "node:util";

/** What the command line asks for. */
export interface Options {
  readonly backend: "auto" | "wasm" | "cpu";
  readonly seed: number;
  readonly epochs: number;
  readonly output: string;
}

const usage = `npm start -- [options]

  --backend wasm|cpu   the backend to run on (by default wasm, or cpu where that cannot run)
  --epochs N           the most epochs to train for (60)
  --seed N             the seed of everything random (1)
  --output FOLDER      where digits.safetensors and report.html go (examples/digits/output)
  --help               this text
`;

/** Returns what the command line asks for; prints why and ends the process if it cannot be. */
export function readOptions(args: readonly string[], defaultOutput: string): Options {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        backend: { type: "string", default: "auto" },
        seed: { type: "string", default: "1" },
        epochs: { type: "string", default: "60" },
        output: { type: "string", default: defaultOutput },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      process.stdout.write(usage);
      process.exit(0);
    }
    const { backend } = values;
    if (backend !== "auto" && backend !== "wasm" && backend !== "cpu") {
      throw new TypeError(`--backend: expected wasm or cpu, got ${backend}`);
    }
    return {
      backend,
      seed: wholeNumber("--seed", values.seed, 0),
      epochs: wholeNumber("--epochs", values.epochs, 1),
      output: values.output,
    };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value < 2 ** 32) return value;
  throw new TypeError(`${name}: expected a whole number of ${least} or more, got ${text}`);
}
