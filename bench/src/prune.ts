import { wasm } from "@tensorloom/backend-cpu";
import {
  Conv2d,
  Flatten,
  Linear,
  MaxPool2d,
  pruneWeights,
  ReLU,
  removePrunedChannels,
  Sequential,
} from "@tensorloom/nn";
import { noGrad, random, tidy, use } from "@tensorloom/tensor";
import { checkEqual } from "./check.ts";
import { compare, type Row, type Settings } from "./measure.ts";

/** What removing channels brings: a forward pass of a small CNN, against the same with their weights at zero in place. */
export async function prune(settings: Settings): Promise<Row[]> {
  await use(wasm({ threads: settings.threads }));
  const rows: Row[] = [];
  for (const amount of [0.25, 0.5, 0.75]) {
    const [masked, removed] = [await prunedNetwork(amount), await prunedNetwork(amount)];
    await removePrunedChannels(removed);
    const x = random.normal([64, 16, 16, 3], { seed: 1 });
    const forward = (model: Sequential) => (): void =>
      tidy(() => noGrad(() => void model.forward(x)));
    using left = masked.call(x);
    using right = removed.call(x);
    // The longest sum: 2,048 products.
    checkEqual("prune", left.dataSync(), right.dataSync(), 2048);
    const peer = { name: "zeros in place", run: forward(masked) };
    const ours = { name: "removed", run: forward(removed) };
    rows.push(...(await compare("prune", `${100 * amount} % of channels`, settings, ours, [peer])));
    x.dispose();
    masked.dispose();
    removed.dispose();
  }
  return rows;
}

/** A CNN of which a share of each layer's neurons is zero. */
async function prunedNetwork(amount: number): Promise<Sequential> {
  random.seed(1);
  const model = new Sequential(
    new Conv2d(3, 64, 3, { padding: "same" }),
    new ReLU(),
    new Conv2d(64, 64, 3, { padding: "same" }),
    new ReLU(),
    new MaxPool2d(2),
    new Conv2d(64, 128, 3, { padding: "same" }),
    new ReLU(),
    new MaxPool2d(2),
    new Flatten(),
    new Linear(4 * 4 * 128, 256),
    new ReLU(),
    new Linear(256, 10),
  ).eval();
  await pruneWeights(model, { method: "l1", amount, structured: true });
  return model;
}
