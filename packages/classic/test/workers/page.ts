// What a page does with workers; browser.test.ts looks at what it found.
import { wasm } from "@tensorloom/backend-cpu";
import {
  crossValidate,
  Pipeline,
  RandomForestClassifier,
  StandardScaler,
  SVC,
} from "@tensorloom/classic";
import { fitWorkers } from "@tensorloom/classic/workers";
import { random, use } from "@tensorloom/tensor";

const warnings: string[] = [];
Object.assign(console, { warn: (text: string) => warnings.push(text) });
let started = 0;

await use(wasm({ threads: 1 }));
const x = random.normal([3000, 12], { seed: 1 });
const values = await x.data();
const y = Array.from({ length: 3000 }, (_, i) => Number(values[i * 12]! + values[i * 12 + 1]! > 0));
const few = x.slice([0, 0], [200, 12]);
const machine = new Pipeline([
  ["scale", new StandardScaler()],
  ["machine", new SVC()],
]);
const fold = async (options: object): Promise<unknown> =>
  (await crossValidate(machine, few, y.slice(0, 200), options)).testScores;

const start = (): Worker => {
  started++;
  return new Worker("/fits.worker.js", { type: "module" });
};
const workers = fitWorkers({ start, count: 2 });
const alone = await fold({});
const shared = await fold({ workers });
const byNumber = await fold({ workers: 2 });
workers.dispose();

// The first of these closes itself in the middle of a fit, and says nothing.
let mended = 0;
const closing = fitWorkers({
  start: () => new Worker(mended++ === 0 ? "/closing.worker.js" : "/fits.worker.js", { type: "module" }), // prettier-ignore
  count: 1,
});
const replaced = await fold({ workers: closing });
closing.dispose();

const grown = async (nJobs: number): Promise<string> =>
  JSON.stringify(await new RandomForestClassifier({ nEstimators: 60, nJobs }).fit(x, y));
const trees = (await grown(1)) === (await grown(2));
Object.assign(globalThis, {
  found: { alone, shared, byNumber, replaced, mended, trees, started, warnings },
});
