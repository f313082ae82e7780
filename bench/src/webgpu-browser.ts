import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium as driver } from "playwright-core";
import type { Row, Settings } from "./measure.ts";

/**
 * Our WebGPU backend beside that of jax-js, which runs in browsers alone: in one page of Chromium, on the same adapter. With
 * the environment's TENSORLOOM_GPU=1 that is the machine's own, else Chromium's software adapter.
 */
export async function webgpuBrowser(settings: Settings): Promise<Row[]> {
  const executablePath = installedChromium();
  if (executablePath === undefined) {
    console.info("webgpu-browser: left out, since there is no Chromium");
    return [];
  }
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("../src/browser/page.ts", import.meta.url))],
    bundle: true,
    format: "esm",
    write: false,
    logLevel: "error",
  });
  const server = createServer((request, response) => {
    const isScript = request.url === "/page.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(
      isScript
        ? outputFiles[0]!.contents
        : '<!doctype html><script type="module" src="/page.js"></script>',
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const software =
    process.env["TENSORLOOM_GPU"] === "1" ? [] : ["--use-webgpu-adapter=swiftshader"];
  const browser = await driver.launch({
    executablePath,
    headless: true,
    args: [
      ...["--no-sandbox", "--disable-background-networking", "--disable-component-update"],
      ...["--disable-sync", "--no-first-run", "--enable-unsafe-webgpu", "--enable-features=Vulkan"],
      ...software,
    ],
  });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(0);
    page.on("pageerror", (error) => console.error(error));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction('typeof globalThis.race === "function"');
    const { rounds, only } = settings;
    return await page.evaluate<Row[]>(`globalThis.race(${rounds}, ${JSON.stringify(only.source)})`);
  } finally {
    await browser.close();
    server.close();
  }
}

function installedChromium(): string | undefined {
  for (const name of ["chromium", "google-chrome", "chromium-browser"]) {
    try {
      return execFileSync("which", [name], { encoding: "utf8" }).trim();
    } catch {
      // Not this one.
    }
  }
  return undefined;
}
