import { runConformance } from "@tensorloom/conformance";
import { blockedGemm } from "../src/blocked-gemm.ts";

runConformance(blockedGemm, { name: "blocked", only: ["storage", "gemm", "custom", "gradients"] });
