import { defineConfig } from "tsdown";

export default defineConfig({
  entry: { main: "src/main.ts" },
  format: "esm",
  platform: "node",
  target: "es2022",
  dts: false,
  fixedExtension: false,
  // The peers are loaded as their users load them; but Node refuses imports without endings, as in tfjs's gradients. Their
  // registry is global, so that a second copy of it serves.
  external: [
    /^@tensorflow\/(?!.*register_all)/,
    /^@jax-js\//,
    /^onnxruntime/,
    "sharp",
    "@techstark/opencv-js",
    /^ml-/,
    /^tsne-js/,
    "webgpu",
    "esbuild",
    "playwright-core",
  ],
});
