import type { DataType, TensorInfo } from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorloom/tensor";
import type { Backend } from "@tensorloom/tensor/backend";
import type { Tf } from "../engine/load-engine.ts";

/** What kernels use beside their arguments. */
export interface Surroundings {
  /** Where results are made. */
  readonly device: Backend;
  /** The caller's tfjs-core, for what it works out of attributes: paddings, slices. */
  readonly tf: Tf;
}

/** What a kernel computes; undefined stands for "not these arguments". */
export type Computed = Tensor | readonly Tensor[] | undefined;

/** Computes a kernel's results. */
export type Compute<Inputs, Attributes> = (
  inputs: Inputs,
  attributes: Attributes,
  surroundings: Surroundings,
) => Computed;

/** What a kernel gives out that shares its input's memory. */
export interface Handle {
  readonly shape: readonly number[];
  readonly dtype: DataType;
}

/**
 * A kernel of TensorFlow.js on our tensors. Of the ways the first that takes the arguments is gone; where none
 * does, TensorFlow.js' own cpu kernel runs.
 */
export interface Kernel {
  /** Sees the input's memory otherwise, whatever its elements are. */
  readonly share?: (
    x: TensorInfo,
    attributes: unknown,
    surroundings: Surroundings,
  ) => Handle | undefined;
  /**
   * Computes complex numbers, which TensorFlow.js' cpu backend keeps, of as many others: real and imaginary parts in turns.
   */
  readonly onGuest?: (elements: Float32Array, shape: readonly number[]) => Float32Array;
  /** Computes. The inputs have the shapes of their handles and are contiguous; results may be any views. */
  readonly compute?: Compute<never, unknown>;
}

/**
 * Returns a kernel that computes.
 *
 * `Inputs` and `Optional` are the names that TensorFlow.js gives to what it gets; what is optional may be missing.
 */
export function kernel<
  Inputs extends string,
  Attributes = unknown,
  Optional extends string = never,
>(
  compute: Compute<
    Readonly<Record<Inputs, Tensor> & Partial<Record<Optional, Tensor | null>>>,
    Attributes
  >,
): Kernel {
  return { compute: compute as Compute<never, unknown> };
}

/** Returns a kernel of a list of tensors. */
export function kernelOfMany<Attributes = unknown>(
  compute: Compute<readonly Tensor[], Attributes>,
): Kernel {
  return { compute: compute as Compute<never, unknown> };
}

/** Kernels by the names of TensorFlow.js. */
export type KernelTable = Readonly<Record<string, Kernel>>;
