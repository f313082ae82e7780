import * as plot from "@tensorloom/plot";
import * as umbrella from "tensorloom";

/** Where names come from that a snippet does not import: the umbrella, and what it leaves out. */
const packages: Readonly<Record<string, object>> = {
  tensorloom: umbrella,
  "@tensorloom/plot": plot,
};

/** Returns a line that brings names into scope that a snippet uses and does not make itself. */
export function prelude(code: string): string {
  const used = new Set(code.match(/[A-Za-z_]\w*/g));
  const own = new Set(
    [
      ...code.matchAll(
        /(?:const|let|class|function)\s+(\w+)|(?:const|let)\s*[{[]([^=]*)[}\]]\s*=|import\s*(?:\*\s*as\s+)?\{?([^}]*?)\}?\s*from\b/g,
      ),
    ].flatMap((match) => match.slice(1).flatMap((names) => names?.match(/\w+/g) ?? [])),
  );
  const imports = Object.entries(packages).map(([name, exports]) => {
    const names = Object.keys(exports).filter((key) => used.has(key) && !own.has(key));
    for (const key of names) own.add(key);
    return names.length === 0 ? "" : `import { ${names.join(", ")} } from "${name}"; `;
  });
  return imports.join("");
}
