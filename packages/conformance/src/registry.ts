import type { Backend } from "@tensorloom/tensor/backend";
import { reference } from "@tensorloom/tensor/reference";
import type { Family } from "./target.ts";

/** What a test works on: the backend under test, and the one that is right. */
export interface Pair {
  /** Under test. */
  readonly backend: Backend;
  /** The reference. */
  readonly reference: Backend;
  /** Multiplies tolerances. */
  readonly tolerance: number;
}

/** One test: its id is stable, so that backends can name it. */
export interface ConformanceTest {
  /** The family. */
  readonly family: Family;
  /** As `gemm/float32 odd`. */
  readonly id: string;
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
  test(name: string, run: ConformanceTest["run"]): void {
    this.tests.push({ family: this.#family, id: `${this.#family}/${name}`, run });
  }
}

/** Returns a backend beside a fresh reference. */
export function pairWith(backend: Backend, tolerance: number): Pair {
  return { backend, reference: reference(), tolerance };
}
