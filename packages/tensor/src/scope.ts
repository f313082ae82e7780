import { ArgumentError } from "./errors.ts";
import { storageCounts, type SharedStorage } from "./shared-storage.ts";
import type { Tensor } from "./tensor.ts";

/**
 * One handle's claim on its storage. It holds no reference to the Tensor, so that the finalizer can give the claim back
 * once nobody can reach the Tensor any more.
 */
export class Lease {
  /** The storage claimed; undefined once given back. */
  shared: SharedStorage | undefined;
  /** Whether the finalizer watches the handle. */
  isWatched = false;

  /** @param shared - a storage whose count already includes this claim */
  constructor(shared: SharedStorage) {
    this.shared = shared;
    liveTensors++;
  }

  /** Gives the claim back; a second time does nothing. */
  release(): void {
    const { shared } = this;
    if (shared === undefined) return;
    this.shared = undefined;
    liveTensors--;
    shared.release();
  }
}

let liveTensors = 0;
const scopes: Set<Tensor>[] = [];
const forgotten = new FinalizationRegistry<Lease>((lease) => lease.release());

// Watching costs as much as a small operation, and most tensors are disposed at once: it waits until the code that made a
// tensor has run to its next pause, or made so many more.
const young: Tensor[] = [];
const mostYoung = 256;

function watchLater(tensor: Tensor): void {
  if (young.length === 0) void Promise.resolve().then(watchYoung);
  else if (young.length === mostYoung) watchYoung();
  young.push(tensor);
}

function watchYoung(): void {
  for (const tensor of young) {
    const { lease } = tensor;
    if (lease.shared === undefined) continue;
    forgotten.register(tensor, lease, tensor);
    lease.isWatched = true;
  }
  young.length = 0;
}

/** Puts a new tensor under the innermost scope, or, outside any, under the finalizer. */
export function track(tensor: Tensor): void {
  const scope = scopes[scopes.length - 1];
  if (scope === undefined) watchLater(tensor);
  else scope.add(tensor);
}

/** Takes a tensor that is being disposed out of the innermost scope and the finalizer. */
export function untrack(tensor: Tensor): void {
  if (tensor.lease.isWatched) forgotten.unregister(tensor);
  else scopes[scopes.length - 1]?.delete(tensor);
}

/** Runs `fn` in a scope of its own; afterwards disposes what was made in it, except what `survivors` names. */
export function inScope<R>(fn: () => R, survivors: (result: R) => Iterable<Tensor>): R {
  const scope = new Set<Tensor>();
  scopes.push(scope);
  let result: R;
  try {
    result = fn();
    for (const tensor of survivors(result)) {
      if (scope.delete(tensor)) adopt(tensor);
    }
  } finally {
    scopes.splice(scopes.indexOf(scope), 1);
    for (const tensor of scope) tensor.dispose();
  }
  return result;
}

/** Hands a tensor of the innermost scope to the scope around it. */
function adopt(tensor: Tensor): void {
  const outer = scopes[scopes.length - 2];
  if (outer === undefined) watchLater(tensor);
  else outer.add(tensor);
}

/**
 * Runs `fn` and disposes every tensor made in it, except those in what it returns (a tensor, or arrays and plain objects
 * of them, nested) and those given to {@link keep}.
 *
 * @param fn - a synchronous function: while a promise waits, other code would run in its scope
 * @returns what `fn` returns
 * @throws {@link ArgumentError} if `fn` returns a promise; whatever `fn` throws, after disposing what it made
 *
 * @example
 * const before = memory().tensors;
 * const y = tidy(() => tensor([1, 2, 3]).mul(2).add(1).sum());
 * y.item(); // => 15
 * memory().tensors - before; // => 1
 */
export function tidy<R>(fn: () => R): R {
  return inScope(fn, (result) => {
    if (typeof (result as { then?: unknown } | null)?.then === "function") {
      throw new ArgumentError(
        "tidy: fn: expected a synchronous function, got one that returns a promise; " +
          "await outside, and use `using` or dispose() inside asynchronous code",
      );
    }
    return tensorsIn(result);
  });
}

/**
 * Lets `tensor` outlive every `tidy` around it; it lives until `dispose()`.
 *
 * @returns the tensor itself
 *
 * @example
 * const kept = tidy(() => { const k = keep(tensor([1, 2])); return k.sum().item(); });
 * kept; // => 3
 */
export function keep<T extends Tensor>(tensor: T): T {
  for (const scope of scopes) {
    if (scope.delete(tensor)) watchLater(tensor);
  }
  return tensor;
}

/** What {@link memory} counts. */
export interface MemoryCounts {
  /** Handles that have not been disposed. */
  readonly tensors: number;
  /** Pieces of memory that they share. */
  readonly storages: number;
  /** Bytes of those. */
  readonly bytes: number;
}

/**
 * Returns how many tensors live, how many storages they share, and the bytes of those, over all backends.
 *
 * @example
 * const before = memory();
 * const x = zeros([10, 10]);
 * memory().bytes - before.bytes; // => 400
 */
export function memory(): MemoryCounts {
  return { tensors: liveTensors, ...storageCounts() };
}

/** Yields the tensors in `value`: itself, or those in nested arrays and plain objects. */
export function* tensorsIn(value: unknown): Generator<Tensor> {
  if (typeof value !== "object" || value === null) return;
  if (isTensor(value)) {
    yield value;
    return;
  }
  const isPlain = Array.isArray(value) || value instanceof Map || isPlainObject(value);
  if (!isPlain) return;
  const members = value instanceof Map ? value.values() : Object.values(value);
  for (const member of members) yield* tensorsIn(member);
}

/**
 * Returns `value` with every tensor in it replaced by what `f` gives: itself, or those in nested arrays and plain objects. All
 * else is passed on as it is.
 *
 * @param value - a tensor, or anything that may hold some
 * @param f - called for each
 *
 * @example
 * const doubled = mapTensors({ x: tensor([1, 2]), name: "a" }, (t) => t.mul(2));
 * [doubled.x.toString(), doubled.name]; // => ["[2, 4]","a"]
 */
export function mapTensors<T>(value: T, f: (tensor: Tensor) => Tensor): T {
  if (typeof value !== "object" || value === null) return value;
  if (isTensor(value)) return f(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => mapTensors(item, f)) as T;
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]: [string, unknown]) => [key, mapTensors(item, f)]),
  ) as T;
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The class itself is not imported: tensor.ts imports this file. Only tensors hold a lease. */
function isTensor(value: object): value is Tensor {
  return "lease" in value && value.lease instanceof Lease;
}
