import { decodeTable, type LabeledData } from "./labeled-data.ts";

/**
 * Resolves to Fisher's irises: 150 flowers of three species, four measurements each.
 *
 * The data is part of the package: about 1 kB, loaded when first asked for.
 *
 * @returns `data [150, 4]` float32, in cm; `target [150]` int32
 *
 * @example
 * const { data, targetNames } = await loadIris();
 * data.shape; // => [150,4]
 * targetNames; // => ["setosa","versicolor","virginica"]
 */
export async function loadIris(): Promise<LabeledData> {
  const { gzipBase64 } = await import("../iris.generated.ts");
  return decodeTable(gzipBase64, {
    featureNames: [
      "sepal length (cm)",
      "sepal width (cm)",
      "petal length (cm)",
      "petal width (cm)",
    ],
    targetNames: ["setosa", "versicolor", "virginica"],
    description: `Irises: sepal and petal lengths and widths of 150 flowers of three species.
R. A. Fisher, 1936, "The use of multiple measurements in taxonomic problems"; UCI Machine Learning Repository. Licence: CC BY 4.0.`,
  });
}
