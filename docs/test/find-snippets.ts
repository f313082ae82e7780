import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** A piece of code that a reader may copy. */
export interface Snippet {
  /** The file that it stands in. */
  readonly file: string;
  /** The line on which its code begins, from 1. */
  readonly line: number;
  /** The code. */
  readonly code: string;
  /** Whether it is TypeScript. */
  readonly isTyped: boolean;
  /** Whether it is only compiled, not run. */
  readonly isOnlyCompiled: boolean;
}

/** Returns every ts and js fence of READMEs and guides, and every `@example` of the packages' sources. */
export function findSnippets(): Snippet[] {
  const packages = readdirSync("packages");
  const pages = ["README.md", ...packages.map((name) => `packages/${name}/README.md`), ...guides()];
  const sources = packages.flatMap((name) =>
    readdirSync(`packages/${name}/src`, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
      .map((file) => path.join("packages", name, "src", file)),
  );
  return [...pages.flatMap(fencesOf), ...sources.flatMap(examplesOf)];
}

function guides(): string[] {
  return readdirSync("docs/guides")
    .filter((file) => file.endsWith(".md"))
    .map((file) => path.join("docs/guides", file));
}

function fencesOf(file: string): Snippet[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/^```([tj]s)([^\n]*)\n([\s\S]*?)^```/gm)].map((match) => ({
    file,
    line: text.slice(0, match.index).split("\n").length + 1,
    code: match[3]!,
    isTyped: match[1] === "ts",
    isOnlyCompiled: match[2]!.includes("no-run"),
  }));
}

function examplesOf(file: string): Snippet[] {
  const lines = readFileSync(file, "utf8").split("\n");
  const found: Snippet[] = [];
  lines.forEach((line, i) => {
    if (!/^\s*\* @example/.test(line)) return;
    let end = i + 1;
    while (/^\s*\*(?!\/)(?! @)/.test(lines[end] ?? "")) end++;
    const code = lines.slice(i + 1, end).map((text) => text.replace(/^\s*\* ?/, ""));
    found.push({ file, line: i + 2, code: code.join("\n"), isTyped: true, isOnlyCompiled: false });
  });
  return found;
}
