import { createRequire } from "node:module";
import { wasm } from "@tensorloom/backend-cpu";
import {
  DecisionTreeClassifier,
  GradientBoostingClassifier,
  LogisticRegression,
  RandomForestClassifier,
  SVC,
  type ClassifierModel,
} from "@tensorloom/classic";
import * as tl from "@tensorloom/tensor";
import { compare, type Contender, type Row, type Settings } from "./measure.ts";
import { startSklearn, type Sklearn } from "./peers/sklearn.ts";

interface Table {
  /** As scikit-learn's side calls it. */
  readonly name: string;
  readonly x: Float32Array;
  readonly y: Int32Array;
  readonly shape: readonly [rows: number, columns: number];
}

interface FitCase {
  readonly name: string;
  /** scikit-learn's case, in bench/sklearn/trees_and_machines.py. */
  readonly sklearn?: string;
  readonly table: Table;
  readonly fit: () => Promise<ClassifierModel>;
  readonly peers?: readonly Contender[];
}

/**
 * Support vector machines, trees, forests, boosting and logistic regression: fits from samples on the host to the fitted model. scikit-learn takes
 * turns in a process of its own, and must be as right on the training samples.
 */
export async function classicTrees(settings: Settings): Promise<Row[]> {
  await tl.use(wasm({ threads: settings.threads }));
  const nJobs = settings.threads;
  const sklearn = startSklearn("trees_and_machines", settings.threads);
  const machine = table("machine", 4000, 16, 1);
  const large = table("large", 10_000, 20, 2);
  const small = table("small", 1000, 10, 3);
  for (const { name, x, y, shape } of [machine, large]) {
    await sklearn?.give(name, x, shape);
    await sklearn?.give(`${name}Classes`, y, [y.length]);
  }
  const input = ({ x, shape }: Table): { data: Float32Array; shape: readonly number[] } => ({
    data: x,
    shape,
  });
  const boosting = { nEstimators: 100, maxDepth: 3 };
  const cases: readonly FitCase[] = [
    {
      name: "SVC RBF 4,000 x 16, C = 1",
      sklearn: "svc",
      table: machine,
      fit: () => new SVC({ nJobs }).fit(input(machine), machine.y),
      peers: [await libsvm(machine)],
    },
    {
      name: "random forest, 100 trees, 10,000 x 20",
      sklearn: "forest",
      table: large,
      fit: () => new RandomForestClassifier({ nJobs }).fit(input(large), large.y),
    },
    {
      name: "boosting by histograms, 100 trees of depth 3, 10,000 x 20",
      sklearn: "histogram",
      table: large,
      fit: () => new GradientBoostingClassifier(boosting).fit(input(large), large.y),
    },
    {
      name: "boosting, exact, 100 trees of depth 3, 10,000 x 20",
      sklearn: "exact",
      table: large,
      fit: () =>
        new GradientBoostingClassifier({ ...boosting, splitter: "exact" }).fit(
          input(large),
          large.y,
        ),
    },
    {
      name: "logistic regression, 10,000 x 20",
      sklearn: "logistic",
      table: large,
      fit: () => new LogisticRegression().fit(input(large), large.y),
      peers: [mlLogistic(large)],
    },
    {
      name: "decision tree, 10,000 x 20",
      sklearn: "tree",
      table: large,
      fit: () => new DecisionTreeClassifier().fit(input(large), large.y),
    },
    {
      name: "decision tree, 1,000 x 10",
      table: small,
      fit: () => new DecisionTreeClassifier({ maxDepth: 10 }).fit(input(small), small.y),
      peers: [mlCart(small)],
    },
    {
      name: "random forest, 10 trees, 1,000 x 10",
      table: small,
      fit: () => new RandomForestClassifier({ nEstimators: 10, nJobs }).fit(input(small), small.y),
      peers: [mlForest(small)],
    },
  ];
  const rows: Row[] = [];
  for (const one of cases.filter(({ name }) => settings.only.test(name)))
    rows.push(...(await measured(one, settings, sklearn)));
  sklearn?.end();
  return rows;
}

async function measured(
  { name, sklearn: theirs, table: data, fit, peers = [] }: FitCase,
  settings: Settings,
  sklearn: Sklearn | undefined,
): Promise<Row[]> {
  const all = [...peers];
  if (sklearn !== undefined && theirs !== undefined) {
    await checkScore(name, data, fit, sklearn, theirs);
    all.push(sklearn.contender(theirs));
  }
  const run = async (): Promise<void> => (await fit()).dispose();
  return compare("classic", name, settings, { name: "wasm", run }, all);
}

async function checkScore(
  name: string,
  { x, y, shape }: Table,
  fit: () => Promise<ClassifierModel>,
  sklearn: Sklearn,
  theirs: string,
): Promise<void> {
  const model = await fit();
  const ours = await model.score({ data: x, shape }, y);
  const [score] = await sklearn.run(`${theirs}Score`);
  if (Math.abs(ours - score!) > 0.01) {
    throw new Error(`${name}: expected a score like scikit-learn's ${score}, got ${ours}`);
  }
}

/** Two classes of two clouds each, around corners of a cube in the first half of the features; one label in a hundred is wrong. */
function table(name: string, rows: number, columns: number, seed: number): Table {
  const noise = tl.random.normal([rows, columns], { seed }).dataSync() as Float32Array;
  const drawn = tl.random.uniform([rows, 2], { seed: seed + 100 }).dataSync() as Float32Array;
  const corners = tl.random.bernoulli([4, columns], 0.5, { seed: seed + 200 }).dataSync();
  const x = Float32Array.from(noise);
  const y = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    const cloud = Math.floor(4 * drawn[2 * i]!);
    y[i] = drawn[2 * i + 1]! < 0.01 ? 1 - (cloud & 1) : cloud & 1;
    for (let f = 0; f < columns / 2; f++) {
      x[i * columns + f]! += 2 * corners[cloud * columns + f]! - 1;
    }
  }
  return { name, x, y, shape: [rows, columns] };
}

function nested({ x, shape: [rows, columns] }: Table): number[][] {
  return Array.from({ length: rows }, (_, i) =>
    Array.from(x.subarray(i * columns, (i + 1) * columns)),
  );
}

// The peers are CommonJS, or have no types.
const require = createRequire(import.meta.url);

async function libsvm(data: Table): Promise<Contender> {
  interface Machine {
    train(x: number[][], y: number[]): void;
    free(): void;
  }
  type Machines = (new (options: object) => Machine) & {
    readonly KERNEL_TYPES: { readonly RBF: string };
    readonly SVM_TYPES: { readonly C_SVC: string };
  };
  const SVM = (await require("libsvm-js")) as Machines;
  const [x, y] = [nested(data), Array.from(data.y)];
  // gamma: "scale", as ours.
  const mean = data.x.reduce((sum, value) => sum + value, 0) / data.x.length;
  const variance = data.x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.x.length;
  const gamma = 1 / (data.shape[1] * variance);
  const options = { kernel: SVM.KERNEL_TYPES.RBF, type: SVM.SVM_TYPES.C_SVC, gamma, cost: 1 };
  return {
    name: "libsvm-js (WASM)",
    run: () => {
      const svm = new SVM({ ...options, cacheSize: 200, quiet: true });
      svm.train(x, y);
      svm.free();
    },
  };
}

function mlCart(data: Table): Contender {
  const { DecisionTreeClassifier: Cart } = require("ml-cart") as {
    DecisionTreeClassifier: new (options: object) => { train(x: number[][], y: number[]): void };
  };
  const [x, y] = [nested(data), Array.from(data.y)];
  const options = { gainFunction: "gini", maxDepth: 10, minNumSamples: 2 };
  return { name: "ml-cart", run: () => new Cart(options).train(x, y) };
}

function mlForest(data: Table): Contender {
  const { RandomForestClassifier: Forest } = require("ml-random-forest") as {
    RandomForestClassifier: new (options: object) => { train(x: number[][], y: number[]): void };
  };
  const [x, y] = [nested(data), Array.from(data.y)];
  const maxFeatures = Math.floor(Math.sqrt(data.shape[1]));
  const options = { seed: 1, maxFeatures, replacement: true, nEstimators: 10, noOOB: true };
  return { name: "ml-random-forest", run: () => new Forest(options).train(x, y) };
}

/** Gradient descent of a hundred steps; its default is 50,000. */
function mlLogistic(data: Table): Contender {
  type Column = object;
  const Logistic = require("ml-logistic-regression") as new (options: object) => {
    train(x: Column, y: Column): void;
  };
  const { Matrix } = require("ml-matrix") as {
    Matrix: (new (rows: number[][]) => Column) & { columnVector(values: number[]): Column };
  };
  const [x, y] = [new Matrix(nested(data)), Matrix.columnVector(Array.from(data.y))];
  return {
    name: "ml-logistic-regression, 100 steps",
    run: () => new Logistic({ numSteps: 100, learningRate: 1e-4 }).train(x, y),
  };
}
