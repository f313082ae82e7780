// A worker as a user writes it.
import { wasm } from "@tensorloom/backend-cpu";
import { serveFits } from "@tensorloom/classic/workers";
import { use } from "@tensorloom/tensor";

await use(wasm({ threads: 1 }));
serveFits();
