import type { EpochRecord } from "./history.ts";

/** Shows how training goes. */
export interface Progress {
  /** Called after each batch; `total` is undefined where nobody knows. */
  batch(done: number, total: number | undefined, loss: number): void;
  /** Called after each epoch. */
  epoch(record: EpochRecord): void;
  /** Called once, however training ends. */
  end(): void;
}

/**
 * How progress is shown: `"bar"` in a terminal (through the optional package cli-progress), `"lines"` one an epoch,
 * `false` not at all; `"auto"` is a bar in a terminal and lines elsewhere in Node, and nothing in a browser.
 */
export type ProgressOption = "auto" | "bar" | "lines" | boolean;

interface NodeProcess {
  readonly stdout?: { readonly isTTY?: boolean; write(text: string): unknown };
  readonly stderr?: { readonly isTTY?: boolean; write(text: string): unknown };
}

const silent: Progress = {
  batch() {
    // Nothing is shown.
  },
  epoch() {
    // Nothing is shown.
  },
  end() {
    // Nothing was shown.
  },
};

/** Returns what shows the progress of a run of `epochs` epochs. */
export async function createProgress(option: ProgressOption, epochs: number): Promise<Progress> {
  const { stderr } = (globalThis as { process?: NodeProcess }).process ?? {};
  if (option === false || stderr === undefined) return silent;
  const wantsBar = option === "bar" || (option !== "lines" && stderr.isTTY === true);
  const bar = wantsBar ? await createBar(epochs) : undefined;
  return (
    bar ?? {
      ...silent,
      epoch: (record) =>
        void stderr.write(`epoch ${record.epoch}/${epochs}  ${describe(record)}\n`),
    }
  );
}

function describe({ values, seconds }: EpochRecord): string {
  const numbers = Object.entries(values).map(([name, value]) => `${name} ${value.toFixed(4)}`);
  return `${numbers.join("  ")}  ${seconds.toFixed(1)} s`;
}

/** Resolves to cli-progress's bar; to undefined where it is not installed, or left out: in bundles for browsers, by package.json. */
async function loadBar(): Promise<(typeof import("cli-progress"))["SingleBar"] | undefined> {
  try {
    const library = await import("cli-progress");
    // The package is CommonJS: engines put its exports under `default`, some bundlers do not.
    return ("default" in library ? (library.default as typeof library) : library).SingleBar;
  } catch {
    return undefined;
  }
}

/** A bar an epoch; undefined where there is no cli-progress. */
async function createBar(epochs: number): Promise<Progress | undefined> {
  const SingleBar = await loadBar();
  if (SingleBar === undefined) return undefined;
  let epoch = 1;
  let bar: InstanceType<typeof SingleBar> | undefined;
  return {
    batch(done, total, loss) {
      if (bar === undefined) {
        bar = new SingleBar({
          format: `epoch ${epoch}/${epochs} {bar} {value}/{total}  {numbers}`,
          barsize: 24,
          hideCursor: true,
          barCompleteChar: "█",
          barIncompleteChar: "░",
        });
        bar.start(total ?? done, 0, { numbers: "" });
      }
      if (total === undefined) bar.setTotal(done);
      bar.update(done, { numbers: `loss ${loss.toFixed(4)}` });
    },
    epoch(record) {
      bar?.update({ numbers: describe(record) });
      bar?.stop();
      bar = undefined;
      epoch = record.epoch + 1;
    },
    end() {
      bar?.stop();
    },
  };
}
