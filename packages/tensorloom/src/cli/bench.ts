import { Conv2d, crossEntropy, Flatten, Linear, MaxPool2d, ReLU, Sequential } from "@tensorloom/nn";
import { Adam } from "@tensorloom/optim";
import {
  currentBackend,
  conv2d,
  random,
  TensorloomError,
  tidy,
  use,
  type Tensor,
} from "@tensorloom/tensor";
import { candidates } from "./candidates.ts";
import { columns } from "./columns.ts";

interface Result {
  readonly backend: string;
  readonly work: string;
  /** Milliseconds, the median. */
  readonly ms: number;
  /** Billions of multiply-adds a second, counted twice; undefined where they are not what the time goes to. */
  readonly gflops: number | undefined;
}

/** Resolves to times of typical work on each backend of this machine, as text or JSON. */
export async function bench(asJson: boolean): Promise<string> {
  const results: Result[] = [];
  for (const create of Object.values(candidates)) {
    try {
      const backend = await use(create());
      // An adapter that computes on the processor tells nothing of the machine.
      if (backend.info().features.includes("software")) continue;
    } catch (error) {
      if (error instanceof TensorloomError) continue;
      throw error;
    }
    results.push(
      await time("matrix product 512 x 512", 2 * 512 ** 3, product()),
      await time(
        "3x3 convolution, 28 x 28, 128 channels",
        2 * 28 ** 2 * 9 * 128 ** 2,
        convolution(),
      ),
      await time("training step of a small CNN, 64 images", undefined, trainingStep()),
    );
  }
  if (asJson) return JSON.stringify(results, null, 2);
  return columns([
    ["backend", "work", "ms", "GFLOP/s"],
    ...results.map(({ backend, work, ms, gflops }) => [
      backend,
      work,
      ms.toPrecision(3),
      gflops?.toFixed(1) ?? "",
    ]),
  ]);
}

function product(): () => Tensor {
  const [a, b] = [random.normal([512, 512]), random.normal([512, 512])];
  return () => a.matmul(b);
}

function convolution(): () => Tensor {
  const x = random.normal([1, 28, 28, 128]);
  const filter = random.normal([3, 3, 128, 128]);
  return () => conv2d(x, filter, { padding: "same" });
}

function trainingStep(): () => Tensor {
  const model = new Sequential(
    ...[new Conv2d(1, 8, 3), new ReLU(), new MaxPool2d(2)],
    ...[new Conv2d(8, 16, 3), new ReLU(), new MaxPool2d(2)],
    ...[new Flatten(), new Linear(400, 10)],
  );
  const optimizer = new Adam(model, { learningRate: 1e-3 });
  const x = random.uniform([64, 28, 28, 1]);
  const labels = random.randint(0, 10, [64]);
  return () => optimizer.minimize(() => crossEntropy(model.forward(x) as Tensor, labels));
}

/** Repeats work for a second, after two runs to warm up, and takes the median. */
async function time(work: string, flops: number | undefined, run: () => Tensor): Promise<Result> {
  const times: number[] = [];
  const begin = performance.now();
  for (let i = 0; times.length < 3 || performance.now() - begin < 1000; i++) {
    const start = performance.now();
    const result = tidy(run);
    // A device is done when a result has been read.
    await tidy(() => result.reshape([-1]).slice([0], [1])).data();
    result.dispose();
    if (i >= 2) times.push(performance.now() - start);
  }
  const ms = times.toSorted((a, b) => a - b)[times.length >> 1]!;
  const gflops = flops === undefined ? undefined : flops / ms / 1e6;
  return { backend: currentBackend().name, work, ms, gflops };
}
