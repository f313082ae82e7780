import type { Tensor } from "@tensorloom/tensor";

/** What is on one picture. */
export interface Truth {
  /** `[n, 4]`, as [x1, y1, x2, y2]. */
  readonly boxes: Tensor;
  /** `[n]`, the class of each, whole numbers from 0. */
  readonly labels: Tensor;
}

/** What a detector found on one picture. */
export interface Detections extends Truth {
  /** `[n]`. */
  readonly scores: Tensor;
}
