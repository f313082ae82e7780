// What the conformance suite asks of vitest's `expect`, for pages: vitest itself runs in Node.

/** Tells whether two values are equal all the way down; NaN equals NaN, and zeros of different signs differ. */
function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b) || (b instanceof ArrayContaining && b.matches(a))) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const keys = Object.keys(b);
  return (
    Object.keys(a).length === keys.length &&
    keys.every((key) => isEqual((a as never)[key], (b as never)[key]))
  );
}

class ArrayContaining {
  readonly #members: readonly unknown[];

  constructor(members: readonly unknown[]) {
    this.#members = members;
  }

  matches(value: unknown): boolean {
    if (!Array.isArray(value)) return false;
    return this.#members.every((member) => value.some((one) => isEqual(one, member)));
  }
}

interface Matchers {
  toBe(expected: unknown): void;
  toEqual(expected: unknown): void;
  toBeLessThan(bound: number): void;
  toBeGreaterThanOrEqual(bound: number): void;
  readonly rejects: { toMatchObject(expected: Readonly<Record<string, unknown>>): Promise<void> };
}

function check(holds: boolean, actual: unknown, what: string, expected: unknown, name = ""): void {
  if (!holds) throw new Error(`${name}: expected ${String(actual)} ${what} ${String(expected)}`);
}

/** As vitest's. */
export function expect(actual: unknown, name?: string): Matchers {
  return {
    toBe: (expected) => check(Object.is(actual, expected), actual, "to be", expected, name),
    toEqual: (expected) => check(isEqual(actual, expected), actual, "to equal", expected, name),
    toBeLessThan: (bound) => check((actual as number) < bound, actual, "to be below", bound, name),
    toBeGreaterThanOrEqual: (bound) =>
      check((actual as number) >= bound, actual, "to be at least", bound, name),
    rejects: {
      async toMatchObject(expected) {
        const error: unknown = await (actual as Promise<unknown>).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        const found = Object.fromEntries(
          Object.keys(expected).map((key) => [key, (error as never)?.[key]]),
        );
        check(isEqual(found, expected), error, "to match", JSON.stringify(expected), name);
      },
    },
  };
}

expect.fail = (message: string): never => {
  throw new Error(message);
};
expect.arrayContaining = (members: readonly unknown[]): ArrayContaining =>
  new ArrayContaining(members);

function register(): never {
  throw new Error("a page runs tests itself, and registers none");
}
export { register as afterAll, register as beforeAll, register as describe, register as test };
