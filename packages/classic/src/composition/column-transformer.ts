import { ArgumentError, Tensor, UnsupportedError } from "@tensorloom/tensor";
import { changed, splitName } from "../estimator.ts";
import { FittedModel, TransformerModel } from "../fitted-model.ts";
import { resultTensor, sampleMatrix, type Samples, type Targets } from "../inputs.ts";
import { choiceOption } from "../options.ts";
import type { LongWork } from "../parallel/pacer.ts";
import { list, modelOf, number, optional, record, text } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { selectColumns, tableColumns, type Table } from "../table.ts";
import { Transformer } from "../transformer.ts";
import type { AnyEstimator } from "./pipeline.ts";

/** Which columns go through which transformer: or are kept as they are, or dropped. */
export type ColumnRule = readonly [
  name: string,
  transformer: AnyEstimator | "passthrough" | "drop",
  columns: readonly number[],
];

/** What {@link ColumnTransformer} takes. */
export interface ColumnTransformerOptions {
  /** What happens to which columns; the results stand beside each other in this order. */
  readonly transformers: readonly ColumnRule[];
  /** What happens to the other columns: dropped (default), or kept, at the end. */
  readonly remainder?: "drop" | "passthrough";
}

/**
 * Transforms different columns differently: numbers are scaled, names are encoded.
 *
 * Source: scikit-learn's ColumnTransformer.
 *
 * @example
 * const columns = new ColumnTransformer({
 *   transformers: [["size", new MinMaxScaler(), [0]], ["colour", new OneHotEncoder(), [1]]],
 * });
 * (await columns.fitTransform([[1, "red"], [3, "blue"]])).toString(); // => [[0, 0, 1], [1, 1, 0]]
 */
export class ColumnTransformer extends Transformer<
  ColumnTransformerOptions,
  ColumnTransformerModel,
  Table
> {
  /** Returns a column transformer with some transformers, or options of theirs, replaced. */
  override withParams(
    changes: Partial<ColumnTransformerOptions> | Readonly<Record<string, unknown>>,
  ): this {
    const { transformers, ...rest } = { ...this.getParams() };
    const options = new Map<string, unknown>(Object.entries(rest));
    let rules = transformers;
    for (const [name, value] of Object.entries(changes)) {
      const [own, inner] = splitName(name);
      if (name === "transformers") rules = value as readonly ColumnRule[];
      else if (rules.some(([rule]) => rule === own)) {
        rules = rules.map((rule) => {
          if (rule[0] !== own) return rule;
          const held = inner === undefined ? value : changed(own, rule[1], inner, value);
          return [own, held as ColumnRule[1], rule[2]];
        });
      } else options.set(name, value);
    }
    return new ColumnTransformer({
      ...Object.fromEntries(options),
      transformers: rules,
    }) as this;
  }

  /**
   * Fits each transformer on its columns.
   *
   * @param x - `[samples, features]`, of numbers or text
   * @param y - the targets, for transformers that look at them
   * @param options - `signal`
   * @throws `ArgumentError` for columns that are not there, or names that repeat
   */
  override async fit(
    x: Table,
    y?: Targets,
    options: LongWork = {},
  ): Promise<ColumnTransformerModel> {
    const { transformers, remainder = "drop" } = this.getParams();
    choiceOption("ColumnTransformer", "remainder", remainder, ["drop", "passthrough"]);
    const { columns: cells } = await tableColumns("ColumnTransformer.fit", x);
    const features = cells.length;
    checkRules(transformers, features);
    const taken = new Set(transformers.flatMap(([, , columns]) => columns));
    const left = Array.from({ length: features }, (_, c) => c).filter((c) => !taken.has(c));
    const rules: readonly ColumnRule[] =
      left.length === 0 ? transformers : [...transformers, ["remainder", remainder, left]];
    const parts: ColumnPart[] = [];
    try {
      for (const [name, transformer, columns] of rules) {
        if (transformer === "drop" || columns.length === 0) continue;
        const own = await selectColumns(x, columns);
        const model =
          transformer === "passthrough"
            ? undefined
            : await transformer.fit(own as Samples, y, options);
        parts.push({ name, columns, model });
        if (model?.supports("transform") === false) {
          throw new UnsupportedError(
            `ColumnTransformer: ${name}: expected a transformer, got ${model.constructor.name}`,
          );
        }
      }
    } catch (error) {
      for (const { model } of parts) model?.dispose();
      throw error;
    }
    return new ColumnTransformerModel({ parts, features });
  }
}

function checkRules(rules: readonly ColumnRule[], features: number): void {
  const names = rules.map(([name]) => name);
  const repeated = names.find((name, i) => names.indexOf(name) !== i || name === "remainder");
  if (repeated !== undefined) {
    throw new ArgumentError(
      `ColumnTransformer: transformers: expected different names, none of them remainder, got ${repeated}`,
    );
  }
  const odd = rules
    .flatMap(([, , columns]) => columns)
    .find((c) => !(Number.isInteger(c) && c >= 0 && c < features));
  if (odd === undefined) return;
  throw new ArgumentError(
    `ColumnTransformer: transformers: expected columns from 0 to ${features - 1}, got ${odd}`,
  );
}

/** Some columns, and the model that transforms them; none if they are kept as they are. */
interface ColumnPart {
  readonly name: string;
  readonly columns: readonly number[];
  readonly model: FittedModel | undefined;
}

/** What {@link ColumnTransformerModel} holds. */
interface ColumnTransformerState {
  readonly parts: readonly ColumnPart[];
  readonly features: number;
}

/** What {@link ColumnTransformer} learns. */
export class ColumnTransformerModel extends TransformerModel<ColumnTransformerState, Table> {
  /** @internal */
  static get schema(): Schema<ColumnTransformerState> {
    return {
      name: "ColumnTransformerModel",
      fields: {
        parts: list(
          record({ name: text, columns: list(number), model: optional(modelOf(FittedModel)) }),
        ),
        features: number,
      },
    };
  }

  /** The transformers' models, by name. */
  get transformers(): ReadonlyMap<string, FittedModel> {
    return new Map(
      this.state.parts.flatMap(({ name, model }) => (model === undefined ? [] : [[name, model]])),
    );
  }

  /**
   * Returns the new columns' names, of transformers that name theirs, and else those of the columns they take.
   *
   * @param features - the features' names; `x0`, `x1` and so on by default
   */
  featureNames(features?: readonly string[]): string[] {
    return this.state.parts.flatMap(({ columns, model }) => {
      const own = columns.map((c) => features?.[c] ?? `x${c}`);
      const naming = model as { featureNames?(names: readonly string[]): string[] } | undefined;
      return naming?.featureNames?.(own) ?? own;
    });
  }

  /**
   * Resolves to the transformed columns beside each other.
   *
   * @param x - `[samples, features]`
   * @returns `[samples, newFeatures]`, float64 if any part is, float32 else
   */
  override async transform(x: Table): Promise<Tensor> {
    const { parts, features } = this.state;
    const { rows } = await tableColumns("ColumnTransformer.transform", x, features);
    const blocks = await Promise.all(
      parts.map(async ({ columns, model }) => {
        const own = await selectColumns(x, columns);
        if (model === undefined) {
          return sampleMatrix("ColumnTransformer.transform", own as Samples, {
            allowMissing: true,
          });
        }
        using made = await (model as TransformerModel<object, Table>).transform(own);
        const data = Float64Array.from(await made.data());
        return { data, columns: made.shape[1]!, dtype: made.dtype };
      }),
    );
    const width = blocks.reduce((sum, block) => sum + block.columns, 0);
    const result = new Float64Array(rows * width);
    let begin = 0;
    for (const { data, columns } of blocks) {
      for (let i = 0; i < rows; i++) {
        result.set(data.subarray(i * columns, (i + 1) * columns), i * width + begin);
      }
      begin += columns;
    }
    const isDouble = blocks.some(({ dtype }) => dtype === "float64");
    return resultTensor(result, [rows, width], isDouble ? "float64" : "float32");
  }

  /** Frees the tensors that the transformers' models made. */
  override dispose(): void {
    super.dispose();
    for (const { model } of this.state.parts) model?.dispose();
  }
}
