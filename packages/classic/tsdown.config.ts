import { defineConfig } from "tsdown";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    "workers/index": "src/workers/index.ts",
    "workers/node-workers": "src/workers/node-workers.ts",
    "workers/node-worker": "src/workers/node-worker.ts",
    "workers/not-node": "src/workers/not-node.ts",
  },
  // Which of two files it stands for is for Node or a bundler to say: package.json has them.
  deps: { neverBundle: ["#node-workers"] },
  format: "esm",
  platform: "neutral",
  target: "es2022",
  dts: true,
  sourcemap: false,
  fixedExtension: false,
});
