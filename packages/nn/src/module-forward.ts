// The one place through which every module's forward passes: errors learn where in the model they happened, and observers
// see layers at work.
import { TensorloomError, type Tensor } from "@tensorloom/tensor";
import type { Module } from "./module.ts";

/** Sees modules at work: for summaries, for statistics of activations, for finding faults. */
export interface ForwardObserver {
  /** Called before a module's forward. */
  before?(module: Module, x: Tensor): void;
  /** Called after it, with what it returned. Inner modules come before those around them. */
  after?(module: Module, x: Tensor, output: Tensor): void;
}

let observer: ForwardObserver | undefined;

/**
 * Lets `next` see every module's forward from now on; undefined ends it.
 *
 * @returns the observer before
 *
 * @example
 * const shapes: (readonly number[])[] = [];
 * const before = observeForward({ after: (module, x, y) => shapes.push(y.shape) });
 * new Sequential(new Linear(2, 3), new ReLU()).forward(ones([1, 2]));
 * observeForward(before);
 * shapes; // => [[1,3],[1,3],[1,3]]
 */
export function observeForward(next: ForwardObserver | undefined): ForwardObserver | undefined {
  const before = observer;
  observer = next;
  return before;
}

/** Runs a module's own forward. */
export function runForward<Args extends [Tensor, ...unknown[]], R>(
  module: Module,
  forward: (this: Module, ...args: Args) => R,
  args: Args,
): R {
  try {
    observer?.before?.(module, args[0]);
    const output = forward.apply(module, args);
    observer?.after?.(module, args[0], output as Tensor);
    return output;
  } catch (error) {
    if (error instanceof TensorloomError) locate(error, module);
    throw error;
  }
}

/** Where an error happened, as far out as it has come. */
interface Place {
  readonly text: string;
  readonly innermost: Module;
  readonly outermost: Module;
  readonly path: string;
}

const places = new WeakMap<TensorloomError, Place>();

/** Puts the place in front of the message: `Sequential.3 (Conv2d): x: expected ...`. */
function locate(error: TensorloomError, module: Module): void {
  const known = places.get(error);
  const name = module.constructor.name;
  if (known === undefined) {
    // A layer speaks for the operation of its name.
    const own = new RegExp(`^${name}: `, "i");
    const text = error.message.replace(own, "");
    places.set(error, { text, innermost: module, outermost: module, path: "" });
    error.message = `${name}: ${text}`;
    return;
  }
  if (known.outermost === module) return;
  const child = module.namedChildren().find(([, inner]) => inner === known.outermost);
  const step = child?.[0] ?? known.outermost.constructor.name;
  const path = known.path === "" ? step : `${step}.${known.path}`;
  places.set(error, { ...known, outermost: module, path });
  error.message = `${name}.${path} (${known.innermost.constructor.name}): ${known.text}`;
}
