import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import ts from "typescript";
import { Tensor } from "tensorloom";
import type { Snippet } from "./find-snippets.ts";
import { prelude } from "./prelude.ts";

const folder = path.resolve("docs/.snippets");

/** How programs of TensorFlow.js import it. */
const tensorflow = '"@tensorflow/tfjs"';
let bundled: Promise<unknown> | undefined;

/** Makes TensorFlow.js of its parts, once: Node cannot follow the imports of some. */
function bundleTensorFlow(): Promise<unknown> {
  bundled ??= build({
    entryPoints: [path.resolve("docs/test/tensorflow.ts")],
    outfile: path.join(folder, "tensorflow.mjs"),
    bundle: true,
    format: "esm",
    platform: "node",
    mainFields: ["module", "main"],
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    logLevel: "error",
  });
  return bundled;
}

/** Compares a value with what the snippet says of it; set as a global, which the snippets call. */
type Check = (value: unknown, expected: string, line: string) => Promise<void>;

/** Returns a value as snippets write it: tensors as they print, objects as JSON, spaces not counted. */
export function shown(value: unknown): string {
  const isTensor = value instanceof Tensor;
  const isObject = typeof value === "object" && value !== null;
  const text = !isTensor && isObject ? JSON.stringify(value) : String(value);
  return collapsed(text);
}

/** Alignment does not matter: runs of spaces are one, and none follows a bracket. */
function collapsed(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll("[ ", "[");
}

/** Compiles a snippet, and runs it unless it is only to be compiled. Returns how many values it claims. */
export async function runSnippet(snippet: Snippet): Promise<number> {
  let claims = 0;
  const code = snippet.code.replaceAll(
    /^(\s*)(.+?);?\s*\/\/ => (.*)$/gm,
    (_, indent: string, expression: string, expected: string) => {
      claims++;
      return `${indent}await __check(${expression}, ${JSON.stringify(expected)}, ${JSON.stringify(expression)});`;
    },
  );
  const { outputText, diagnostics } = ts.transpileModule(prelude(code) + code, {
    reportDiagnostics: true,
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  if (diagnostics !== undefined && diagnostics.length > 0) {
    throw new SyntaxError(ts.flattenDiagnosticMessageText(diagnostics[0]!.messageText, "\n"));
  }
  if (snippet.isOnlyCompiled) return claims;
  const name = `${snippet.file.replaceAll(/[^a-z0-9]+/gi, "-")}-${snippet.line}.mjs`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, name), outputText.replaceAll(tensorflow, '"./tensorflow.mjs"'));
  if (outputText.includes(tensorflow)) await bundleTensorFlow();
  const check: Check = async (value, expected, line) => {
    const actual = shown(await value);
    if (actual !== collapsed(expected)) {
      throw new Error(`${line}: expected ${expected}, got ${actual}`);
    }
  };
  (globalThis as unknown as { __check: Check }).__check = check;
  await import(/* @vite-ignore */ pathToFileURL(path.join(folder, name)).href);
  return claims;
}
