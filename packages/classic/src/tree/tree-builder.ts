import type { TreeData } from "./tree-data.ts";

/** Collects nodes, in arrays that grow. */
export class TreeBuilder {
  readonly #outputs: number;
  #count = 0;
  #capacity = 64;
  #feature = new Int32Array(64);
  #left = new Int32Array(64);
  #right = new Int32Array(64);
  #samples = new Int32Array(64);
  #threshold = new Float64Array(64);
  #impurity = new Float64Array(64);
  #weight = new Float64Array(64);
  /** Where {@link add} expects the node's value. */
  value: Float64Array;

  /** @param outputs - how many numbers a node's value has */
  constructor(outputs: number) {
    this.#outputs = outputs;
    this.value = new Float64Array(64 * outputs);
  }

  /** Where the next node's value goes in {@link value}. */
  get at(): number {
    return this.#count * this.#outputs;
  }

  /** Adds a leaf below `parent` (-1 for the root), whose value is written already; returns its number. */
  add(parent: number, isLeft: boolean, impurity: number, samples: number, weight: number): number {
    const node = this.#count++;
    this.#feature[node] = -2;
    this.#threshold[node] = -2;
    this.#left[node] = -1;
    this.#right[node] = -1;
    this.#impurity[node] = impurity;
    this.#samples[node] = samples;
    this.#weight[node] = weight;
    if (parent >= 0) (isLeft ? this.#left : this.#right)[parent] = node;
    if (this.#count === this.#capacity) this.#double();
    return node;
  }

  /** Makes a leaf an inner node. */
  split(node: number, feature: number, threshold: number): void {
    this.#feature[node] = feature;
    this.#threshold[node] = threshold;
  }

  /** Returns the tree. */
  build(): TreeData {
    const n = this.#count;
    return {
      nodeCount: n,
      outputs: this.#outputs,
      feature: this.#feature.slice(0, n),
      threshold: this.#threshold.slice(0, n),
      childrenLeft: this.#left.slice(0, n),
      childrenRight: this.#right.slice(0, n),
      impurity: this.#impurity.slice(0, n),
      nNodeSamples: this.#samples.slice(0, n),
      weightedNNodeSamples: this.#weight.slice(0, n),
      value: this.value.slice(0, n * this.#outputs),
    };
  }

  #double(): void {
    this.#capacity *= 2;
    const grown = <A extends Int32Array | Float64Array>(array: A): A => {
      const copy = new (array.constructor as new (size: number) => A)(array.length * 2);
      copy.set(array as never);
      return copy;
    };
    this.#feature = grown(this.#feature);
    this.#left = grown(this.#left);
    this.#right = grown(this.#right);
    this.#samples = grown(this.#samples);
    this.#threshold = grown(this.#threshold);
    this.#impurity = grown(this.#impurity);
    this.#weight = grown(this.#weight);
    this.value = grown(this.value);
  }
}
