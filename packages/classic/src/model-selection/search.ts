import { ArgumentError } from "@tensorloom/tensor";
import type { AnyEstimator } from "../composition/pipeline.ts";
import { DelegatingModel } from "../composition/delegating-model.ts";
import { Estimator, type EstimatorKind, type WeightedFitOptions } from "../estimator.ts";
import { FittedModel } from "../fitted-model.ts";
import { formatTable } from "../format-table.ts";
import type { Samples, Targets } from "../inputs.ts";
import {
  list,
  modelOf,
  number,
  plain,
  record,
  text,
  type PlainValue,
} from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import type { Table } from "../table.ts";
import type { FitJob } from "../workers/fit-job.ts";
import { runFits, type SharedWork } from "../workers/run-fits.ts";
import { deviationOf, meanOf } from "./cross-validate.ts";
import { fitted, materialOf } from "./fit-and-score.ts";
import { jobScores, type Scoring } from "./scoring.ts";
import { splitsFor, type SplitRule } from "./splitters.ts";

/** Options by name, as `withParams` takes them. */
export type ParamSetting = Readonly<Record<string, unknown>>;

/** What both searches take. */
export interface SearchOptions {
  /** What is fitted, with different options; a pipeline's steps have theirs as `step__option`. */
  readonly estimator: AnyEstimator;
  /** How often, or by what, samples are split; 5 folds by default, of like classes for classifiers. */
  readonly cv?: SplitRule;
  /** The score, by name or as a function; the model's own `score` by default. */
  readonly scoring?: Scoring;
}

/** What the `fit` of both searches takes beside samples and targets. */
export interface SearchFitOptions extends WeightedFitOptions, SharedWork {
  /** The groups that samples belong to, for splitters that look at them. */
  readonly groups?: Targets;
}

/** How one setting of options did. */
export interface SearchRow {
  /** The options that were set. */
  readonly params: ParamSetting;
  /** The mean of the scores. */
  readonly meanTestScore: number;
  /** Their standard deviation. */
  readonly stdTestScore: number;
  /** 1 for the best; equal scores have equal ranks. */
  readonly rank: number;
  /** One score a split. */
  readonly splitScores: readonly number[];
  /** The mean of the seconds that a fit took. */
  readonly meanFitTime: number;
}

/** What both searches do: cross-validate every setting, and fit the best one on all samples. */
export abstract class SearchCV<Options extends SearchOptions> extends Estimator<
  Options,
  SearchModel,
  Table
> {
  /** What the estimator learns to do. */
  get kind(): EstimatorKind {
    return this.getParams().estimator.kind;
  }

  /** The settings to try. */
  protected abstract settings(): ParamSetting[];

  /**
   * Tries the settings, and fits the best one on all samples. Of equally good settings the first wins.
   *
   * @param x - `[samples, features]`
   * @param y - the targets
   * @param options - `sampleWeight`, `groups`, `workers`, `signal`, `onProgress` (fits), `progressBar`
   * @throws what a fit or a score throws
   */
  override async fit(x: Table, y?: Targets, options: SearchFitOptions = {}): Promise<SearchModel> {
    const { estimator, cv = 5, scoring } = this.getParams();
    const operation = this.constructor.name;
    const settings = this.settings();
    const material = await materialOf(operation, x, y, options.sampleWeight);
    const isClassifier = estimator.kind === "classifier";
    const splits = await splitsFor(operation, cv, material.count, isClassifier, y, options.groups);
    const job: FitJob = {
      ...{ operation, material, parts: splits },
      estimators: settings.map((params) => estimator.withParams(params)),
      scores: jobScores(operation, new Map([["score", scoring]])),
    };
    const rows = ranked(await tried(settings, job, options));
    const best = rows.find(({ rank }) => rank === 1)!;
    const model = await fitted(job.estimators[rows.indexOf(best)]!, material, options.signal);
    return new SearchModel({ model, best: rows.indexOf(best), rows: rows.map(writable) });
  }
}

/** Resolves to how each setting did on every split. */
async function tried(
  settings: readonly ParamSetting[],
  job: FitJob,
  options: SearchFitOptions,
): Promise<Omit<SearchRow, "rank">[]> {
  const each = job.parts.length;
  const fits = settings.flatMap((_, estimator) =>
    job.parts.map((__, part) => ({ estimator, part })),
  );
  const folds = await runFits(job, fits, options);
  return settings.map((params, s) => {
    const own = folds.slice(s * each, (s + 1) * each);
    const splitScores = own.map(({ test }) => test["score"]!);
    return {
      params,
      meanTestScore: meanOf(splitScores),
      stdTestScore: deviationOf(splitScores),
      splitScores,
      meanFitTime: meanOf(own.map(({ fitTime }) => fitTime)),
    };
  });
}

/** Scores that are NaN come last. */
function ranked(rows: readonly Omit<SearchRow, "rank">[]): SearchRow[] {
  const worth = ({ meanTestScore: score }: { readonly meanTestScore: number }): number =>
    Number.isNaN(score) ? -Infinity : score;
  return rows.map((row) => {
    const rank = 1 + rows.filter((other) => worth(other) > worth(row)).length;
    return { ...row, rank };
  });
}

/** Returns every combination of values, the last option varying fastest, options by name. */
export function combinationsOf(
  operation: string,
  grids: ParamGrid | readonly ParamGrid[],
): ParamSetting[] {
  const all = Array.isArray(grids) ? (grids as readonly ParamGrid[]) : [grids as ParamGrid];
  return all.flatMap((grid) => {
    let settings: ParamSetting[] = [{}];
    for (const name of Object.keys(grid).toSorted()) {
      const values = grid[name]!;
      if (!Array.isArray(values) || values.length === 0) {
        throw new ArgumentError(
          `${operation}: ${name}: expected an array of values to try, got ${String(values)}`,
        );
      }
      settings = settings.flatMap((setting) =>
        values.map((value: unknown) => Object.assign({}, setting, { [name]: value })),
      );
    }
    return settings;
  });
}

/** For each option, the values to try. */
export type ParamGrid = Readonly<Record<string, readonly unknown[]>>;

/** A row of {@link SearchModel} as it is saved. */
interface SavedRow extends Omit<SearchRow, "params"> {
  readonly params: readonly { readonly name: string; readonly value: PlainValue }[];
}

function writable({ params, ...row }: SearchRow): SavedRow {
  const pairs = Object.entries(params).map(([name, value]) => ({
    name,
    value: value as PlainValue,
  }));
  return { ...row, params: pairs };
}

/** What {@link SearchModel} holds. */
interface SearchState {
  readonly model: FittedModel;
  readonly best: number;
  readonly rows: readonly SavedRow[];
}

/** What a search learns: the best setting's model, and how all settings did. It predicts as that model does. */
export class SearchModel extends DelegatingModel<SearchState> {
  /** @internal */
  static get schema(): Schema<SearchState> {
    return {
      name: "SearchModel",
      fields: {
        model: modelOf(FittedModel),
        best: number,
        rows: list(
          record<SavedRow>({
            params: list(record<SavedRow["params"][number]>({ name: text, value: plain })),
            meanTestScore: number,
            stdTestScore: number,
            rank: number,
            splitScores: list(number),
            meanFitTime: number,
          }),
        ),
      },
    };
  }

  /** The best setting's model, fitted on all samples. */
  get bestModel(): FittedModel {
    return this.state.model;
  }

  /** The options of the best setting. After `fromJSON`, values that are no plain data are text. */
  get bestParams(): ParamSetting {
    return this.cvResults[this.state.best]!.params;
  }

  /** Its mean score. */
  get bestScore(): number {
    return this.state.rows[this.state.best]!.meanTestScore;
  }

  /** The place of the best setting among all. */
  get bestIndex(): number {
    return this.state.best;
  }

  /** How each setting did, in the order in which they were tried. */
  get cvResults(): readonly SearchRow[] {
    return this.state.rows.map((row) => {
      const params = Object.fromEntries(row.params.map(({ name, value }) => [name, value]));
      return Object.assign({}, row, { params });
    });
  }

  /** Returns the settings, best first, as a table. */
  override toString(): string {
    const rows = this.cvResults.toSorted((a, b) => a.rank - b.rank);
    const names = [...new Set(rows.flatMap(({ params }) => Object.keys(params)))];
    return formatTable([
      ["rank", "mean", "std", ...names],
      ...rows.map((row) =>
        [String(row.rank), row.meanTestScore.toFixed(3), row.stdTestScore.toFixed(3)].concat(
          names.map((name) => shown(row.params[name])),
        ),
      ),
    ]);
  }

  protected override get inner(): FittedModel {
    return this.state.model;
  }

  protected override prepared<R>(x: Table, use: (ready: Samples) => Promise<R>): Promise<R> {
    return use(x as Samples);
  }
}

function shown(value: unknown): string {
  if (value === undefined) return "";
  return value instanceof Estimator ? value.constructor.name : String(value);
}
