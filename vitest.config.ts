import { defineConfig } from "vitest/config";

// Node 20 has relaxed SIMD behind a flag, which later versions do not know any more.
const [major] = process.versions.node.split(".").map(Number);
const execArgv = ["--expose-gc", ...(major === 20 ? ["--experimental-wasm-relaxed-simd"] : [])];

export default defineConfig({
  test: {
    pool: "forks",
    execArgv,
    projects: [
      {
        extends: true,
        test: {
          name: "packages",
          include: [
            "packages/*/{src,test}/**/*.test.ts",
            "examples/*/test/**/*.test.ts",
            "tools/test/*.test.ts",
          ],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: { name: "docs", include: ["docs/test/*.test.ts"], testTimeout: 30_000 },
      },
    ],
  },
});
