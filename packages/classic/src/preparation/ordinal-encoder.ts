import type { Tensor } from "@tensorloom/tensor";
import { TransformerModel } from "../fitted-model.ts";
import { resultTensor } from "../inputs.ts";
import { choiceOption } from "../options.ts";
import { cell, list, number, oneOf } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { tableColumns, type Cell, type Table } from "../table.ts";
import { Transformer } from "../transformer.ts";
import { categoriesOf, unknownCategory } from "./categories.ts";

const unknownRules = ["error", "useEncodedValue"] as const;

/** What {@link OrdinalEncoder} takes. */
export interface OrdinalEncoderOptions {
  /** The categories of each feature and their order; by default those that occur, numbers rising and text by its letters. */
  readonly categories?: readonly (readonly Cell[])[];
  /** What happens to a category that training did not have: an error (default), or `unknownValue`. */
  readonly handleUnknown?: "error" | "useEncodedValue";
  /** The number of categories that training did not have; -1 by default. */
  readonly unknownValue?: number;
  /** The number of what is missing; NaN by default. */
  readonly encodedMissingValue?: number;
}

/**
 * Numbers the categories of every feature from 0.
 *
 * Source: scikit-learn's OrdinalEncoder.
 *
 * @example
 * const encoder = new OrdinalEncoder({ categories: [["low", "high"]] });
 * (await encoder.fitTransform([["high"], ["low"]])).toString(); // => [[1], [0]]
 */
export class OrdinalEncoder extends Transformer<OrdinalEncoderOptions, OrdinalEncoderModel, Table> {
  /** @param options - categories, what to do with new and with missing ones */
  constructor(options: OrdinalEncoderOptions = {}) {
    super(options);
  }

  /**
   * Finds the features' categories.
   *
   * @param x - `[samples, features]`, of numbers or text
   * @throws `ArgumentError` for a category that `categories` does not name
   */
  override async fit(x: Table): Promise<OrdinalEncoderModel> {
    const { categories, handleUnknown = "error" } = this.getParams();
    const { unknownValue = -1, encodedMissingValue = Number.NaN } = this.getParams();
    choiceOption("OrdinalEncoder", "handleUnknown", handleUnknown, unknownRules);
    const withMissing = categories?.map((own): readonly Cell[] => own.concat(null));
    const found = await categoriesOf(
      "OrdinalEncoder.fit",
      x,
      withMissing,
      handleUnknown === "error",
    );
    return new OrdinalEncoderModel({
      categories: found.map((own) => own.filter((value) => value !== null)),
      handleUnknown,
      unknownValue,
      encodedMissingValue,
    });
  }
}

/** What {@link OrdinalEncoderModel} holds. */
interface OrdinalEncoderState {
  readonly categories: readonly (readonly Cell[])[];
  readonly handleUnknown: "error" | "useEncodedValue";
  readonly unknownValue: number;
  readonly encodedMissingValue: number;
}

/** What {@link OrdinalEncoder} learns. */
export class OrdinalEncoderModel extends TransformerModel<OrdinalEncoderState, Table> {
  /** @internal */
  static get schema(): Schema<OrdinalEncoderState> {
    return {
      name: "OrdinalEncoderModel",
      fields: {
        categories: list(list(cell)),
        handleUnknown: oneOf(...unknownRules),
        unknownValue: number,
        encodedMissingValue: number,
      },
    };
  }

  /** The categories of each feature, in order. */
  get categories(): readonly (readonly Cell[])[] {
    return this.state.categories;
  }

  /**
   * Resolves to the categories' numbers.
   *
   * @param x - `[samples, features]`
   * @returns the same shape
   * @throws `ArgumentError` for a category that training did not have, unless it has a value
   */
  override async transform(x: Table): Promise<Tensor> {
    const { categories, handleUnknown, unknownValue, encodedMissingValue } = this.state;
    const operation = "OrdinalEncoder.transform";
    const width = categories.length;
    const { columns, rows, dtype } = await tableColumns(operation, x, width);
    const result = new Float64Array(rows * width);
    columns.forEach((column, f) => {
      const place = new Map(categories[f]!.map((value, i) => [value, i]));
      column.forEach((value, i) => {
        const known = value === null ? encodedMissingValue : place.get(value);
        if (known === undefined && handleUnknown === "error") {
          throw unknownCategory(operation, f, value, categories[f]!);
        }
        result[i * width + f] = known ?? unknownValue;
      });
    });
    return resultTensor(result, [rows, width], dtype);
  }

  /**
   * Resolves to the categories that numbers stand for; null for those of none.
   *
   * @param x - `[samples, features]`
   */
  async inverseTransform(x: Table): Promise<Cell[][]> {
    const { categories } = this;
    const operation = "OrdinalEncoder.inverseTransform";
    const { columns, rows } = await tableColumns(operation, x, categories.length);
    return Array.from({ length: rows }, (_, i) =>
      categories.map((own, f) => own[Number(columns[f]![i] ?? -1)] ?? null),
    );
  }
}
