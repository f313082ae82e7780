import { beforeEach, describe, expect, test } from "vitest";
import { random, ready, use } from "tensorloom";
import { findSnippets } from "./find-snippets.ts";
import { runSnippet, shown } from "./run-snippet.ts";
import { typeErrors } from "./snippet-types.ts";

const snippets = findSnippets();

beforeEach(async () => {
  await ready();
  await use("wasm");
  random.seed(0);
});

describe("every snippet does what it says", () => {
  for (const snippet of snippets) {
    test(`${snippet.file}:${snippet.line}`, async () => {
      await runSnippet(snippet);
    });
  }
});

test("every snippet compiles in a strict project", { timeout: 60_000 }, () => {
  expect(typeErrors(snippets.filter(({ isTyped }) => isTyped))).toEqual([]);
});

test("there are snippets, and they claim values", () => {
  expect(snippets.length).toBeGreaterThan(150);
  expect(snippets.some(({ file }) => file === "README.md")).toBe(true);
});

test("a wrong claim and a syntax error fail", async () => {
  const snippet = (code: string, line: number) => ({
    file: "made-up",
    line,
    code,
    isTyped: true,
    isOnlyCompiled: false,
  });
  await expect(runSnippet(snippet("tensor([1, 2]).add(1); // => [2, 4]", 1))).rejects.toThrow(
    "expected [2, 4], got [2, 3]",
  );
  await expect(runSnippet(snippet("const = 3;", 2))).rejects.toThrow();
  await expect(runSnippet(snippet("noSuchName();", 3))).rejects.toThrow("noSuchName");
  expect(await runSnippet(snippet("tensor([1, 2]).add(1); // => [2, 3]", 4))).toBe(1);
  expect(typeErrors([snippet("const twice = (x) => x.mul(2);", 5)])).toEqual([
    "made-up:5: Parameter 'x' implicitly has an 'any' type.",
  ]);
  expect(shown({ a: [1] })).toBe('{"a":[1]}');
});
