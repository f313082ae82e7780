import { ArgumentError, concat, ShapeError, tensor, type Tensor } from "@tensorloom/tensor";

/** What YOLO's third version predicts on: a grid a scale, and anchors for each. */
export interface YoloGrid {
  /** For each scale, the anchors as [width, height] in pixels; with one scale, its list alone will do. */
  readonly anchors: YoloAnchors;
  /** Classes. */
  readonly C: number;
  /** The picture's [height, width]. */
  readonly imageSize: readonly [height: number, width: number];
}

/** Anchors as [width, height]: of one scale, or a list a scale. */
export type YoloAnchors =
  | readonly (readonly [width: number, height: number])[]
  | readonly (readonly (readonly [width: number, height: number])[])[];

/** One scale: its grid, and where its places begin among those of all scales. */
export interface YoloScale {
  /** Cells down. */
  readonly rows: number;
  /** Cells across. */
  readonly columns: number;
  /** As [width, height] in pixels. */
  readonly anchors: readonly (readonly [width: number, height: number])[];
  /** How many places the scales before it have. */
  readonly first: number;
}

/** Predictions of all scales, place after place: by scale, row, column, anchor. */
export interface FlatPredictions {
  /** `[pictures, places, 5 + C]`. */
  readonly values: Tensor;
  readonly scales: readonly YoloScale[];
  readonly pictures: number;
  readonly places: number;
}

/** Checks predictions of one scale or several, and puts their places into one row. */
export function flatPredictions(
  operation: string,
  predictions: Tensor | readonly Tensor[],
  { anchors, C }: YoloGrid,
): FlatPredictions {
  const given = Array.isArray(predictions) ? predictions : [predictions as Tensor];
  const perScale = anchorsPerScale(operation, anchors, given.length);
  if (!Number.isInteger(C) || C < 1) {
    throw new ArgumentError(`${operation}: C: expected a whole number of 1 or more, got ${C}`);
  }
  const depth = 5 + C;
  const pictures = given[0]?.shape[0] ?? 0;
  const scales: YoloScale[] = [];
  let places = 0;
  const parts = given.map((one: Tensor, i) => {
    const count = perScale[i]!.length;
    const [, rows = 0, columns = 0] = one.shape;
    const isFit =
      String(one.shape) === String([pictures, rows, columns, count * depth]) ||
      String(one.shape) === String([pictures, rows, columns, count, depth]);
    if (!isFit) {
      throw new ShapeError(
        `${operation}: predictions: expected [${pictures}, rows, columns, ${count * depth}] for ${count} anchors and ` +
          `${C} classes in scale ${i}, got [${one.shape.join(", ")}]`,
      );
    }
    scales.push({ rows, columns, anchors: perScale[i]!, first: places });
    places += rows * columns * count;
    return one.reshape([pictures, rows * columns * count, depth]);
  });
  return { values: parts.length === 1 ? parts[0]! : concat(parts, 1), scales, pictures, places };
}

/** A row a place, `[places, 6]`: column, row, the cell's width and height, the anchor's width and height. */
export function placeTable(
  scales: readonly YoloScale[],
  places: number,
  [height, width]: readonly [number, number],
): Tensor {
  const table = new Float32Array(places * 6);
  let at = 0;
  for (const { rows, columns, anchors } of scales) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (const anchor of anchors) {
          table.set([column, row, width / columns, height / rows, ...anchor], at);
          at += 6;
        }
      }
    }
  }
  return tensor(table, { shape: [places, 6] });
}

/** Corners in pixels, `[pictures, places, 4]`, of predictions `[pictures, places, 4 or more]`. */
export function decodedCorners(
  { values, scales, pictures, places }: FlatPredictions,
  imageSize: readonly [height: number, width: number],
): Tensor {
  const table = placeTable(scales, places, imageSize);
  const cell = table.slice([0, 0], [places, 2]);
  const cellSize = table.slice([0, 2], [places, 4]);
  const anchor = table.slice([0, 4], [places, 6]);
  const center = values.slice([0, 0, 0], [pictures, places, 2]).sigmoid().add(cell).mul(cellSize);
  const half = values
    .slice([0, 0, 2], [pictures, places, 4])
    .clip(-largestLog, largestLog)
    .exp()
    .mul(anchor.div(2));
  return concat([center.sub(half), center.add(half)], -1);
}

// exp cannot run away: sizes up to 1000 times the anchor's.
const largestLog = Math.log(1000);

function anchorsPerScale(
  operation: string,
  anchors: YoloAnchors,
  count: number,
): (readonly (readonly [number, number])[])[] {
  const isFlat = typeof anchors[0]?.[0] === "number";
  const perScale = (isFlat ? [anchors] : anchors) as (readonly (readonly [number, number])[])[];
  const isRight = perScale.every(
    (list) => list.length > 0 && list.every((one) => one.length === 2 && one.every((x) => x > 0)),
  );
  if (perScale.length === count && isRight) return perScale;
  throw new ArgumentError(
    `${operation}: anchors: expected positive [width, height] for each of ${count} scales, got ${JSON.stringify(anchors)}`,
  );
}
