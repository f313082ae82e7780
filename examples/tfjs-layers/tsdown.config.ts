import { defineConfig } from "tsdown";

export default defineConfig({
  entry: { main: "src/main.ts" },
  format: "esm",
  platform: "node",
  target: "es2022",
  dts: false,
  sourcemap: false,
  fixedExtension: false,
  // Node refuses imports without endings, as in TensorFlow.js' gradients: these are bundled. Their registry is global, so
  // that a second copy of it serves.
  external: [/^@tensorflow\/(?!.*register_all)/],
});
