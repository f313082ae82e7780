import { wasm } from "@tensorloom/backend-cpu";
import { makeShapes } from "@tensorloom/data";
import { memory, use } from "@tensorloom/tensor";
import { meanAveragePrecision } from "@tensorloom/vision";
import { expect, test } from "vitest";
import { detect, disposeAll, trainDetector, truthsOf } from "../src/detector.ts";
import { renderPage } from "../src/page.ts";

/** The whole example, smaller: half the size and the channels, and a few epochs. */
test("a short training finds most shapes on pictures it never saw, and cleans up", async () => {
  await use(wasm({ threads: 1 }));
  const held = await makeShapes({ samples: 60, size: 32, maxShapes: 2, seed: 1001 });
  const truths = truthsOf(held);
  const before = memory().tensors;
  const options = { samples: 240, size: 32, widths: [8, 16, 32], seed: 1, progress: false };
  const precisionAfter = async (epochs: number): Promise<number> => {
    const { detector, history } = await trainDetector({ ...options, epochs });
    const found = await detect(detector, held.images, { scoreThreshold: 0.01 });
    const voc = await meanAveragePrecision(found, truths, { style: "voc" });
    if (epochs > 1) {
      const coco = await meanAveragePrecision(found, truths);
      const page = await renderPage({
        ...{ detector, held, truths, history, voc, coco, seconds: 1, samples: 240 },
      });
      expect(page).toContain("What is taken for what");
    }
    disposeAll(found);
    detector.model.dispose();
    return voc.map;
  };
  // On one thread the numbers are the same everywhere: 0.08 after one epoch, 0.64 after eight.
  expect(await precisionAfter(1)).toBeLessThan(0.3);
  expect(await precisionAfter(8)).toBeGreaterThan(0.5);
  expect(memory().tensors).toBe(before);
}, 60_000);
