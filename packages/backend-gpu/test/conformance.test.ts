import { runConformance } from "@tensorloom/conformance";
import { webgpu } from "../src/index.ts";
import { offerSoftwareAdapter } from "./software-adapter.ts";

offerSoftwareAdapter();
runConformance(() => webgpu(), { name: "webgpu in Node" });
