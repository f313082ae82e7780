import { Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential } from "@tensorloom/nn";

/** The network of the suites that train: images `[batch, 28, 28, 1]` to ten classes. */
export function smallCnn(): Sequential {
  return new Sequential(
    ...[new Conv2d(1, 8, 3), new ReLU(), new MaxPool2d(2)],
    ...[new Conv2d(8, 16, 3), new ReLU(), new MaxPool2d(2)],
    ...[new Flatten(), new Linear(400, 10)],
  );
}
