// The page in Chromium: pictures, sliders, suppression, backends.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { AddressInfo } from "node:net";
import type { Server } from "node:http";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const executablePath = process.env["TENSORLOOM_CHROMIUM"] ?? "/usr/bin/chromium";
const folder = fileURLToPath(new URL("..", import.meta.url));

describe.skipIf(!existsSync(executablePath))("the page", () => {
  let server: Server;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    execFileSync(process.execPath, ["scripts/build.mjs"], { cwd: folder });
    const { serve } = (await import("../scripts/serve.mjs")) as {
      serve: (port: number) => Promise<Server>;
    };
    server = await serve(0);
    browser = await chromium.launch({
      executablePath,
      args: [
        "--no-sandbox",
        "--enable-unsafe-webgpu",
        "--use-webgpu-adapter=swiftshader",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
      ],
    });
    page = await browser.newPage({ viewport: { width: 1240, height: 1300 } });
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
    page.on("pageerror", (error) => problems.push(String(error)));
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}`);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  /** A number for what is on a canvas. */
  const sumOf = (id: string): Promise<number> =>
    page.evaluate((canvasId) => {
      const canvas = document.getElementById(canvasId) as HTMLCanvasElement;
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
      return data.reduce((sum, value, i) => (sum * 31 + value + i) % 1_000_003, 7);
    }, id);
  const changes = async (id: string, act: () => Promise<unknown>): Promise<void> => {
    const before = await sumOf(id);
    await act();
    await expect.poll(() => sumOf(id), { timeout: 60_000 }).not.toBe(before);
  };
  const slide = (id: string, value: number): Promise<void> =>
    page.locator(`#${id}`).fill(`${value}`);

  test("starts on wasm, with threads, and shows a picture", async () => {
    await expect
      .poll(() => page.textContent("#status"), { timeout: 15_000 })
      .toMatch(/^on wasm, \d+ thread/);
    await expect.poll(() => page.textContent("#size")).toBe("512 × 512");
    await expect.poll(() => page.textContent("#time")).toMatch(/ ms$/);
  });
  test("follows the sliders of every filter", async () => {
    const count = await page.locator("#filter option").count();
    for (let i = 1; i < count; i++) {
      await changes("after", () => page.selectOption("#filter", { index: i }));
      const input = page.locator("#slider-0");
      const low = Number(await input.getAttribute("min"));
      await changes("after", () => slide("slider-0", low));
    }
  });
  test("keeps fewer boxes the less they may overlap", async () => {
    await expect.poll(() => page.textContent("#candidate-count")).toBe("42 boxes");
    await changes("kept", () => slide("iou", 0.9));
    const many = Number.parseInt((await page.textContent("#kept-count"))!, 10);
    await changes("kept", () => slide("iou", 0.2));
    expect(Number.parseInt((await page.textContent("#kept-count"))!, 10)).toBe(3);
    expect(many).toBeGreaterThan(10);
  });
  test("computes on WebGPU where the browser has it", async () => {
    const names = await page.locator("#backend option").allTextContents();
    expect(names).toContain("wasm");
    if (!names.includes("webgpu")) return;
    await page.selectOption("#filter", { index: 0 });
    await page.selectOption("#backend", "webgpu");
    await expect.poll(() => page.textContent("#status"), { timeout: 60_000 }).toMatch(/^on webgpu/);
    await changes("after", () => slide("slider-0", 9));
    // Frames of the camera are read by the device.
    await changes("before", () => page.selectOption("#source", "camera"));
    await changes("after", () => Promise.resolve());
    await page.selectOption("#source", "astronaut");
    expect(await page.textContent("#problem")).toBe("");
    // A software adapter compiles shaders for seconds, and on a busy machine for many.
  }, 120_000);
  test("changes picture and backend", async () => {
    await changes("before", () => page.selectOption("#source", "chelsea"));
    await page.selectOption("#backend", "cpu");
    await expect.poll(() => page.textContent("#status"), { timeout: 15_000 }).toMatch(/^on cpu/);
    await changes("after", () => page.selectOption("#filter", { index: 1 }));
    expect(await page.textContent("#problem")).toBe("");
    expect(problems).toEqual([]);
  });
});
