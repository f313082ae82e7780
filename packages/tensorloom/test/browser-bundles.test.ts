import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, unknown>>;
}

const folder = fileURLToPath(new URL("../..", import.meta.url));
const packages = readdirSync(folder)
  // Conformance is for tests, and brings vitest.
  .filter((name) => name !== "conformance")
  .map((name) => JSON.parse(readFileSync(`${folder}/${name}/package.json`, "utf8")) as Manifest);

// Those of backend-tfjs are engines for browsers, and in its bundle by right.
const forNode = packages
  .filter(({ name }) => name !== "@tensorloom/backend-tfjs")
  .flatMap(({ peerDependenciesMeta = {} }) => Object.keys(peerDependenciesMeta))
  // Workers of classic load a backend, which pages have by right.
  .filter((name) => !name.startsWith("@tensorloom/"));

/** Resolves to the files in the bundle that a page gets of an entry; rejects for an import of Node's own modules. */
async function filesInBundle(entry: string): Promise<string[]> {
  const { metafile } = await build({
    stdin: { contents: `import * as all from "${entry}"; console.log(all);`, resolveDir: folder },
    bundle: true,
    platform: "browser",
    // All that bundlers for browsers set, at once.
    conditions: ["module", "browser", "worker", "development", "production"],
    format: "esm",
    minify: true,
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  // What `browser` in a package.json leaves out is listed as "(disabled):...": an empty module.
  return Object.keys(metafile.inputs).filter((file) => !file.startsWith("(disabled):"));
}

describe("a bundle for browsers, by package.json alone, has neither Node's modules nor what is optional in Node", () => {
  test("there are such packages, and they are installed here, so that a bundler would find them", () => {
    expect(new Set(forNode)).toContain("sharp");
    const here = readdirSync(`${folder}/../node_modules`);
    expect(forNode.filter((name) => !here.includes(name))).toEqual([]);
  });

  const entries = packages.flatMap(({ name, exports }) =>
    Object.keys(exports)
      .filter((subpath) => subpath !== "./package.json")
      .map((subpath) => name + subpath.slice(1)),
  );
  test.each(entries)("%s", async (entry) => {
    const files = await filesInBundle(entry);
    expect(files.length).toBeGreaterThan(1);
    const strangers = forNode.filter((name) =>
      files.some((file) => file.includes(`node_modules/${name}/`)),
    );
    expect(strangers).toEqual([]);
  });
});
