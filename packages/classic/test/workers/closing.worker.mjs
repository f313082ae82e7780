// A worker that closes itself when it is given something to do.
import { wasm } from "@tensorloom/backend-cpu";
import { serveFits } from "@tensorloom/classic/workers";
import { use } from "@tensorloom/tensor";

await use(wasm({ threads: 1 }));
addEventListener("message", ({ data }) => {
  if (data.kind === "part") close();
});
serveFits();
