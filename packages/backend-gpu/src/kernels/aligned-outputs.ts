import { bytesPerElement, sizeOf, type View } from "@tensorloom/tensor/backend";
import type { Executor } from "../device/executor.ts";
import { blockOf } from "../device/gpu-storage.ts";
import type { GpuStorage } from "../device/gpu-storage.ts";
import { isPacked, ShaderModule, turns } from "../shaders/module.ts";

/** Tells whether a result can be stored in fours: it begins on one, and what lies behind its end belongs to nobody. */
export function endsWhole({ storage, dtype, offset, shape }: View): boolean {
  if (offset % 4 !== 0) return false;
  const end = offset + sizeOf(shape);
  return end % 4 === 0 || end * bytesPerElement(dtype) >= storage.byteLength;
}

/**
 * Runs `fn` with outputs that can be stored in whole words. One that shares its first or last word with
 * neighbours is computed elsewhere and then put in its place.
 */
export function withAlignedOutputs<V extends View>(
  executor: Executor,
  outputs: readonly V[],
  fn: (outputs: readonly V[]) => void,
): void {
  if (outputs.every((output) => !isPacked(output.dtype) || endsWhole(output))) {
    fn(outputs);
    return;
  }
  const lent: { readonly storage: GpuStorage; readonly output: V }[] = [];
  fn(
    outputs.map((output) => {
      if (!isPacked(output.dtype) || endsWhole(output)) return output;
      const storage = executor.allocate(sizeOf(output.shape) * bytesPerElement(output.dtype));
      lent.push({ storage, output });
      return { ...output, storage, offset: 0 };
    }),
  );
  for (const { storage, output } of lent) {
    const bytes = bytesPerElement(output.dtype);
    placeBytes(executor, storage, {
      storage: output.storage,
      offset: output.offset * bytes,
      shape: [sizeOf(output.shape) * bytes],
    });
    executor.free(storage);
  }
}

/** Copies bytes to any place, counted in bytes; an invocation fills the part of a word that is asked for, and keeps the rest. */
export function placeBytes(
  executor: Executor,
  from: GpuStorage,
  output: Pick<View, "storage" | "offset" | "shape">,
): void {
  const pipeline = executor.pipeline("placeBytes", () => {
    const module = new ShaderModule();
    const source = module.buffer("r", "u32");
    const target = module.buffer("w", "u32");
    const [offset, count, words] = module.wordList(3);
    return module.eachSource(
      "i",
      `${words}`,
      `  let first = ${offset} & ~3u;
  var word = ${target}[(first >> 2u) + i];
  for (var k = 0u; k < 4u; k++) {
    let at = first + i * 4u + k;
    if (at >= ${offset} && at < ${offset} + ${count}) {
      let n = at - ${offset};
      let byte = (${source}[n >> 2u] >> ((n & 3u) * 8u)) & 255u;
      word = (word & ~(255u << (k * 8u))) | (byte << (k * 8u));
    }
  }
  ${target}[(first >> 2u) + i] = word;`,
    );
  });
  const { offset } = output;
  const count = sizeOf(output.shape);
  const wholeWords = Math.ceil((offset + count) / 4) - Math.floor(offset / 4);
  const words = executor.words().integers([offset, count, wholeWords]);
  const groups = turns(executor.traits, wholeWords);
  executor.dispatch(pipeline, [from.block, blockOf(output)], words, groups);
}
