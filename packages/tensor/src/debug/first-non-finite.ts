import type { Backend, CallOf, KernelName, View } from "../backend/contract.ts";
import { observeKernels } from "../backend/dispatch.ts";
import type { Expr } from "../expression/node.ts";
import { isFloating, valuesOf, type TypedArray } from "../dtype.ts";
import { printExpression } from "../expression/print.ts";
import { inScope } from "../scope.ts";
import { formatShape, sizeOf } from "../shape.ts";

/** A kernel that made a number which is not finite of numbers that were. */
export interface NonFiniteSource {
  /** What it made: NaN, Infinity or -Infinity. */
  readonly value: number;
  /** What ran, for people to read: the kernel's family, its formula and the shape of its result. */
  readonly kernel: string;
  /** Where the program was, as `where` told. */
  readonly where: string | undefined;
}

/** The first kernels of a computation that made NaN, and Infinity; undefined if none did. */
export interface NonFiniteSources {
  /** The first that made NaN. */
  readonly nan: NonFiniteSource | undefined;
  /** The first that made Infinity or -Infinity. */
  readonly infinity: NonFiniteSource | undefined;
}

/**
 * Runs `fn`, looks at what every kernel makes, and resolves to the first that made NaN and the first that made an infinity: for
 * finding out where a loss went wrong, backward pass included. Every result is read back: slow, and for debugging only.
 *
 * @param fn - synchronous; what it makes is disposed
 * @param options - `where`: asked at every kernel, tells where the program is, such as in which layer
 *
 * @example
 * const { nan } = await firstNonFinite(() => tensor([1, -1]).log().sum());
 * nan?.kernel; // => map log(x0) to [2]
 */
export async function firstNonFinite(
  fn: () => unknown,
  options: { readonly where?: () => string | undefined } = {},
): Promise<NonFiniteSources> {
  const results: {
    readonly source: Omit<NonFiniteSource, "value">;
    readonly data: Promise<TypedArray>;
  }[] = [];
  const before = observeKernels({
    observe(kernel, call, backend, run) {
      run();
      for (const view of outputsOf(call)) {
        if (!isFloating(view.dtype) || sizeOf(view.shape) === 0) continue;
        const source = { kernel: describeCall(kernel, call, view), where: options.where?.() };
        // Reads see the memory as it is now, also where kernels queue.
        results.push({ source, data: readView(backend, view) });
      }
    },
  });
  try {
    inScope(fn, () => []);
  } finally {
    observeKernels(before);
  }
  let nan: NonFiniteSource | undefined;
  let infinity: NonFiniteSource | undefined;
  for (const { source, data } of results) {
    for (const value of await data) {
      if (Number.isNaN(value)) nan ??= { value, ...source };
      else if (!Number.isFinite(value)) infinity ??= { value, ...source };
    }
  }
  return { nan, infinity };
}

async function readView(
  backend: Backend,
  { storage, dtype, offset, shape }: View,
): Promise<TypedArray> {
  return valuesOf(dtype, await backend.read(storage, dtype, offset, sizeOf(shape)));
}

/** What a call writes: views under `output`, `outputs`, or for sorting `values`. */
function outputsOf(call: CallOf<KernelName>): readonly View[] {
  if ("outputs" in call) return call.outputs;
  if ("output" in call) return [call.output];
  return call.values === undefined ? [] : [call.values];
}

// Shared parts are printed wherever they are used: a generator of random numbers would fill a book.
const largestFormula = 40;

function describeCall(kernel: KernelName, call: CallOf<KernelName>, { shape }: View): string {
  const parts: string[] = [kernel];
  if ("kernel" in call) parts.push(call.kernel.name);
  if ("operator" in call) parts.push(call.operator);
  const expression = "expression" in call ? call.expression : undefined;
  const epilogue = "epilogue" in call ? call.epilogue?.expression : undefined;
  const formula = expression ?? epilogue;
  if (formula !== undefined) {
    const size = formula.roots.reduce((sum, root) => sum + sizeAsTree(root, largestFormula), 0);
    parts.push(size > largestFormula ? "a long formula" : printExpression(formula));
  }
  return `${parts.join(" ")} to ${formatShape(shape)}`;
}

/** How many nodes a formula has when it is written out; counting ends beyond `most`. */
function sizeAsTree(node: Expr, most: number): number {
  let size = 1;
  for (const operand of node.operands) {
    if (size > most) break;
    size += sizeAsTree(operand, most - size);
  }
  return size;
}
