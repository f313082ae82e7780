import { runConformance } from "@tensorloom/conformance";
import { webgpu, type Tuning } from "../src/index.ts";
import { offerSoftwareAdapter } from "./software-adapter.ts";

offerSoftwareAdapter();

// Ways to cut products that a software adapter would not choose, or not for products and folds as small as the suite's. Larger tiles
// are the same code with more of everything, and take minutes to compile there: webgpu.test.ts multiplies once with each.
const ways: readonly Tuning[] = [
  { tileRows: 8, tileColumns: 4, sharing: "quad" },
  { tileRows: 4, tileColumns: 4, sharing: "workgroup" },
];
// A barrier is slow to compile there: at home, products in workgroup memory are tested by the convolutions that they are.
const isThorough = process.env["TENSORLOOM_REQUIRE_BACKENDS"] === "1";
for (const way of ways) {
  runConformance(() => webgpu({ tuning: { ...way, isForced: true } }), {
    name: `webgpu, tiles of ${way.tileRows} by ${way.tileColumns}, shared by ${way.sharing}`,
    only: isThorough || way.sharing === "quad" ? ["gemm", "conv", "reduce", "rows"] : ["conv"],
  });
}
