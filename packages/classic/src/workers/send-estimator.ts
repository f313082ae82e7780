import { UnsupportedError } from "@tensorloom/tensor";
import { Estimator } from "../estimator.ts";
import type { AnyEstimator } from "../composition/pipeline.ts";
import { estimators, type EstimatorClass } from "./estimator-registry.ts";

/** An option, or what is inside of one, as it goes to another thread; an estimator goes by name. */
type Sent =
  | { readonly value: unknown }
  | { readonly list: readonly Sent[] }
  | { readonly record: readonly (readonly [string, Sent])[] }
  | SentEstimator;

/** An estimator as it goes to another thread. */
export interface SentEstimator {
  readonly estimator: string;
  readonly options: readonly (readonly [string, Sent])[];
}

/** Says what cannot go to another thread. */
export class CannotBeSent extends Error {}

/**
 * Returns an estimator, and those inside of it, as data.
 *
 * @throws {@link CannotBeSent} for options with functions or objects in them, and for estimators that are not this package's
 */
export function sentEstimator(estimator: AnyEstimator): SentEstimator {
  const Class = estimator.constructor;
  // By the class itself: one that is derived from it does something else.
  const name = Object.keys(estimators).find((key) => estimators[key] === Class);
  if (name === undefined) {
    throw new CannotBeSent(`${Class.name} is no estimator of @tensorloom/classic`);
  }
  return { estimator: name, options: sentRecord(estimator.getParams(), name) };
}

function sentRecord(values: object, path: string): (readonly [string, Sent])[] {
  return Object.entries(values).map(([name, value]) => [name, sent(value, `${path}.${name}`)]);
}

function sent(value: unknown, path: string): Sent {
  if (value instanceof Estimator) return sentEstimator(value as AnyEstimator);
  if (Array.isArray(value)) return { list: value.map((one, i) => sent(one, `${path}[${i}]`)) };
  if (typeof value === "function") throw new CannotBeSent(`${path} is a function`);
  if (typeof value !== "object" || value === null || isTypedArray(value)) return { value };
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    return { record: sentRecord(value, path) };
  }
  throw new CannotBeSent(`${path} is a ${value.constructor.name}`);
}

function isTypedArray(value: object): boolean {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** Returns the estimator that was sent. */
export function receivedEstimator({ estimator, options }: SentEstimator): AnyEstimator {
  const Class: EstimatorClass | undefined = Object.hasOwn(estimators, estimator)
    ? estimators[estimator]
    : undefined;
  if (Class !== undefined) return new Class(receivedRecord(options) as never);
  throw new UnsupportedError(
    `serveFits: estimator: expected one that this version of @tensorloom/classic has, got ${estimator}`,
  );
}

function receivedRecord(members: readonly (readonly [string, Sent])[]): object {
  return Object.fromEntries(members.map(([name, value]) => [name, received(value)]));
}

function received(value: Sent): unknown {
  if ("value" in value) return value.value;
  if ("list" in value) return value.list.map(received);
  return "record" in value ? receivedRecord(value.record) : receivedEstimator(value);
}
