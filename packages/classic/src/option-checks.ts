import { ArgumentError } from "@tensorloom/tensor";

/** Throws `ArgumentError` unless an option is a whole number in [least, most]. */
export function checkWhole(
  operation: string,
  name: string,
  value: number,
  least: number,
  most: number = Infinity,
): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const range = most === Infinity ? `from ${least}` : `in [${least}, ${most}]`;
  throw new ArgumentError(
    `${operation}: ${name}: expected a whole number ${range}, got ${String(value)}`,
  );
}

/** Throws `ArgumentError` unless an option is a finite number of at least `least`, or above it if that is excluded. */
export function checkNumber(
  operation: string,
  name: string,
  value: number,
  least: number,
  { isExclusive = false }: { readonly isExclusive?: boolean } = {},
): void {
  if (Number.isFinite(value) && (isExclusive ? value > least : value >= least)) return;
  throw new ArgumentError(
    `${operation}: ${name}: expected a finite number ${isExclusive ? "above" : "from"} ${least}, got ${String(value)}`,
  );
}

/** Throws `ArgumentError` unless an option is one of some choices. */
export function checkOneOf(
  operation: string,
  name: string,
  value: unknown,
  choices: readonly unknown[],
): void {
  if (choices.includes(value)) return;
  throw new ArgumentError(
    `${operation}: ${name}: expected ${choices.slice(0, -1).join(", ")} or ${String(choices.at(-1))}, got ${String(value)}`,
  );
}
