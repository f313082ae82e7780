import { createRequire } from "node:module";

/** An image of OpenCV's build for JavaScript. */
export interface Mat {
  readonly data: Uint8Array;
  readonly data32F: Float32Array;
  delete(): void;
  /** The element type's number. */
  depth(): number;
  convertTo(to: Mat, type: number, scale?: number, shift?: number): void;
}

/** What of it the bench calls. */
export interface OpenCv {
  readonly Mat: new (rows?: number, columns?: number, type?: number) => Mat;
  readonly Size: new (width: number, height: number) => unknown;
  readonly Scalar: new (...values: number[]) => unknown;
  readonly [constant: `${"CV" | "BORDER" | "INTER"}_${string}`]: number;
  GaussianBlur(from: Mat, to: Mat, size: unknown, sigmaX: number): void;
  medianBlur(from: Mat, to: Mat, size: number): void;
  bilateralFilter(from: Mat, to: Mat, d: number, sigmaColor: number, sigmaSpace: number): void;
  Canny(from: Mat, to: Mat, low: number, high: number): void;
  resize(from: Mat, to: Mat, size: unknown, fx: number, fy: number, method: number): void;
  warpAffine(from: Mat, to: Mat, matrix: Mat, size: unknown): void;
  cvtColor(from: Mat, to: Mat, code: number): void;
  copyMakeBorder(from: Mat, to: Mat, top: number, bottom: number, left: number, right: number, border: number, value: unknown): void; // prettier-ignore
}

/** Resolves to OpenCV once its WebAssembly has started. */
export function loadOpenCv(): Promise<OpenCv> {
  const module = createRequire(import.meta.url)("@techstark/opencv-js") as OpenCv & {
    then?: (ready: (started: OpenCv & { then?: unknown }) => void) => void;
  };
  return new Promise((resolve) => {
    // It resolves to itself: whoever awaits it as it is waits for ever.
    module.then!((started) => {
      delete started.then;
      resolve(started);
    });
  });
}
