import { decodeTable, type LabeledData } from "./labeled-data.ts";

/**
 * Resolves to 178 wines of three cultivars of one region, with 13 chemical measurements each.
 *
 * The data is part of the package: about 6 kB, loaded when first asked for.
 *
 * @returns `data [178, 13]` float32; `target [178]` int32
 *
 * @example
 * const { data, featureNames } = await loadWine();
 * data.shape; // => [178,13]
 * featureNames[0]; // => alcohol
 */
export async function loadWine(): Promise<LabeledData> {
  const { gzipBase64 } = await import("../wine.generated.ts");
  return decodeTable(gzipBase64, {
    featureNames: [
      "alcohol",
      "malic acid",
      "ash",
      "alcalinity of ash",
      "magnesium",
      "total phenols",
      "flavanoids",
      "nonflavanoid phenols",
      "proanthocyanins",
      "color intensity",
      "hue",
      "od280/od315 of diluted wines",
      "proline",
    ],
    targetNames: ["class_0", "class_1", "class_2"],
    description: `Wine: 13 chemical measurements of 178 wines of three cultivars.
S. Aeberhard, M. Forina, 1991, UCI Machine Learning Repository. Licence: CC BY 4.0.`,
  });
}
