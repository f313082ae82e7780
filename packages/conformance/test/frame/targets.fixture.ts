import { BackendError, type Backend } from "@tensorloom/tensor/backend";
import { reference } from "@tensorloom/tensor/reference";
import { runConformance } from "../../src/index.ts";

/** The reference, whose scans go astray: the last element of each is one too large. */
function broken(): Backend {
  const good = reference();
  return {
    ...good,
    scan(call) {
      good.scan(call);
      const { storage, shape } = call.output;
      const size = shape.reduce((product, n) => product * n, 1);
      if (size === 0) return;
      const array = (storage as unknown as { array(dtype: string): Float32Array }).array(
        call.output.dtype,
      );
      array[size - 1]! += 1;
    },
  };
}

runConformance(broken, { name: "undeclared", only: ["scan"] });
runConformance(broken, {
  name: "declared",
  only: ["scan"],
  expectedFailures: { "scan/sum float32": "the last element is wrong" },
});
runConformance(reference, {
  name: "surprise",
  only: ["scan"],
  expectedFailures: { "scan/sum float32": "mended long ago" },
});
runConformance(reference, {
  name: "misspelt",
  only: ["scan"],
  expectedFailures: { "scan/sum flaot32": "no such test" },
});
runConformance(() => null, { name: "absent", only: ["scan"] });
runConformance(
  () => ({
    ...reference(),
    initialize: () => Promise.reject(new BackendError("no such device", { unavailable: true })),
  }),
  { name: "unavailable", only: ["scan"] },
);
runConformance(() => ({ ...reference(), dtypes: ["float32", "int32", "uint8", "bool"] }), {
  name: "narrow",
  only: ["scan"],
});
