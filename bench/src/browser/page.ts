// Runs in a page, bundled by webgpu-browser.ts, which calls `globalThis.race`.
import { webgpu } from "@tensorloom/backend-gpu";
import { crossEntropy } from "@tensorloom/nn";
import { Adam } from "@tensorloom/optim";
import { conv2d, elementwise, matmul, random, tidy, use, type Tensor } from "@tensorloom/tensor";
import { checkEqual } from "../check.ts";
import { compare, type Row, type Settings } from "../measure.ts";
import { jaxCnnStep } from "../peers/jax-cnn.ts";
import { jax, jaxArray, useJax } from "../peers/jax.ts";
import { smallCnn } from "../small-cnn.ts";

const { numpy: np, nn, lax } = jax;
type JaxArray = jax.numpy.Array;

/** An operation of both; jax-js's functions use up their arguments, so that they are given references. */
interface Case {
  readonly name: string;
  /** Channels last. */
  readonly shapes: readonly (readonly number[])[];
  readonly ours: (...xs: Tensor[]) => Tensor;
  readonly theirs: (...xs: JaxArray[]) => JaxArray;
  /** Products that are added up in an element. */
  readonly terms: number;
  /** In which order jax-js wants the axes of each argument, and has those of the result; ours by default. */
  readonly orders?: readonly (readonly number[])[];
  readonly resultOrder?: readonly number[];
}

const chainOfFive = elementwise((u, v) => u.mul(v).add(u).relu().sub(v).mul(u));

function cases(): Case[] {
  const product = (m: number, k: number, n: number): Case => ({
    name: `${m} x ${k} by ${k} x ${n}`,
    shapes: [
      [m, k],
      [k, n],
    ],
    ours: (a, b) => matmul(a, b),
    theirs: (a, b) => np.matmul(a, b),
    terms: k,
  });
  const convolution = (
    name: string,
    size: number,
    channels: number,
    out: number,
    window: number,
    stride = 1,
  ): Case => ({
    // prettier-ignore
    name,
    shapes: [
      [1, size, size, channels],
      [window, window, channels, out],
    ],
    ours: (x, w) => conv2d(x, w, { stride, padding: "same" }),
    theirs: (x, w) => lax.conv(x, w, [stride, stride], "SAME"),
    orders: [
      [0, 3, 1, 2],
      [3, 2, 0, 1],
    ],
    resultOrder: [0, 3, 1, 2],
    terms: window * window * channels,
  });
  const square = [1000, 1000];
  return [
    product(256, 256, 256),
    product(512, 512, 512),
    product(1024, 1024, 1024),
    product(1, 1024, 1024),
    product(1024, 1024, 1),
    convolution("3x3 56² 64", 56, 64, 64, 3),
    convolution("3x3 28² 128", 28, 128, 128, 3),
    convolution("3x3 14² 256", 14, 256, 256, 3),
    convolution("1x1 28² 128", 28, 128, 256, 1),
    convolution("7x7 stem 224² 3", 224, 3, 64, 7, 2),
    {
      name: "a chain of five, 10^6",
      shapes: [square, square],
      ours: (u, v) => chainOfFive(u, v),
      theirs: (u, v) => nn.relu(u.ref.mul(v.ref).add(u.ref)).sub(v).mul(u),
      terms: 2,
    },
    {
      name: "sum of 1000 x 1000 over rows",
      shapes: [square],
      ours: (x) => x.sum(1),
      theirs: (x) => np.sum(x, 1),
      terms: 1000,
    },
    {
      name: "softmax of 1000 x 1000",
      shapes: [square],
      ours: (x) => x.softmax(),
      theirs: (x) => nn.softmax(x, -1),
      terms: 1,
    },
  ];
}

function ordered(x: Tensor, axes: readonly number[] | undefined): Tensor {
  return axes === undefined ? x : x.transpose(axes);
}

async function toJax(x: Tensor, axes: readonly number[] | undefined): Promise<JaxArray> {
  const turned = ordered(x, axes);
  return jaxArray((await turned.data()) as Float32Array, turned.shape);
}

async function race(rounds: number, only: string): Promise<Row[]> {
  const settings: Settings = { threads: 1, rounds, only: new RegExp(only) };
  const backend = await use(webgpu());
  await useJax("webgpu");
  const rows: Row[] = [];
  for (const { name, shapes, ours, theirs, terms, orders, resultOrder } of cases()) {
    if (!settings.only.test(name)) continue;
    const mine = shapes.map((shape, n) => random.uniform(shape, { seed: n + 1, low: -1 }));
    const their = await Promise.all(mine.map((x, n) => toJax(x, orders?.[n])));
    const compiled = jax.jit(theirs);
    const peer = (): JaxArray => compiled(...their.map((x) => x.ref));
    const first = tidy(() => ordered(ours(...mine), resultOrder));
    checkEqual(name, await first.data(), (await peer().data()) as Float32Array, terms);
    first.dispose();
    rows.push(
      ...(await compare(
        "webgpu-browser",
        name,
        settings,
        {
          name: "webgpu",
          run: async () => {
            ours(...mine).dispose();
            await backend.synchronize();
          },
        },
        [
          {
            name: "jax-js webgpu, jit",
            run: async () => (await peer().blockUntilReady()).dispose(),
          },
        ],
      )),
    );
    for (const x of [...mine, ...their]) x.dispose();
  }
  return [...rows, ...(await training(settings))];
}

/** The small convolutional network of the `train` suite: forward, backward, Adam, and the loss read back. */
async function training(settings: Settings): Promise<Row[]> {
  const name = "CNN: conv 8, pool, conv 16, pool, dense; batch 64";
  if (!settings.only.test(name)) return [];
  const batch = 64;
  const x = random.uniform([batch, 28, 28, 1], { seed: 1 });
  const labels = random.randint(0, 10, [batch], { seed: 2 });
  const model = smallCnn();
  const onehot = new Float32Array(batch * 10);
  (await labels.data()).forEach((label, i) => (onehot[10 * i + label] = 1));
  const weights = model.parameters().map(({ value }) => value);
  const theirs = await jaxCnnStep(weights, x, onehot);
  const optimizer = new Adam(model, { learningRate: 1e-3 });
  const mine = async (): Promise<number> => {
    const loss = tidy(() => optimizer.minimize(() => crossEntropy(model.forward(x), labels)));
    const value = await loss.itemAsync();
    loss.dispose();
    return value;
  };
  for (let step = 1; step <= 3; step++) {
    checkEqual(`${name}, step ${step}`, [await mine()], [await theirs()], 100);
  }
  return compare(
    "webgpu-browser",
    name,
    settings,
    { name: "webgpu", run: async () => void (await mine()) },
    [{ name: "jax-js webgpu, jit", run: async () => void (await theirs()) }],
  );
}

Object.assign(globalThis, { race });
