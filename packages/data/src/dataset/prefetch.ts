import { release, retain } from "./held-tensors.ts";

/**
 * Yields what `source` does, while up to `count` of it is fetched ahead: the source works whenever the consumer waits for something,
 * or is busy off this thread.
 */
export async function* prefetched<T>(source: AsyncIterable<T>, count: number): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  const ready: T[] = [];
  const state = { isDone: false };
  let failure: { readonly error: unknown } | undefined;
  let wakeConsumer = (): void => undefined;
  let wakeProducer = (): void => undefined;

  // One `next` at a time: asking for the next frees what came before, which is therefore held by handles of its own.
  const produce = async (): Promise<void> => {
    try {
      while (!state.isDone) {
        if (ready.length >= count) {
          await new Promise<void>((resolve) => (wakeProducer = resolve));
          continue;
        }
        const result = await iterator.next();
        if (result.done === true) state.isDone = true;
        else ready.push(retain(result.value));
        wakeConsumer();
      }
    } catch (error) {
      failure = { error };
      state.isDone = true;
      wakeConsumer();
    }
  };
  const producing = produce();
  try {
    for (;;) {
      while (ready.length === 0 && !state.isDone) {
        await new Promise<void>((resolve) => (wakeConsumer = resolve));
      }
      if (ready.length === 0) break;
      const sample = ready.shift()!;
      wakeProducer();
      try {
        yield sample;
      } finally {
        release(sample);
      }
    }
    if (failure !== undefined) throw failure.error;
  } finally {
    state.isDone = true;
    wakeProducer();
    await producing;
    ready.forEach(release);
    await iterator.return?.();
  }
}
