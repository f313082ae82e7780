import type { Backend, DType } from "@tensorloom/tensor/backend";
import { reference } from "@tensorloom/tensor/reference";
import type { ConformanceOptions, Family } from "./target.ts";
import { defaultUnits, type OperationClass, type UnitTable } from "./tolerances.ts";

/** What a test works on: the backend under test, and the one that is right. */
export interface Pair {
  /** Under test. */
  readonly backend: Backend;
  /** The reference. */
  readonly reference: Backend;
  /** How many units in the last place each class of operations may be off. */
  readonly units: UnitTable;
  /** Whether the backend computes with numbers below the smallest normal one, or takes them for zero. */
  readonly keepsSubnormals: boolean;
}

/** What a test takes for granted; where a backend lacks it, the test is skipped by name. */
export interface Needs {
  /** Dtypes. */
  readonly dtypes?: readonly DType[];
  /** Numbers below the smallest normal one. The contract leaves them open: GPUs take them for zero. */
  readonly subnormals?: boolean;
  /** The optional family `rows`. */
  readonly rows?: boolean;
  /** Memory that JavaScript reads at once. */
  readonly host?: boolean;
}

/** One test: its id is stable, so that backends can name it. */
export interface ConformanceTest {
  /** The family. */
  readonly family: Family;
  /** As `gemm/float32 odd`. */
  readonly id: string;
  /** What it takes for granted. */
  readonly needs: Needs;
  /** Throws if the backend is wrong. */
  readonly run: (pair: Pair) => void | Promise<void>;
}

/** Collects the tests of a family. */
export class Suite {
  /** The tests, in order. */
  readonly tests: ConformanceTest[] = [];
  readonly #family: Family;

  /** @param family - the prefix of every id */
  constructor(family: Family) {
    this.#family = family;
  }

  /** Adds a test. */
  test(name: string, run: ConformanceTest["run"], needs: Needs = {}): void {
    this.tests.push({ family: this.#family, id: `${this.#family}/${name}`, needs, run });
  }
}

/** Returns a backend beside a fresh reference. */
export function pairWith(
  backend: Backend,
  tolerance: ConformanceOptions["tolerance"],
  keepsSubnormals = true,
): Pair {
  return { backend, reference: reference(), units: unitsFor(tolerance), keepsSubnormals };
}

/** Returns what the pair's backend lacks for a test, in words; undefined where it has all. */
export function lacking({ backend, keepsSubnormals }: Pair, needs: Needs): string | undefined {
  const dtype = needs.dtypes?.find((one) => !backend.dtypes.includes(one));
  if (dtype !== undefined) return `no ${dtype}`;
  if (needs.rows === true && backend.rows === undefined) return "composes rows of map and reduce";
  if (needs.host === true && backend.readSync === undefined) return "not a host backend";
  return needs.subnormals === true && !keepsSubnormals ? "takes subnormals for zero" : undefined;
}

function unitsFor(tolerance: ConformanceOptions["tolerance"]): UnitTable {
  if (typeof tolerance !== "number") return { ...defaultUnits, ...tolerance };
  const scaled = Object.entries(defaultUnits).map(([operation, units]) => [
    operation,
    units * tolerance,
  ]);
  return Object.fromEntries(scaled) as Record<OperationClass, number>;
}
