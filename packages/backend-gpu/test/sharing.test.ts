import { runConformance } from "@tensorloom/conformance";
import { create } from "webgpu";
import { webgpu, type Tuning } from "../src/index.ts";
import { offerSoftwareAdapter } from "./software-adapter.ts";

offerSoftwareAdapter();

// Ways to cut products that a software adapter would not choose, or not for products and folds as small as the suite's. Larger tiles
// are the same code with more of everything, and take long to compile there: webgpu.test.ts multiplies once with each.
const ways: readonly Tuning[] = [
  { tileRows: 8, tileColumns: 4, sharing: "quad" },
  { tileRows: 4, tileColumns: 4, sharing: "workgroup" },
];
// The software adapter writes the zeros that workgroup memory begins with one by one: nine tenths of a shader's compilation. None
// of these shaders reads memory that it has not written, and without the zeros one that did would fail.
const gpu = create(["enable-dawn-features=disable_workgroup_init"]);
for (const way of ways) {
  runConformance(() => webgpu({ gpu, tuning: { ...way, isForced: true } }), {
    name: `webgpu, tiles of ${way.tileRows} by ${way.tileColumns}, shared by ${way.sharing}`,
    only: ["gemm", "conv", "reduce", "rows"],
  });
}
