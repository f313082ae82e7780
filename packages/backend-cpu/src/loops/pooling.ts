import {
  sizeOf,
  type PoolCall,
  type PoolGradientCall,
  type PoolParameters,
} from "@tensorloom/tensor/backend";
import { elementsOf } from "../host-storage.ts";

/** Pools on host memory. */
export function pool(call: PoolCall): void {
  const { input, output, mode } = call;
  const from = elementsOf(input);
  const to = elementsOf(output);
  const channels = input.shape.at(-1)!;
  eachWindow(call, input.shape, output.shape, (position, image, places, divisor) => {
    const out = to.offset + position * channels;
    for (let c = 0; c < channels; c++) {
      if (mode === "average") {
        let total = 0;
        for (const at of places) total += from.array[from.offset + (image + at) * channels + c]!;
        to.array[out + c] = total / divisor;
        continue;
      }
      let largest = -Infinity;
      for (const at of places) {
        largest = Math.max(largest, from.array[from.offset + (image + at) * channels + c]!);
      }
      to.array[out + c] = largest;
    }
  });
}

/** Takes gradients back through pooling, on host memory. */
export function poolGradient(call: PoolGradientCall): void {
  const { input, gradient, output, mode } = call;
  const from = elementsOf(input);
  const passed = elementsOf(gradient);
  const to = elementsOf(output);
  const channels = input.shape.at(-1)!;
  to.array.fill(0, to.offset, to.offset + sizeOf(output.shape));
  eachWindow(call, input.shape, gradient.shape, (position, image, places, divisor) => {
    for (let c = 0; c < channels; c++) {
      const g = passed.array[passed.offset + position * channels + c]!;
      if (mode === "average") {
        const share = g / divisor;
        for (const at of places) to.array[to.offset + (image + at) * channels + c]! += share;
        continue;
      }
      let winner = -1;
      let largest = -Infinity;
      for (const at of places) {
        const x = from.array[from.offset + (image + at) * channels + c]!;
        // The first of equals wins; the first NaN beats all.
        if (winner < 0 || x > largest || (Number.isNaN(x) && !Number.isNaN(largest))) {
          winner = at;
          largest = x;
        }
      }
      if (winner >= 0) to.array[to.offset + (image + winner) * channels + c]! += g;
    }
  });
}

/**
 * Visits each window: its position in the output, where its image begins, the places in the image of the elements that
 * lie inside the input, and what a mean divides by. Positions count batch and space as one index.
 */
function eachWindow(
  parameters: PoolParameters,
  inShape: readonly number[],
  outShape: readonly number[],
  visit: (position: number, image: number, places: readonly number[], divisor: number) => void,
): void {
  const { window, strides, dilation, padding, countPadding } = parameters;
  const rank = window.length;
  const space = inShape.slice(1, -1);
  const outSpace = outShape.slice(1, -1);
  const perImage = sizeOf(space);
  const outPerImage = sizeOf(outSpace);
  // For each axis and output coordinate, the input coordinates under the window, and how many count for a mean.
  const inside = outSpace.map((size, axis) =>
    Array.from({ length: size }, (_, o) => {
      const start = o * strides[axis]! - padding[axis]![0];
      const taps = Array.from({ length: window[axis]! }, (__, t) => start + t * dilation[axis]!);
      const limit = space[axis]! + padding[axis]![1];
      return {
        coordinates: taps.filter((x) => x >= 0 && x < space[axis]!),
        // A partial window beyond the padding (ceilMode) divides by what lies inside the padding, as PyTorch does.
        counted: taps.filter((x) => x < limit).length,
      };
    }),
  );
  // Of each window in an image: the elements' places in the image, and the divisor. The same for every image.
  const windows = Array.from({ length: outPerImage }, () => ({ places: [0], counted: 1 }));
  const coordinates = outSpace.map(() => 0);
  for (const one of windows) {
    let step = perImage;
    for (let axis = 0; axis < rank; axis++) {
      step /= space[axis]!;
      const taps = inside[axis]![coordinates[axis]!]!;
      one.counted *= taps.counted;
      one.places = one.places.flatMap((base) => taps.coordinates.map((x) => base + x * step));
    }
    for (let axis = rank - 1; axis >= 0; axis--) {
      if (++coordinates[axis]! < outSpace[axis]!) break;
      coordinates[axis] = 0;
    }
  }
  for (let batch = 0; batch < inShape[0]!; batch++) {
    windows.forEach(({ places, counted }, o) => {
      const divisor = countPadding ? counted : places.length;
      visit(batch * outPerImage + o, batch * perImage, places, divisor);
    });
  }
}
