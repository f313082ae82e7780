/** In which pairs operands are contracted: an operand's number, or two trees whose results are. */
export type ContractionTree = number | readonly [ContractionTree, ContractionTree];

const mostForSearch = 8;

/**
 * Returns the order in which `operands` are contracted pair by pair: that of the fewest multiplications for up to 8
 * operands, found by trying all splits of each subset; above, the pair that shrinks most is taken first.
 *
 * @param operands - the labels of each
 * @param output - the labels of the result
 * @param sizes - the size of each label
 *
 * Source: Pfeifer et al. 2014, "Faster identification of optimal contraction sequences for tensor networks".
 */
export function contractionOrder(
  operands: readonly ReadonlySet<string>[],
  output: ReadonlySet<string>,
  sizes: ReadonlyMap<string, number>,
): ContractionTree {
  return operands.length <= mostForSearch
    ? searchOrder(operands, output, sizes)
    : greedyOrder(operands, output, sizes);
}

function product(labels: ReadonlySet<string>, sizes: ReadonlyMap<string, number>): number {
  let size = 1;
  for (const label of labels) size *= sizes.get(label)!;
  return size;
}

function union(...sets: readonly ReadonlySet<string>[]): Set<string> {
  const all = new Set<string>();
  for (const set of sets) for (const label of set) all.add(label);
  return all;
}

function intersection(a: ReadonlySet<string>, b: ReadonlySet<string>): Set<string> {
  return new Set([...a].filter((label) => b.has(label)));
}

/** Subsets of operands are bit sets. */
function searchOrder(
  operands: readonly ReadonlySet<string>[],
  output: ReadonlySet<string>,
  sizes: ReadonlyMap<string, number>,
): ContractionTree {
  const everything = 2 ** operands.length - 1;
  const unionOf = (subset: number): Set<string> =>
    union(...operands.filter((_, i) => (subset & (1 << i)) !== 0));
  /** Those that the subset's result has: the others have been summed. */
  const labelsOf = Array.from({ length: everything + 1 }, (_, subset) => {
    return intersection(unionOf(subset), union(unionOf(everything & ~subset), output));
  });
  const best: { cost: number; tree: ContractionTree }[] = [];
  for (let subset = 1; subset <= everything; subset++) {
    if ((subset & (subset - 1)) === 0) {
      best[subset] = { cost: 0, tree: Math.log2(subset) };
      continue;
    }
    for (let left = (subset - 1) & subset; left > 0; left = (left - 1) & subset) {
      const right = subset & ~left;
      if (left < right) continue;
      const work = product(union(labelsOf[left]!, labelsOf[right]!), sizes);
      const cost = best[left]!.cost + best[right]!.cost + work;
      const known = best[subset];
      if (known === undefined || cost < known.cost) {
        best[subset] = { cost, tree: [best[right]!.tree, best[left]!.tree] };
      }
    }
  }
  return best[everything]!.tree;
}

function greedyOrder(
  operands: readonly ReadonlySet<string>[],
  output: ReadonlySet<string>,
  sizes: ReadonlyMap<string, number>,
): ContractionTree {
  let left: { labels: ReadonlySet<string>; tree: ContractionTree }[] = operands.map(
    (labels, tree) => ({ labels, tree }),
  );
  while (left.length > 1) {
    let best: { i: number; j: number; labels: Set<string>; growth: number } | undefined;
    for (let i = 0; i < left.length; i++) {
      for (let j = i + 1; j < left.length; j++) {
        const others = left.filter((_, k) => k !== i && k !== j).map(({ labels }) => labels);
        const pair = union(left[i]!.labels, left[j]!.labels);
        const labels = intersection(pair, union(output, ...others));
        const growth =
          product(labels, sizes) -
          product(left[i]!.labels, sizes) -
          product(left[j]!.labels, sizes);
        if (best === undefined || growth < best.growth) best = { i, j, labels, growth };
      }
    }
    const { i, j, labels } = best!;
    const joined = { labels, tree: [left[i]!.tree, left[j]!.tree] as const };
    left = [...left.filter((_, k) => k !== i && k !== j), joined];
  }
  return left[0]!.tree;
}
