/** A similarity of two samples, by name. */
export type KernelName = "linear" | "poly" | "rbf" | "sigmoid";
/** A similarity of your own: symmetric and positive semidefinite, of two samples as typed arrays. */
export type KernelFunction = (a: Float64Array, b: Float64Array) => number;

/** A kernel with its parameters. */
export interface Kernel {
  readonly name: KernelName | KernelFunction;
  readonly gamma: number;
  readonly coef0: number;
  readonly degree: number;
}
