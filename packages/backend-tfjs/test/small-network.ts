import { Conv2d, crossEntropy, Flatten, Linear, MaxPool2d, ReLU, Sequential } from "@tensorloom/nn";
import { Adam } from "@tensorloom/optim";
import { random, tidy, type Tensor } from "@tensorloom/tensor";

/** Losses of the first steps of a small convolutional network, and the tensors that are alive after each. */
export async function train(
  steps: number,
  countAlive: () => number,
): Promise<{ losses: number[]; alive: number[] }> {
  random.seed(7);
  const model = new Sequential(
    ...[new Conv2d(1, 4, 3), new ReLU(), new MaxPool2d(2), new Flatten(), new Linear(36, 3)],
  );
  const optimizer = new Adam(model, { learningRate: 0.01 });
  const x = random.uniform([12, 8, 8, 1]);
  const labels = random.randint(0, 3, [12]);
  const losses: number[] = [];
  const alive: number[] = [];
  for (let step = 0; step < steps; step++) {
    const loss = tidy(() =>
      optimizer.minimize(() => crossEntropy(model.forward(x) as Tensor, labels)),
    );
    losses.push(await loss.itemAsync());
    loss.dispose();
    alive.push(countAlive());
  }
  model.dispose();
  optimizer.dispose();
  x.dispose();
  labels.dispose();
  return { losses, alive };
}
