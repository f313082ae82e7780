// Gathering along an axis and adding along it are each other's gradients, so they share a file.
import { record } from "../autograd/tape.ts";
import { dispatch } from "../backend/dispatch.ts";
import { Expression } from "../expression/expression.ts";
import { Expr } from "../expression/node.ts";
import { tidy } from "../scope.ts";
import type { Shape } from "../shape.ts";
import { allocateTensor, fromTypedArray, sharedOf, type Tensor } from "../tensor.ts";
import { broadcastView } from "./map-and-reduce.ts";
import { backendOf, placedOn } from "./placement.ts";

const zero = new Expression([Expr.constant(0)], 0);

/**
 * Returns `out[.., i, ..] = x[.., indices[.., i, ..], ..]`.
 *
 * @param indices - int32, within range; broadcasts to `shape`
 * @param shape - the result's: that of `x` but for `axis`
 */
export function gatherAlong(
  operation: string,
  x: Tensor,
  indices: Tensor,
  axis: number,
  shape: Shape,
): Tensor {
  const backend = backendOf(operation, [x, indices]);
  const output = allocateTensor(backend, x.dtype, shape);
  if (output.size > 0) {
    const placed = broadcastView(placedOn(backend, indices), shape);
    dispatch(backend, "gather", { input: placedOn(backend, x), indices: placed, axis, output });
  }
  return record(operation, [x, indices], output, (gradient, [saved, where]) => [
    addAlong(operation, gradient, where!, axis, saved!.shape[axis]!),
    undefined,
  ]);
}

/**
 * Returns zeros to which `updates` are added: `out[.., indices[.., i, ..], ..] += updates[.., i, ..]`.
 *
 * @param indices - int32, within range; broadcasts to the shape of `updates`
 * @param size - the result's size along `axis`
 */
export function addAlong(
  operation: string,
  updates: Tensor,
  indices: Tensor,
  axis: number,
  size: number,
): Tensor {
  const backend = backendOf(operation, [updates, indices]);
  const shape = updates.shape.map((n, a) => (a === axis ? size : n));
  const output = allocateTensor(backend, updates.dtype, shape);
  if (output.size > 0) {
    dispatch(backend, "map", { expression: zero, inputs: [], parameters: [], outputs: [output] });
  }
  if (updates.size > 0) {
    const placed = broadcastView(placedOn(backend, indices), updates.shape);
    dispatch(backend, "scatterAdd", {
      indices: placed,
      updates: placedOn(backend, updates),
      axis,
      output,
    });
  }
  return record(operation, [updates, indices], output, (gradient, [saved, where]) => [
    gatherAlong(operation, gradient, where!, axis, saved!.shape),
    undefined,
  ]);
}

/** Where a slice lies along an axis. */
interface Stretch {
  readonly start: number;
  readonly step: number;
  readonly count: number;
  readonly axis: number;
}

/** Adds `updates` to the slice of `sum` that they stand for; `sum` is contiguous, and nobody else has it. */
export function addInPlace(sum: Tensor, updates: Tensor, where: Stretch): void {
  const { backend } = sharedOf(sum);
  if (updates.size === 0) return;
  tidy(() => {
    const indices = placedOn(backend, indicesAlong(updates, where));
    dispatch(backend, "scatterAdd", {
      indices: broadcastView(indices, updates.shape),
      updates: placedOn(backend, updates),
      axis: where.axis,
      output: sum,
    });
  });
}

/** Returns `start, start + step, ...` as int32 indices along `axis` of tensors of rank `rank`, where `beside` lives. */
export function indicesAlong(beside: Tensor, { start, step, count, axis }: Stretch): Tensor {
  const shape = beside.shape.map((_, a) => (a === axis ? count : 1));
  const values = new Int32Array(count);
  for (let i = 0; i < count; i++) values[i] = start + i * step;
  return fromTypedArray(values, "int32", shape, sharedOf(beside).backend);
}
