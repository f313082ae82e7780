import type { RandomStream } from "../random/random-stream.ts";
import type { Metric } from "./metric.ts";
import { NearestHeaps } from "./nearest-heaps.ts";

/** What a {@link SmallWorldGraph} takes. */
export interface SmallWorldOptions {
  /** How many neighbours a sample is linked to above the lowest level; twice as many on the lowest. */
  readonly links: number;
  /** How many near samples are looked for when one is added. */
  readonly efConstruction: number;
  readonly stream: RandomStream;
}

/**
 * Samples linked to near ones on several levels, each with a share of those below: a search goes greedily towards the query
 * from level to level (Malkov and Yashunin 2018, "Hierarchical navigable small world graphs", algorithms 1 to 5).
 */
export class SmallWorldGraph {
  readonly #rows: Float64Array;
  readonly #features: number;
  readonly #metric: Metric;
  readonly #links: number;
  readonly #efConstruction: number;
  readonly #levels: Uint8Array;
  /** By level, `[samples, 1 + most]`: how many links, then the linked samples. Above the lowest only where there are any. */
  readonly #lowest: Int32Array;
  readonly #upper: (Int32Array | undefined)[];
  readonly #visited: Int32Array;
  #visit = 0;
  #entry = 0;
  #top: number;

  /**
   * @param rows - `[samples, features]`
   * @param features - how many columns
   * @param metric - any
   * @param options - links, breadth, randomness
   */
  constructor(rows: Float64Array, features: number, metric: Metric, options: SmallWorldOptions) {
    const count = rows.length / features;
    this.#rows = rows;
    this.#features = features;
    this.#metric = metric;
    this.#links = options.links;
    // Levels fall off exponentially, each having one in `links` of the samples below.
    this.#levels = Uint8Array.from({ length: count }, () =>
      Math.min(31, Math.floor(-Math.log(1 - options.stream.uniform()) / Math.log(options.links))),
    );
    this.#lowest = new Int32Array(count * (2 * options.links + 1));
    this.#upper = Array.from(this.#levels, (level) =>
      level === 0 ? undefined : new Int32Array(level * (options.links + 1)),
    );
    this.#visited = new Int32Array(count);
    this.#top = this.#levels[0]!;
    this.#efConstruction = options.efConstruction;
  }

  /** Links a sample to near ones of those before, which must have been added; sample 0 is there from the start. */
  add(sample: number): void {
    const level = this.#levels[sample]!;
    let entry = this.#descend(this.#rows, sample, level);
    for (let l = Math.min(level, this.#top); l >= 0; l--) {
      const found = this.#searchLevel(this.#rows, sample, entry, this.#efConstruction, l);
      found.sort();
      const chosen = this.#choose(found.keys, found.indices, this.#links);
      for (const other of chosen) {
        this.#link(sample, other, l);
        this.#link(other, sample, l);
      }
      entry = found.indices[0]!;
    }
    if (level <= this.#top) return;
    this.#top = level;
    this.#entry = sample;
  }

  /** Offers what is near row `query` of `queries`, at least `ef` samples unless there are fewer. */
  nearest(queries: Float64Array, query: number, ef: number, heaps: NearestHeaps): void {
    const entry = this.#descend(queries, query, 0);
    const found = this.#searchLevel(queries, query, entry, ef, 0);
    for (let i = 0; i < found.k; i++) {
      if (found.indices[i]! >= 0) heaps.offer(query, found.keys[i]!, found.indices[i]!);
    }
  }

  /** Goes greedily from the top to the level above `level`, and returns the nearest sample found. */
  #descend(queries: Float64Array, query: number, level: number): number {
    let best = this.#entry;
    let least = this.#between(queries, query, best);
    for (let l = this.#top; l > level; l--) {
      for (let hasMoved = true; hasMoved;) {
        hasMoved = false;
        const { table, base } = this.#place(best, l);
        const end = base + table[base]!;
        for (let at = base + 1; at <= end; at++) {
          const key = this.#between(queries, query, table[at]!);
          if (key >= least) continue;
          [least, best, hasMoved] = [key, table[at]!, true];
        }
      }
    }
    return best;
  }

  /** Returns the `ef` nearest samples that a search by nearest first finds on a level. */
  #searchLevel(
    queries: Float64Array,
    query: number,
    entry: number,
    ef: number,
    level: number,
  ): NearestHeaps {
    const visit = ++this.#visit;
    const found = new NearestHeaps(1, ef);
    const waiting = new KeyQueue();
    const first = this.#between(queries, query, entry);
    this.#visited[entry] = visit;
    found.offer(0, first, entry);
    waiting.push(first, entry);
    while (waiting.size > 0) {
      if (waiting.leastKey > found.worst(0)) break;
      const { table, base } = this.#place(waiting.pop(), level);
      const end = base + table[base]!;
      for (let at = base + 1; at <= end; at++) {
        const other = table[at]!;
        if (this.#visited[other] === visit) continue;
        this.#visited[other] = visit;
        const key = this.#between(queries, query, other);
        if (key >= found.worst(0)) continue;
        found.offer(0, key, other);
        waiting.push(key, other);
      }
    }
    return found;
  }

  /** Of samples in order, those nearer to the new one than to any chosen before: links in all directions (algorithm 4). */
  #choose(keys: Float64Array, indices: Int32Array, most: number): number[] {
    const chosen: number[] = [];
    for (let i = 0; i < indices.length && chosen.length < most; i++) {
      const candidate = indices[i]!;
      if (candidate < 0) break;
      if (chosen.every((other) => this.#between(this.#rows, candidate, other) > keys[i]!)) {
        chosen.push(candidate);
      }
    }
    return chosen;
  }

  #link(from: number, to: number, level: number): void {
    const { table, base, most } = this.#place(from, level);
    const count = table[base]!;
    if (count < most) {
      table[base + 1 + count] = to;
      table[base] = count + 1;
      return;
    }
    const heap = new NearestHeaps(1, count + 1);
    for (let at = base + 1; at <= base + count; at++) {
      heap.offer(0, this.#between(this.#rows, from, table[at]!), table[at]!);
    }
    heap.offer(0, this.#between(this.#rows, from, to), to);
    heap.sort();
    const chosen = this.#choose(heap.keys, heap.indices, most);
    table[base] = chosen.length;
    chosen.forEach((other, i) => (table[base + 1 + i] = other));
  }

  /** Where a sample's links of a level are. */
  #place(sample: number, level: number): { table: Int32Array; base: number; most: number } {
    if (level > 0) {
      const most = this.#links;
      return { table: this.#upper[sample]!, base: (level - 1) * (most + 1), most };
    }
    const most = 2 * this.#links;
    return { table: this.#lowest, base: sample * (most + 1), most };
  }

  #between(queries: Float64Array, query: number, sample: number): number {
    return this.#metric.between(queries, query, this.#rows, sample, this.#features);
  }
}

/** Samples by key, least first: a heap. */
class KeyQueue {
  readonly #keys: number[] = [];
  readonly #values: number[] = [];

  get size(): number {
    return this.#keys.length;
  }

  get leastKey(): number {
    return this.#keys[0]!;
  }

  push(key: number, value: number): void {
    const [keys, values] = [this.#keys, this.#values];
    let at = keys.length;
    keys.push(key);
    values.push(value);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (keys[parent]! <= key) break;
      keys[at] = keys[parent]!;
      values[at] = values[parent]!;
      at = parent;
    }
    keys[at] = key;
    values[at] = value;
  }

  pop(): number {
    const [keys, values] = [this.#keys, this.#values];
    const top = values[0]!;
    const key = keys.pop()!;
    const value = values.pop()!;
    if (keys.length === 0) return top;
    let at = 0;
    for (let child = 1; child < keys.length; child = 2 * at + 1) {
      if (child + 1 < keys.length && keys[child + 1]! < keys[child]!) child++;
      if (keys[child]! >= key) break;
      keys[at] = keys[child]!;
      values[at] = values[child]!;
      at = child;
    }
    keys[at] = key;
    values[at] = value;
    return top;
  }
}
