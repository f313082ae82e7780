import {
  noGrad,
  ShapeError,
  Tensor,
  tidy,
  zeros,
  type DType,
  type Shape,
} from "@tensorloom/tensor";
import { observeKernels, type CallOf, type Kernels } from "@tensorloom/tensor/backend";
import type { Module } from "./module.ts";
import { observeForward } from "./module-forward.ts";

/** One layer of a {@link ModelSummary}. */
export interface LayerSummary {
  /** Its path in the model, as `layer1.0.conv1`. */
  readonly name: string;
  /** Its class. */
  readonly type: string;
  /** Its output's shape for one sample, without the batch. */
  readonly outputShape: Shape;
  /** How many numbers are learnt in it, without those of modules inside. */
  readonly parameters: number;
  /** How many products are added up in it for one sample. */
  readonly multiplyAdds: number;
}

/** A depthwise convolution and the one of 1x1 that follows, beside the full convolution that they stand for. */
export interface SeparableSummary {
  /** The paths of the two layers; one path if one layer does both. */
  readonly name: string;
  /** D_K × D_K: the window. */
  readonly window: Shape;
  /** D_F × D_F: the output. */
  readonly outSpace: Shape;
  /** M. */
  readonly inChannels: number;
  /** N. */
  readonly outChannels: number;
  /** D_K² M D_F² + M N D_F². */
  readonly multiplyAdds: number;
  /** D_K² M N D_F². */
  readonly fullMultiplyAdds: number;
}

/** The layers of a model, and what they cost; prints as a table. */
export class ModelSummary {
  /** In the order in which they ran. */
  readonly layers: readonly LayerSummary[];
  /** The depthwise separable convolutions among them. */
  readonly separable: readonly SeparableSummary[];
  /** How many numbers the model learns. */
  readonly parameters: number;
  /** How many products are added up for one sample. */
  readonly multiplyAdds: number;

  /** @internal Use {@link summary}. */
  constructor(
    layers: readonly LayerSummary[],
    separable: readonly SeparableSummary[],
    parameters: number,
  ) {
    this.layers = layers;
    this.separable = separable;
    this.parameters = parameters;
    this.multiplyAdds = layers.reduce((sum, layer) => sum + layer.multiplyAdds, 0);
  }

  /** Returns a table, one line a layer, and one a depthwise separable convolution. */
  toString(): string {
    const header = ["layer", "type", "output", "parameters", "multiply-adds"];
    const rows = this.layers.map((layer) => [
      layer.name,
      layer.type,
      `[${layer.outputShape.join(", ")}]`,
      grouped(layer.parameters),
      grouped(layer.multiplyAdds),
    ]);
    const total = ["total", "", "", grouped(this.parameters), grouped(this.multiplyAdds)];
    const lines = aligned([header, ...rows, total]);
    const rule = "─".repeat(lines[0]!.length);
    const table = [lines[0]!, rule, ...lines.slice(1, -1), rule, lines.at(-1)!];
    return [...table, ...this.#separableLines()].join("\n");
  }

  #separableLines(): string[] {
    if (this.separable.length === 0) return [];
    const lines = this.separable.map((one) => {
      const { name, window, outSpace, inChannels, outChannels } = one;
      const [k, f] = [window.join("x"), outSpace.join("x")];
      const share = ((100 * one.multiplyAdds) / one.fullMultiplyAdds).toFixed(1);
      return (
        `${name}: ${k}·${inChannels}·${f} + ${inChannels}·${outChannels}·${f} = ${grouped(one.multiplyAdds)} ` +
        `against ${k}·${inChannels}·${outChannels}·${f} = ${grouped(one.fullMultiplyAdds)}: ${share} %`
      );
    });
    return [
      "",
      "depthwise separable convolutions: D_K² M D_F² + M N D_F² against D_K² M N D_F² of full ones",
      ...lines,
    ];
  }
}

/**
 * Returns the layers of a model, their outputs' shapes, parameters and multiply-adds, by running it on one sample of zeros.
 *
 * Multiply-adds are those of products and convolutions, as the kernels do them: whatever layers of your own are made of, they
 * are counted.
 *
 * @param model - left in the mode that it was in
 * @param inputShape - of one sample, as `[height, width, channels]`; with a batch axis too, where the model does not take it
 * without
 * @param options - `dtype` of the input: float32 by default; int32 for word numbers
 * @returns an object that prints as a table
 * @throws `ShapeError` if the model does not take the shape
 *
 * @example
 * const { parameters, multiplyAdds } = summary(new Sequential(new Linear(4, 8), new ReLU(), new Linear(8, 2)), [4]);
 * [parameters, multiplyAdds]; // => [58,48]
 */
export function summary(
  model: Module<unknown>,
  inputShape: Shape,
  options: { readonly dtype?: DType } = {},
): ModelSummary {
  const run = (shape: Shape): ModelSummary => traced(model, zeros(shape, options.dtype));
  try {
    return run([1, ...inputShape]);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    try {
      return run(inputShape);
    } catch {
      throw error;
    }
  }
}

interface Row {
  outputShape: Shape;
  multiplyAdds: number;
}

/** A convolution as a kernel saw it. */
interface Convolution {
  readonly row: Module<unknown>;
  readonly window: Shape;
  readonly outSpace: Shape;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly isDepthwise: boolean;
  readonly multiplyAdds: number;
}

function traced(model: Module<unknown>, x: Tensor): ModelSummary {
  const rows = new Map<Module<unknown>, Row>();
  const convolutions: Convolution[] = [];
  const running: Module<unknown>[] = [];
  const forwardsBefore = observeForward({
    before(module) {
      running.push(module);
      if (!rows.has(module)) rows.set(module, { outputShape: [], multiplyAdds: 0 });
    },
    after(module, _x, output) {
      running.pop();
      if (output instanceof Tensor) rows.get(module)!.outputShape = output.shape.slice(1);
    },
  });
  const kernelsBefore = observeKernels({
    observe(kernel, call, _backend, go) {
      const row = running.at(-1);
      if (row !== undefined) {
        rows.get(row)!.multiplyAdds += costOf(kernel, call);
        if (kernel === "conv") convolutions.push(convolutionOf(row, call as ConvCall));
      }
      go();
    },
  });
  const wasTraining = model.isTraining;
  model.eval();
  try {
    tidy(() => void noGrad(() => model.forward(x)));
  } finally {
    observeKernels(kernelsBefore);
    observeForward(forwardsBefore);
    if (wasTraining) model.train();
    x.dispose();
  }
  return summarized(model, rows, convolutions);
}

function summarized(
  model: Module<unknown>,
  rows: ReadonlyMap<Module<unknown>, Row>,
  convolutions: readonly Convolution[],
): ModelSummary {
  const names = new Map<Module<unknown>, string>([[model, ""]]);
  for (const [name, module] of model.namedModules())
    if (!names.has(module)) names.set(module, name);
  const nameOf = (module: Module<unknown>): string => names.get(module) ?? module.constructor.name;
  const layers = [...rows].flatMap(([module, { outputShape, multiplyAdds }]) => {
    const children = module.namedChildren();
    const inside = new Set(children.flatMap(([, child]) => child.parameters()));
    const own = module.parameters().filter((parameter) => !inside.has(parameter));
    const parameters = own.reduce((sum, { value }) => sum + value.size, 0);
    // Containers are shown only for what is their own.
    if (children.length > 0 && parameters === 0 && multiplyAdds === 0) return [];
    const type = module.constructor.name;
    return [{ name: nameOf(module), type, outputShape, parameters, multiplyAdds }];
  });
  const separable = convolutions.flatMap((depthwise, i): SeparableSummary[] => {
    const pointwise = convolutions[i + 1];
    const isPair =
      depthwise.isDepthwise &&
      pointwise?.inChannels === depthwise.outChannels &&
      !pointwise.isDepthwise &&
      pointwise.window.every((size) => size === 1);
    if (!isPair) return [];
    const { window, outSpace, inChannels } = depthwise;
    const { outChannels } = pointwise;
    const parts = [...new Set([nameOf(depthwise.row), nameOf(pointwise.row)])];
    return [
      {
        name: parts.join(" + "),
        window,
        outSpace,
        inChannels,
        outChannels,
        multiplyAdds: depthwise.multiplyAdds + pointwise.multiplyAdds,
        fullMultiplyAdds: product(window) * product(outSpace) * inChannels * outChannels,
      },
    ];
  });
  const parameters = model.parameters().reduce((sum, { value }) => sum + value.size, 0);
  return new ModelSummary(layers, separable, parameters);
}

type ConvCall = CallOf<"conv">;

function costOf(kernel: keyof Kernels, call: CallOf<keyof Kernels>): number {
  if (kernel === "gemm") {
    const { a, output } = call as CallOf<"gemm">;
    return product(output.shape) * a.shape.at(-1)!;
  }
  if (kernel === "conv") {
    const { filter, output } = call as ConvCall;
    return product(output.shape) * product(filter.shape.slice(0, -1));
  }
  if (kernel === "convInputGradient") {
    // A transposed convolution.
    const { filter, gradient } = call as CallOf<"convInputGradient">;
    return product(gradient.shape) * product(filter.shape.slice(0, -1));
  }
  return 0;
}

function convolutionOf(row: Module<unknown>, call: ConvCall): Convolution {
  const { input, filter, output, groups } = call;
  const inChannels = input.shape.at(-1)!;
  return {
    row,
    window: filter.shape.slice(0, -2),
    outSpace: output.shape.slice(1, -1),
    inChannels,
    outChannels: output.shape.at(-1)!,
    isDepthwise: groups > 1 && groups === inChannels,
    multiplyAdds: costOf("conv", call),
  };
}

function product(sizes: Shape): number {
  return sizes.reduce((all, size) => all * size, 1);
}

function grouped(n: number): string {
  return n.toLocaleString("en-US");
}

/** Pads cells: text to the right, numbers to the left. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column < 3 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      )
      .join("  "),
  );
}
