import path from "node:path";
import ts from "typescript";
import type { Snippet } from "./find-snippets.ts";
import { prelude } from "./prelude.ts";

/** What a reader's project has: `strict`, and the types of pages and of Node. */
const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
  types: ["node"],
  strict: true,
  skipLibCheck: true,
  noEmit: true,
};

// A fragment may use names that the text around it explains, and a module of the reader's.
const allowedInFragments = new Set([2304, 2307, 2552]);

/** Returns what the compiler says of snippets in TypeScript, each as `file:line: message`. They are checked as one program. */
export function typeErrors(snippets: readonly Snippet[]): string[] {
  const sources = new Map(
    snippets.map((snippet, i) => [
      path.resolve(`docs/.snippets/types-${i}.ts`),
      { snippet, text: `${prelude(snippet.code)}${snippet.code}\nexport {};\n` },
    ]),
  );
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile } = host;
  host.fileExists = (file) => sources.has(file) || fileExists.call(host, file);
  host.getSourceFile = (file, language, ...rest) => {
    const own = sources.get(file);
    return own === undefined
      ? getSourceFile.call(host, file, language, ...rest)
      : ts.createSourceFile(file, own.text, language);
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  return [...sources].flatMap(([file, { snippet }]) => {
    const source = program.getSourceFile(file)!;
    const found = [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ];
    return found
      .filter(({ code }) => !snippet.isOnlyCompiled || !allowedInFragments.has(code))
      .map(({ start, messageText }) => {
        const { line } = source.getLineAndCharacterOfPosition(start ?? 0);
        const message = ts.flattenDiagnosticMessageText(messageText, "\n");
        return `${snippet.file}:${snippet.line + line}: ${message}`;
      });
  });
}
