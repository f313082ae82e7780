import { ArgumentError, type Tensor } from "@tensorloom/tensor";
import { TransformerModel } from "../fitted-model.ts";
import { resultTensor, sampleMatrix, type Samples } from "../inputs.ts";
import { list, number } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { Transformer } from "../transformer.ts";

/** What {@link PolynomialFeatures} takes. */
export interface PolynomialFeaturesOptions {
  /** How many factors a product has at most, or at least and at most; 2 by default. */
  readonly degree?: number | readonly [least: number, most: number];
  /** Whether products of different features alone are made; false by default. */
  readonly interactionOnly?: boolean;
  /** Whether there is a column of ones; true by default. */
  readonly includeBias?: boolean;
}

/**
 * Adds the products of features: with them, linear models fit curves.
 *
 * Source: scikit-learn's PolynomialFeatures.
 *
 * @example
 * (await new PolynomialFeatures().fitTransform([[2, 3]])).toString(); // => [[1, 2, 3, 4, 6, 9]]
 */
export class PolynomialFeatures extends Transformer<
  PolynomialFeaturesOptions,
  PolynomialFeaturesModel
> {
  /** @param options - degree, interactions, bias */
  constructor(options: PolynomialFeaturesOptions = {}) {
    super(options);
  }

  /**
   * Finds which products there are.
   *
   * @param x - `[samples, features]`; only counted
   * @throws `ArgumentError` for degrees that are not whole, or leave no product
   */
  override async fit(x: Samples): Promise<PolynomialFeaturesModel> {
    const { degree = 2, interactionOnly = false, includeBias = true } = this.getParams();
    const [least, most] = typeof degree === "number" ? [0, degree] : degree;
    if (!(Number.isInteger(least) && Number.isInteger(most) && least >= 0 && least <= most)) {
      throw new ArgumentError(
        `PolynomialFeatures: degree: expected whole numbers of 0 or more that rise, got ${String(degree)}`,
      );
    }
    const { columns } = await sampleMatrix("PolynomialFeatures.fit", x);
    const products: number[][] = includeBias ? [[]] : [];
    for (let size = Math.max(1, least); size <= most; size++) {
      products.push(...combinations(columns, size, interactionOnly));
    }
    if (products.length === 0) {
      throw new ArgumentError(
        "PolynomialFeatures: degree: expected at least one product, got none; include the bias",
      );
    }
    return new PolynomialFeaturesModel({ products, features: columns });
  }
}

/** Returns the sorted choices of `size` of 0 to n - 1, in order, with repetition unless they must differ. */
function combinations(n: number, size: number, mustDiffer: boolean, from = 0): number[][] {
  if (size === 0) return [[]];
  const result: number[][] = [];
  for (let first = from; first < n; first++) {
    const next = mustDiffer ? first + 1 : first;
    for (const rest of combinations(n, size - 1, mustDiffer, next)) result.push([first, ...rest]);
  }
  return result;
}

/** What {@link PolynomialFeaturesModel} holds. */
interface PolynomialFeaturesState {
  readonly products: readonly (readonly number[])[];
  readonly features: number;
}

/** What {@link PolynomialFeatures} learns. */
export class PolynomialFeaturesModel extends TransformerModel<PolynomialFeaturesState> {
  /** @internal */
  static get schema(): Schema<PolynomialFeaturesState> {
    return {
      name: "PolynomialFeaturesModel",
      fields: { products: list(list(number)), features: number },
    };
  }

  /** The factors of each new feature. */
  get products(): readonly (readonly number[])[] {
    return this.state.products;
  }

  /**
   * Returns the new features' names, such as `x0^2 x1`.
   *
   * @param features - the features' names; `x0`, `x1` and so on by default
   */
  featureNames(features?: readonly string[]): string[] {
    return this.products.map((factors) => {
      const names = [...new Set(factors)].map((f) => {
        const power = factors.filter((factor) => factor === f).length;
        return `${features?.[f] ?? `x${f}`}${power > 1 ? `^${power}` : ""}`;
      });
      return names.length === 0 ? "1" : names.join(" ");
    });
  }

  /**
   * Resolves to the products.
   *
   * @param x - `[samples, features]`
   * @returns `[samples, products]`, float64 for float64 samples and float32 else
   */
  override async transform(x: Samples): Promise<Tensor> {
    const { products, features } = this.state;
    const samples = await sampleMatrix("PolynomialFeatures.transform", x, { features });
    const { data, rows, columns, dtype } = samples;
    const result = new Float64Array(rows * products.length);
    for (let i = 0; i < rows; i++) {
      products.forEach((factors, p) => {
        let product = 1;
        for (const f of factors) product *= data[i * columns + f]!;
        result[i * products.length + p] = product;
      });
    }
    return resultTensor(result, [rows, products.length], dtype);
  }
}
