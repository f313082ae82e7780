import { defineConfig } from "vitest/config";

// For frame.test.ts, which runs these files in a process of their own and looks at what is reported.
export default defineConfig({ test: { include: ["*.fixture.ts"], root: import.meta.dirname } });
