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
  readonly #layers: readonly Layer[];
  readonly #visited: Int32Array;
  readonly #waiting = new KeyQueue();
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
    this.#efConstruction = options.efConstruction;
    // Levels fall off exponentially, each having one in `links` of the samples below.
    this.#levels = Uint8Array.from({ length: count }, () =>
      Math.min(31, Math.floor(-Math.log(1 - options.stream.uniform()) / Math.log(options.links))),
    );
    const highest = this.#levels.reduce((most, level) => Math.max(most, level), 0);
    this.#layers = Array.from({ length: highest + 1 }, (_, level) => {
      const members = this.#levels.reduce((sum, own) => sum + Number(own >= level), 0);
      return new Layer(count, members, level === 0 ? 2 * options.links : options.links);
    });
    this.#visited = new Int32Array(count);
    this.#top = this.#levels[0]!;
    for (let level = 0; level <= this.#top; level++) this.#layers[level]!.add(0);
  }

  /** Links a sample to near ones of those before, which must have been added; sample 0 is there from the start. */
  add(sample: number): void {
    const level = this.#levels[sample]!;
    let entry = this.#descend(this.#rows, sample, level);
    for (let l = level; l >= 0; l--) {
      const layer = this.#layers[l]!;
      layer.add(sample);
      if (l > this.#top) continue;
      const found = this.#searchLayer(this.#rows, sample, entry, this.#efConstruction, layer);
      found.sort();
      for (const place of this.#choose(found.keys, found.indices, this.#links)) {
        const [other, key] = [found.indices[place]!, found.keys[place]!];
        this.#link(layer, sample, other, key);
        this.#link(layer, other, sample, key);
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
    const found = this.#searchLayer(queries, query, entry, ef, this.#layers[0]!);
    for (let i = 0; i < found.k; i++) {
      if (found.indices[i]! >= 0) heaps.offer(query, found.keys[i]!, found.indices[i]!);
    }
  }

  /** Goes greedily from the top to the level above `level`, and returns the nearest sample found. */
  #descend(queries: Float64Array, query: number, level: number): number {
    let best = this.#entry;
    let least = this.#between(queries, query, best);
    for (let l = this.#top; l > level; l--) {
      const { links, width, places } = this.#layers[l]!;
      for (let hasMoved = true; hasMoved;) {
        hasMoved = false;
        const base = places[best]! * width;
        const end = base + links[base]!;
        for (let at = base + 1; at <= end; at++) {
          const key = this.#between(queries, query, links[at]!);
          if (key >= least) continue;
          least = key;
          best = links[at]!;
          hasMoved = true;
        }
      }
    }
    return best;
  }

  /** Returns the `ef` nearest samples that a search by nearest first finds on a level. */
  #searchLayer(
    queries: Float64Array,
    query: number,
    entry: number,
    ef: number,
    { links, width, places }: Layer,
  ): NearestHeaps {
    const visit = ++this.#visit;
    const visited = this.#visited;
    const waiting = this.#waiting;
    const found = new NearestHeaps(1, ef);
    const first = this.#between(queries, query, entry);
    visited[entry] = visit;
    found.offer(0, first, entry);
    waiting.clear();
    waiting.push(first, entry);
    let worst = found.worst(0);
    while (waiting.size > 0 && waiting.leastKey <= worst) {
      const base = places[waiting.pop()]! * width;
      const end = base + links[base]!;
      for (let at = base + 1; at <= end; at++) {
        const other = links[at]!;
        if (visited[other] === visit) continue;
        visited[other] = visit;
        const key = this.#between(queries, query, other);
        if (key >= worst) continue;
        found.offer(0, key, other);
        waiting.push(key, other);
        worst = found.worst(0);
      }
    }
    return found;
  }

  /**
   * Returns the places of chosen samples among those in order, nearest first: each nearer to the new one than to any chosen
   * before, so that links go in all directions (algorithm 4).
   */
  #choose(keys: Float64Array, indices: Int32Array, most: number): number[] {
    const chosen: number[] = [];
    for (let i = 0; i < indices.length && chosen.length < most; i++) {
      const candidate = indices[i]!;
      if (candidate < 0) break;
      let isApart = true;
      for (let c = 0; c < chosen.length && isApart; c++) {
        isApart = this.#between(this.#rows, candidate, indices[chosen[c]!]!) > keys[i]!;
      }
      if (isApart) chosen.push(i);
    }
    return chosen;
  }

  /** Links a sample to another at a distance of `key`; if it has too many links, chooses among them. */
  #link({ links, keys, width, places }: Layer, from: number, to: number, key: number): void {
    const base = places[from]! * width;
    const count = links[base]!;
    if (count < width - 1) {
      links[base] = count + 1;
      links[base + 1 + count] = to;
      keys[base + 1 + count] = key;
      return;
    }
    const heap = new NearestHeaps(1, count + 1);
    for (let at = base + 1; at <= base + count; at++) heap.offer(0, keys[at]!, links[at]!);
    heap.offer(0, key, to);
    heap.sort();
    const chosen = this.#choose(heap.keys, heap.indices, width - 1);
    links[base] = chosen.length;
    chosen.forEach((place, i) => {
      links[base + 1 + i] = heap.indices[place]!;
      keys[base + 1 + i] = heap.keys[place]!;
    });
  }

  #between(queries: Float64Array, query: number, sample: number): number {
    return this.#metric.between(queries, query, this.#rows, sample, this.#features);
  }
}

/** The links of one level. */
class Layer {
  /** Of each member `[width]`: how many links it has, then the linked samples. */
  readonly links: Int32Array;
  /** As `links`: how far those are. */
  readonly keys: Float64Array;
  readonly width: number;
  /** Each sample's place among the members. */
  readonly places: Int32Array;
  #members = 0;

  /**
   * @param samples - how many samples there are
   * @param members - how many of them are on this level
   * @param most - how many links each has at most
   */
  constructor(samples: number, members: number, most: number) {
    this.width = most + 1;
    this.links = new Int32Array(members * this.width);
    this.keys = new Float64Array(members * this.width);
    this.places = new Int32Array(samples);
  }

  /** Makes a sample a member. */
  add(sample: number): void {
    this.places[sample] = this.#members++;
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

  clear(): void {
    this.#keys.length = 0;
    this.#values.length = 0;
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
