import type { Callback } from "./callback.ts";

/**
 * Returns a callback that ends training at a loss that is not finite, with the history so far in place of an error. The parameters
 * are those from before the step.
 *
 * @example
 * const model = new Linear(1, 1);
 * const history = await fit(model, { x: ones([2, 1]), y: ones([2, 1]) }, {
 *   optimizer: new SGD(model, { learningRate: 1 }), progress: false, callbacks: [terminateOnNaN()],
 *   loss: (outputs) => outputs.sum().mul(NaN),
 * });
 * [history.endedBy, history.epochs.length]; // => ["callback",0]
 */
export function terminateOnNaN(): Callback {
  return { onNonFiniteLoss: (_, { stop }) => stop() };
}
