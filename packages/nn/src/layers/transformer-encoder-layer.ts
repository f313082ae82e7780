import { dropout, type Tensor } from "@tensorloom/tensor";
import { Module } from "../module.ts";
import { Activation } from "./activation.ts";
import { Linear } from "./linear.ts";
import { MultiHeadAttention, type AttentionCall } from "./multi-head-attention.ts";
import { LayerNorm } from "./normalization.ts";

/** What {@link TransformerEncoderLayer} takes. */
export interface TransformerEncoderLayerOptions {
  /** The size between the two linear layers; 2048 by default. */
  readonly feedforward?: number;
  /** The probability with which elements and weights of attention are dropped in training; 0.1 by default. */
  readonly dropout?: number;
  /** Between the two linear layers; `"relu"` by default. */
  readonly activation?: "relu" | "gelu";
  /** Whether normalisation comes before attention and linear layers, not after; false by default. */
  readonly normFirst?: boolean;
  /** Added to variances; 1e-5 by default. */
  readonly epsilon?: number;
}

/**
 * A transformer's encoder layer: self-attention, then two linear layers on each element, each with a residual and a layer
 * normalisation.
 *
 * Source: Vaswani et al. 2017, "Attention is all you need"; PyTorch's TransformerEncoderLayer.
 *
 * @example
 * new TransformerEncoderLayer(8, 2, { feedforward: 16 }).forward(ones([1, 5, 8])).shape; // => [1,5,8]
 */
export class TransformerEncoderLayer extends Module {
  /** Attention of the elements to each other. */
  readonly selfAttn: MultiHeadAttention;
  /** `size` to `feedforward`. */
  readonly linear1: Linear;
  /** `feedforward` to `size`. */
  readonly linear2: Linear;
  /** Of the attention. */
  readonly norm1: LayerNorm;
  /** Of the linear layers. */
  readonly norm2: LayerNorm;
  readonly #activation: Activation;
  readonly #dropout: number;
  readonly #normFirst: boolean;

  /**
   * @param size - the size of the input's last axis
   * @param heads - how many heads attention has
   * @param options - feedforward, dropout, activation, normFirst, epsilon
   */
  constructor(size: number, heads: number, options: TransformerEncoderLayerOptions = {}) {
    super();
    const { feedforward = 2048, dropout: rate = 0.1, activation = "relu" } = options;
    const { normFirst = false, epsilon = 1e-5 } = options;
    this.selfAttn = new MultiHeadAttention(size, heads, { dropout: rate });
    this.linear1 = new Linear(size, feedforward);
    this.linear2 = new Linear(feedforward, size);
    this.norm1 = new LayerNorm(size, { epsilon });
    this.norm2 = new LayerNorm(size, { epsilon });
    this.#activation = new Activation(activation);
    this.#dropout = rate;
    this.#normFirst = normFirst;
  }

  /**
   * @param x - `[batch, length, size]`
   * @param call - mask (bool: true where an element may look), isCausal
   * @returns the same shape
   */
  forward(x: Tensor, call: AttentionCall = {}): Tensor {
    const drop = (y: Tensor): Tensor => (this.isTraining ? dropout(y, this.#dropout) : y);
    const attend = (y: Tensor): Tensor => drop(this.selfAttn.forward(y, y, y, call));
    const think = (y: Tensor): Tensor =>
      drop(this.linear2.forward(drop(this.#activation.forward(this.linear1.forward(y)))));
    if (this.#normFirst) {
      const attended = x.add(attend(this.norm1.forward(x)));
      return attended.add(think(this.norm2.forward(attended)));
    }
    const attended = this.norm1.forward(x.add(attend(x)));
    return this.norm2.forward(attended.add(think(attended)));
  }
}
