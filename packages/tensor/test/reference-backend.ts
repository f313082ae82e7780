import { beforeAll } from "vitest";
import { use } from "../src/index.ts";
import { reference } from "../src/reference/index.ts";

/** Runs this file's tests on the reference backend. */
export function onReference(): void {
  beforeAll(async () => {
    await use(reference());
  });
}
