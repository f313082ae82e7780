/** The numbers of one epoch. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** How long it took. */
  readonly seconds: number;
  /** Loss and metrics by name; those on validation data begin with `val`, as `valLoss`. */
  readonly values: Readonly<Record<string, number>>;
}

/**
 * Every number of a training run; prints as a table.
 *
 * @example
 * const history = new History();
 * history.add({ epoch: 1, seconds: 0.5, values: { loss: 2 } });
 * history.values("loss"); // => [2]
 */
export class History {
  /** One record an epoch. */
  readonly epochs: EpochRecord[] = [];
  /** Why training ended: all epochs done, a callback asked, or the signal. */
  endedBy: "epochs" | "callback" | "signal" = "epochs";

  /** Adds an epoch's record. */
  add(record: EpochRecord): void {
    this.epochs.push(record);
  }

  /** Returns one number an epoch, by name; NaN where it was not recorded. */
  values(name: string): number[] {
    return this.epochs.map(({ values }) => values[name] ?? Number.NaN);
  }

  /** Returns a table, one line an epoch. */
  toString(): string {
    const names = Object.keys(this.epochs[0]?.values ?? {});
    const header = ["epoch", ...names, "seconds"];
    const rows = this.epochs.map(({ epoch, values, seconds }) => [
      String(epoch),
      ...names.map((name) => (values[name] ?? Number.NaN).toFixed(4)),
      seconds.toFixed(2),
    ]);
    return formatTable([header, ...rows]);
  }
}

/** Returns rows of cells as lines, columns aligned to the right. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) => row.map((cell, i) => cell.padStart(widths[i]!)).join("  ")).join("\n");
}
