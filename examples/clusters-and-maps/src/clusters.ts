import {
  AgglomerativeClustering,
  clusterCounts,
  DBSCAN,
  GaussianMixture,
  KMeans,
} from "@tensorloom/classic";
import { makeBlobs, makeMoons } from "@tensorloom/data";
import { lineChart, scatterChart, type Section } from "@tensorloom/plot";
import type { Tensor } from "@tensorloom/tensor";

const centers = [
  [-6, -3],
  [4, -5],
  [-1, 3],
  [6, 2],
];

/** Draws points in the plane, coloured by cluster. */
async function clustersChart(
  title: string,
  x: Tensor,
  labels: Tensor,
  marked?: Tensor,
): Promise<string> {
  // prettier-ignore
  const [rows, groups] = [(await x.array()) as number[][], await labels.data()];
  const toPoint = ([a, b]: number[], group?: number | string) => ({ x: a!, y: b!, ...(group !== undefined && { group }) }); // prettier-ignore
  return scatterChart({
    title,
    width: 230,
    height: 200,
    axes: false,
    points: rows.map((row, i) => toPoint(row, groups[i]! < 0 ? "noise" : String(groups[i]))),
    ...(marked && { marked: ((await marked.array()) as number[][]).map((row) => toPoint(row)) }),
  });
}

/** The same samples clustered in four ways: round clouds suit k-means, moons do not. */
export async function clusterSection(): Promise<Section> {
  const { x: blobs } = await makeBlobs({ samples: 400, centers, clusterStd: 1.1, seed: 3 });
  const { x: moons } = await makeMoons({ samples: 400, noise: 0.07, seed: 1 });
  const figures: { svg: string }[] = [];
  for (const [x, nClusters, eps] of [
    [blobs, 4, 1],
    [moons, 2, 0.18],
  ] as const) {
    // prettier-ignore
    const kMeans = await new KMeans({ nClusters }).fit(x);
    const mixture = await new GaussianMixture({ nComponents: nClusters, nInit: 3 }).fit(x);
    const density = await new DBSCAN({ eps }).fit(x);
    const tree = await new AgglomerativeClustering({ nClusters, linkage: "single" }).fit(x);
    const soft = await mixture.predict(x);
    const drawn = [
      ["k-means", kMeans.labels, kMeans.clusterCenters],
      ["Gaussian mixture", soft, mixture.means],
      ["DBSCAN", density.labels, undefined],
      ["single linkage", tree.labels, undefined],
    ] as const;
    for (const [method, labels, marked] of drawn) {
      const svg = await clustersChart(method, x, labels, marked);
      figures.push({ svg });
    }
  }
  return {
    heading: "Four kinds of clusters",
    text:
      "k-means cuts space between centers, a mixture fits Gaussians of any direction, DBSCAN follows dense places and leaves " +
      "noise over, single linkage follows chains: one outlier can be a cluster. Rings mark centers. " +
      "First round clouds, then two moons.",
    figures,
  };
}

/** How many clusters? */
export async function countSection(): Promise<Section> {
  const { x: blobs } = await makeBlobs({ samples: 400, centers, clusterStd: 1.1, seed: 3 });
  const counts = await clusterCounts(blobs, { max: 9 });
  const inertia = await lineChart({
    title: "inertia",
    xTitle: "clusters",
    points: true,
    width: 360,
    series: [{ name: "inertia", x: counts.nClusters, y: counts.inertia }],
  });
  const silhouette = await lineChart({
    title: "mean silhouette",
    xTitle: "clusters",
    points: true,
    width: 360,
    series: [{ name: "silhouette", x: counts.nClusters.slice(1), y: counts.silhouette.slice(1) }],
  });
  return {
    heading: "How many clusters?",
    text: `The clouds were made of 4. The inertia bends most at ${counts.elbow}; the silhouette is largest at ${counts.best}.`,
    figures: [
      { svg: inertia, caption: "falls with every cluster: look for the elbow" },
      { svg: silhouette, caption: "tight clusters that lie apart score high" },
    ],
  };
}
