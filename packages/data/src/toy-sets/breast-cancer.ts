import { decodeTable, type LabeledData } from "./labeled-data.ts";

const measurements = [
  "radius",
  "texture",
  "perimeter",
  "area",
  "smoothness",
  "compactness",
  "concavity",
  "concave points",
  "symmetry",
  "fractal dimension",
];

/**
 * Resolves to 569 tumours, malignant (0) or benign (1), with 30 measurements of cell nuclei each.
 *
 * The data is part of the package: about 62 kB, loaded when first asked for.
 *
 * @returns `data [569, 30]` float32; `target [569]` int32
 *
 * @example
 * const { data, targetNames } = await loadBreastCancer();
 * data.shape; // => [569,30]
 * targetNames; // => ["malignant","benign"]
 */
export async function loadBreastCancer(): Promise<LabeledData> {
  const { gzipBase64 } = await import("../breast-cancer.generated.ts");
  return decodeTable(gzipBase64, {
    featureNames: [
      ...measurements.map((name) => `mean ${name}`),
      ...measurements.map((name) => `${name} error`),
      ...measurements.map((name) => `worst ${name}`),
    ],
    targetNames: ["malignant", "benign"],
    description: `Breast cancer Wisconsin (diagnostic): 30 measurements of cell nuclei in 569 images of fine needle aspirates.
W. Wolberg, O. Mangasarian, N. Street, W. Street, 1993, UCI Machine Learning Repository. Licence: CC BY 4.0.`,
  });
}
