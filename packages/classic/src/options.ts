import { ArgumentError } from "@tensorloom/tensor";

/** What a number must be to be an option. */
export interface NumberRule {
  /** The least that is allowed. */
  readonly from?: number;
  /** What it must be above. */
  readonly above?: number;
  /** The most that is allowed. */
  readonly to?: number;
}

/** Returns an option that must be a number; throws `ArgumentError` for what is out of its range. */
export function numberOption(
  operation: string,
  name: string,
  value: number,
  rule: NumberRule = {},
): number {
  if (typeof value === "number" && isWithin(value, rule)) return value;
  throw new ArgumentError(
    `${operation}: ${name}: expected a number${described(rule)}, got ${String(value)}`,
  );
}

/** Returns an option that must be a whole number; throws `ArgumentError` for others. */
export function wholeOption(
  operation: string,
  name: string,
  value: number,
  rule: NumberRule = { from: 1 },
): number {
  if (Number.isInteger(value) && isWithin(value, rule)) return value;
  throw new ArgumentError(
    `${operation}: ${name}: expected a whole number${described(rule)}, got ${String(value)}`,
  );
}

/** Returns an option that must be one of some texts; throws `ArgumentError` for others. */
export function choiceOption<T extends string>(
  operation: string,
  name: string,
  value: T,
  choices: readonly T[],
): T {
  if (choices.includes(value)) return value;
  throw new ArgumentError(
    `${operation}: ${name}: expected one of ${choices.join(", ")}, got "${String(value)}"`,
  );
}

/**
 * Returns how many of `all` an option stands for: below 1 a share of them, else their number; at least `least`.
 *
 * @param round - how a share is rounded: up (default) or down
 */
export function shareOption(
  operation: string,
  name: string,
  value: number,
  all: number,
  { least = 1, round = Math.ceil }: { least?: number; round?: (x: number) => number } = {},
): number {
  if (value > 0 && value < 1) return Math.max(least, round(value * all));
  if (Number.isInteger(value) && value >= least) return value;
  throw new ArgumentError(
    `${operation}: ${name}: expected a share in (0, 1) or a whole number from ${least}, got ${String(value)}`,
  );
}

function isWithin(value: number, { from, above, to }: NumberRule): boolean {
  return !(
    Number.isNaN(value) ||
    (from !== undefined && value < from) ||
    (above !== undefined && value <= above) ||
    (to !== undefined && value > to)
  );
}

function described({ from, above, to }: NumberRule): string {
  const low = from === undefined ? (above === undefined ? "" : ` above ${above}`) : ` from ${from}`;
  return to === undefined ? low : `${low} to ${to}`;
}
