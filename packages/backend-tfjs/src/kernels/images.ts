import type { ResizeBilinearAttrs } from "@tensorflow/tfjs-core";
import {
  astype,
  flip,
  resize,
  vjp,
  type CoordinateRule,
  type ResizeMethod,
  type Tensor,
} from "@tensorloom/tensor";
import { kernel, type KernelTable } from "./kernel.ts";

/** Kernels on images, `[batch, height, width, channels]`. */
export const images: KernelTable = {
  FlipLeftRight: kernel<"image">(({ image }) => flip(image, 2)),
  ResizeBilinear: resizing("linear"),
  ResizeNearestNeighbor: resizing("nearest"),
  ResizeBilinearGrad: resizingGradient("linear"),
  ResizeNearestNeighborGrad: resizingGradient("nearest"),
};

function resizing(method: ResizeMethod): KernelTable[string] {
  return kernel<"images", ResizeBilinearAttrs>(({ images: x }, attributes) => {
    if (x.size === 0) return undefined;
    const resized = resize(x, attributes.size, { method, coordinates: ruleOf(attributes) });
    return method === "linear" ? astype(resized, "float32") : resized;
  });
}

/** The gradient asks for the images' shape alone. */
function resizingGradient(method: ResizeMethod): KernelTable[string] {
  return kernel<"images" | "dy", ResizeBilinearAttrs>(({ images: x, dy }, attributes) => {
    const size = dy.shape.slice(1, 3);
    const coordinates = ruleOf(attributes);
    const { pullback } = vjp(
      (given: Tensor) => resize(given, size, { method, coordinates }),
      astype(x, "float32"),
    );
    return pullback(dy)[0];
  });
}

function ruleOf({ alignCorners, halfPixelCenters }: ResizeBilinearAttrs): CoordinateRule {
  if (alignCorners) return "alignCorners";
  return halfPixelCenters ? "halfPixel" : "asymmetric";
}
