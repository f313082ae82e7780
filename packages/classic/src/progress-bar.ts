import type { Progress } from "./parallel/pacer.ts";

/**
 * Does long work, and draws a bar of its progress on a terminal's error stream: by the optional package cli-progress. Nothing is
 * drawn where there is no terminal, in browsers, or without that package.
 *
 * @param run - the work: it is given what it calls as `onProgress`
 * @returns what the work returns
 *
 * @example
 * const forest = new RandomForestClassifier({ nEstimators: 4 });
 * const model = await withProgressBar((onProgress) => forest.fit([[1], [2]], [0, 1], { onProgress }));
 * model.classes; // => [0,1]
 */
export async function withProgressBar<R>(
  run: (onProgress: (progress: Progress) => void) => Promise<R>,
): Promise<R> {
  const { stderr } = (globalThis as { process?: { stderr?: { isTTY?: boolean } } }).process ?? {};
  const SingleBar = stderr?.isTTY === true ? await loadBar() : undefined;
  if (SingleBar === undefined) return run(() => undefined);
  const bar = new SingleBar({
    format: "{bar} {value}/{total}  {eta_formatted}  {number}",
    barsize: 24,
    hideCursor: true,
    barCompleteChar: "█",
    barIncompleteChar: "░",
  });
  bar.start(1, 0, { number: "" });
  try {
    return await run(({ done, total, value }) => {
      bar.setTotal(total);
      bar.update(done, { number: value === undefined ? "" : value.toFixed(4) });
    });
  } finally {
    bar.stop();
  }
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
