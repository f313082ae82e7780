import { cpu, wasm } from "@tensorloom/backend-cpu";
import { memory, random, tensor, tidy, use, withBackend, type Tensor } from "@tensorloom/tensor";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { fromArrays, fromGenerator, type Dataset } from "../src/index.ts";

beforeAll(async () => {
  await use(wasm());
  await use(cpu());
});

const counted = (n: number): Dataset<number> =>
  fromGenerator(function* () {
    for (let i = 0; i < n; i++) yield i;
  });
const table = (n: number): Dataset<{ x: Tensor; y: Tensor }> =>
  fromArrays({
    x: Array.from({ length: n }, (_, i) => [i, 10 * i]),
    y: Array.from({ length: n }, (_, i) => i),
  });
const labels = async (data: AsyncIterable<{ y: Tensor }>): Promise<number[]> => {
  const found: number[] = [];
  for await (const { y } of data) found.push(...(await y.data()));
  return found;
};
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("a stream of samples", () => {
  test("maps, filters, takes and skips as arrays do", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer(), { maxLength: 20 }), fc.nat(25), async (list, n) => {
        const data = fromGenerator(() => list);
        expect(await data.map((v, i) => v * 2 + i).toArray()).toEqual(
          list.map((v, i) => v * 2 + i),
        );
        expect(await data.filter((v) => v > 0).toArray()).toEqual(list.filter((v) => v > 0));
        expect(await data.take(n).toArray()).toEqual(list.slice(0, n));
        expect(await data.skip(n).toArray()).toEqual(list.slice(n));
        expect(await data.prefetch(3).toArray()).toEqual(list);
        expect((await data.shuffle({ seed: n, bufferSize: 4 }).toArray()).toSorted()).toEqual(
          list.toSorted(),
        );
      }),
      { numRuns: 30 },
    );
  });
  test("take reads no further than it must", async () => {
    let read = 0;
    const data = fromGenerator(function* () {
      for (;;) yield read++;
    });
    expect(await data.take(3).toArray()).toEqual([0, 1, 2]);
    expect(read).toBe(3);
  });
  test("shuffling repeats by seed and epoch, and holds a buffer only", async () => {
    const data = counted(50).shuffle({ seed: 3, bufferSize: 10 });
    const [first, second] = [await data.toArray(), await data.toArray()];
    expect(first).not.toEqual(second);
    expect(first.toSorted((a, b) => a - b)).toEqual(second.toSorted((a, b) => a - b));
    const again = counted(50).shuffle({ seed: 3, bufferSize: 10 });
    expect(await again.toArray()).toEqual(first);
    const read: number[] = [];
    for await (const value of again.epoch(1)) read.push(value);
    expect(read).toEqual(second);
    // What leaves first is among the first ten.
    expect(first[0]).toBeLessThan(10);
    expect(first[20]).toBeLessThan(30);
  });
  test("batches numbers, arrays, typed arrays, tensors and nested objects, and keeps the rest", async () => {
    const data = fromGenerator(function* () {
      for (let i = 0; i < 3; i++) {
        yield {
          n: i,
          list: [i, i],
          typed: Int32Array.of(i, i, i),
          t: tensor([[i]]),
          deep: { flag: i > 0 },
          text: `s${i}`,
        };
      }
    }).batch(2);
    const [first, last] = await data.toArray();
    expect([first!.n.shape, first!.list.shape, first!.typed.shape, first!.t.shape]).toEqual([
      [2],
      [2, 2],
      [2, 3],
      [2, 1, 1],
    ]);
    expect([first!.typed.dtype, first!.deep.flag.dtype, first!.text]).toEqual([
      "int32",
      "bool",
      ["s0", "s1"],
    ]);
    expect(last!.n.shape).toEqual([1]);
    expect(await counted(5).batch(2, { dropLast: true }).toArray()).toHaveLength(2);
    const ragged = fromGenerator(() => [Float32Array.of(1), Float32Array.of(1, 2)]).batch(2);
    await expect(ragged.toArray()).rejects.toThrow("sample 1: expected 1 numbers as in sample 0");
  });
});

describe("arrays", () => {
  test("come in order as views, without a copy", async () => {
    const x = tensor([[1], [2], [3], [4], [5]]);
    const { storages, bytes } = memory();
    for await (const batch of fromArrays({ x }).batch(2)) {
      expect(memory()).toMatchObject({ storages, bytes });
      expect(batch.x.shape[1]).toBe(1);
    }
  });
  test("every order keeps inputs and targets together, on every backend alike", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.nat(1000), async (n, seed) => {
        const data = table(n).shuffle({ seed });
        const order: number[] = [];
        for await (const { x, y } of data.epoch(2)) {
          expect(Array.from(await x.data())).toEqual([y.item(), 10 * y.item()]);
          order.push(y.item());
        }
        expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
        expect(await labels(data.batch(7).epoch(2))).toEqual(order);
        expect(await withBackend("wasm", () => labels(data.batch(3).epoch(2)))).toEqual(order);
      }),
      { numRuns: 20 },
    );
  });
  test("take, skip and shuffle compose, and sizes are known", async () => {
    const data = table(10);
    expect(await labels(data.skip(2).take(3))).toEqual([2, 3, 4]);
    expect((await labels(data.take(4).shuffle({ seed: 1 }))).toSorted()).toEqual([0, 1, 2, 3]);
    expect([data.take(4).size, data.skip(4).batch(4).size, data.filter(() => true).size]).toEqual([
      4,
      2,
      undefined,
    ]);
    expect(table(10).batch(4, { dropLast: true }).size).toBe(2);
  });
  test("without a seed, the global generator decides", async () => {
    const data = table(20).shuffle();
    random.seed(5);
    const first = await labels(data);
    expect(await labels(data)).not.toEqual(first);
    random.seed(5);
    expect(await labels(data)).toEqual(first);
  });
  test("may be inputs and targets; mistakes are named", async () => {
    expect(await labels(fromArrays([[1], [2]], [3, 4]))).toEqual([3, 4]);
    expect(() => fromArrays({ x: [[1], [2]], y: [1] })).toThrow("got x [2, 1], y [1]");
    expect(() => table(3).batch(0)).toThrow("batch: size: expected a whole number of 1 or more");
  });
});

describe("memory and time", () => {
  test("nothing leaks, also when a loop ends early or a step fails", async () => {
    const data = table(12);
    const x = tensor([1]);
    const chains = [
      data.batch(5),
      data.shuffle({ seed: 1 }).batch(5).prefetch(),
      data.map(({ x: row, y }) => tidy(() => ({ x: row.mul(2).add(1), y: y.add(0) }))).batch(4),
      data
        .filter(({ y }) => y.item() % 2 === 0)
        .batch(2)
        .prefetch(1),
      data
        .map(({ y }) => y.item())
        .shuffle({ bufferSize: 3 })
        .batch(2),
      fromGenerator(function* () {
        for (let i = 0; i < 6; i++) yield { x: tensor([i]) };
      })
        .shuffle({ seed: 2, bufferSize: 3 })
        .batch(2),
      fromGenerator(function* () {
        yield x.add(1);
      }).prefetch(),
    ];
    for (const chain of chains as Dataset<unknown>[]) {
      const before = memory();
      for await (const sample of chain) void sample;
      for await (const sample of chain) {
        void sample;
        break;
      }
      expect(memory()).toEqual(before);
    }
    const before = memory();
    const failing = data.batch(4).map(({ y }, i) => {
      if (i === 2) throw new Error("third");
      return y.add(0);
    });
    for (const chain of [failing, failing.prefetch(2)]) {
      await expect(
        (async () => {
          for await (const y of chain) void y;
        })(),
      ).rejects.toThrow("third");
    }
    expect(memory()).toEqual(before);
  });
  test("a sample is valid until the next is asked for", async () => {
    let last: Tensor | undefined;
    for await (const { x } of table(3)) {
      expect(last?.isDisposed ?? true).toBe(true);
      expect(x.isDisposed).toBe(false);
      last = x;
    }
    expect((await table(3).toArray()).every(({ x }) => !x.isDisposed)).toBe(true);
  });
  test("prefetch overlaps: reading goes on while the consumer waits", async () => {
    const events: string[] = [];
    const slow = fromGenerator(async function* () {
      for (let i = 0; i < 4; i++) {
        await sleep(5);
        events.push(`read ${i}`);
        yield i;
      }
    });
    for await (const i of slow.prefetch(2)) {
      // Two are read ahead while this one is used, however long that takes.
      if (i === 0) while (events.length < 3) await sleep(1);
      events.push(`used ${i}`);
    }
    expect(events.slice(0, 4)).toEqual(["read 0", "read 1", "read 2", "used 0"]);
    expect(events.at(-1)).toBe("used 3");
  });
});
