import type { DType, TypedArray } from "../dtype.ts";
import type { Expression } from "../expression/expression.ts";
import type { RowExpression } from "../expression/row-expression.ts";

/** Memory that belongs to one backend. Opaque: only its own backend looks inside. */
export interface Storage {
  /** Bytes that can be used. */
  readonly byteLength: number;
}

/** A strided window on a storage. Strides and offset count elements; stride 0 broadcasts, negative ones run back. */
export interface View {
  /** The memory. */
  readonly storage: Storage;
  /** The element type. */
  readonly dtype: DType;
  /** Where the first element lies. */
  readonly offset: number;
  /** Sizes, outermost first. */
  readonly shape: readonly number[];
  /** Steps from one element to the next along each axis. */
  readonly strides: readonly number[];
}

/**
 * Arguments of {@link Kernels.map}: `outputs[r] = expression.roots[r]` for every element.
 *
 * All views have one shape: the core has broadcast the inputs (stride 0). Inputs have any strides and dtypes. Numbers
 * below the smallest normal one may be taken for zero, in this family as in all others.
 */
export interface MapCall {
  /** What is computed. */
  readonly expression: Expression;
  /** One a numbered input of the expression. */
  readonly inputs: readonly View[];
  /** Values of the scalar parameters. */
  readonly parameters: readonly number[];
  /** One a root; contiguous. Never memory that an input reads. */
  readonly outputs: readonly View[];
}

/** The folds of {@link Kernels.reduce}. */
export type ReduceOperator = "sum" | "prod" | "max" | "min" | "argmax" | "argmin" | "any" | "all";

/**
 * Arguments of {@link Kernels.reduce}: folds an expression of the inputs over some axes, so that
 * `sum((x - mean) ** 2)` is one pass.
 *
 * Sums of float32 accumulate so that 10^6 equal values lose at most 1e-6 relative (pairwise, blocked or float64).
 * `max` and `min` give NaN if an element is NaN. `argmax` and `argmin` fold exactly one axis, write int32, take the
 * first winner, and the first NaN wins. An empty fold gives 0, 1, false (`any`) or true (`all`); the core refuses the others.
 */
export interface ReduceCall {
  /** The fold. */
  readonly operator: ReduceOperator;
  /** One root, of {@link ReduceCall.sourceDType}. */
  readonly expression: Expression;
  /** Broadcast to one shape, the shape that is reduced. */
  readonly inputs: readonly View[];
  /** Values of the scalar parameters. */
  readonly parameters: readonly number[];
  /** The dtype in which elements enter the fold. */
  readonly sourceDType: DType;
  /** Sorted, not negative, not empty. */
  readonly axes: readonly number[];
  /** Contiguous; the reduced axes are kept with size 1. */
  readonly output: View;
}

/**
 * Arguments of {@link Kernels.rows}: folds along rows one after another, and results computed of them, while a row is at
 * hand: softmax and normalisations in one pass. Folds have the accuracy, and treat NaN, as those of {@link ReduceCall}.
 */
export interface RowsCall {
  /** The folds, and the results. */
  readonly rows: RowExpression;
  /** Broadcast to one shape. */
  readonly inputs: readonly View[];
  /** Values of the scalar parameters. */
  readonly parameters: readonly number[];
  /** The dtype of totals and of what enters the folds: a float. */
  readonly dtype: DType;
  /** The axes along which a row lies: sorted, not negative, not empty; no row is empty. */
  readonly axes: readonly number[];
  /** One a result: of the inputs' shape, or with the axes kept at size 1; contiguous. Never memory that an input reads. */
  readonly outputs: readonly View[];
}

/** What is applied to each result of `gemm` or `conv` before it is stored: input 0 is the result itself. */
export interface Epilogue {
  /** One root; its input 0 is the accumulated result, the others are `inputs`. */
  readonly expression: Expression;
  /** Inputs 1 and up, broadcast to the output's shape. */
  readonly inputs: readonly View[];
  /** Values of the scalar parameters. */
  readonly parameters: readonly number[];
}

/** Arguments of {@link Kernels.gemm}: `output = epilogue(a · b)` over any number of leading batch axes. */
export interface GemmCall {
  /** `[...batch, m, k]`, float32 or float64 or int32, any strides (a transpose is a stride). */
  readonly a: View;
  /** `[...batch, k, n]`, same dtype and batch as `a` (broadcast by stride 0). */
  readonly b: View;
  /** `[...batch, m, n]`, same dtype, contiguous. */
  readonly output: View;
  /** Bias, activation, alpha, beta: all are expressions of the result. */
  readonly epilogue?: Epilogue | undefined;
}

/** How a window moves over the spatial axes, one entry an axis; any number of axes. */
export interface WindowParameters {
  /** Steps of the window. */
  readonly strides: readonly number[];
  /** Gaps between the window's taps; 1 is none. */
  readonly dilation: readonly number[];
  /** Zeros (for max pooling: nothing) before and after each axis. */
  readonly padding: readonly (readonly [before: number, after: number])[];
}

/**
 * Arguments of {@link Kernels.conv}: cross-correlation of `input` with `filter`.
 *
 * `input [batch, ...space, inChannels]`, `filter [...window, inChannels / groups, outChannels]`,
 * `output [batch, ...outSpace, outChannels]`, all of one float dtype, contiguous.
 */
export interface ConvCall extends WindowParameters {
  /** `[batch, ...space, inChannels]`. */
  readonly input: View;
  /** `[...window, inChannels / groups, outChannels]`. */
  readonly filter: View;
  /** `[batch, ...outSpace, outChannels]`. */
  readonly output: View;
  /** Channels are cut into this many groups that do not see each other; inChannels of them is depthwise. */
  readonly groups: number;
  /** Bias and activation. */
  readonly epilogue?: Epilogue | undefined;
}

/** Arguments of {@link Kernels.convInputGradient}: the adjoint of `conv` in its input; also transposed convolution. */
export interface ConvInputGradientCall extends WindowParameters {
  /** `[batch, ...outSpace, outChannels]`. */
  readonly gradient: View;
  /** `[...window, inChannels / groups, outChannels]`. */
  readonly filter: View;
  /** `[batch, ...space, inChannels]`. */
  readonly output: View;
  /** As in {@link ConvCall}. */
  readonly groups: number;
}

/** Arguments of {@link Kernels.convFilterGradient}: the adjoint of `conv` in its filter. */
export interface ConvFilterGradientCall extends WindowParameters {
  /** `[batch, ...space, inChannels]`. */
  readonly input: View;
  /** `[batch, ...outSpace, outChannels]`. */
  readonly gradient: View;
  /** `[...window, inChannels / groups, outChannels]`. */
  readonly output: View;
  /** As in {@link ConvCall}. */
  readonly groups: number;
}

/** What pooling computes of a window. */
export interface PoolParameters extends WindowParameters {
  /** The largest element, or the mean. */
  readonly mode: "max" | "average";
  /** The window's sizes, one a spatial axis. */
  readonly window: readonly number[];
  /** Whether the mean divides by the whole window, padding included, or by the elements inside. */
  readonly countPadding: boolean;
}

/**
 * Arguments of {@link Kernels.pool}: `input [batch, ...space, channels]`, contiguous. NaN wins in `max`. A window that
 * lies wholly over padding has the maximum -Infinity, and the mean 0 with `countPadding`, NaN without.
 */
export interface PoolCall extends PoolParameters {
  /** `[batch, ...space, channels]`. */
  readonly input: View;
  /** `[batch, ...outSpace, channels]`. */
  readonly output: View;
}

/** Arguments of {@link Kernels.poolGradient}. For `max` the gradient goes to the first winner of each window. */
export interface PoolGradientCall extends PoolParameters {
  /** `[batch, ...space, channels]`: what was pooled. */
  readonly input: View;
  /** `[batch, ...outSpace, channels]`. */
  readonly gradient: View;
  /** `[batch, ...space, channels]`. */
  readonly output: View;
}

/**
 * Arguments of {@link Kernels.gather}: `output[.., i, ..] = input[.., indices[.., i, ..], ..]` along `axis`.
 *
 * `indices` has the output's shape (stride 0 for the common case that whole slices are taken). The input has any
 * strides. Indices are within range: the core has seen to it.
 */
export interface GatherCall {
  /** Same rank as the output; equal sizes on all axes but `axis`. */
  readonly input: View;
  /** int32, of the output's shape. */
  readonly indices: View;
  /** The axis that is indexed. */
  readonly axis: number;
  /** Contiguous. */
  readonly output: View;
}

/** Arguments of {@link Kernels.scatterAdd}: `output[.., indices[.., i, ..], ..] += updates[.., i, ..]`, in row-major order. */
export interface ScatterAddCall {
  /** int32, of the updates' shape. */
  readonly indices: View;
  /** Same dtype as the output; any strides. */
  readonly updates: View;
  /** The axis that is indexed. */
  readonly axis: number;
  /** Contiguous, already filled with the values that are added to. */
  readonly output: View;
}

/** Arguments of {@link Kernels.scan}: running sums or products along an axis. */
export interface ScanCall {
  /** What is accumulated. */
  readonly operator: "sum" | "prod";
  /** Any strides; the output's dtype. */
  readonly input: View;
  /** The axis along which is accumulated. */
  readonly axis: number;
  /** Whether each element leaves itself out (the first is then 0 or 1). */
  readonly exclusive: boolean;
  /** Whether it runs from the last element to the first. */
  readonly reverse: boolean;
  /** Contiguous. */
  readonly output: View;
}

/** Arguments of {@link Kernels.sort}: stable; NaN comes last in both directions. */
export interface SortCall {
  /** Any strides. */
  readonly input: View;
  /** The axis along which is sorted. */
  readonly axis: number;
  /** Whether the largest comes first. */
  readonly descending: boolean;
  /** The sorted values; contiguous; absent where nobody asked. */
  readonly values?: View | undefined;
  /** Where each came from, int32; contiguous; absent where nobody asked. */
  readonly indices?: View | undefined;
}

/** Elements in host memory, as a {@link CustomKernel} sees them. */
export interface HostArray {
  /** The elements in row-major order, exactly as many as the shape says: the memory itself, not a copy. */
  readonly data: TypedArray;
  /** Sizes, outermost first. */
  readonly shape: readonly number[];
}

/** What the WGSL version of a {@link CustomKernel} is told of an input or an output; every view is one. */
export interface ShaderArray {
  /** Sizes, outermost first. */
  readonly shape: readonly number[];
  /** The element type: `array<f32>` for float32, `array<i32>` for int32, `array<u32>` of four each, the first lowest, for bytes. */
  readonly dtype: DType;
}

/** One dispatch of the WGSL version of a {@link CustomKernel}, for some shapes. */
export interface Shader {
  /**
   * A WGSL module whose compute entry point is `main`. In group 0 it finds, in this order from binding 0: each input as
   * `var<storage, read>`, each output as `var<storage, read_write>`, and, where the call has parameters, these as
   * `var<uniform> p: array<vec4f, (count + 3) / 4>`, so that parameter `i` is `p[i / 4][i % 4]`.
   */
  readonly source: string;
  /** How many workgroups run along x, y and z; at most 65,535 each, and one where left out. */
  readonly workgroups: readonly [x: number, y?: number, z?: number];
}

/** Elements in a WebAssembly memory, as a {@link WasmVersion} sees them. */
export interface WasmArray {
  /** Where the first element lies, in bytes; a multiple of the element's size. */
  readonly address: number;
  /** The element type. */
  readonly dtype: DType;
  /** Sizes, outermost first. */
  readonly shape: readonly number[];
}

/** What a {@link WasmVersion} runs: one function of its module, as often as there are calls. */
export interface WasmPlan {
  /** The name that the module exports. */
  readonly run: string;
  /**
   * The arguments of each call. Calls run in any order, on any thread; each writes to a place of its own and nothing else,
   * and can be repeated.
   */
  readonly calls: readonly (readonly number[])[];
  /** Bytes of working memory a call, whose address comes as one more argument, the last; none by default. */
  readonly workspace?: number;
}

/** A kernel in WebAssembly, for backends whose memory is a WebAssembly memory. */
export interface WasmVersion {
  /**
   * Returns a module that imports `env.memory` (of up to 65536 pages, not shared) and nothing else, and has no data in it:
   * the memory is the backend's. It is compiled once for all kernels that name the same function. It may read 64 bytes
   * past an array.
   */
  readonly module: () => Uint8Array<ArrayBuffer>;
  /** Returns what to run for these arrays; undefined where the host version is to run. */
  readonly plan: (
    inputs: readonly WasmArray[],
    outputs: readonly WasmArray[],
    parameters: readonly number[],
    threads: number,
  ) => WasmPlan | undefined;
}

/**
 * A kernel that a package brings along, for what no family computes: a function for host backends, WebAssembly, WGSL for
 * WebGPU.
 */
export interface CustomKernel {
  /** For messages and profiles. */
  readonly name: string;
  /**
   * Computes on host backends: reads `inputs`, fills every element of `outputs`. It must not make tensors: memory may
   * move when more is allocated.
   */
  readonly host?: (
    inputs: readonly HostArray[],
    outputs: readonly HostArray[],
    parameters: readonly number[],
  ) => void;
  /** The same in WebAssembly, where it is worth it; a kernel that has it has a host version too. */
  readonly wasm?: WasmVersion;
  /**
   * Returns the shader for these shapes, or several that run one after another on the same operands: each sees what those
   * before it wrote. Together they must fill every element of `outputs`. Equal sources are compiled once, so what changes from
   * call to call is read from the parameters instead of written into the source.
   */
  readonly wgsl?: (
    inputs: readonly ShaderArray[],
    outputs: readonly ShaderArray[],
    parameters: readonly number[],
  ) => Shader | readonly Shader[];
}

/** Arguments of {@link Kernels.custom}. */
export interface CustomCall {
  /** What is computed. A backend for which it has no version refuses with an UnsupportedError. */
  readonly kernel: CustomKernel;
  /** Contiguous. */
  readonly inputs: readonly View[];
  /** Contiguous. Never memory that an input reads. */
  readonly outputs: readonly View[];
  /** Numbers that may change from call to call. */
  readonly parameters: readonly number[];
}

/** The kernel families: all that a backend computes. Each fills memory that the core has allocated. */
export interface Kernels {
  /** Elementwise. */
  map(call: MapCall): void;
  /** Folds over axes. */
  reduce(call: ReduceCall): void;
  /** Folds of rows, and what is computed of them; optional: see {@link Backend.hasRows}. */
  rows?(call: RowsCall): void;
  /** Matrix products. */
  gemm(call: GemmCall): void;
  /** N-d convolution. */
  conv(call: ConvCall): void;
  /** The gradient of `conv` to its input. */
  convInputGradient(call: ConvInputGradientCall): void;
  /** The gradient of `conv` to its filter. */
  convFilterGradient(call: ConvFilterGradientCall): void;
  /** Max and average pooling. */
  pool(call: PoolCall): void;
  /** The gradient of `pool`. */
  poolGradient(call: PoolGradientCall): void;
  /** Indexing. */
  gather(call: GatherCall): void;
  /** Indexed sums. */
  scatterAdd(call: ScatterAddCall): void;
  /** Running sums and products. */
  scan(call: ScanCall): void;
  /** Sorting. */
  sort(call: SortCall): void;
  /** A kernel that a package brings along; host backends can use `runOnHost`. */
  custom(call: CustomCall): void;
}

/** The name of a kernel family. */
export type KernelName = keyof Kernels;

/** What a kernel takes. */
export type CallOf<K extends KernelName> = Parameters<Required<Kernels>[K]>[0];

/** What a backend is running on, for people to read. */
export interface BackendInfo {
  /** Threads that compute, the calling one included. */
  readonly threads: number;
  /** What it found and uses, e.g. `relaxed-simd`. */
  readonly features: readonly string[];
  /** Why something better is not in use, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * How another thread makes a backend that computes the same, to the bit: by a call of a function that a module exports, with
 * `{ ...options, threads }`, where `threads` is how many threads it may use, the calling one included.
 */
export interface BackendOrigin {
  /** The module's name, as one imports it. */
  readonly module: string;
  /** The name of the function among its exports. */
  readonly name: string;
  /** What the function takes: plain data. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
}

/**
 * A backend: storage, and a dozen kernel families.
 *
 * The core checks every argument before it calls; a backend may assume them legal. Calls run in the order made; `read`
 * sees all earlier calls. A backend with `readSync` is a *host* backend: the others may queue their work.
 */
export interface Backend extends Kernels {
  /** What `use` and messages call it. */
  readonly name: string;
  /** The dtypes it stores and computes. */
  readonly dtypes: readonly DType[];
  /** How another thread makes its like, once this one is initialised; absent where it cannot. */
  readonly origin?: BackendOrigin;
  /** Returns what it is running on. */
  info(): BackendInfo;
  /** Prepares it; called once, before anything else. Rejects with a BackendError when this machine cannot run it. */
  initialize?(): Promise<void>;
  /**
   * Returns memory of at least `byteLength` bytes, contents undefined.
   *
   * @throws OutOfMemoryError
   */
  allocate(byteLength: number): Storage;
  /** Takes memory back; it may be handed out again at once. */
  free(storage: Storage): void;
  /** Copies `data` into `target`, from its start. */
  write(target: Storage, data: TypedArray): void;
  /** Resolves to a copy of `length` elements from `offset`, as they are when called. */
  read(source: Storage, dtype: DType, offset: number, length: number): Promise<TypedArray>;
  /** The same at once; only host backends have it. */
  readSync?(source: Storage, dtype: DType, offset: number, length: number): TypedArray;
  /**
   * Returns a storage's memory itself, not a copy, as elements of `dtype` from its start; valid until memory is
   * allocated. Only host backends whose memory JavaScript can reach have it.
   */
  hostMemory?(storage: Storage, dtype: DType): TypedArray;
  /**
   * Tells whether `rows` is the best way to run a call, all but its outputs known. Where it is not, and on a backend
   * without `rows`, the core folds and maps step by step.
   */
  hasRows?(call: Omit<RowsCall, "outputs">): boolean;
  /** Resolves when all work so far is done. */
  synchronize(): Promise<void>;
  /** Frees everything; the backend is not used after. */
  dispose(): Promise<void>;
}
