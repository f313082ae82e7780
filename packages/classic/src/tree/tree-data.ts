/** A tree as arrays, a place a node, in the order of scikit-learn's `tree_`: a node comes before those below it. */
export interface TreeData {
  /** How many nodes there are. */
  readonly nodeCount: number;
  /** How many numbers a node's value has: classes, or 1. */
  readonly outputs: number;
  /** The feature by which a node splits; -2 in leaves. */
  readonly feature: Int32Array;
  /** Samples whose feature is at most this go left. */
  readonly threshold: Float64Array;
  /** The left child; -1 in leaves. */
  readonly childrenLeft: Int32Array;
  /** The right child; -1 in leaves. */
  readonly childrenRight: Int32Array;
  /** The criterion's value. */
  readonly impurity: Float64Array;
  /** How many training samples reach the node. */
  readonly nNodeSamples: Int32Array;
  /** Their weight. */
  readonly weightedNNodeSamples: Float64Array;
  /** `[nodes, outputs]`: the weight of each class, or the predicted value. */
  readonly value: Float64Array;
}

/** Writes the leaf that each sample reaches; `x` is `[samples, features]` in row-major order. */
export function leavesOf(
  tree: TreeData,
  x: Float32Array,
  features: number,
  leaves: Int32Array,
): void {
  const { feature, threshold, childrenLeft, childrenRight } = tree;
  for (let i = 0, at = 0; i < leaves.length; i++, at += features) {
    let node = 0;
    for (let left = childrenLeft[0]!; left >= 0; left = childrenLeft[node]!) {
      node = x[at + feature[node]!]! <= threshold[node]! ? left : childrenRight[node]!;
    }
    leaves[i] = node;
  }
}

/** Returns how many steps the deepest leaf is from the root. */
export function depthOf({ childrenLeft, childrenRight, nodeCount }: TreeData): number {
  const depths = new Int32Array(nodeCount);
  let most = 0;
  for (let node = 0; node < nodeCount; node++) {
    if (childrenLeft[node]! < 0) continue;
    const depth = depths[node]! + 1;
    depths[childrenLeft[node]!] = depth;
    depths[childrenRight[node]!] = depth;
    most = Math.max(most, depth);
  }
  return most;
}

/** Returns how many leaves there are. */
export function leafCount({ childrenLeft }: TreeData): number {
  return childrenLeft.reduce((count, left) => count + Number(left < 0), 0);
}

/** Returns by how much each feature's splits lower the impurity, weighted by the share of samples. */
export function impurityDecreases(tree: TreeData, features: number): Float64Array {
  const { feature, impurity, childrenLeft, childrenRight, weightedNNodeSamples: weight } = tree;
  const decreases = new Float64Array(features);
  const part = (node: number): number => (weight[node]! * impurity[node]!) / weight[0]!;
  for (let node = 0; node < tree.nodeCount; node++) {
    const left = childrenLeft[node]!;
    if (left < 0) continue;
    decreases[feature[node]!]! += part(node) - part(left) - part(childrenRight[node]!);
  }
  return decreases;
}

/** Returns those as shares of the whole; zeros if there is no split. */
export function featureImportances(tree: TreeData, features: number): Float64Array {
  const decreases = impurityDecreases(tree, features);
  const sum = decreases.reduce((total, x) => total + x, 0);
  return sum > 0 ? decreases.map((x) => x / sum) : decreases;
}
