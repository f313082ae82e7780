import { ArgumentError, tensor, type Tensor } from "@tensorloom/tensor";
import { Estimator, type EstimatorKind, type WeightedFitOptions } from "../estimator.ts";
import { FittedModel } from "../fitted-model.ts";
import {
  sampleMatrix,
  targetValues,
  type Samples,
  type ShapedArray,
  type Targets,
} from "../inputs.ts";
import { wholeOption } from "../options.ts";
import { array, list, number } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { sampleWeights } from "../weights.ts";

/** What {@link PopularityRecommender} takes. */
export interface PopularityRecommenderOptions {
  /** How many items are recommended; 10 by default. */
  readonly topN?: number;
}

/**
 * Recommends what is most popular and the user does not have yet: the baseline that every recommender must beat.
 *
 * @example
 * // Users and the items they chose.
 * const chosen = [[1, 100], [1, 101], [2, 100], [3, 100], [3, 102], [4, 101]];
 * const model = await new PopularityRecommender({ topN: 2 }).fit(chosen);
 * (await model.recommend([2, 9])).toString(); // => [[101, 102], [100, 101]]
 */
export class PopularityRecommender extends Estimator<
  PopularityRecommenderOptions,
  PopularityRecommenderModel
> {
  override readonly kind: EstimatorKind = "recommender";

  /** @param options - how many items to recommend */
  constructor(options: PopularityRecommenderOptions = {}) {
    super(options);
  }

  /**
   * Counts how often items were chosen. Of equally popular items the smaller number comes first.
   *
   * @param x - `[choices, 2]`: a user's number and an item's, whole
   * @param _y - left alone
   * @param options - `sampleWeight`: how much each choice counts, such as a rating
   * @throws `ArgumentError` unless there are two columns of whole numbers
   */
  override async fit(
    x: Samples,
    _y?: Targets,
    options: WeightedFitOptions = {},
  ): Promise<PopularityRecommenderModel> {
    const { topN = 10 } = this.getParams();
    wholeOption("PopularityRecommender", "topN", topN);
    const pairs = await choicesOf("PopularityRecommender.fit", x);
    const rows = pairs.length / 2;
    const weights = await sampleWeights("PopularityRecommender.fit", options.sampleWeight, rows);
    const totals = new Map<number, number>();
    weights.forEach((weight, i) => {
      const item = pairs[2 * i + 1]!;
      totals.set(item, (totals.get(item) ?? 0) + weight);
    });
    const order = [...totals].toSorted(([a, n], [b, m]) => m - n || a - b);
    return new PopularityRecommenderModel({
      items: order.map(([item]) => item),
      popularity: order.map(([, total]) => total),
      choices: { data: pairs, shape: [rows, 2] },
      topN,
    });
  }
}

async function choicesOf(operation: string, x: Samples): Promise<Float64Array> {
  const { data, columns } = await sampleMatrix(operation, x);
  const odd = data.find((value) => !Number.isInteger(value));
  if (columns === 2 && odd === undefined) return data;
  throw new ArgumentError(
    `${operation}: x: expected two columns of whole numbers, users and items, got ${columns} columns${odd === undefined ? "" : ` and ${odd}`}`,
  );
}

/** What {@link PopularityRecommenderModel} holds. */
interface PopularityRecommenderState {
  readonly items: readonly number[];
  readonly popularity: readonly number[];
  readonly choices: ShapedArray<Float64Array>;
  readonly topN: number;
}

/** What {@link PopularityRecommender} learns. */
export class PopularityRecommenderModel extends FittedModel<PopularityRecommenderState> {
  /** @internal */
  static get schema(): Schema<PopularityRecommenderState> {
    return {
      name: "PopularityRecommenderModel",
      fields: {
        items: list(number),
        popularity: list(number),
        choices: array(Float64Array),
        topN: number,
      },
    };
  }
  #taken: ReadonlyMap<number, ReadonlySet<number>> | undefined;

  /** The items, most popular first. */
  get items(): readonly number[] {
    return this.state.items;
  }

  /** How often they were chosen, weighted. */
  get popularity(): readonly number[] {
    return this.state.popularity;
  }

  /**
   * Resolves to the most popular items that each user has not chosen yet; -1 where there are no more.
   *
   * @param users - their numbers; those of training may be unknown
   * @returns `[users, topN]`, int32
   */
  async recommend(users: Targets): Promise<Tensor> {
    const count = "size" in users ? (users as Tensor).size : users.length;
    const values = await targetValues("PopularityRecommender.recommend", users, count);
    const { topN } = this.state;
    const result = new Int32Array(values.length * topN).fill(-1);
    values.forEach((user, row) => result.set(this.#best(user), row * topN));
    return tensor(result, { shape: [values.length, topN] });
  }

  /**
   * Resolves to the hit rate: the share of later choices that are among what was recommended to the user.
   *
   * @param x - `[choices, 2]`: a user's number and an item's
   */
  async score(x: Samples): Promise<number> {
    const pairs = await choicesOf("PopularityRecommender.score", x);
    let hits = 0;
    for (let i = 0; i < pairs.length; i += 2) {
      hits += Number(this.#best(pairs[i]!).includes(pairs[i + 1]!));
    }
    return hits / (pairs.length / 2);
  }

  #best(user: number): number[] {
    this.#taken ??= takenBy(this.state.choices.data);
    const taken = this.#taken.get(user);
    const best: number[] = [];
    for (const item of this.items) {
      if (best.length === this.state.topN) break;
      if (taken?.has(item) !== true) best.push(item);
    }
    return best;
  }
}

function takenBy(pairs: Float64Array): Map<number, Set<number>> {
  const taken = new Map<number, Set<number>>();
  for (let i = 0; i < pairs.length; i += 2) {
    const own = taken.get(pairs[i]!) ?? new Set();
    taken.set(pairs[i]!, own.add(pairs[i + 1]!));
  }
  return taken;
}
