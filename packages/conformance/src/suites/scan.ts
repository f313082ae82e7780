import { arrange, layouts } from "../arrangement.ts";
import { compare } from "../compare.ts";
import { Suite } from "../registry.ts";
import { pseudoRandom } from "../samples.ts";
import { exact, summed } from "../tolerances.ts";
import { addRandomScans } from "./random/along-axis.ts";

/** Running sums and products. */
export const scan: Suite = new Suite("scan");

for (const operator of ["sum", "prod"] as const) {
  for (const dtype of ["float32", "float64", "int32"] as const) {
    scan.test(
      `${operator} ${dtype}`,
      async (pair) => {
        for (const axis of [0, 1, 2]) {
          for (const exclusive of [false, true]) {
            for (const reverse of [false, true]) {
              await compare(
                pair,
                "scan",
                (place) => {
                  const output = place.output(dtype, [3, 4, 5]);
                  const input = place.input(arrange(pseudoRandom(60, 1, dtype), [3, 4, 5], dtype));
                  return {
                    call: { operator, input, axis, exclusive, reverse, output },
                    outputs: [output],
                  };
                },
                dtype === "int32" ? exact : summed(dtype, 5, 5),
              );
            }
          }
        }
      },
      { dtypes: [dtype] },
    );
  }
}

for (const layout of layouts) {
  scan.test(`layout ${layout}`, async (pair) => {
    await compare(
      pair,
      "scan",
      (place) => {
        const output = place.output("float32", [6, 7]);
        const input = place.input(arrange(pseudoRandom(42, 1), [6, 7], "float32", layout));
        const call = {
          operator: "sum",
          input,
          axis: 1,
          exclusive: false,
          reverse: false,
          output,
        } as const;
        return { call, outputs: [output] };
      },
      summed("float32", 7, 7),
    );
  });
}

addRandomScans(scan);
