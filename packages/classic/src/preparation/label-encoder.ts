import { ArgumentError, Tensor, tensor, type TypedArray } from "@tensorloom/tensor";
import { Estimator, type EstimatorKind } from "../estimator.ts";
import { FittedModel } from "../fitted-model.ts";
import type { Targets } from "../inputs.ts";
import { cell, list } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { distinctCells, type Cell } from "../table.ts";

/** Names of classes, or numbers that stand for them. */
export type Labels = readonly string[] | Targets;

/**
 * Numbers classes from 0, and back: what makes targets of names.
 *
 * Source: scikit-learn's LabelEncoder.
 *
 * @example
 * const encoder = await new LabelEncoder().fit(["dog", "cat", "dog"]);
 * (await encoder.transform(["cat", "dog"])).toString(); // => [0, 1]
 * await encoder.inverseTransform([1]); // => ["dog"]
 */
export class LabelEncoder extends Estimator<object, LabelEncoderModel, Labels> {
  override readonly kind: EstimatorKind = "transformer";

  /** Takes no options. */
  constructor() {
    super({});
  }

  /**
   * Finds the classes.
   *
   * @param labels - names or numbers
   */
  override async fit(labels: Labels): Promise<LabelEncoderModel> {
    const cells = await cellsOf("LabelEncoder.fit", labels);
    return new LabelEncoderModel({ classes: distinctCells(cells) as (string | number)[] });
  }
}

async function cellsOf(operation: string, labels: Labels): Promise<Cell[]> {
  const values = labels instanceof Tensor ? await labels.data() : labels;
  const cells = Array.from(values as TypedArray | readonly Cell[]) as Cell[];
  const odd = cells.find((label) => typeof label !== "string" && !Number.isFinite(label));
  if (cells.length > 0 && odd === undefined) return cells;
  throw new ArgumentError(
    `${operation}: labels: expected names or finite numbers, at least one, got ${cells.length === 0 ? "none" : String(odd)}`,
  );
}

/** What {@link LabelEncoderModel} holds. */
interface LabelEncoderState {
  readonly classes: readonly Cell[];
}

/** What {@link LabelEncoder} learns. */
export class LabelEncoderModel extends FittedModel<LabelEncoderState> {
  /** @internal */
  static get schema(): Schema<LabelEncoderState> {
    return {
      name: "LabelEncoderModel",
      fields: { classes: list(cell) },
    };
  }

  /** The classes in order: the number of one is its place. */
  get classes(): readonly (string | number)[] {
    return this.state.classes as readonly (string | number)[];
  }

  /**
   * Resolves to the classes' numbers.
   *
   * @param labels - names or numbers that `fit` has seen
   * @returns `[labels]`, int32
   * @throws `ArgumentError` for others
   */
  async transform(labels: Labels): Promise<Tensor> {
    const cells = await cellsOf("LabelEncoder.transform", labels);
    const place = new Map(this.state.classes.map((label, i) => [label, i]));
    const unknown = cells.find((label) => !place.has(label));
    if (unknown !== undefined) {
      throw new ArgumentError(
        `LabelEncoder.transform: labels: expected those of training, ${this.classes.slice(0, 10).join(", ")}, got ${unknown}`,
      );
    }
    return tensor(Int32Array.from(cells, (label) => place.get(label)!));
  }

  /**
   * Resolves to the classes that numbers stand for.
   *
   * @param numbers - as `transform` and classifiers give them
   * @throws `ArgumentError` for numbers that no class has
   */
  async inverseTransform(numbers: Targets): Promise<(string | number)[]> {
    const values = numbers instanceof Tensor ? await numbers.data() : numbers;
    return Array.from(values, (value) => {
      const label = this.classes[value];
      if (label !== undefined) return label;
      throw new ArgumentError(
        `LabelEncoder.inverseTransform: numbers: expected 0 to ${this.classes.length - 1}, got ${value}`,
      );
    });
  }
}
