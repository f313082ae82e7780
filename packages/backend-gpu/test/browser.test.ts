import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium as driver, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromium } from "./software-adapter.ts";

const executablePath = chromium();
const mayLack = process.env["TENSORLOOM_REQUIRE_BACKENDS"] !== "1";
const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

const quiet = [
  ...["--no-sandbox", "--disable-background-networking", "--disable-component-update"],
  ...["--disable-sync", "--no-first-run"],
];
const withWebGpu = [
  ...["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"],
];

/** Runs one of the page's functions, in a page of its own. */
type Run = (name: string, path?: string) => Promise<Record<string, unknown>>;

describe.skipIf(executablePath === undefined && mayLack)("in Chromium", () => {
  let server: Server;
  let browser: Browser;
  let withoutGpu: Browser;

  beforeAll(async () => {
    const { outputFiles } = await build({
      entryPoints: [here("./page/main.ts")],
      bundle: true,
      format: "esm",
      write: false,
      alias: { vitest: here("./page/vitest.ts") },
      logLevel: "error",
    });
    const script = outputFiles[0]!.contents;
    server = createServer((request, response) => {
      if (request.url === "/page.js") {
        response.setHeader("content-type", "text/javascript");
        response.end(script);
        return;
      }
      response.setHeader("content-type", "text/html");
      if (request.url === "/isolated") {
        response.setHeader("cross-origin-opener-policy", "same-origin");
        response.setHeader("cross-origin-embedder-policy", "require-corp");
      }
      response.end('<!doctype html><script type="module" src="/page.js"></script>');
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const options = { executablePath: executablePath!, headless: true };
    browser = await driver.launch({ ...options, args: [...quiet, ...withWebGpu] });
    withoutGpu = await driver.launch({ ...options, args: [...quiet, "--disable-gpu"] });
  }, 60_000);
  afterAll(async () => {
    await Promise.all([browser?.close(), withoutGpu?.close()]);
    server?.close();
  });

  const runIn =
    (browserOf: () => Browser): Run =>
    async (name, path = "/plain") => {
      const { port } = server.address() as AddressInfo;
      const page: Page = await browserOf().newPage();
      const messages: string[] = [];
      page.on("pageerror", (error) => messages.push(error.message));
      try {
        await page.goto(`http://127.0.0.1:${port}${path}`);
        await page.waitForFunction(`typeof globalThis.${name} === "function"`, undefined, {
          timeout: 15_000,
        });
        return await page.evaluate<Record<string, unknown>>(`globalThis.${name}()`);
      } catch (error) {
        throw new Error(`${String(error)} ${messages.join("; ")}`, { cause: error });
      } finally {
        await page.close();
      }
    };
  const run = runIn(() => browser);

  test("the conformance suite", async () => {
    const { passed, failed } = await run("conformance");
    expect(failed).toEqual([]);
    expect(passed).toBeGreaterThan(600);
  }, 240_000);

  for (const path of ["/plain", "/isolated"]) {
    test(`wasm and webgpu change places under live tensors, page ${path}`, async () => {
      expect(await run("switching", path)).toEqual({
        gradientOn: "webgpu",
        values: [2, 8, 18],
        afterwards: [3, 10, 21],
        isIsolated: path === "/isolated",
      });
    }, 60_000);

    test(`the digits are learnt, page ${path}`, async () => {
      const { backend, first, last, accuracy } = await run("digits", path);
      expect(backend).toBe("webgpu");
      expect(last).toBeLessThan((first as number) / 3);
      expect(accuracy).toBeGreaterThan(0.85);
    }, 90_000);
  }

  test("a browser without an adapter is told so, and what to use", async () => {
    const found = await runIn(() => withoutGpu)("unavailable");
    expect(found).toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    expect(found["message"]).toMatch(/expected .* got .*; use wasm\(\) or cpu\(\) instead$/);
  }, 60_000);
});
