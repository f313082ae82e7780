import { cpu, wasm } from "@tensorloom/backend-cpu";
import { webgpu } from "@tensorloom/backend-gpu";
import { currentBackend, use, type Tensor } from "@tensorloom/tensor";
import { camera, fromImageBitmap, resizeImage, toCanvas, type Camera } from "@tensorloom/vision";
import { filters, runFilter } from "./filters.ts";
import { candidatesOf, suppressed, type Candidates } from "./suppression.ts";

const byId = <E extends HTMLElement>(id: string): E => document.getElementById(id) as E;
const backends = { wasm, webgpu, cpu } as const;
const longestSide = 640;

let image: Tensor | undefined;
let candidates: Candidates | undefined;
let openCamera: Camera | undefined;

/** A job that runs anew whenever it is asked for; while it runs, the last wish waits. */
class Latest {
  readonly #job: () => Promise<void>;
  #isWanted = false;
  #running: Promise<void> | undefined;

  constructor(job: () => Promise<void>) {
    this.#job = job;
  }

  ask(): void {
    this.#isWanted = true;
    this.#running ??= this.#run();
  }

  /** Resolves when it rests: what it read may be disposed. */
  async rest(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#isWanted) {
      this.#isWanted = false;
      await this.#job().then(
        () => say(""),
        (error: unknown) => say(String(error)),
      );
    }
    this.#running = undefined;
  }
}

function say(problem: string): void {
  byId("problem").textContent = problem;
}

const numbersOf = (id: string): number => byId<HTMLInputElement>(id).valueAsNumber;

const filtering = new Latest(async () => {
  if (image === undefined) return;
  const filter = filters[byId<HTMLSelectElement>("filter").selectedIndex]!;
  const numbers = filter.sliders.map((_, i) => numbersOf(`slider-${i}`));
  const start = performance.now();
  const result = runFilter(filter, image, numbers);
  // A device computes while we wait here.
  await toCanvas(result, byId<HTMLCanvasElement>("after"));
  byId("time").textContent = `${(performance.now() - start).toFixed(1)} ms`;
  result.dispose();
});

const suppressing = new Latest(async () => {
  if (image === undefined || candidates === undefined) return;
  const [iouThreshold, scoreThreshold] = [numbersOf("iou"), numbersOf("score")];
  byId("iou-value").textContent = iouThreshold.toFixed(2);
  byId("score-value").textContent = scoreThreshold.toFixed(2);
  const { before, after, kept } = await suppressed(image, candidates, {
    iouThreshold,
    scoreThreshold,
  });
  await toCanvas(before, byId<HTMLCanvasElement>("candidates"));
  await toCanvas(after, byId<HTMLCanvasElement>("kept"));
  byId("candidate-count").textContent = `${candidates.classes.length} boxes`;
  byId("kept-count").textContent = `${kept} boxes`;
  before.dispose();
  after.dispose();
});

function showSliders(): void {
  const filter = filters[byId<HTMLSelectElement>("filter").selectedIndex]!;
  byId("sliders").replaceChildren(
    ...filter.sliders.map(({ name, min, max, step, value }, i) => {
      const label = document.createElement("label");
      const input = document.createElement("input");
      const output = document.createElement("output");
      Object.assign(input, {
        type: "range",
        id: `slider-${i}`,
        min,
        max,
        step,
        value: String(value),
      });
      output.textContent = String(value);
      input.addEventListener("input", () => {
        output.textContent = input.value;
        filtering.ask();
      });
      label.append(name, input, output);
      return label;
    }),
  );
  filtering.ask();
}

/** Takes a picture, made small enough to follow a finger; it belongs to the page from now on. */
async function show(picture: Tensor, name: string): Promise<void> {
  const [height, width] = picture.shape as [number, number];
  const scale = Math.min(1, longestSide / Math.max(height, width));
  const size = [Math.round(height * scale), Math.round(width * scale)] as const;
  const fitted = scale < 1 ? resizeImage(picture, size, { method: "area" }) : picture;
  if (fitted !== picture) picture.dispose();
  await Promise.all([filtering.rest(), suppressing.rest()]);
  for (const one of [image, candidates?.boxes, candidates?.scores]) one?.dispose();
  image = fitted;
  candidates = undefined;
  candidates = await candidatesOf(name, ...size);
  byId("size").textContent = `${size[1]} × ${size[0]}`;
  await toCanvas(fitted, byId<HTMLCanvasElement>("before"));
  filtering.ask();
  suppressing.ask();
}

async function load(blob: Blob, name: string): Promise<void> {
  const bitmap = await createImageBitmap(blob);
  await show(fromImageBitmap(bitmap), name);
  bitmap.close();
}

async function chooseSource(): Promise<void> {
  openCamera?.stop();
  openCamera = undefined;
  const source = byId<HTMLSelectElement>("source").value;
  if (source === "file") {
    byId("file").click();
    return;
  }
  if (source !== "camera") {
    await load(await (await fetch(`assets/${source}.jpg`)).blob(), source);
    return;
  }
  const opened = await camera({ width: longestSide });
  openCamera = opened;
  await follow(opened);
}

/** Shows what the camera sees, frame by frame, until another source is chosen. */
async function follow(opened: Camera): Promise<void> {
  if (openCamera !== opened) return;
  await show(opened.read(), "camera");
  requestAnimationFrame(answer(() => follow(opened)));
}

async function chooseBackend(): Promise<void> {
  const name = byId<HTMLSelectElement>("backend").value as keyof typeof backends;
  await use(backends[name]());
  const { threads, features } = currentBackend().info();
  const number = `${threads} thread${threads === 1 ? "" : "s"}`;
  byId("status").textContent = [`on ${name}`, number, ...features].join(", ");
  await chooseSource();
}

const answer = (job: () => Promise<void>) => () => {
  job().catch((error: unknown) => say(String(error)));
};

byId("filter").append(...filters.map(({ name }) => new Option(name)));
byId("filter").addEventListener("change", showSliders);
byId("source").addEventListener("change", answer(chooseSource));
byId("backend").addEventListener("change", answer(chooseBackend));
byId("file").addEventListener("change", () => {
  const file = byId<HTMLInputElement>("file").files?.[0];
  if (file !== undefined) answer(() => load(file, "file"))();
});
for (const id of ["iou", "score"]) byId(id).addEventListener("input", () => suppressing.ask());
showSliders();
answer(async () => {
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<unknown> } };
  const hasGpu = (await gpu?.requestAdapter().catch(() => null)) != null;
  const names = Object.keys(backends).filter((name) => name !== "webgpu" || hasGpu);
  byId("backend").append(...names.map((name) => new Option(name)));
  await chooseBackend();
})();
