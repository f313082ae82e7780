import { Parameter, zeros, type Tensor } from "@tensorloom/tensor";
import type { AttentionOptions } from "../functional/attention.ts";
import { multiHeadAttention } from "../functional/multi-head-attention.ts";
import { xavierUniform } from "../initializers.ts";
import { Module } from "../module.ts";
import { Linear } from "./linear.ts";

/** What {@link MultiHeadAttention} takes. */
export interface MultiHeadAttentionOptions {
  /** Whether biases are learnt; true by default. */
  readonly bias?: boolean;
  /** The probability with which a weight of attention is dropped in training; 0 by default. */
  readonly dropout?: number;
}

/** What one call of {@link MultiHeadAttention} takes. */
export type AttentionCall = Pick<AttentionOptions, "mask" | "isCausal">;

/**
 * Attention by several heads, each on a part of the features.
 *
 * Parameters: `inProjWeight [3 · size, size]` (Xavier's uniform distribution) and `inProjBias [3 · size]` (zeros) make queries,
 * keys and values; `outProj` is a linear layer that mixes the heads.
 *
 * Source: Vaswani et al. 2017, "Attention is all you need"; PyTorch's MultiheadAttention.
 *
 * @example
 * new MultiHeadAttention(8, 2).forward(ones([1, 5, 8])).shape; // => [1,5,8]
 */
export class MultiHeadAttention extends Module {
  /** `[3 · size, size]`. */
  readonly inProjWeight: Parameter;
  /** `[3 · size]`; undefined without bias. */
  readonly inProjBias: Parameter | undefined;
  /** Mixes the heads. */
  readonly outProj: Linear;
  readonly #heads: number;
  readonly #dropout: number;

  /**
   * @param size - the size of the input's last axis
   * @param heads - how many heads; a divisor of the size
   * @param options - bias, dropout
   */
  constructor(size: number, heads: number, options: MultiHeadAttentionOptions = {}) {
    super();
    const { bias = true, dropout = 0 } = options;
    this.inProjWeight = new Parameter(xavierUniform([3 * size, size]), "inProjWeight");
    this.inProjBias = bias ? new Parameter(zeros([3 * size]), "inProjBias") : undefined;
    this.outProj = new Linear(size, size, { bias });
    this.outProj.bias?.assign(zeros([size]));
    this.#heads = heads;
    this.#dropout = dropout;
  }

  /**
   * Returns the attention of queries to keys and values; all three are `query` by default: self-attention.
   *
   * @param query - `[batch, queries, size]`
   * @param key - `[batch, keys, size]`
   * @param value - `[batch, keys, size]`; the keys by default
   * @param call - mask (bool: true where a query may look), isCausal
   * @returns `[batch, queries, size]`
   */
  forward(
    query: Tensor,
    key: Tensor = query,
    value: Tensor = key,
    call: AttentionCall = {},
  ): Tensor {
    const { outProj } = this;
    const weights = {
      inProjWeight: this.inProjWeight.value,
      inProjBias: this.inProjBias?.value,
      outProjWeight: outProj.weight.value,
      outProjBias: outProj.bias?.value,
    };
    const dropout = this.isTraining ? this.#dropout : 0;
    return multiHeadAttention(query, key, value, weights, this.#heads, { ...call, dropout });
  }
}
