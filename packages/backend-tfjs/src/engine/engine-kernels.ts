import type { Tensor as TfTensor } from "@tensorflow/tfjs-core";
import {
  mergeLoops,
  sizeOf,
  type CallOf,
  type ConvCall,
  type ConvFilterGradientCall,
  type ConvInputGradientCall,
  type Epilogue,
  type Expression,
  type GatherCall,
  type GemmCall,
  type KernelName,
  type MapCall,
  type PoolCall,
  type PoolGradientCall,
  type ReduceCall,
  type ScanCall,
  type ScatterAddCall,
  type SortCall,
  type View,
} from "@tensorloom/tensor/backend";
import { convolve, convolveFilterGradient, convolveInputGradient } from "./convolution.ts";
import { detachedCall } from "./detached-call.ts";
import { fold } from "./folds.ts";
import { gather, scatterAdd } from "./indexing.ts";
import type { EngineName, Tf } from "./load-engine.ts";
import { pool, poolGradient } from "./pooling.ts";
import { isChain, runChain } from "./program-chain.ts";
import { scan } from "./scans.ts";
import { sort } from "./sorting.ts";
import { sums } from "./sums.ts";
import { store, stretched, tensorOf } from "./views.ts";

/** The kernel families by an engine's operations: each tells whether it has computed a call, which it has not where the engine cannot. */
export class EngineKernels {
  readonly #tf: Tf;
  readonly #engine: EngineName;
  /** Whether loops on the host are near: where they are, they do what operations only compose. */
  readonly #isHostNear: boolean;

  /**
   * @param tf - the engine's core
   * @param engine - which engine is current when a kernel runs
   * @param isHostNear - whether its tensors can be read at once
   */
  constructor(tf: Tf, engine: EngineName, isHostNear: boolean) {
    this.#tf = tf;
    this.#engine = engine;
    this.#isHostNear = isHostNear;
  }

  /** Computes a call if the engine can, and tells whether it did. */
  run<Name extends KernelName>(name: Name, call: CallOf<Name>): boolean {
    // Kernels that packages bring along, and rows, are for others.
    if (name === "custom" || name === "rows") return false;
    const kernels = this as unknown as Record<KernelName, (call: CallOf<Name>) => boolean>;
    return kernels[name](call);
  }

  map(call: MapCall): boolean {
    const { expression, inputs, outputs, parameters } = call;
    const results = this.#chain(expression, inputs, parameters, outputs[0]!.shape, outputs);
    if (results === undefined) return false;
    results.forEach((result, i) => store(this.#tf, outputs[i]!, result));
    return true;
  }

  reduce(call: ReduceCall): boolean {
    const { operator, expression, inputs, parameters, sourceDType, axes, output } = call;
    // Where the host is near, its loops do the other folds.
    if (sourceDType !== "float32" || (operator !== "sum" && this.#isHostNear)) return false;
    const source = inputs[0];
    if (source === undefined || sizeOf(source.shape) === 0 || source.shape.length > 6) return false;
    const program = expression.program(
      inputs.map(({ dtype }) => dtype),
      [sourceDType],
    );
    if (!isChain(program, this.#engine)) return false;
    const views = inputs.map((view) => tensorOf(this.#tf, view, false));
    const [values] = runChain(this.#tf, program, views, parameters);
    const whole = stretched(this.#tf, values!, source.shape);
    const result =
      operator === "sum" ? sums(this.#tf, whole, axes) : fold(this.#tf, operator, whole, axes);
    if (result !== undefined) store(this.#tf, output, result);
    return result !== undefined;
  }

  gemm(call: GemmCall): boolean {
    const { a, b, output, epilogue } = call;
    if (output.dtype !== "float32" || hasEmpty(a, b)) return false;
    const rows = this.#matrices(a);
    // Its wasm engine remembers the second operand's packed form by its memory, and forgets that its shape may differ: a
    // copy has memory of its own.
    const columns = this.#tf.mul(this.#matrices(b), this.#tf.scalar(1));
    const product = this.#tf.matMul(rows, columns);
    return this.#finish(this.#tf.reshape(product, [...output.shape]), output, epilogue);
  }

  /** `[batch, m, k]`, whatever the batch axes were. */
  #matrices(view: View): TfTensor {
    const [m, k] = view.shape.slice(-2) as [number, number];
    return this.#tf.reshape(tensorOf(this.#tf, view), [-1, m, k]);
  }

  conv(call: ConvCall): boolean {
    const { input, filter, output, epilogue } = call;
    const result = hasEmpty(input, filter, output) ? undefined : convolve(this.#tf, call);
    return this.#finish(result, output, epilogue);
  }

  convInputGradient(call: ConvInputGradientCall): boolean {
    const isEmpty = hasEmpty(call.gradient, call.filter, call.output);
    return this.#finish(isEmpty ? undefined : convolveInputGradient(this.#tf, call), call.output);
  }

  convFilterGradient(call: ConvFilterGradientCall): boolean {
    const isEmpty = hasEmpty(call.input, call.gradient, call.output);
    return this.#finish(isEmpty ? undefined : convolveFilterGradient(this.#tf, call), call.output);
  }

  pool(call: PoolCall): boolean {
    return this.#composed(call.input, call.output, () => pool(this.#tf, call));
  }

  poolGradient(call: PoolGradientCall): boolean {
    return this.#composed(call.input, call.output, () => poolGradient(this.#tf, call));
  }

  gather(call: GatherCall): boolean {
    return this.#composed(call.input, call.output, () => gather(this.#tf, call));
  }

  scatterAdd(call: ScatterAddCall): boolean {
    return this.#composed(call.updates, call.output, () => scatterAdd(this.#tf, call));
  }

  scan(call: ScanCall): boolean {
    return this.#composed(call.input, call.output, () => scan(this.#tf, call));
  }

  sort(call: SortCall): boolean {
    const { input, values, indices } = call;
    if (!this.#composes(input)) return false;
    const sorted = sort(this.#tf, call);
    if (sorted === undefined) return false;
    if (values !== undefined) store(this.#tf, values, sorted.values);
    if (indices !== undefined) store(this.#tf, indices, sorted.indices);
    return true;
  }

  /** Whether a family of floats is composed of operations here. */
  #composes({ dtype }: View): boolean {
    return !this.#isHostNear && dtype === "float32";
  }

  /** Stores what is composed for a call; false where there is nothing. */
  #composed(input: View, output: View, compose: () => TfTensor | undefined): boolean {
    const result = this.#composes(input) ? compose() : undefined;
    if (result !== undefined) store(this.#tf, output, this.#tf.reshape(result, [...output.shape]));
    return result !== undefined;
  }

  /** Applies an epilogue to a result and stores it; false where there is none, or the engine cannot. */
  #finish(result: TfTensor | undefined, output: View, epilogue?: Epilogue): boolean {
    if (result === undefined) return false;
    let value = result;
    if (epilogue !== undefined) {
      const { expression, inputs, parameters } = epilogue;
      const program = expression.program(
        [output.dtype, ...inputs.map(({ dtype }) => dtype)],
        [output.dtype],
      );
      if (!isChain(program, this.#engine) || output.shape.length > 6) return false;
      const others = inputs.map((view) => tensorOf(this.#tf, view, false));
      value = runChain(this.#tf, program, [result, ...others], parameters)[0]!;
    }
    store(this.#tf, output, stretched(this.#tf, value, output.shape));
    return true;
  }

  /** An expression's results in the outputs' shape; undefined where it is no chain of the engine's operations. */
  #chain(
    expression: Expression,
    inputs: readonly View[],
    parameters: readonly number[],
    shape: readonly number[],
    outputs: readonly View[],
  ): TfTensor[] | undefined {
    const program = expression.program(
      inputs.map(({ dtype }) => dtype),
      outputs.map(({ dtype }) => dtype),
    );
    const nest = mergeLoops(shape, inputs);
    if (sizeOf(shape) === 0 || nest.shape.length > 6 || !isChain(program, this.#engine))
      return undefined;
    const merged = inputs.map((view, i) =>
      tensorOf(
        this.#tf,
        { ...detachedCall(view), shape: nest.shape, strides: nest.strides[i]! },
        false,
      ),
    );
    return runChain(this.#tf, program, merged, parameters).map((result) =>
      stretched(this.#tf, result, nest.shape),
    );
  }
}

function hasEmpty(...views: readonly View[]): boolean {
  return views.some(({ shape }) => sizeOf(shape) === 0);
}
