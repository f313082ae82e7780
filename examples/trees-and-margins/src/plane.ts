import type { GeneratedSamples } from "@tensorloom/data";
import { regionChart, type Point } from "@tensorloom/plot";
import { tensor, type Tensor } from "@tensorloom/tensor";

/** A grid over the plane, and samples in it. */
export interface Plane {
  readonly xs: Float64Array;
  readonly ys: Float64Array;
  /** `[places, 2]`: every place of the grid, row by row. */
  readonly places: Tensor;
  readonly points: readonly Point[];
}

/** What can be drawn over the plane. */
export interface Classifier {
  predict(x: Tensor): Promise<Tensor>;
}

const columns = 90;
const rows = 64;

/** Lays a grid over the samples, with a margin. */
export async function planeOf({ x, y }: GeneratedSamples): Promise<Plane> {
  const samples = (await x.array()) as number[][];
  const classes = Array.from(await y.data());
  const range = (axis: number, count: number): Float64Array => {
    const values = samples.map((sample) => sample[axis]!);
    const [low, high] = [Math.min(...values) - 0.3, Math.max(...values) + 0.3];
    return Float64Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));
  };
  const [xs, ys] = [range(0, columns), range(1, rows)];
  const places = tensor(Array.from(ys).flatMap((b) => Array.from(xs, (a) => [a, b])));
  const points = samples.map(([a, b], i) => ({ x: a!, y: b!, group: classes[i]! }));
  return { xs, ys, places, points };
}

/** Resolves to the regions of a classifier's classes, with what else is to be seen. */
export async function drawRegions(
  plane: Plane,
  model: Classifier,
  title: string,
  more: {
    marked?: readonly Point[];
    contours?: { values: ArrayLike<number>; levels: number[] };
  } = {},
): Promise<string> {
  const predicted = await model.predict(plane.places);
  const values = await predicted.data();
  predicted.dispose();
  const { xs, ys, points } = plane;
  return regionChart({ ...{ title, xs, ys, values, points, width: 270, height: 200 }, ...more });
}
