/** Whether neighbours count alike, or by the inverse of their distance. */
export type NeighborWeights = "uniform" | "distance";

/** Returns how much each of a query's neighbours counts. Where some are at distance 0, those alone do. */
export function neighborWeights(distances: Float64Array, weights: NeighborWeights): Float64Array {
  if (weights === "uniform") return new Float64Array(distances.length).fill(1);
  if (distances.includes(0)) return distances.map((d) => Number(d === 0));
  return distances.map((d) => 1 / d);
}
