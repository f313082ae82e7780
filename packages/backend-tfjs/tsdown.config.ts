import { defineConfig } from "tsdown";

export default defineConfig({
  entry: { index: "src/index.ts", kernels: "src/kernels/index.ts" },
  format: "esm",
  platform: "neutral",
  target: "es2022",
  dts: true,
  sourcemap: false,
  fixedExtension: false,
});
