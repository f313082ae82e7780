import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "packages",
          include: ["packages/*/{src,test}/**/*.test.ts", "examples/*/test/**/*.test.ts", "tools/test/*.test.ts"],
          testTimeout: 30_000,
        },
      },
      { test: { name: "docs", include: ["docs/test/*.test.ts"], testTimeout: 30_000 } },
    ],
  },
});
