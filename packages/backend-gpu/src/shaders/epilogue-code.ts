import type { DType, Epilogue, Program, View } from "@tensorloom/tensor/backend";
import { isContiguous } from "@tensorloom/tensor/backend";
import { blockOf } from "../device/gpu-storage.ts";
import type { Words } from "../device/words.ts";
import type { ShaderModule } from "./module.ts";
import type { Operand, OperandCode } from "./operands.ts";
import { parameterCode, programNumber, pushParameters } from "./parameters.ts";
import { computedType, programCode } from "./program-code.ts";

/** How an epilogue's input lies beside the result's rows and columns. */
type Lie = "one" | "columns" | "columnQuads" | "rows" | "all" | "allQuads";

/**
 * The epilogue of a product whose result is seen as `rows` (batches before them) by `columns`, applied to four results at a
 * time as they are stored.
 */
export class EpilogueCode {
  /** All that the code depends on. */
  readonly key: string;
  /** The inputs beside the result itself. */
  readonly operands: readonly Operand[];
  readonly #views: readonly View[];
  readonly #lies: readonly Lie[];
  readonly #program: Program;
  readonly #parameters: readonly number[];

  private constructor(
    views: readonly View[],
    lies: readonly Lie[],
    program: Program,
    parameters: readonly number[],
  ) {
    this.#views = views;
    this.#lies = lies;
    this.#program = program;
    this.#parameters = parameters;
    this.key = `${programNumber(program)} ${lies.join()}`;
    this.operands = views.map((view, i) => ({
      view,
      isOutput: false,
      isVector: lies[i] === "columnQuads" || lies[i] === "allQuads",
    }));
  }

  /** Returns the epilogue's code; undefined where an input lies in a way that must be computed in a pass of its own. */
  static of(
    epilogue: Epilogue,
    dtype: DType,
    shape: readonly number[],
    result: { readonly rowAxis: number; readonly columns: number },
  ): EpilogueCode | undefined {
    const lies = epilogue.inputs.map((view) => lieOf(view, shape, result));
    if (lies.includes(undefined)) return undefined;
    const program = epilogue.expression.program(
      [dtype, ...epilogue.inputs.map((view) => view.dtype)],
      [dtype],
    );
    if (program.instructions.some(({ kind }) => kind === "index")) return undefined;
    return new EpilogueCode(epilogue.inputs, lies as Lie[], program, epilogue.parameters);
  }

  /**
   * Declares the uniforms; returns a function that turns four results into statements and the name of what they make.
   *
   * @param linear - the place of the first of the four in the whole result
   * @param column - its column; its row (within its batch) is named `row`
   */
  declare(
    module: ShaderModule,
    codes: readonly OperandCode[],
    linear: string,
    column: string,
  ): (value: string) => { readonly statements: string; readonly value: string } {
    const inputs = this.#views.map((view, i) => {
      const code = codes[i]!;
      const [offset, stride] = module.wordList(2);
      const type = computedType(view.dtype, 4);
      const four = (at: (l: number) => string): string =>
        `${type}(${[0, 1, 2, 3].map((l) => code.load(at(l))).join(", ")})`;
      switch (this.#lies[i]!) {
        case "one":
          return `${type}(${code.load(offset!)})`;
        case "rows":
          return `${type}(${code.load(`(${offset} + row * ${stride})`)})`;
        case "columnQuads":
          return code.loadVector(`((${offset} + ${column}) >> 2u)`);
        case "columns":
          return four((l) => `(${offset} + (${column} + ${l}u) * ${stride})`);
        case "allQuads":
          return code.loadVector(`((${offset} + ${linear}) >> 2u)`);
        default:
          return four((l) => `(${offset} + ${linear} + ${l}u)`);
      }
    });
    const parameters = parameterCode(module, this.#program);
    return (value) => {
      const { statements, outputs } = programCode(
        module,
        this.#program,
        4,
        { inputs: [value, ...inputs], parameters, index: "0u" },
        "e",
      );
      return { statements, value: outputs[0]! };
    };
  }

  /** How many steps it has. */
  get length(): number {
    return this.#program.instructions.length;
  }

  /** Adds the uniforms in the order in which they were declared. */
  push(words: Words): void {
    this.#views.forEach(({ offset, strides }, i) => {
      const isRows = this.#lies[i] === "rows";
      words.integer(offset).integer(strides.at(isRows ? -2 : -1) ?? 0);
    });
    pushParameters(words, this.#program, this.#parameters);
  }
}

/** Four results at a time begin at a multiple of four only if each product has as many columns. */
function lieOf(
  view: View,
  shape: readonly number[],
  { rowAxis, columns }: { readonly rowAxis: number; readonly columns: number },
): Lie | undefined {
  const { strides, offset } = view;
  const moving = strides.flatMap((stride, axis) =>
    stride === 0 || shape[axis] === 1 ? [] : [axis],
  );
  const inFours =
    offset % 4 === 0 &&
    columns % 4 === 0 &&
    shape.at(-1)! % 4 === 0 &&
    blockOf(view).buffer.size % 16 === 0;
  const last = shape.length - 1;
  if (moving.length === 0) return "one";
  if (moving.length === 1 && moving[0] === last) {
    return inFours && strides[last] === 1 ? "columnQuads" : "columns";
  }
  if (moving.length === 1 && moving[0] === rowAxis) return "rows";
  if (isContiguous(shape, strides)) return inFours ? "allQuads" : "all";
  return undefined;
}
