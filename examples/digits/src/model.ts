import { Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU, Sequential } from "@tensorloom/nn";

/** Returns a small convolutional network for images of 8x8 pixels: 24 thousand parameters. */
export function digitsNetwork(): Sequential {
  return new Sequential(
    new Conv2d(1, 16, 3, { padding: "same" }),
    new ReLU(),
    new Conv2d(16, 32, 3, { padding: "same" }),
    new ReLU(),
    new MaxPool2d(2),
    new Dropout(0.25),
    new Flatten(),
    new Linear(4 * 4 * 32, 64),
    new ReLU(),
    new Dropout(0.4),
    new Linear(64, 10),
  );
}
