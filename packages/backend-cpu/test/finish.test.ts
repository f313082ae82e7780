import * as tl from "@tensorloom/tensor";
import { expect, test } from "vitest";
import { wasm } from "../src/index.ts";

await tl.use(wasm({ threads: 1 }));

const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 6, 7, -1];
/** [name, input shape, filter shape, groups]: a case for each of the kernels that finish. */
const cases = [
  ["one tap", [1, 6, 7, 40], [1, 1, 40, 36], 1],
  ["packed", [1, 6, 7, 40], [3, 2, 40, 12], 1],
  ["packed, in groups", [1, 6, 7, 80], [3, 3, 40, 22], 2],
  ["direct", [1, 9, 9, 3], [3, 3, 3, 10], 1],
  ["Winograd", [1, 9, 9, 16], [3, 3, 16, 24], 1],
  ["depthwise, in runs", [1, 9, 9, 8], [3, 3, 1, 8], 8],
  ["depthwise, by position", [1, 9, 9, 70], [3, 3, 1, 70], 70],
] as const;
const activations = [undefined, "relu", "relu6", "sigmoid"] as const;

test.each(cases)(
  "%s: what is finished in the kernel is what is finished after it",
  (_, shape, window, groups) => {
    tl.tidy(() => {
      const x = tl.random.normal([...shape], { seed: 1 });
      const filter = tl.random.normal([...window], { seed: 2 });
      const draw = tl.random.normal([window[3]], { seed: 3 }).dataSync();
      const bias = tl.tensor(
        Float32Array.from(draw, (b, i) => (i < 4 ? b : (special[i - 4] ?? b))),
      );
      const sums = tl.conv2d(x, filter, { padding: 1, groups });
      for (const activation of activations) {
        const shifted = tl.add(sums, bias);
        const expected = activation === undefined ? shifted : tl[activation](shifted);
        const options = { padding: 1, groups, ...(activation === undefined ? {} : { activation }) };
        const both = tl.conv2d(x, filter, { ...options, bias });
        expect(both.dataSync()).toEqual(expected.dataSync());
        if (activation === undefined) continue;
        const alone = tl.conv2d(x, filter, options);
        expect(alone.dataSync()).toEqual(tl[activation](sums).dataSync());
      }
    });
  },
);
