import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium, type Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const executablePath = process.env["TENSORLOOM_CHROMIUM"] ?? "/usr/bin/chromium";
const mayLack = process.env["TENSORLOOM_REQUIRE_BACKENDS"] === undefined;
const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** What the page finds. */
interface Found {
  readonly alone: unknown;
  readonly shared: unknown;
  readonly byNumber: unknown;
  /** What a worker gives that takes the place of one that closed itself; and how many were started for that. */
  readonly replaced: unknown;
  readonly mended: number;
  readonly trees: boolean;
  readonly started: number;
  readonly warnings: string[];
}

describe.skipIf(!existsSync(executablePath) && mayLack)("in Chromium", () => {
  let server: Server;
  let browser: Browser;

  beforeAll(async () => {
    // As a user's bundler does it: the page, and beside it the worker.
    const { outputFiles } = await build({
      entryPoints: [
        here("./workers/page.ts"),
        here("./workers/fits.worker.mjs"),
        here("./workers/closing.worker.mjs"),
      ],
      bundle: true,
      format: "esm",
      minify: true,
      outdir: "/",
      write: false,
      logLevel: "error",
    });
    const scripts = new Map(outputFiles.map(({ path, contents }) => [path, contents]));
    server = createServer((request, response) => {
      const script = scripts.get(request.url!);
      response.setHeader("content-type", script ? "text/javascript" : "text/html");
      if (request.url === "/isolated") {
        response.setHeader("cross-origin-opener-policy", "same-origin");
      }
      // Workers of a page must be embeddable in it too.
      response.setHeader("cross-origin-embedder-policy", "require-corp");
      if (request.url === "/no-workers") {
        response.setHeader("content-security-policy", "worker-src 'none'");
      }
      response.end(script ?? '<!doctype html><script type="module" src="/page.js"></script>');
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  async function find(path: string): Promise<Found> {
    const page = await browser.newPage();
    try {
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
      await page.waitForFunction("globalThis.found !== undefined", undefined, { timeout: 40_000 });
      return await page.evaluate<Found>("globalThis.found");
    } finally {
      await page.close();
    }
  }

  for (const path of ["/isolated", "/plain"]) {
    test(`folds on workers and trees on threads are the calling thread's, page ${path}`, async () => {
      const { alone, shared, byNumber, replaced, mended, trees, started, warnings } =
        await find(path);
      expect(shared).toEqual(alone);
      expect(byNumber).toEqual(alone);
      expect(replaced).toEqual(alone);
      expect(mended).toBe(2);
      expect(trees).toBe(true);
      expect(started).toBe(2);
      // A number of workers is for Node; the page was told so, and what to use.
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain("try fitWorkers()");
    }, 60_000);
  }
  test("a page that forbids workers fits on its own thread, and is told", async () => {
    const { alone, shared, trees, warnings } = await find("/no-workers");
    expect(shared).toEqual(alone);
    expect(trees).toBe(true);
    // Once for each of two kinds of workers for fits, once for trees, once for the number.
    expect(warnings.filter((text) => text.includes("no worker threads can be had"))).toHaveLength(
      3,
    );
    expect(warnings).toHaveLength(4);
  }, 60_000);
});
