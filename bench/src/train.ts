import { wasm } from "@tensorloom/backend-cpu";
import { crossEntropy as ourCrossEntropy, Linear, LSTM, ReLU, Sequential } from "@tensorloom/nn";
import { Adam, type Learnable } from "@tensorloom/optim";
import * as tl from "@tensorloom/tensor";
import { checkEqual } from "./check.ts";
import { compare, type Row, type Settings } from "./measure.ts";
import { jaxCnnStep } from "./peers/jax-cnn.ts";
import { jaxCrossEntropy, jaxStep } from "./peers/jax-step.ts";
import { jax, jaxArray, useJax } from "./peers/jax.ts";
import { tfjsCnnStep, type TfjsWeights } from "./peers/tfjs-cnn.ts";
import { smallCnn } from "./small-cnn.ts";

const { numpy: np, nn: jaxNn } = jax;
type JaxArray = jax.numpy.Array;

/**
 * Whole training steps (forward, backward, Adam): a network of dense layers 784-256-128-10 on 128 images, one of two
 * convolutions on 64, and an LSTM of 64 units over 32 steps of 16 features, on 32 sequences. Both begin with the same
 * weights, and the losses of three steps must agree. They are read back every step, as training loops do. tfjs takes
 * part in the second, with gradients that it lacks on WASM written by hand.
 */
export async function train(settings: Settings): Promise<Row[]> {
  await tl.use(wasm({ threads: settings.threads }));
  await useJax();
  return [
    ...(await dense(settings)),
    ...(await convolutional(settings)),
    ...(await recurrent(settings)),
  ];
}

async function dense(settings: Settings): Promise<Row[]> {
  const batch = 128;
  const x = tl.random.uniform([batch, 784], { seed: 1 });
  const labels = tl.random.randint(0, 10, [batch], { seed: 2 });
  const model = new Sequential(
    ...[new Linear(784, 256), new ReLU(), new Linear(256, 128), new ReLU(), new Linear(128, 10)],
  );
  const data = x.dataSync() as Float32Array;
  const [onehot] = await oneHot(labels);

  const [jx, jy] = [jaxArray(data, [batch, 784]), jaxArray(onehot!, [batch, 10])];
  const parameters = model
    .parameters()
    .map(({ value }) => toJax(value.rank === 2 ? value.transpose() : value));
  const jaxLoss = (p: JaxArray[], input: JaxArray, target: JaxArray): JaxArray => {
    let h = input;
    for (let i = 0; i < 3; i++) {
      h = np.matmul(h, p[2 * i]!).add(p[2 * i + 1]!);
      if (i < 2) h = jaxNn.relu(h);
    }
    return jaxCrossEntropy(h, target);
  };
  const mine = ourStep(model, (input) => model.forward(input), x, labels);
  const theirs = jaxStep(jaxLoss, parameters, jx, jy);
  return race("MLP 784-256-128-10, batch 128", settings, mine, [
    { name: "jax-js, jit", step: theirs },
  ]);
}

async function convolutional(settings: Settings): Promise<Row[]> {
  const batch = 64;
  const x = tl.random.uniform([batch, 28, 28, 1], { seed: 1 });
  const labels = tl.random.randint(0, 10, [batch], { seed: 2 });
  const model = smallCnn();
  const [onehot] = await oneHot(labels);
  const [w1, b1, w2, b2, w3, b3] = model.parameters().map(({ value }) => value) as tl.Tensor[];
  const mine = ourStep(model, (input) => model.forward(input), x, labels);
  const tfjs = await tfjsCnnStep(
    [w1!, b1!, w2!, b2!, tl.tidy(() => w3!.transpose()), b3!].map(weightsOf),
    weightsOf(x),
    { values: onehot!, shape: [batch, 10] },
  );
  return race("CNN: conv 8, pool, conv 16, pool, dense; batch 64", settings, mine, [
    { name: "jax-js, jit", step: await jaxCnnStep([w1!, b1!, w2!, b2!, w3!, b3!], x, onehot!) },
    { name: "tfjs wasm, hand-made gradients", step: tfjs },
  ]);
}

async function recurrent(settings: Settings): Promise<Row[]> {
  const [batch, steps, features, units] = [32, 32, 16, 64];
  const x = tl.random.uniform([batch, steps, features], { seed: 1, low: -1 });
  const labels = tl.random.randint(0, 10, [batch], { seed: 2 });
  const model = new Sequential(new LSTM(features, units), new Linear(units, 10));

  const [onehot] = await oneHot(labels);
  const data = x.dataSync() as Float32Array;
  const [jx, jy] = [jaxArray(data, [batch, steps, features]), jaxArray(onehot!, [batch, 10])];
  const start = model
    .parameters()
    .map(({ value }) => toJax(value.rank === 2 ? value.transpose() : value));
  const jaxLoss = (p: JaxArray[], input: JaxArray, target: JaxArray): JaxArray => {
    let [h, c] = [np.zeros([batch, units]), np.zeros([batch, units])];
    for (let step = 0; step < steps; step++) {
      const now = input.ref.slice([], step, []);
      const biases = p[2]!.ref.add(p[3]!.ref);
      const sum = np.matmul(now, p[0]!.ref).add(np.matmul(h, p[1]!.ref)).add(biases);
      const gate = (k: number): JaxArray => sum.ref.slice([], [k * units, (k + 1) * units]);
      const kept = jaxNn.sigmoid(gate(1)).mul(c);
      c = kept.add(jaxNn.sigmoid(gate(0)).mul(np.tanh(gate(2))));
      h = jaxNn.sigmoid(gate(3)).mul(np.tanh(c.ref));
    }
    return jaxCrossEntropy(np.matmul(h, p[4]!).add(p[5]!), target);
  };
  const mine = ourStep(model, (input) => model.forward(input), x, labels);
  const theirs = jaxStep(jaxLoss, start, jx, jy);
  return race("LSTM 64, 32 steps of 16, batch 32", settings, mine, [
    { name: "jax-js, jit", step: theirs },
  ]);
}

/** Compares the losses of the first steps, then the times. */
async function race(
  name: string,
  settings: Settings,
  mine: () => number,
  peers: readonly { readonly name: string; readonly step: () => Promise<number> }[],
): Promise<Row[]> {
  for (let i = 1; i <= 3; i++) {
    const loss = mine();
    for (const peer of peers) {
      checkEqual(`${name}, step ${i}, ${peer.name}`, [loss], [await peer.step()], 100);
    }
  }
  const ours = { name: "wasm", run: () => void mine() };
  return compare(
    "train",
    name,
    settings,
    ours,
    peers.map((peer) => ({ name: peer.name, run: async () => void (await peer.step()) })),
  );
}

function weightsOf(x: tl.Tensor): TfjsWeights {
  return { values: x.dataSync() as Float32Array, shape: x.shape };
}

function ourStep(
  learnable: Learnable,
  forward: (x: tl.Tensor) => tl.Tensor,
  x: tl.Tensor,
  labels: tl.Tensor,
): () => number {
  const optimizer = new Adam(learnable, { learningRate: 1e-3 });
  return () => tl.tidy(() => optimizer.minimize(() => ourCrossEntropy(forward(x), labels)).item());
}

async function oneHot(labels: tl.Tensor): Promise<[Float32Array]> {
  const values = await labels.data();
  const rows = new Float32Array(values.length * 10);
  values.forEach((label: number, i: number) => (rows[10 * i + label] = 1));
  return [rows];
}

function toJax(x: tl.Tensor): JaxArray {
  return jaxArray(x.dataSync() as Float32Array, x.shape);
}
