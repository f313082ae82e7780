import { cpu } from "@tensorloom/backend-cpu";
import { use } from "@tensorloom/tensor";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { OneClassSVM, SVC, SVR } from "../src/index.ts";
import { RandomStream } from "../src/random/random-stream.ts";
import { KernelSamples } from "../src/svm/kernel-samples.ts";
import { SharedRows } from "../src/svm/shared-rows.ts";
import { svmLoops, type SvmLoops } from "../src/svm/svm-loops.ts";
import { openHeap } from "../src/wasm/heap.ts";
import { withAndWithoutWasm } from "./with-and-without-wasm.ts";

beforeAll(async () => void (await use(cpu())));
afterEach(() => void vi.unstubAllGlobals());

const bytes = 2 ** 20;
const counts = [1, 2, 3, 4, 5, 7, 8, 33];

function set<A extends Float64Array | Float32Array>(array: A, value: () => number): A {
  for (let i = 0; i < array.length; i++) array[i] = value();
  return array;
}

test("a heap has kernels where WebAssembly is, and none where a policy forbids it", () => {
  const [inWasm, onHost] = withAndWithoutWasm(() => openHeap(1, 8).kernels !== undefined);
  expect([inWasm, onHost]).toEqual([true, false]);
  // More than there can be.
  expect(openHeap(1, 2 ** 33).kernels).toBeUndefined();
});

describe("WebAssembly and the host give the same bits", () => {
  const kernels = [
    { name: "linear", gamma: 1, coef0: 0, degree: 0 },
    { name: "rbf", gamma: 0.3, coef0: 0, degree: 0 },
    // Far enough for the exponential to be 0.
    { name: "rbf", gamma: 200, coef0: 0, degree: 0 },
    ...[0, 1, 3, 6].map((degree) => ({ name: "poly", gamma: 0.7, coef0: 1, degree }) as const),
    { name: "sigmoid", gamma: 0.9, coef0: -0.2, degree: 0 },
  ] as const;
  test.each(kernels)("of rows of the kernel $name, gamma $gamma, degree $degree", (kernel) => {
    for (const columns of [1, 3, 4, 6, 16]) {
      for (const rows of counts) {
        const random = new RandomStream(5);
        const data = set(new Float64Array(rows * columns), () => random.normal());
        const guest = set(new Float64Array(columns), () => random.normal());
        const [inWasm, onHost] = withAndWithoutWasm(() => {
          const heap = openHeap(KernelSamples.arrays, KernelSamples.bytes(rows, columns));
          const samples = new KernelSamples(kernel, data, columns, heap);
          const from = Math.min(2, rows - 1);
          const own = samples.row(rows - 1, from, rows).slice(from);
          return [own, samples.rowOf(guest, 0).slice()];
        });
        expect(inWasm).toEqual(onHost);
      }
    }
  });
  test.each(counts)("of the solver's loops over %i variables", (count) => {
    for (let seed = 0; seed < 20; seed++) {
      const [inWasm, onHost] = withAndWithoutWasm(() => {
        const random = new RandomStream(seed);
        const heap = openHeap(13, bytes);
        const loops: SvmLoops = svmLoops(heap);
        // Few values, so that some are equal.
        const few = (): number => random.below(4) - 1;
        const g = set(heap.float64(count), few);
        const rise = set(heap.float64(count), () => (random.below(3) === 0 ? -Infinity : 0));
        const fall = set(heap.float64(count), () => (random.below(3) === 0 ? Infinity : 0));
        const diagonal = set(heap.float64(count), () => 1);
        const [rowI, rowJ] = [heap.float32(count), heap.float32(count)].map((row) =>
          set(row, () => random.below(3) / 2),
        ) as [Float32Array, Float32Array];
        const extremes = heap.float64(2);
        const first = loops.extremesOf(g, rise, fall, count, extremes);
        const partner = loops.bestPartner(g, fall, diagonal, rowI, 1, 2, 1e-12, count);
        const noise = set(heap.float64(count), () => random.normal());
        loops.toFloat32(noise, 0, count, rowI);
        loops.subtractDifference(g, rowI, rowJ, 0.3, count);
        loops.subtractRow(g, rowI, 0.7, count >> 1, count);
        const places = heap.int32(count);
        for (let i = 0; i < count; i++) places[i] = random.below(count);
        loops.spread(rowI, places, count, rowJ);
        return [first, partner, ...[extremes, g, rowI, rowJ].map((array) => array.slice())];
      });
      expect(inWasm).toEqual(onHost);
    }
  });
  test("of whole models", async () => {
    const random = new RandomStream(9);
    const x = Array.from({ length: 150 }, () => Array.from({ length: 5 }, () => random.normal()));
    const y = x.map(([a, b]) => Number(a! * b! > 0.1));
    const target = x.map(([a, b]) => a! - b! * b!);
    const fits = [
      () => new SVC({ probability: true }).fit(x, y),
      () => new SVC({ kernel: "poly", cacheSize: 0.01 }).fit(x, y),
      () => new SVR({ kernel: "sigmoid" }).fit(x, target),
      () => new OneClassSVM({ nu: 0.2 }).fit(x),
    ];
    for (const fit of fits) {
      const found: unknown[] = [];
      for (const has of [true, false]) {
        if (!has) vi.stubGlobal("WebAssembly", undefined);
        const model = await fit();
        found.push(JSON.stringify(model), await (await model.predict(x)).array());
        model.dispose();
        vi.unstubAllGlobals();
      }
      expect(found.slice(2)).toEqual(found.slice(0, 2));
    }
  });
});

describe("variables of the same sample", () => {
  const random = new RandomStream(4);
  const data = set(new Float64Array(40 * 3), () => random.normal());
  const sampleOf = Int32Array.from({ length: 100 }, () => random.below(40));
  const kernel = { name: "rbf", gamma: 0.5, coef0: 0, degree: 0 } as const;
  // Room for 2 rows of samples, for all of them and 3 spread, for all.
  test.each([1, 4 * 40 * 40 + 3 * 400, 2 ** 20])("share a row, in %i bytes", (room) => {
    const heap = openHeap(SharedRows.arrays(40, 100, room), SharedRows.bytes(40, 3, 100, room));
    const rows = new SharedRows(kernel, data, 3, sampleOf, room, heap);
    const all = openHeap(KernelSamples.arrays, KernelSamples.bytes(40, 3));
    const samples = new KernelSamples(kernel, data, 3, all);
    const order = sampleOf.slice();
    for (let round = 0; round < 300; round++) {
      const [i, j] = [random.below(100), random.below(100)];
      const length = 1 + random.below(100);
      const [own, other] = [rows.row(i, length), rows.row(j, length)];
      for (const [variable, row] of [
        [i, own],
        [j, other],
      ] as const) {
        // prettier-ignore
        const expected = samples.row(order[variable]!, 0, 40);
        const spread = Float32Array.from(order.subarray(0, length), (sample) => expected[sample]!);
        expect(row.subarray(0, length)).toEqual(spread);
        expect(rows.diagonal[variable]).toBe(1);
      }
      if (round % 3 > 0 || i === j) continue;
      const pair = [Math.min(i, j), Math.max(i, j)] as const;
      rows.swap(pair);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
  });
  test("whatever the cache holds, models are the same", async () => {
    const x = Array.from({ length: 120 }, (_, i) => [i / 10, Math.sin(i)]);
    const y = x.map(([a, b]) => Math.cos(a!) + b!);
    const saved: string[] = [];
    for (const cacheSize of [0.001, 0.08, 200]) {
      using model = await new SVR({ cacheSize, C: 10 }).fit(x, y);
      saved.push(JSON.stringify(model));
    }
    expect(new Set(saved).size).toBe(1);
  });
});

test("the exponential errs by 1e-11 of itself at most, and the hyperbolic tangent by 1e-11", () => {
  const count = 10_000;
  const heap = openHeap(3, 8 * 3 * count);
  const loops = svmLoops(heap);
  const values = heap.float64(count);
  const zeros = heap.float64(count);
  const x = Float64Array.from({ length: count }, (_, i) => (i * 700) / count);
  values.set(x);
  // -2 dot as the distance.
  loops.radialBasis(values, 0, zeros, -0.5, 0, count);
  x.forEach((own, i) => expect(Math.abs(values[i]! / Math.exp(-own) - 1)).toBeLessThan(1e-11));
  const z = x.map((own) => own / 70 - 5);
  values.set(z);
  loops.tangents(values, 1, 0, 0, count);
  z.forEach((own, i) => expect(Math.abs(values[i]! - Math.tanh(own))).toBeLessThan(1e-11));
});
