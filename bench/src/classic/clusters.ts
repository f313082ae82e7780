import { DBSCAN, GaussianMixture, KMeans, NearestNeighbors, PCA, TSNE } from "@tensorloom/classic";
import { loadDigits } from "@tensorloom/data";
import * as tl from "@tensorloom/tensor";
import { kmeans } from "ml-kmeans";
import KNN from "ml-knn";
import { PCA as MlPca } from "ml-pca";
import MlTsne from "tsne-js";
import { checkEqual } from "../check.ts";
import { compare, type Contender, type Row, type Settings } from "../measure.ts";
import { startSklearn, type Sklearn } from "../peers/sklearn.ts";

/** Some work: what ours gives is checked against what a peer gives. */
interface Work {
  readonly name: string;
  /** Runs it once, and resolves to numbers to check. */
  readonly ours: () => Promise<number[]>;
  readonly peers: readonly { readonly contender: Contender; readonly check?: () => Promise<number[]> }[]; // prettier-ignore
  /** How far apart checked numbers may be, as a share. */
  readonly bound?: number;
  /** Fewer rounds, for what takes seconds. */
  readonly rounds?: number;
}

/** Clustering, principal components, neighbours and maps. */
export async function clusters(settings: Settings): Promise<Row[]> {
  const sklearn = startSklearn("clusters", settings.threads);
  const rows: Row[] = [];
  for (const make of [kMeansWork, pcaWork, neighborsWork, densityWork, tsneWork]) {
    for (const work of await make(sklearn)) {
      if (!settings.only.test(work.name)) continue;
      const expected = await work.ours();
      for (const { contender, check } of work.peers) {
        if (check === undefined) continue;
        const scale = Math.max(...expected.map(Math.abs));
        const found = (await check()).map((x) => x / scale);
        const terms = (work.bound ?? 1e-4) * 1e6;
        checkEqual(`${work.name}, ${contender.name}`, expected.map((x) => x / scale), found, terms); // prettier-ignore
      }
      const ours = { name: "wasm", run: async () => void (await work.ours()) };
      const rounds = Math.min(settings.rounds, work.rounds ?? settings.rounds);
      const peers = work.peers.map(({ contender }) => contender);
      rows.push(...(await compare("classic", work.name, { ...settings, rounds }, ours, peers)));
    }
  }
  sklearn?.end();
  return rows;
}

/** scikit-learn's part in a work, where it is there. */
function sklearnPeer(sklearn: Sklearn | undefined, name: string, isChecked = true): Work["peers"] {
  if (sklearn === undefined) return [];
  const contender = sklearn.contender(name);
  return [isChecked ? { contender, check: () => sklearn.run(name) } : { contender }];
}

const nested = async (x: tl.Tensor): Promise<number[][]> => (await x.array()) as number[][];
const floats = async (x: tl.Tensor): Promise<Float32Array> => (await x.data()) as Float32Array;

async function kMeansWork(sklearn: Sklearn | undefined): Promise<Work[]> {
  const [count, features, nClusters] = [100_000, 16, 16];
  // Without clusters, so that no run ends before its 20 iterations.
  const points = tl.random.normal([count, features], { seed: 1 });
  const starts = points.slice([0], [nClusters]);
  await sklearn?.give("points", await floats(points), [count, features]);
  await sklearn?.give("starts", await floats(starts), [nClusters, features]);
  const fit = async (options: object): Promise<number[]> => {
    using model = await new KMeans({ nClusters, maxIter: 20, tol: 0, ...options }).fit(points);
    return [model.inertia];
  };
  const few = await nested(points.slice([0], [20_000]));
  const initialization = await nested(starts);
  const small = points.slice([0], [20_000]);
  return [
    {
      name: "k-means 100,000 x 16, k = 16, 20 iterations",
      ours: () => fit({ init: starts }),
      peers: sklearnPeer(sklearn, "kMeans"),
    },
    {
      name: "the same by Elkan's bounds",
      ours: () => fit({ init: starts, algorithm: "elkan" }),
      peers: sklearnPeer(sklearn, "kMeans"),
    },
    {
      name: "the same from one k-means++",
      ours: () => fit({ nInit: 1 }),
      peers: sklearnPeer(sklearn, "kMeans++", false),
    },
    {
      name: "k-means 20,000 x 16, k = 16, 20 iterations",
      ours: async () => {
        using model = await new KMeans({ nClusters, maxIter: 20, tol: 0, init: starts }).fit(small);
        return [model.inertia];
      },
      peers: [
        {
          contender: {
            name: "ml-kmeans",
            run: () => void kmeans(few, nClusters, { initialization, maxIterations: 20, tolerance: 0 }), // prettier-ignore
          },
        },
      ],
      rounds: 5,
    },
    {
      name: "Gaussian mixture 20,000 x 16, 8 full, 20 iterations",
      ours: async () => {
        using model = await new GaussianMixture({ nComponents: 8, maxIter: 20, tol: 0 }).fit(small);
        return [model.lowerBound];
      },
      peers: sklearnPeer(sklearn, "mixture", false),
      rounds: 5,
    },
  ];
}

async function pcaWork(sklearn: Sklearn | undefined): Promise<Work[]> {
  const mixing = tl.random.normal([64, 64], { seed: 5 });
  const wide = tl.random.normal([20_000, 64], { seed: 4 }).matmul(mixing);
  await sklearn?.give("wide", await floats(wide), [20_000, 64]);
  const fit = async (x: tl.Tensor): Promise<number[]> => {
    using model = await new PCA({ nComponents: 8 }).fit(x);
    return Array.from(await model.explainedVariance.data());
  };
  const few = wide.slice([0], [2000]);
  const rows = await nested(few);
  return [
    { name: "PCA 20,000 x 64 to 8", ours: () => fit(wide), peers: sklearnPeer(sklearn, "pca") },
    {
      name: "PCA 2,000 x 64 to 8",
      ours: () => fit(few),
      peers: [
        {
          contender: { name: "ml-pca", run: () => void new MlPca(rows) },
          check: async () => new MlPca(rows).getEigenvalues().slice(0, 8),
        },
      ],
      rounds: 7,
    },
  ];
}

async function neighborsWork(sklearn: Sklearn | undefined): Promise<Work[]> {
  const train = tl.random.normal([20_000, 32], { seed: 6 });
  const queries = tl.random.normal([2000, 32], { seed: 7 });
  await sklearn?.give("train", await floats(train), [20_000, 32]);
  await sklearn?.give("queries", await floats(queries), [2000, 32]);
  const flat = tl.random.normal([20_000, 3], { seed: 8 });
  const flatQueries = tl.random.normal([2000, 3], { seed: 9 });
  await sklearn?.give("flat", await floats(flat), [20_000, 3]);
  await sklearn?.give("flatQueries", await floats(flatQueries), [2000, 3]);
  const find = async (
    algorithm: "brute" | "kdTree" | "annoy" | "hnsw",
    x: tl.Tensor,
    q: tl.Tensor,
  ): Promise<number[]> => {
    using model = await new NearestNeighbors({ nNeighbors: 5, algorithm }).fit(x);
    const { distances, indices } = await model.kneighbors(q);
    const found = Array.from(await distances.data());
    distances.dispose();
    indices.dispose();
    return found;
  };
  const [few, fewQueries] = [train.slice([0], [5000]), queries.slice([0], [200])];
  const [rows, queryRows] = [await nested(few), await nested(fewQueries)];
  const labels = rows.map((row) => Number(row[0]! > 0));
  const knn = new KNN(rows, labels, { k: 5 });
  return [
    {
      name: "neighbours, brute: 2,000 of 20,000 x 32, k = 5",
      ours: () => find("brute", train, queries),
      peers: sklearnPeer(sklearn, "neighbors"),
    },
    {
      name: "neighbours, k-d tree: 2,000 of 20,000 x 3, k = 5",
      ours: () => find("kdTree", flat, flatQueries),
      peers: sklearnPeer(sklearn, "tree"),
    },
    {
      name: "neighbours: 200 of 5,000 x 32, k = 5",
      ours: () => find("brute", few, fewQueries),
      peers: [{ contender: { name: "ml-knn", run: () => void knn.predict(queryRows) } }],
      rounds: 5,
    },
  ];
}

async function densityWork(sklearn: Sklearn | undefined): Promise<Work[]> {
  const flat = tl.random.normal([20_000, 3], { seed: 8 });
  return [
    {
      name: "DBSCAN 20,000 x 3",
      ours: async () => {
        using model = await new DBSCAN({ eps: 0.3, minSamples: 10 }).fit(flat);
        return [await model.labels.max().itemAsync()];
      },
      peers: sklearnPeer(sklearn, "dbscan"),
      rounds: 5,
    },
  ];
}

async function tsneWork(sklearn: Sklearn | undefined): Promise<Work[]> {
  const { data: digits } = await loadDigits();
  await sklearn?.give("digits", await floats(digits), [1797, 64]);
  const map = async (samples: tl.Tensor, options: object): Promise<number[]> => {
    using model = await new TSNE(options).fit(samples);
    return [model.klDivergence];
  };
  const few = digits.slice([0], [300]);
  const rows = await nested(few);
  const theirs = (): number => {
    const model = new MlTsne({ dim: 2, perplexity: 30, earlyExaggeration: 4, learningRate: 100, nIter: 250, metric: "euclidean" }); // prettier-ignore
    model.init({ data: rows, type: "dense" });
    return model.run()[0];
  };
  return [
    {
      name: "t-SNE of the 1,797 digits",
      ours: () => map(digits, {}),
      peers: sklearnPeer(sklearn, "tsne"),
      // Maps end in different minima.
      bound: 0.05,
      rounds: 1,
    },
    {
      name: "t-SNE of 300 digits, 250 steps",
      ours: () => map(few, { nIter: 250 }),
      peers: [{ contender: { name: "tsne-js", run: () => void theirs() } }],
      rounds: 1,
    },
  ];
}
