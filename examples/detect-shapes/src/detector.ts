import { makeShapes, type ShapeImages } from "@tensorloom/data";
import { fit, type History, type Module } from "@tensorloom/nn";
import { Adam } from "@tensorloom/optim";
import { concat, random, type Tensor } from "@tensorloom/tensor";
import {
  anchorKMeans,
  packTruths,
  selectDetections,
  tinyYolo,
  yoloDecode,
  yoloV3Loss,
  type Detections,
  type SelectDetectionsOptions,
  type Truth,
  type YoloGrid,
} from "@tensorloom/vision";

/** How a detector is trained. */
export interface TrainingOptions {
  /** Pictures to learn from. */
  readonly samples: number;
  /** Sides of the pictures, in pixels. */
  readonly size: number;
  /** How often all pictures are seen. */
  readonly epochs: number;
  /** The channels of the network's stages. */
  readonly widths: readonly number[];
  readonly seed: number;
  readonly progress: boolean;
}

/** A network, and the grid on which it predicts. */
export interface Detector {
  readonly model: Module;
  readonly grid: YoloGrid;
  readonly classNames: readonly string[];
}

const batchSize = 16;
const highestRate = 4e-3;

/** Trains a detector from scratch on made-up pictures; resolves to it and the course of its loss. */
export async function trainDetector(
  options: TrainingOptions,
): Promise<{ detector: Detector; history: History }> {
  const { samples, size, epochs, widths, seed, progress } = options;
  const shapes = await makeShapes({ samples, size, seed });
  const allBoxes = concat([...shapes.boxes]);
  const { anchors } = await anchorKMeans(allBoxes, { k: 3, seed });
  const grid: YoloGrid = {
    anchors: (await anchors.array()) as [number, number][],
    C: shapes.classNames.length,
    imageSize: [size, size],
  };
  random.seed(seed);
  const model = tinyYolo({ C: grid.C, anchors: 3, widths });
  const optimizer = new Adam(model, { learningRate: highestRate });
  const truths = packTruths(truthsOf(shapes));
  const history = await fit(
    model,
    { x: shapes.images, y: truths },
    {
      optimizer,
      loss: (outputs: Tensor, y: Tensor) =>
        yoloV3Loss(outputs, y, { ...grid, box: "ciou", lambdaCoord: 3 }).total,
      epochs,
      batchSize,
      seed,
      progress: progress ? "auto" : false,
      callbacks: [
        {
          // The rate falls along half a cosine.
          onEpochEnd: ({ epoch }) => {
            optimizer.learningRate = (highestRate / 2) * (1 + Math.cos((Math.PI * epoch) / epochs));
          },
        },
      ],
    },
  );
  optimizer.dispose();
  for (const one of [
    shapes.images,
    truths,
    allBoxes,
    anchors,
    ...shapes.boxes,
    ...shapes.classes,
  ]) {
    one.dispose();
  }
  return { detector: { model, grid, classNames: shapes.classNames }, history };
}

/** Resolves to what a detector finds on pictures. */
export async function detect(
  { model, grid }: Detector,
  images: Tensor,
  options: SelectDetectionsOptions,
): Promise<Detections[]> {
  const found: Detections[] = [];
  const [count, height, width, channels] = images.shape as readonly [
    number,
    number,
    number,
    number,
  ];
  for (let begin = 0; begin < count; begin += batchSize) {
    const end = Math.min(count, begin + batchSize);
    const batch = images.slice([begin, 0, 0, 0], [end, height, width, channels]);
    const outputs = model.call(batch);
    const decoded = yoloDecode(outputs, grid);
    found.push(...(await selectDetections(decoded, options)));
    for (const one of [batch, outputs, ...Object.values(decoded)]) one.dispose();
  }
  return found;
}

/** Frees what {@link detect} found. */
export function disposeAll(detections: readonly Detections[]): void {
  for (const one of detections.flatMap((picture) => Object.values(picture))) one.dispose();
}

/** What is on pictures, as vision's functions take it. */
export function truthsOf({ boxes, classes }: ShapeImages): Truth[] {
  return boxes.map((box, i) => ({ boxes: box, labels: classes[i]! }));
}
