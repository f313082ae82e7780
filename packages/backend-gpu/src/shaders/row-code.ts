import type { DType, Program, RowOperator, RowPrograms } from "@tensorloom/tensor/backend";
import { foldCode } from "./fold-code.ts";
import type { ShaderModule } from "./module.ts";
import { computedType, programCode, type ParameterCode } from "./program-code.ts";
import { typeNames, type Width } from "./type-names.ts";

/** What the code of a row is made of. */
export interface RowParts {
  readonly module: ShaderModule;
  /** Elements that are computed at a time. */
  readonly width: Width;
  /** Neighbouring invocations that share a row. */
  readonly lanes: number;
  /** For each fold, whether what enters it waits in the first result that has elements. */
  readonly folds: readonly { readonly operator: RowOperator; readonly isStored: boolean }[];
  readonly programs: RowPrograms;
  /** For the folds, the elements' program and the totals'. */
  readonly parameters: readonly (readonly ParameterCode[])[];
  /** Loads of the current element, or of four. */
  readonly inputs: readonly {
    readonly dtype: DType;
    readonly text: string;
    readonly isVector: boolean;
  }[];
  readonly index: string;
  readonly results: readonly {
    readonly isTotal: boolean;
    readonly load: string;
    readonly store: (value: string) => string;
  }[];
  /** The loop along a row: how often it runs, and statements that take its counter `r` apart. */
  readonly along: { readonly length: string; readonly coordinates: string };
}

/** A program's statements: those that are the same along the row, and those of an element. */
interface Split {
  readonly fixed: string;
  readonly each: string;
  readonly outputs: readonly string[];
}

/** Additions in a run, so that a long sum's error grows with the root of its length at most. */
const runLength = 32;

/** Writes the statements of one row. */
export class RowCode {
  readonly #parts: RowParts;
  readonly #splits: Split[] = [];

  constructor(parts: RowParts) {
    this.#parts = parts;
  }

  /** Folds, then results. */
  text(): string {
    const { programs, results, along, folds } = this.#parts;
    const { F } = typeNames(this.#parts.width);
    const lines: string[] = [];
    folds.forEach((_, k) => lines.push(this.#fold(k), `  let total${k} = ${F}(sum${k});`));
    const elements = this.#split(programs.elements, folds.length, "e");
    const totals = this.#split(programs.totals, folds.length + 1, "t");
    const ofKind = (isTotal: boolean): typeof results =>
      results.filter((result) => result.isTotal === isTotal);
    if (elements.outputs.length > 0) {
      const stores = ofKind(false).map(({ store }, r) => store(elements.outputs[r]!));
      lines.push(`${elements.fixed}
  for (var r = own_lane; r < ${along.length}; r += ${this.#parts.lanes}u) {
${along.coordinates}
${this.#enteredBefore(programs.elements)}
${elements.each}
    ${stores.join("\n    ")}
  }`);
    }
    const stores = ofKind(true).map(({ store }, r) => store(totals.outputs[r]!));
    if (stores.length > 0) {
      lines.push(`${totals.fixed}\n  if (own_lane == 0u) { ${stores.join(" ")} }`);
    }
    return lines.join("\n");
  }

  #fold(k: number): string {
    const { module, width, lanes, folds, programs, results, along } = this.#parts;
    const { operator, isStored } = folds[k]!;
    const program = programs.folds[k]!;
    const split = this.#split(program, k, `f${k}_`);
    this.#splits[k] = split;
    const fold = foldCode(module, operator, "f32", width);
    const value = split.outputs[0]!;
    const kept = results.find(({ isTotal }) => !isTotal);
    const step = `${along.coordinates}
${this.#enteredBefore(program)}
${split.each}
    ${isStored ? kept!.store(value) : ""}`;
    const name = width === 4 ? `all${k}` : `sum${k}`;
    const loop =
      operator === "sum"
        ? `  for (var r = own_lane; r < ${along.length};) {
    ${fold.declare("run")}
    for (var n = 0u; n < ${runLength}u && r < ${along.length}; n++) {
${step}
    ${fold.take("run", value, "0u")}
    r += ${lanes}u;
    }
    ${fold.merge(name, "run")}
  }`
        : `  for (var r = own_lane; r < ${along.length}; r += ${lanes}u) {
${step}
    ${fold.take(name, value, "0u")}
  }`;
    return `${split.fixed}
  ${fold.declare(name)}
${loop}
  ${width === 4 ? fold.narrow(`sum${k}`, name) : ""}
  ${lanes === 1 ? "" : fold.acrossLanes(`sum${k}`, lanes)}`;
  }

  /** Statements that compute again what entered folds, and was not stored, where a program reads it. */
  #enteredBefore(program: Program): string {
    const { folds, programs, inputs } = this.#parts;
    const lines: string[] = [];
    const read = new Set<number>();
    const visit = ({ instructions }: Program): void => {
      for (const { kind, value } of instructions) {
        const k = (value - inputs.length - 1) / 2;
        if (kind !== "input" || !Number.isInteger(k) || k < 0 || read.has(k)) continue;
        read.add(k);
        if (folds[k]!.isStored) continue;
        visit(programs.folds[k]!);
        lines.push(this.#splits[k]!.each);
      }
    };
    visit(program);
    return lines.join("\n");
  }

  #split(program: Program, number: number, prefix: string): Split {
    const { module, width, inputs, folds, parameters, index, results } = this.#parts;
    const stored = results.find(({ isTotal }) => !isTotal);
    const sources = inputs.map(({ dtype, text, isVector }) =>
      width === 1 || isVector ? text : `${computedType(dtype, width)}(${text})`,
    );
    folds.forEach(({ isStored }, k) => {
      const entered = this.#splits[k]?.outputs[0];
      sources.push(`total${k}`, isStored ? stored!.load : (entered ?? ""));
    });
    const { lines, outputs } = programCode(
      module,
      program,
      width,
      { inputs: sources, parameters: parameters[number]!, index },
      prefix,
    );
    const isFixed: boolean[] = [];
    program.instructions.forEach(({ kind, value, operands }, i) => {
      const isTotal = value >= inputs.length && (value - inputs.length) % 2 === 0;
      isFixed[i] =
        kind === "input"
          ? isTotal
          : kind !== "index" && operands.every((operand) => isFixed[operand]);
    });
    return {
      fixed: lines.filter((_, i) => isFixed[i]).join("\n"),
      each: lines.filter((_, i) => !isFixed[i]!).join("\n"),
      outputs,
    };
  }
}
