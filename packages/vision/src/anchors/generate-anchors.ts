import { ArgumentError, tensor, type Tensor } from "@tensorloom/tensor";

/** What {@link generateAnchors} takes. */
export interface GenerateAnchorsOptions {
  /** [rows, columns] of the feature map. */
  readonly featureSize: readonly [height: number, width: number];
  /** Pixels of the picture from one cell to the next, for both axes or as [vertical, horizontal]. */
  readonly stride: number | readonly [vertical: number, horizontal: number];
  /** Square roots of the anchors' areas, in pixels. */
  readonly sizes: readonly number[];
  /** Ratios of height to width; [1] by default. */
  readonly ratios?: readonly number[];
  /** Where anchors are centred in their cell, as a share of the stride; 0 by default, as in torchvision; 0.5 is the middle. */
  readonly offset?: number;
  /** Whether sides are rounded to whole pixels, half to even; true by default, as in torchvision. */
  readonly isRounded?: boolean;
}

/**
 * Returns an anchor of every ratio and size at every cell of a feature map: row by row, cell by cell, ratio by ratio.
 *
 * @param options - the map's size and stride; sizes and ratios
 * @returns `[rows * columns * ratios * sizes, 4]`, as [x1, y1, x2, y2] in the picture's pixels, float32
 * @throws `ArgumentError` for sizes that are not positive
 *
 * Source: Ren et al. 2015, arXiv:1506.01497; torchvision's AnchorGenerator.
 *
 * @example
 * generateAnchors({ featureSize: [1, 2], stride: 16, sizes: [8] }).toString(); // => [[-4, -4,  4, 4], [12, -4, 20, 4]]
 */
export function generateAnchors(options: GenerateAnchorsOptions): Tensor<"float32"> {
  const { featureSize, sizes, ratios = [1], offset = 0, isRounded = true } = options;
  const [down, right] =
    typeof options.stride === "number" ? [options.stride, options.stride] : options.stride;
  const [rows, columns] = featureSize;
  const given = { featureSize, stride: [down, right], sizes, ratios };
  for (const [name, values] of Object.entries(given)) {
    if (!values.every((value) => value > 0)) {
      throw new ArgumentError(
        `generateAnchors: ${name}: expected positive numbers, got [${values.join(", ")}]`,
      );
    }
  }
  const shapes = ratios.flatMap((ratio) =>
    sizes.map((size) => {
      const halves = [size / Math.sqrt(ratio) / 2, (size * Math.sqrt(ratio)) / 2];
      return isRounded ? halves.map(roundHalfToEven) : halves;
    }),
  );
  const anchors = new Float32Array(rows * columns * shapes.length * 4);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const x = (column + offset) * right;
      const y = (row + offset) * down;
      for (const [halfWidth, halfHeight] of shapes as [number, number][]) {
        anchors.set([x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight], at);
        at += 4;
      }
    }
  }
  return tensor(anchors, { shape: [anchors.length / 4, 4] }) as Tensor<"float32">;
}

function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
