import { ShapeError, Tensor, tensor, type NestedArray, type TensorLike } from "@tensorloom/tensor";
import { isPlainObject } from "./held-tensors.ts";
import { IndexedDataset, type IndexedSource, type Range } from "./indexed-dataset.ts";
import type { Dataset } from "./dataset.ts";

/** A sample of {@link fromArrays}: one entry of each array. */
export type ArraySample<K extends string> = { readonly [name in K]: Tensor };

/**
 * Returns a data set of the entries of arrays along their first axes.
 *
 * Nothing is copied to read it in order: samples and batches are views. Shuffled batches are gathered, in one operation an array.
 *
 * @param arrays - tensors, nested arrays or typed arrays by name, with as many entries each; tensors stay yours, and must outlive the
 *   data set
 * @throws `ShapeError` if there are none, or not as many entries in each
 *
 * @example
 * const data = fromArrays({ x: tensor([[1, 2], [3, 4], [5, 6]]), y: tensor([0, 1, 0]) });
 * data.size; // => 3
 * (await data.batch(2).toArray()).map(({ x }) => x.shape); // => [[2,2],[1,2]]
 */
export function fromArrays<K extends string>(
  arrays: Readonly<Record<K, TensorLike>>,
): Dataset<ArraySample<K>>;
/**
 * Returns a data set of inputs and targets.
 *
 * @param x - `[samples, ...]`
 * @param y - `[samples, ...]`
 */
export function fromArrays(x: TensorLike, y: TensorLike): Dataset<ArraySample<"x" | "y">>;
export function fromArrays(
  first: TensorLike | Readonly<Record<string, TensorLike>>,
  y?: TensorLike,
): Dataset<ArraySample<string>> {
  const named = isPlainObject(first) ? (first as Record<string, TensorLike>) : { x: first, y: y! };
  const tensors = Object.entries(named).map(
    ([name, values]) =>
      [name, values instanceof Tensor ? values : tensor(values as NestedArray)] as const,
  );
  return new IndexedDataset(new ArraySource(tensors));
}

class ArraySource implements IndexedSource<ArraySample<string>> {
  readonly #tensors: readonly (readonly [string, Tensor])[];
  readonly count: number;

  constructor(tensors: readonly (readonly [string, Tensor])[]) {
    this.#tensors = tensors;
    this.count = tensors[0]?.[1].shape[0] ?? 0;
    if (this.count === 0 || tensors.some(([, { shape }]) => shape[0] !== this.count)) {
      const shapes = tensors.map(([name, { shape }]) => `${name} [${shape.join(", ")}]`);
      throw new ShapeError(
        `fromArrays: arrays: expected as many entries in each, at least one, got ${shapes.join(", ") || "none"}`,
      );
    }
  }

  sample(index: number): ArraySample<string> {
    return this.#each((array) => {
      const row = array.slice([index], [index + 1]);
      const sample = row.squeeze(0);
      row.dispose();
      return sample;
    });
  }

  batch(indices: Range | Int32Array): ArraySample<string> {
    if (!(indices instanceof Int32Array)) {
      return this.#each((array) => array.slice([indices.begin], [indices.end]));
    }
    const places = tensor(indices);
    const batch = this.#each((array) => array.gather(places));
    places.dispose();
    return batch;
  }

  #each(f: (array: Tensor) => Tensor): ArraySample<string> {
    return Object.fromEntries(this.#tensors.map(([name, array]) => [name, f(array)]));
  }
}
