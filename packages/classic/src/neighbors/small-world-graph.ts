import type { RandomStream } from "../random/random-stream.ts";
import type { Metric } from "./metric.ts";
import { NearestHeaps } from "./nearest-heaps.ts";
import { RowDistances } from "./row-distances.ts";

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
  readonly #links: number;
  readonly #levels: Uint8Array;
  readonly #layers: readonly Layer[];
  readonly #distances: RowDistances;
  readonly #visited: Int32Array;
  readonly #waiting = new KeyQueue();
  /** What a search on a level has found, while samples are added. */
  readonly #found: NearestHeaps;
  /** Samples among which links are chosen, nearest first. */
  readonly #near: Candidates;
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
    const { links, efConstruction, stream } = options;
    this.#links = links;
    this.#distances = new RowDistances(rows, features, metric, 2 * links + 1);
    this.#found = new NearestHeaps(1, efConstruction);
    this.#near = new Candidates(Math.max(efConstruction, 2 * links + 1));
    // Levels fall off exponentially, each having one in `links` of the samples below.
    this.#levels = Uint8Array.from({ length: count }, () =>
      Math.min(31, Math.floor(-Math.log(1 - stream.uniform()) / Math.log(links))),
    );
    const highest = this.#levels.reduce((most, level) => Math.max(most, level), 0);
    this.#layers = Array.from({ length: highest + 1 }, (_, level) => {
      const members = this.#levels.reduce((sum, own) => sum + Number(own >= level), 0);
      return new Layer(count, members, level === 0 ? 2 * links : links);
    });
    this.#visited = new Int32Array(count);
    this.#top = this.#levels[0]!;
    for (let level = 0; level <= this.#top; level++) this.#layers[level]!.add(0);
  }

  /** Links a sample to near ones of those before, which must have been added; sample 0 is there from the start. */
  add(sample: number): void {
    const level = this.#levels[sample]!;
    const found = this.#found;
    const near = this.#near;
    this.#distances.fromSample(sample);
    let entry = this.#descend(level);
    for (let l = level; l >= 0; l--) {
      const layer = this.#layers[l]!;
      layer.add(sample);
      if (l > this.#top) continue;
      found.clear();
      this.#searchLayer(entry, layer, found);
      found.sort();
      entry = found.indices[0]!;
      near.take(found);
      this.#setLinks(layer, sample, this.#links);
      const { links, keys, width, places } = layer;
      const base = places[sample]! * width;
      const end = base + links[base]!;
      for (let at = base + 1; at <= end; at++) this.#link(layer, links[at]!, sample, keys[at]!);
    }
    if (level <= this.#top) return;
    this.#top = level;
    this.#entry = sample;
  }

  /** Offers what is near row `query` of `queries`, at least `ef` samples unless there are fewer. */
  nearest(queries: Float64Array, query: number, ef: number, heaps: NearestHeaps): void {
    this.#distances.fromGuest(queries, query);
    const found = new NearestHeaps(1, ef);
    this.#searchLayer(this.#descend(0), this.#layers[0]!, found);
    for (let i = 0; i < found.k; i++) {
      if (found.indices[i]! >= 0) heaps.offer(query, found.keys[i]!, found.indices[i]!);
    }
  }

  /** Goes greedily from the top to the level above `level`, and returns the nearest sample found. */
  #descend(level: number): number {
    const distances = this.#distances;
    let best = this.#entry;
    let least = this.#measureOne(best);
    for (let l = this.#top; l > level; l--) {
      const { links, width, places } = this.#layers[l]!;
      for (let hasMoved = true; hasMoved;) {
        hasMoved = false;
        const base = places[best]! * width;
        const count = links[base]!;
        for (let i = 0; i < count; i++) distances.places[i] = links[base + 1 + i]!;
        distances.measure(count);
        for (let i = 0; i < count; i++) {
          if (distances.keys[i]! >= least) continue;
          least = distances.keys[i]!;
          best = distances.places[i]!;
          hasMoved = true;
        }
      }
    }
    return best;
  }

  /** Finds the nearest samples on a level, as many as `found` holds, by a search by nearest first. */
  #searchLayer(entry: number, { links, width, places }: Layer, found: NearestHeaps): void {
    const visit = ++this.#visit;
    const visited = this.#visited;
    const waiting = this.#waiting;
    const distances = this.#distances;
    const { places: others, keys } = distances;
    const first = this.#measureOne(entry);
    visited[entry] = visit;
    found.offer(0, first, entry);
    waiting.clear();
    waiting.push(first, entry);
    let worst = found.worst(0);
    while (waiting.size > 0 && waiting.leastKey <= worst) {
      const base = places[waiting.pop()]! * width;
      const end = base + links[base]!;
      let count = 0;
      for (let at = base + 1; at <= end; at++) {
        const other = links[at]!;
        if (visited[other] === visit) continue;
        visited[other] = visit;
        others[count++] = other;
      }
      distances.measure(count);
      for (let i = 0; i < count; i++) {
        const key = keys[i]!;
        if (key >= worst) continue;
        found.offer(0, key, others[i]!);
        waiting.push(key, others[i]!);
        worst = found.worst(0);
      }
    }
  }

  /** Links a sample to another at a distance of `key`; if it has too many links, chooses among them. */
  #link(layer: Layer, from: number, to: number, key: number): void {
    const { links, keys, width, places } = layer;
    const base = places[from]! * width;
    const count = links[base]!;
    if (count < width - 1) {
      links[base] = count + 1;
      links[base + 1 + count] = to;
      keys[base + 1 + count] = key;
      return;
    }
    const near = this.#near;
    near.count = 0;
    for (let at = base + 1; at <= base + count; at++) near.insert(keys[at]!, links[at]!);
    near.insert(key, to);
    this.#setLinks(layer, from, width - 1);
  }

  /**
   * Links a sample to some of {@link #near}, `most` at most: each nearer to it than to any chosen before, so that links go in
   * all directions (algorithm 4).
   */
  #setLinks({ links, keys, width, places }: Layer, sample: number, most: number): void {
    const near = this.#near;
    const distances = this.#distances;
    const chosen = distances.places;
    const base = places[sample]! * width;
    let count = 0;
    for (let i = 0; i < near.count && count < most; i++) {
      const [candidate, key] = [near.indices[i]!, near.keys[i]!];
      if (!distances.isApart(candidate, count, key)) continue;
      chosen[count++] = candidate;
      links[base + count] = candidate;
      keys[base + count] = key;
    }
    links[base] = count;
  }

  #measureOne(sample: number): number {
    this.#distances.places[0] = sample;
    this.#distances.measure(1);
    return this.#distances.keys[0]!;
  }
}

/** Samples by how near they are to one. */
class Candidates {
  readonly keys: Float64Array;
  readonly indices: Int32Array;
  count = 0;

  /** @param most - how many there are at most */
  constructor(most: number) {
    this.keys = new Float64Array(most);
    this.indices = new Int32Array(most);
  }

  /** Takes what a search has found, in order, in the place of what there was. */
  take({ keys, indices }: NearestHeaps): void {
    const none = indices.indexOf(-1);
    this.count = none < 0 ? indices.length : none;
    this.keys.set(keys.subarray(0, this.count));
    this.indices.set(indices.subarray(0, this.count));
  }

  /** Adds a sample where it belongs; of equally near ones the one with the smaller number is nearer. */
  insert(key: number, index: number): void {
    const { keys, indices } = this;
    let at = this.count++;
    for (; at > 0; at--) {
      const before = keys[at - 1]!;
      if (before < key || (before === key && indices[at - 1]! < index)) break;
      keys[at] = before;
      indices[at] = indices[at - 1]!;
    }
    keys[at] = key;
    indices[at] = index;
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
  #keys = new Float64Array(256);
  #values = new Int32Array(256);
  size = 0;

  get leastKey(): number {
    return this.#keys[0]!;
  }

  clear(): void {
    this.size = 0;
  }

  push(key: number, value: number): void {
    if (this.size === this.#keys.length) this.#grow();
    const keys = this.#keys;
    const values = this.#values;
    let at = this.size++;
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
    const keys = this.#keys;
    const values = this.#values;
    const top = values[0]!;
    const size = --this.size;
    const key = keys[size]!;
    const value = values[size]!;
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && keys[child + 1]! < keys[child]!) child++;
      if (keys[child]! >= key) break;
      keys[at] = keys[child]!;
      values[at] = values[child]!;
      at = child;
    }
    keys[at] = key;
    values[at] = value;
    return top;
  }

  #grow(): void {
    const [keys, values] = [this.#keys, this.#values];
    this.#keys = new Float64Array(2 * keys.length);
    this.#values = new Int32Array(2 * keys.length);
    this.#keys.set(keys);
    this.#values.set(values);
  }
}
