import * as tf from "@tensorflow/tfjs-core";
import { cpu, wasm } from "@tensorloom/backend-cpu";
import * as tl from "@tensorloom/tensor";
import { checkEqual } from "./check.ts";
import { compare, type Contender, type Row, type Settings } from "./measure.ts";
import { jax, jaxArray, useJax } from "./peers/jax.ts";
import { contenderOf, onnxPeer, type OnnxPeer } from "./peers/onnx.ts";
import { useTfjs } from "./peers/tfjs.ts";

interface Product {
  readonly name: string;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch?: number;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

const products: readonly Product[] = [
  ...[256, 512, 1024].flatMap(allTransposes),
  { name: "1 x 1024 by 1024²", m: 1, n: 1024, k: 1024 },
  { name: "1024² by 1024 x 1", m: 1024, n: 1, k: 1024 },
  { name: "17 x 33 by 33 x 65", m: 17, n: 65, k: 33 },
  { name: "1000 of 8 x 8", m: 8, n: 8, k: 8, batch: 1000 },
];

function allTransposes(size: number): Product[] {
  const square = { m: size, n: size, k: size };
  return [
    { ...square, name: `${size}²` },
    { ...square, name: `${size}², aᵀ`, transposeA: true },
    { ...square, name: `${size}², bᵀ`, transposeB: true },
    { ...square, name: `${size}², aᵀ and bᵀ`, transposeA: true, transposeB: true },
  ];
}

/** float32 products of all shapes: `wasm` beside every peer, and `cpu` beside tfjs's JavaScript backend. */
export async function gemm(settings: Settings): Promise<Row[]> {
  const rows: Row[] = [];
  await tl.use(wasm({ threads: settings.threads }));
  await useTfjs("wasm");
  await useJax();
  for (const product of products) rows.push(...(await onWasm(product, settings)));
  if (settings.threads > 1) return rows;
  await tl.use(cpu());
  await useTfjs("cpu");
  rows.push(...(await onCpu(256, settings)));
  return rows;
}

async function onWasm(product: Product, settings: Settings): Promise<Row[]> {
  const { name, m, n, k, batch, transposeA = false, transposeB = false } = product;
  const lead = batch === undefined ? [] : [batch];
  const shapeA = [...lead, ...(transposeA ? [k, m] : [m, k])];
  const shapeB = [...lead, ...(transposeB ? [n, k] : [k, n])];
  const a = tl.random.uniform(shapeA, { seed: 1, low: -1 });
  const b = tl.random.uniform(shapeB, { seed: 2, low: -1 });
  const [dataA, dataB] = [a.dataSync() as Float32Array, b.dataSync() as Float32Array];
  const ours = (): tl.Tensor => tl.gemm(a, b, { transposeA, transposeB });
  const expected = tl.tidy(() => ours().dataSync());

  const [ta, tb] = [tf.tensor(dataA, shapeA), tf.tensor(dataB, shapeB)];
  const theirs = (): tf.Tensor => tf.matMul(ta, tb, transposeA, transposeB);
  checkEqual(`tfjs ${name}`, tf.tidy(theirs).dataSync(), expected, k);

  const [ja, jb] = [jaxArray(dataA, shapeA), jaxArray(dataB, shapeB)];
  const turned = (x: jax.numpy.Array, turns: boolean): jax.numpy.Array =>
    turns ? x.transpose() : x;
  const product2 = jax.jit((x: jax.numpy.Array, y: jax.numpy.Array) =>
    jax.numpy.matmul(turned(x, transposeA), turned(y, transposeB)),
  );
  const jaxRun = async (): Promise<jax.numpy.Array> => {
    const y = product2(ja.ref, jb.ref);
    await y.blockUntilReady();
    return y;
  };
  const jaxResult = await jaxRun();
  checkEqual(`jax-js ${name}`, (await jaxResult.data()) as Float32Array, expected, k);

  const onnx: OnnxPeer[] = [];
  for (const kind of ["web", "native"] as const) {
    const output = [...lead, m, n];
    const flags = { transA: Number(transposeA), transB: Number(transposeB) };
    const isBatch = batch !== undefined;
    const peer = await onnxPeer(
      kind,
      settings.threads,
      {
        operator: isBatch ? "MatMul" : "Gemm",
        attributes: isBatch ? {} : flags,
        inputs: [{ name: "a", shape: shapeA }],
        weights: [{ name: "b", shape: shapeB, data: dataB }],
        output,
      },
      [dataA],
    );
    checkEqual(`${peer.name} ${name}`, await peer.run(), expected, k);
    onnx.push(peer);
  }
  const peers: Contender[] = [
    { name: "tfjs wasm", run: () => theirs().dispose() },
    { name: "jax-js", run: async () => (await jaxRun()).dispose() },
    ...onnx.map(contenderOf),
  ];
  const mine = { name: "wasm", run: () => ours().dispose() };
  const rows = await compare("gemm", name, settings, mine, peers);
  for (const one of [a, b, ta, tb]) one.dispose();
  for (const one of [ja, jb]) one.dispose();
  for (const peer of onnx) await peer.release();
  return rows;
}

async function onCpu(size: number, settings: Settings): Promise<Row[]> {
  const a = tl.random.uniform([size, size], { seed: 1, low: -1 });
  const b = tl.random.uniform([size, size], { seed: 2, low: -1 });
  const [ta, tb] = [a, b].map((x) => tf.tensor2d(x.dataSync() as Float32Array, [size, size])) as [tf.Tensor2D, tf.Tensor2D]; // prettier-ignore
  checkEqual(
    `cpu ${size}²`,
    tl.tidy(() => tl.matmul(a, b).dataSync()),
    tf.tidy(() => tf.matMul(ta, tb).dataSync()),
    size,
  );
  return compare(
    "gemm",
    `${size}², plain TypeScript`,
    settings,
    { name: "cpu", run: () => tl.matmul(a, b).dispose() },
    [{ name: "tfjs cpu", run: () => tf.matMul(ta, tb).dispose() }],
  );
}
