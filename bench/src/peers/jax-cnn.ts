import { tidy, type Tensor } from "@tensorloom/tensor";
import { jaxCrossEntropy, jaxStep } from "./jax-step.ts";
import { jax, jaxArray } from "./jax.ts";

const { numpy: np, nn, lax } = jax;
type JaxArray = jax.numpy.Array;

/**
 * Resolves to a training step in jax-js of the `train` suite's convolutional network.
 *
 * @param weights - ours: filter and bias of the first, the second convolution, and of the dense layer
 * @param x - the images `[batch, 28, 28, 1]`
 * @param onehot - the labels, `[batch, 10]`
 */
export async function jaxCnnStep(
  weights: readonly Tensor[],
  x: Tensor,
  onehot: Float32Array,
): Promise<() => Promise<number>> {
  const [w1, b1, w2, b2, w3, b3] = weights as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
  const batch = x.shape[0]!;
  // Channels come last with us, first there; flattened too.
  const channelsFirst = (w: Tensor): Tensor => w.transpose([3, 2, 0, 1]);
  const parameters = [
    ...[await toJax(() => channelsFirst(w1)), await toJax(() => b1.reshape([1, 8, 1, 1]))],
    ...[await toJax(() => channelsFirst(w2)), await toJax(() => b2.reshape([1, 16, 1, 1]))],
    await toJax(() => w3.reshape([10, 5, 5, 16]).transpose([3, 1, 2, 0]).reshape([400, 10])),
    await toJax(() => b3.add(0)),
  ];
  const images = await toJax(() => x.transpose([0, 3, 1, 2]));
  // The largest of four strided slices: reduceWindow has no gradient of maxima that is as fast.
  const pool = (h: JaxArray): JaxArray => {
    const [n, c, height, width] = h.shape as [number, number, number, number];
    const [rows, columns] = [Math.floor(height / 2), Math.floor(width / 2)];
    const cut = h.slice([], [], [0, 2 * rows], [0, 2 * columns]);
    return np.max(cut.reshape([n, c, rows, 2, columns, 2]), [3, 5]);
  };
  const jaxLoss = (p: JaxArray[], input: JaxArray, target: JaxArray): JaxArray => {
    let h = pool(nn.relu(lax.conv(input, p[0]!, [1, 1], "VALID").add(p[1]!)));
    h = pool(nn.relu(lax.conv(h, p[2]!, [1, 1], "VALID").add(p[3]!)));
    return jaxCrossEntropy(np.matmul(h.reshape([-1, 400]), p[4]!).add(p[5]!), target);
  };
  return jaxStep(jaxLoss, parameters, images, jaxArray(onehot, [batch, 10]));
}

async function toJax(make: () => Tensor): Promise<JaxArray> {
  const x = tidy(make);
  const data = (await x.data()) as Float32Array;
  x.dispose();
  return jaxArray(data, x.shape);
}
