import { jax } from "./jax.ts";

const { numpy: np, nn } = jax;
type JaxArray = jax.numpy.Array;

/** The mean cross-entropy of logits and one-hot targets. */
export function jaxCrossEntropy(logits: JaxArray, target: JaxArray): JaxArray {
  return np.mean(np.sum(nn.logSoftmax(logits, -1).mul(target), -1)).neg();
}

/** Returns a compiled step of Adam from these parameters on, which resolves to the loss. */
export function jaxStep(
  loss: (p: JaxArray[], x: JaxArray, y: JaxArray) => JaxArray,
  start: JaxArray[],
  x: JaxArray,
  y: JaxArray,
): () => Promise<number> {
  const step = jax.jit(
    (
      p: JaxArray[],
      m: JaxArray[],
      v: JaxArray[],
      rate: JaxArray,
      scale: JaxArray,
      input: JaxArray,
      target: JaxArray,
    ) => {
      const [value, gradients] = jax.valueAndGrad(loss)(p.map((one) => one.ref), input, target) as unknown as [JaxArray, JaxArray[]]; // prettier-ignore
      const nextM = m.map((one, i) => one.mul(0.9).add(gradients[i]!.ref.mul(0.1)));
      const nextV = v.map((one, i) =>
        one.mul(0.999).add(gradients[i]!.ref.mul(gradients[i]!).mul(0.001)),
      );
      const nextP = p.map((one, i) =>
        one.sub(nextM[i]!.ref.mul(rate.ref).div(np.sqrt(nextV[i]!.ref).mul(scale.ref).add(1e-8))),
      );
      return { value, nextP, nextM, nextV };
    },
  );
  let [p, m, v] = [
    start,
    start.map((one) => np.zeros(one.shape)),
    start.map((one) => np.zeros(one.shape)),
  ];
  let steps = 0;
  return async () => {
    steps++;
    // Adam's corrections of its moments.
    const rate = np.array([1e-3 / (1 - 0.9 ** steps)]);
    const scale = np.array([1 / Math.sqrt(1 - 0.999 ** steps)]);
    const next = step(p, m, v, rate, scale, x.ref, y.ref) as unknown as { value: JaxArray; nextP: JaxArray[]; nextM: JaxArray[]; nextV: JaxArray[] }; // prettier-ignore
    [p, m, v] = [next.nextP, next.nextM, next.nextV];
    return (await next.value.data())[0]!;
  };
}
