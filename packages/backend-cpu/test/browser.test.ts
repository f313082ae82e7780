import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const packages = fileURLToPath(new URL("../../", import.meta.url));

/** Headers of a page. */
interface Page {
  readonly isIsolated: boolean;
  readonly policy?: string;
}

const pages: Readonly<Record<string, Page>> = {
  "/isolated": { isIsolated: true },
  "/plain": { isIsolated: false },
  "/no-workers": { isIsolated: true, policy: "worker-src 'none'" },
  "/no-wasm": { isIsolated: true, policy: "script-src 'self' 'unsafe-inline'" },
};

const html = `<!doctype html><script type="importmap">{ "imports": {
  "@tensorloom/tensor": "/tensor/dist/index.js",
  "@tensorloom/tensor/backend": "/tensor/dist/backend/index.js",
  "@tensorloom/backend-cpu": "/backend-cpu/dist/index.js" } }</script>
<script type="module">
  const warnings = [];
  console.warn = (text) => warnings.push(text);
  const answer = (found) => fetch("/answer" + location.pathname, { method: "POST", body: JSON.stringify({ ...found, warnings }) });
  try {
    const tl = await import("@tensorloom/tensor");
    const { wasm } = await import("@tensorloom/backend-cpu");
    const began = performance.now();
    const backend = await tl.use(wasm({ threads: 3 }));
    const x = tl.ones([300, 300]);
    const sums = [];
    for (let i = 0; i < 20; i++) sums.push(x.matmul(x).sum().item());
    const noise = tl.random.normal([200, 900], { seed: 1 });
    const softmax = noise.softmax().sum().item();
    await answer({ ...backend.info(), sums, softmax, ms: performance.now() - began });
  } catch (error) {
    await answer({ code: error.code, message: error.message });
  }
</script>`;

let server: Server;
const answers = new Map<string, (found: Record<string, unknown>) => void>();

beforeAll(async () => {
  server = createServer((request, response) => {
    const url = request.url!;
    const page = pages[url];
    if (request.method === "POST") {
      let body = "";
      request.on("data", (part: Buffer) => (body += part.toString()));
      request.on("end", () => {
        response.end();
        answers.get(url.slice("/answer".length))?.(JSON.parse(body));
      });
    } else if (page !== undefined) {
      response.setHeader("content-type", "text/html");
      if (page.isIsolated) {
        response.setHeader("cross-origin-opener-policy", "same-origin");
        response.setHeader("cross-origin-embedder-policy", "require-corp");
      }
      if (page.policy !== undefined) response.setHeader("content-security-policy", page.policy);
      response.end(html);
    } else if (/^\/(tensor|backend-cpu)\/dist\/[\w/.-]+\.js$/.test(url)) {
      response.setHeader("content-type", "text/javascript");
      response.end(readFileSync(path.join(packages, url)));
    } else {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => void server.close());

function chromium(): string | undefined {
  for (const name of ["chromium", "google-chrome"]) {
    try {
      return execFileSync("which", [name], { encoding: "utf8" }).trim();
    } catch {
      // Not this one.
    }
  }
  return undefined;
}

const browser = chromium();

async function open(page: keyof typeof pages): Promise<Record<string, unknown>> {
  const profile = mkdtempSync(path.join(tmpdir(), "tensorloom-"));
  const { port } = server.address() as AddressInfo;
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"];
  const rest = ["--disable-component-update", "--disable-sync", "--no-first-run"];
  const url = `http://127.0.0.1:${port}${page}`;
  // A group of its own, so that all of its processes end with it.
  const child = spawn(browser!, [...flags, ...rest, `--user-data-dir=${profile}`, url], {
    stdio: "ignore",
    detached: true,
  });
  try {
    return await new Promise((resolve, reject) => {
      answers.set(page, resolve);
      child.on("error", reject);
      setTimeout(() => reject(new Error(`${page} did not answer within 30 s`)), 30_000).unref();
    });
  } finally {
    const ended = new Promise((resolve) => child.on("exit", resolve));
    process.kill(-child.pid!, "SIGKILL");
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 20 });
  }
}

const right = { sums: new Array<number>(20).fill(300 ** 3) };

// No browser on this machine: skipped by name; CI has one.
const mayLack = process.env["TENSORLOOM_REQUIRE_BACKENDS"] === undefined;
describe.skipIf(browser === undefined && mayLack)("in Chromium", () => {
  test("a cross-origin isolated page has threads", async () => {
    const found = await open("/isolated");
    expect(found).toMatchObject({ ...right, threads: 3, notes: [], warnings: [] });
    expect(Math.abs((found["softmax"] as number) - 200)).toBeLessThan(1e-3);
  }, 40_000);
  test("any other page has one thread, and is told why", async () => {
    const found = await open("/plain");
    expect(found).toMatchObject({ ...right, threads: 1, warnings: [] });
    expect((found["notes"] as string[])[0]).toContain("Cross-Origin-Opener-Policy");
  }, 40_000);
  test("a page that forbids workers has one thread within two seconds, and one warning", async () => {
    const found = await open("/no-workers");
    expect(found).toMatchObject({ ...right, threads: 1 });
    expect(found["warnings"]).toHaveLength(1);
    expect(found["ms"]).toBeLessThan(3000);
  }, 40_000);
  test("a page that forbids WebAssembly is told which directive does", async () => {
    const found = await open("/no-wasm");
    expect(found).toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    expect(found["message"]).toContain("'wasm-unsafe-eval'");
  }, 40_000);
});
