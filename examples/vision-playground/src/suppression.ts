import { random, tensor, type Tensor } from "@tensorloom/tensor";
import { batchedNms, drawBoxes } from "@tensorloom/vision";

/** Things on the pictures of the page, as shares of width and height: [x1, y1, x2, y2]. */
const things: Readonly<
  Record<string, readonly { readonly name: string; readonly box: readonly number[] }[]>
> = {
  // prettier-ignore
  astronaut: [
    { name: "face", box: [0.36, 0.1, 0.53, 0.35] },
    { name: "patch", box: [0.26, 0.67, 0.41, 0.83] },
    { name: "shuttle", box: [0.69, 0.02, 0.91, 0.57] },
  ],
  chelsea: [
    { name: "eye", box: [0.3, 0.27, 0.47, 0.49] },
    { name: "eye", box: [0.65, 0.35, 0.77, 0.56] },
    { name: "nose", box: [0.52, 0.73, 0.66, 0.89] },
  ],
};
const anywhere = [
  { name: "thing", box: [0.2, 0.2, 0.5, 0.6] },
  { name: "other", box: [0.45, 0.4, 0.8, 0.85] },
];

/** What a detector might say of a picture, before suppression. */
export interface Candidates {
  readonly boxes: Tensor;
  readonly scores: Tensor;
  readonly classes: readonly number[];
  readonly names: readonly string[];
}

const perThing = 14;

/** Makes candidates: boxes strewn around each thing, the further off, the lower their score. */
export async function candidatesOf(
  picture: string,
  height: number,
  width: number,
): Promise<Candidates> {
  const list = things[picture] ?? anywhere;
  const drawn = random.normal([list.length * perThing, 4], { seed: 5 });
  const noise = await drawn.data();
  drawn.dispose();
  const boxes: number[] = [];
  const scores: number[] = [];
  const classes: number[] = [];
  const classNames = [...new Set(list.map(({ name }) => name))];
  list.forEach(({ name, box }, i) => {
    const [x1, y1, x2, y2] = box as [number, number, number, number];
    for (let k = 0; k < perThing; k++) {
      const shifts = Array.from(noise.subarray(4 * (i * perThing + k), 4 * (i * perThing + k) + 4), (n) => (k === 0 ? 0 : n)) as [number, number, number, number]; // prettier-ignore
      const [w, h] = [(x2 - x1) * width, (y2 - y1) * height];
      boxes.push(
        ...[x1 * width + 0.12 * w * shifts[0], y1 * height + 0.12 * h * shifts[1]],
        ...[x2 * width + 0.12 * w * shifts[2], y2 * height + 0.12 * h * shifts[3]],
      );
      const distance = shifts.reduce((sum, n) => sum + n * n, 0);
      scores.push(0.15 + 0.8 * Math.exp(-distance / 5));
      classes.push(classNames.indexOf(name));
    }
  });
  return {
    boxes: tensor(Float32Array.from(boxes), { shape: [scores.length, 4] }),
    scores: tensor(Float32Array.from(scores)),
    classes,
    names: classes.map((one) => classNames[one]!),
  };
}

/** Resolves to the picture with all candidates, and with those that are kept. */
export async function suppressed(
  image: Tensor,
  { boxes, scores, classes, names }: Candidates,
  thresholds: { readonly iouThreshold: number; readonly scoreThreshold: number },
): Promise<{ readonly before: Tensor; readonly after: Tensor; readonly kept: number }> {
  const classTensor = tensor(Int32Array.from(classes));
  const kept = await batchedNms(boxes, scores, classTensor, thresholds);
  const [indices, values] = await Promise.all([kept.data(), scores.data()]);
  const chosen = boxes.gather(kept);
  const rows = Array.from(indices);
  const before = await drawBoxes(image, boxes, { classes, lineWidth: 1 });
  const after = await drawBoxes(image, chosen, {
    classes: rows.map((i) => classes[i]!),
    labels: rows.map((i) => `${names[i]!} ${values[i]!.toFixed(2)}`),
    textScale: 2,
    lineWidth: 3,
  });
  for (const one of [classTensor, kept, chosen]) one.dispose();
  return { before, after, kept: rows.length };
}
