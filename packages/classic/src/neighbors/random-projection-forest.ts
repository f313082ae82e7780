import type { RandomStream } from "../random/random-stream.ts";
import { squaredDistance } from "./metric.ts";

/** A node: a plane, or a leaf's samples. */
interface Tree {
  /** `[planes, features]`: normals of the planes. */
  readonly normals: Float64Array;
  readonly offsets: Float64Array;
  /** `[planes, 2]`: what is below and above a plane: another plane, or `~leaf`. */
  readonly children: Int32Array;
  /** Where each leaf's samples begin in `members`; one more at the end. */
  readonly starts: Int32Array;
  readonly members: Int32Array;
}

/**
 * Trees of random planes: each halves its samples between two of them that were drawn and moved towards the middle of
 * their sides. Near samples are likely to share a leaf of some tree. As in Spotify's Annoy; Dasgupta and Freund 2008.
 */
export class RandomProjectionForest {
  readonly #rows: Float64Array;
  readonly #features: number;
  readonly #trees: Tree[] = [];
  readonly #seen: Int32Array;
  readonly #leafSize: number;
  #search = 0;

  /**
   * @param rows - `[samples, features]`
   * @param features - how many columns
   * @param leafSize - how many samples a leaf holds at most
   */
  constructor(rows: Float64Array, features: number, leafSize: number) {
    this.#rows = rows;
    this.#features = features;
    this.#leafSize = leafSize;
    this.#seen = new Int32Array(rows.length / features);
  }

  /** Adds a tree. */
  grow(stream: RandomStream): void {
    this.#trees.push(grownTree(this.#rows, this.#features, this.#leafSize, stream));
  }

  /** Calls `look` with about `count` samples that are likely to be near row `query`, each once. */
  candidates(
    queries: Float64Array,
    query: number,
    count: number,
    look: (sample: number) => void,
  ): void {
    const search = ++this.#search;
    const waiting = new MarginQueue();
    this.#trees.forEach((_, tree) => waiting.push(Infinity, tree, 0));
    let found = 0;
    while (found < count && waiting.size > 0) {
      const { margin, tree: number, node: start } = waiting.pop();
      const tree = this.#trees[number]!;
      let node = tree.children.length === 0 ? ~0 : start;
      while (node >= 0) {
        const side = this.#side(tree, node, queries, query);
        const other = tree.children[2 * node + (side > 0 ? 0 : 1)]!;
        waiting.push(Math.min(margin, -Math.abs(side)), number, other);
        node = tree.children[2 * node + (side > 0 ? 1 : 0)]!;
      }
      for (let i = tree.starts[~node]!; i < tree.starts[~node + 1]!; i++) {
        const sample = tree.members[i]!;
        if (this.#seen[sample] === search) continue;
        this.#seen[sample] = search;
        found++;
        look(sample);
      }
    }
  }

  /** How far above a plane a query lies. */
  #side(tree: Tree, node: number, queries: Float64Array, query: number): number {
    return above(tree.normals, tree.offsets[node]!, node, queries, query, this.#features);
  }
}

function above(
  normals: Float64Array,
  offset: number,
  node: number,
  rows: Float64Array,
  row: number,
  features: number,
): number {
  let sum = -offset;
  const [from, to] = [node * features, row * features];
  for (let f = 0; f < features; f++) sum += normals[from + f]! * rows[to + f]!;
  return sum;
}

function grownTree(
  rows: Float64Array,
  features: number,
  leafSize: number,
  stream: RandomStream,
): Tree {
  const members = Int32Array.from({ length: rows.length / features }, (_, i) => i);
  const normals: number[] = [];
  const offsets: number[] = [];
  const children: number[] = [];
  const starts: number[] = [];
  const split = (begin: number, end: number): number => {
    if (end - begin <= leafSize) return ~(starts.push(begin) - 1);
    const plane = planeBetween(rows, features, members, begin, end, stream);
    const node = offsets.push(plane.offset) - 1;
    for (const x of plane.normal) normals.push(x);
    children.push(0, 0);
    const normal = plane.normal;
    let middle = begin;
    for (let i = begin; i < end; i++) {
      if (above(normal, plane.offset, 0, rows, members[i]!, features) > 0) continue;
      const held = members[i]!;
      members[i] = members[middle]!;
      members[middle++] = held;
    }
    // A plane that separates nothing, as between equal samples, is replaced by chance.
    if (middle === begin || middle === end) middle = (begin + end) >> 1;
    children[2 * node] = split(begin, middle);
    children[2 * node + 1] = split(middle, end);
    return node;
  };
  split(0, members.length);
  starts.push(members.length);
  return {
    normals: Float64Array.from(normals),
    offsets: Float64Array.from(offsets),
    children: Int32Array.from(children),
    starts: Int32Array.from(starts),
    members,
  };
}

const draws = 64;

/** The plane half-way between two centres, found by assigning drawn samples to two that were drawn first. */
function planeBetween(
  rows: Float64Array,
  features: number,
  members: Int32Array,
  begin: number,
  end: number,
  stream: RandomStream,
): { normal: Float64Array; offset: number } {
  const draw = (): number => members[begin + stream.below(end - begin)]!;
  const [first, second] = [draw(), draw()];
  const centres = new Float64Array(2 * features);
  centres.set(rows.subarray(first * features, (first + 1) * features));
  centres.set(rows.subarray(second * features, (second + 1) * features), features);
  const weights = [1, 1];
  for (let i = 0; i < draws; i++) {
    const sample = draw();
    const [toFirst, toSecond] = [0, 1].map((c) => squaredDistance(centres, c, rows, sample, features) * weights[c]!) as [number, number]; // prettier-ignore
    if (toFirst === toSecond) continue;
    const nearer = toFirst < toSecond ? 0 : 1;
    const weight = weights[nearer]!++;
    for (let f = 0; f < features; f++) {
      const at = nearer * features + f;
      centres[at] = (centres[at]! * weight + rows[sample * features + f]!) / (weight + 1);
    }
  }
  const normal = new Float64Array(features);
  let length = 0;
  let offset = 0;
  for (let f = 0; f < features; f++) {
    const [low, high] = [centres[f]!, centres[features + f]!];
    normal[f] = high - low;
    length += normal[f]! ** 2;
    offset += (normal[f]! * (low + high)) / 2;
  }
  const scale = length === 0 ? 0 : 1 / Math.sqrt(length);
  return { normal: normal.map((x) => x * scale), offset: offset * scale };
}

/** Subtrees by how near to their planes the query is, nearest first: a heap. */
class MarginQueue {
  readonly #heap: { margin: number; tree: number; node: number }[] = [];

  get size(): number {
    return this.#heap.length;
  }

  push(margin: number, tree: number, node: number): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push({ margin, tree, node });
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.margin >= margin) break;
      [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
      at = parent;
    }
  }

  pop(): { margin: number; tree: number; node: number } {
    const heap = this.#heap;
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return top;
    heap[0] = last;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && heap[child + 1]!.margin > heap[child]!.margin) child++;
      if (heap[child]!.margin <= heap[at]!.margin) break;
      [heap[at], heap[child]] = [heap[child]!, heap[at]!];
      at = child;
    }
    return top;
  }
}
