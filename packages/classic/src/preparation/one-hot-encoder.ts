import type { Tensor } from "@tensorloom/tensor";
import { TransformerModel } from "../fitted-model.ts";
import { resultTensor } from "../inputs.ts";
import { choiceOption } from "../options.ts";
import { cell, list, number, oneOf, optional } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { tableColumns, type Cell, type Table } from "../table.ts";
import { Transformer } from "../transformer.ts";
import { categoriesOf, unknownCategory } from "./categories.ts";

const unknownRules = ["error", "ignore"] as const;
const dropRules = ["first", "ifBinary"] as const;

/** What {@link OneHotEncoder} takes. */
export interface OneHotEncoderOptions {
  /** The categories of each feature; by default those that occur, in order. */
  readonly categories?: readonly (readonly Cell[])[];
  /** Whether one category of each feature has no column: the first, or the first of two; none by default. */
  readonly drop?: "first" | "ifBinary";
  /** What happens to a category that training did not have: an error (default), or columns of 0. */
  readonly handleUnknown?: "error" | "ignore";
}

/**
 * Gives every category of every feature a column of its own, of zeros and ones. What is missing is a category too.
 *
 * Source: scikit-learn's OneHotEncoder.
 *
 * @example
 * (await new OneHotEncoder().fitTransform([["red"], ["blue"], ["red"]])).toString(); // => [[0, 1], [1, 0], [0, 1]]
 */
export class OneHotEncoder extends Transformer<OneHotEncoderOptions, OneHotEncoderModel, Table> {
  /** @param options - categories, what to drop, what to do with new ones */
  constructor(options: OneHotEncoderOptions = {}) {
    super(options);
  }

  /**
   * Finds the features' categories.
   *
   * @param x - `[samples, features]`, of numbers or text
   * @throws `ArgumentError` for a category that `categories` does not name
   */
  override async fit(x: Table): Promise<OneHotEncoderModel> {
    const { categories, drop, handleUnknown = "error" } = this.getParams();
    choiceOption("OneHotEncoder", "handleUnknown", handleUnknown, unknownRules);
    if (drop !== undefined) choiceOption("OneHotEncoder", "drop", drop, dropRules);
    const found = await categoriesOf("OneHotEncoder.fit", x, categories, handleUnknown === "error");
    const dropped = found.map((own) => {
      const isDropped = drop === "first" || (drop === "ifBinary" && own.length === 2);
      return isDropped ? 0 : undefined;
    });
    return new OneHotEncoderModel({ categories: found, dropped, handleUnknown });
  }
}

/** What {@link OneHotEncoderModel} holds. */
interface OneHotEncoderState {
  readonly categories: readonly (readonly Cell[])[];
  readonly dropped: readonly (number | undefined)[];
  readonly handleUnknown: "error" | "ignore";
}

/** What {@link OneHotEncoder} learns. */
export class OneHotEncoderModel extends TransformerModel<OneHotEncoderState, Table> {
  /** @internal */
  static get schema(): Schema<OneHotEncoderState> {
    return {
      name: "OneHotEncoderModel",
      fields: {
        categories: list(list(cell)),
        dropped: list(optional(number)),
        handleUnknown: oneOf(...unknownRules),
      },
    };
  }

  /** The categories of each feature, in order. */
  get categories(): readonly (readonly Cell[])[] {
    return this.state.categories;
  }

  /** For each feature the place of the category that has no column; undefined where all have. */
  get dropped(): readonly (number | undefined)[] {
    return this.state.dropped;
  }

  /**
   * Returns the new columns' names: feature and category.
   *
   * @param features - the features' names; `x0`, `x1` and so on by default
   */
  featureNames(features?: readonly string[]): string[] {
    return this.#kept().flatMap((own, f) =>
      own.map((place) => `${features?.[f] ?? `x${f}`}_${String(this.categories[f]![place])}`),
    );
  }

  /**
   * Resolves to a column a category.
   *
   * @param x - `[samples, features]`
   * @returns `[samples, categories]`
   * @throws `ArgumentError` for a category that training did not have, unless it is to be ignored
   */
  override async transform(x: Table): Promise<Tensor> {
    const { categories, handleUnknown } = this.state;
    const operation = "OneHotEncoder.transform";
    const { columns, rows, dtype } = await tableColumns(operation, x, categories.length);
    const kept = this.#kept();
    const width = kept.reduce((sum, own) => sum + own.length, 0);
    const result = new Float64Array(rows * width);
    let begin = 0;
    columns.forEach((column, f) => {
      const target = new Map<Cell, number>(
        kept[f]!.map((place, i) => [categories[f]![place]!, begin + i]),
      );
      const known = new Set(categories[f]);
      column.forEach((value, i) => {
        const at = target.get(value);
        if (at !== undefined) result[i * width + at] = 1;
        else if (handleUnknown === "error" && !known.has(value)) {
          throw unknownCategory(operation, f, value, categories[f]!);
        }
      });
      begin += kept[f]!.length;
    });
    return resultTensor(result, [rows, width], dtype);
  }

  /**
   * Resolves to the categories that columns stand for; null where none is 1 and none was dropped.
   *
   * @param x - `[samples, categories]`
   */
  async inverseTransform(x: Table): Promise<Cell[][]> {
    const kept = this.#kept();
    const width = kept.reduce((sum, own) => sum + own.length, 0);
    const { columns, rows } = await tableColumns("OneHotEncoder.inverseTransform", x, width);
    return Array.from({ length: rows }, (_, i) => {
      let begin = 0;
      return kept.map((own, f) => {
        const scores = own.map((__, k) => Number(columns[begin + k]![i]));
        begin += own.length;
        const largest = Math.max(0, ...scores);
        const place = largest === 0 ? this.dropped[f] : own[scores.indexOf(largest)];
        return place === undefined ? null : this.categories[f]![place]!;
      });
    });
  }

  /** For each feature the places of the categories that have columns. */
  #kept(): number[][] {
    return this.categories.map((own, f) =>
      [...own.keys()].filter((place) => place !== this.dropped[f]),
    );
  }
}
