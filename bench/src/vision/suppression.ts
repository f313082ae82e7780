import * as tf from "@tensorflow/tfjs-core";
import { cpu } from "@tensorloom/backend-cpu";
import { tensor, use } from "@tensorloom/tensor";
import { nms } from "@tensorloom/vision";
import { compare, type Contender, type Row, type Settings } from "../measure.ts";
import { useTfjs } from "../peers/tfjs.ts";

interface Scene {
  readonly name: string;
  readonly count: number;
  /** How many objects the boxes crowd around; 0 for boxes anywhere. */
  readonly objects: number;
}

const scenes: readonly Scene[] = [
  { name: "1,000 boxes anywhere", count: 1000, objects: 0 },
  { name: "10,000 boxes anywhere", count: 10_000, objects: 0 },
  { name: "10,000 boxes around 100 objects", count: 10_000, objects: 100 },
];

/**
 * Suppression beside TensorFlow.js. bench/pytorch/nms.py times torchvision on the same boxes: both draw them with the same
 * arithmetic.
 */
export async function suppression(settings: Settings): Promise<Row[]> {
  await use(cpu());
  const rows: Row[] = [];
  for (const scene of scenes) {
    const { boxes, scores } = drawBoxes(scene);
    const ours = tensor(boxes, { shape: [scene.count, 4] });
    const ourScores = tensor(scores);
    const kept = await nms(ours, ourScores, { iouThreshold: 0.5 });
    const expected = Array.from(await kept.data());
    const peers: Contender[] = [];
    for (const engine of ["cpu", "wasm"] as const) {
      await useTfjs(engine);
      const theirs = tf.tensor2d(boxes, [scene.count, 4]);
      const theirScores = tf.tensor1d(scores);
      const run = (): tf.Tensor1D => tf.image.nonMaxSuppression(theirs, theirScores, scene.count, 0.5); // prettier-ignore
      const found = Array.from(run().dataSync());
      if (String(found) !== String(expected)) {
        throw new Error(`${scene.name}: ${expected.length} boxes kept here, ${found.length} by tfjs ${engine}, or others`); // prettier-ignore
      }
      peers.push({
        name: `tfjs ${engine}`,
        run: async () => {
          await tf.setBackend(engine);
          run().dispose();
        },
      });
    }
    const mine = {
      name: "host",
      run: async () => (await nms(ours, ourScores, { iouThreshold: 0.5 })).dispose(),
    };
    rows.push(...(await compare("vision", `nms of ${scene.name}, ${expected.length} kept`, settings, mine, peers))); // prettier-ignore
  }
  return rows;
}

/** Boxes of 10 to 50 pixels in a picture of 2000, anywhere or within 10 pixels of one of the objects. */
function drawBoxes({ count, objects }: Scene): { boxes: Float32Array; scores: Float32Array } {
  // The minimal standard generator: exact in doubles, so that Python draws the same.
  let state = 1;
  const draw = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const places = Array.from({ length: objects }, () => [2000 * draw(), 2000 * draw()]);
  const boxes = new Float32Array(4 * count);
  const scores = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const place = places[i % objects];
    const x = place === undefined ? 2000 * draw() : place[0]! + 10 * draw();
    const y = place === undefined ? 2000 * draw() : place[1]! + 10 * draw();
    boxes.set([x, y, x + 10 + 40 * draw(), y + 10 + 40 * draw()], 4 * i);
    scores[i] = draw();
  }
  return { boxes, scores };
}
