import type { KernelProfile } from "./profiler.ts";

/** What a profiled run cost. */
export class Profile {
  /** By kernel, the costliest first. */
  readonly kernels: readonly KernelProfile[];
  /** How many batches of commands were submitted. */
  readonly submits: number;
  /** How many dispatches there were. */
  readonly dispatches: number;

  /** @internal */
  constructor(kernels: readonly KernelProfile[], submits: number, dispatches: number) {
    this.kernels = kernels;
    this.submits = submits;
    this.dispatches = dispatches;
  }

  /** Milliseconds on the device, all kernels together; NaN where it cannot tell. */
  get ms(): number {
    return this.kernels.reduce((sum, { ms }) => sum + ms, 0);
  }

  /** Returns it as a table. */
  toString(): string {
    const number = (value: number, digits: number): string =>
      Number.isNaN(value) ? "-" : value.toFixed(digits);
    const rows = this.kernels.map(({ kernel, dispatches, ms, bytes }) => [
      kernel,
      String(dispatches),
      number(ms, 3),
      number((1000 * ms) / dispatches, 1),
      number(bytes / 2 ** 20, 2),
    ]);
    const total = ["total", String(this.dispatches), number(this.ms, 3), "", ""];
    const table = [["kernel", "dispatches", "ms", "µs each", "MiB bound"], ...rows, total];
    const widths = table[0]!.map((_, column) =>
      Math.max(...table.map((row) => row[column]!.length)),
    );
    return table
      .map((row) =>
        row
          .map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!)))
          .join("  "),
      )
      .join("\n");
  }
}
