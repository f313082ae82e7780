import type { TreeData } from "./tree-data.ts";

/** A sequence of prunings: with `ccpAlphas[i]` or more, the tree's leaves together have `impurities[i]`. */
export interface PruningPath {
  /** The complexity parameters at which nodes become leaves, ascending from 0. */
  readonly ccpAlphas: Float64Array;
  /** The leaves' impurity at each, weighted by their share of the samples. */
  readonly impurities: Float64Array;
}

/**
 * Returns the tree with branches cut as long as the weakest link costs at most `ccpAlpha` a leaf (minimal cost-complexity
 * pruning, Breiman et al. 1984, chapter 3), and the path of prunings on the way.
 */
export function pruneTree(tree: TreeData, ccpAlpha: number): { tree: TreeData; path: PruningPath } {
  const { nodeCount, childrenLeft, childrenRight, impurity, weightedNNodeSamples: weight } = tree;
  const risk = impurity.map((value, node) => (value * weight[node]!) / weight[0]!);
  const parent = new Int32Array(nodeCount).fill(-1);
  const isInner = childrenLeft.map((left) => Number(left >= 0));
  const branchRisk = Float64Array.from(risk);
  const branchLeaves = new Int32Array(nodeCount).fill(1);
  // Nodes come before those below them, so backwards every branch is summed before it is needed.
  for (let node = nodeCount - 1; node >= 0; node--) {
    if (childrenLeft[node]! < 0) continue;
    const [left, right] = [childrenLeft[node]!, childrenRight[node]!];
    parent[left] = node;
    parent[right] = node;
    branchRisk[node] = branchRisk[left]! + branchRisk[right]!;
    branchLeaves[node] = branchLeaves[left]! + branchLeaves[right]!;
  }
  const isReached = new Uint8Array(nodeCount).fill(1);
  const ccpAlphas = [0];
  const impurities = [branchRisk[0]!];
  for (;;) {
    let weakest = -1;
    let alpha = Number.POSITIVE_INFINITY;
    for (let node = 0; node < nodeCount; node++) {
      if (isInner[node] === 0 || isReached[node] === 0) continue;
      const cost = (risk[node]! - branchRisk[node]!) / (branchLeaves[node]! - 1);
      if (cost < alpha) [alpha, weakest] = [cost, node];
    }
    if (weakest < 0 || alpha > ccpAlpha) break;
    isInner[weakest] = 0;
    for (let node = weakest + 1; node < nodeCount; node++) {
      const above = parent[node]!;
      if (above >= 0 && (isReached[above] === 0 || isInner[above] === 0)) isReached[node] = 0;
    }
    const lostLeaves = branchLeaves[weakest]! - 1;
    const addedRisk = risk[weakest]! - branchRisk[weakest]!;
    for (let node = weakest; node >= 0; node = parent[node]!) {
      branchLeaves[node]! -= lostLeaves;
      branchRisk[node]! += addedRisk;
    }
    ccpAlphas.push(alpha);
    impurities.push(branchRisk[0]!);
  }
  const path = {
    ccpAlphas: Float64Array.from(ccpAlphas),
    impurities: Float64Array.from(impurities),
  };
  return { tree: keptPart(tree, isInner, isReached), path };
}

function keptPart(tree: TreeData, isInner: Int32Array, isReached: Uint8Array): TreeData {
  const kept: number[] = [];
  const place = new Int32Array(tree.nodeCount);
  isReached.forEach((reached, node) => {
    if (reached === 0) return;
    place[node] = kept.length;
    kept.push(node);
  });
  const child = (node: number, children: Int32Array): number =>
    isInner[node] === 0 ? -1 : place[children[node]!]!;
  const { outputs } = tree;
  return {
    nodeCount: kept.length,
    outputs,
    feature: Int32Array.from(kept, (node) => (isInner[node] === 0 ? -2 : tree.feature[node]!)),
    threshold: Float64Array.from(kept, (node) =>
      isInner[node] === 0 ? -2 : tree.threshold[node]!,
    ),
    childrenLeft: Int32Array.from(kept, (node) => child(node, tree.childrenLeft)),
    childrenRight: Int32Array.from(kept, (node) => child(node, tree.childrenRight)),
    impurity: Float64Array.from(kept, (node) => tree.impurity[node]!),
    nNodeSamples: Int32Array.from(kept, (node) => tree.nNodeSamples[node]!),
    weightedNNodeSamples: Float64Array.from(kept, (node) => tree.weightedNNodeSamples[node]!),
    value: Float64Array.from(kept.flatMap((node) => valueOf(tree, node))),
  };
}

function valueOf({ value, outputs }: TreeData, node: number): number[] {
  return Array.from(value.subarray(node * outputs, (node + 1) * outputs));
}
