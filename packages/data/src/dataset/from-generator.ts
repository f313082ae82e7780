import { Dataset } from "./dataset.ts";
import { release } from "./held-tensors.ts";

/**
 * Returns a data set of what a function yields, which is called anew for each iteration.
 *
 * @param open - returns an iterable, sync or async: an array, or a generator; `epoch` is the iteration's number, from 0. What it
 *   yields is given to the data set, which frees the tensors in it
 * @param options - `size`: how many samples it gives, where known
 *
 * @example
 * const squares = fromGenerator(function* () { for (let i = 0; i < 3; i++) yield i * i; });
 * await squares.toArray(); // => [0,1,4]
 */
export function fromGenerator<T>(
  open: (epoch: number) => Iterable<T> | AsyncIterable<T>,
  options: { readonly size?: number } = {},
): Dataset<T> {
  return new Dataset(async function* (epoch) {
    for await (const sample of open(epoch)) {
      try {
        yield sample;
      } finally {
        release(sample);
      }
    }
  }, options.size);
}
