import { ArgumentError, dropout, type Tensor } from "@tensorloom/tensor";
import { Embedding } from "../layers/embedding.ts";
import { Linear } from "../layers/linear.ts";
import { GRU, LSTM, RNN, type RecurrentCall } from "../layers/recurrent.ts";
import { Module } from "../module.ts";

/** What {@link sequenceClassifier} takes. */
export interface SequenceClassifierOptions {
  /** What reads the sequence; `"lstm"` by default. */
  readonly cell?: "rnn" | "lstm" | "gru";
  /** The features of each step; or the size of a word's vector, with `vocabulary`. */
  readonly inputSize: number;
  /** How many words there are, if sequences are of word numbers. */
  readonly vocabulary?: number;
  /** The size of the state; 64 by default. */
  readonly hiddenSize?: number;
  /** How many classes there are. */
  readonly classes: number;
  /** Recurrent layers over each other; 1 by default. */
  readonly layers?: number;
  /** Whether sequences are read both ways; false by default. */
  readonly bidirectional?: boolean;
  /** The probability with which elements are dropped between layers and before the classifier; 0 by default. */
  readonly dropout?: number;
}

const cells = { rnn: RNN, lstm: LSTM, gru: GRU } as const;

/** A classifier of sequences; see {@link sequenceClassifier}. */
export class SequenceClassifier extends Module {
  /** Vectors of words; undefined for sequences of features. */
  readonly embedding: Embedding | undefined;
  /** Reads the sequence. */
  readonly recurrent: RNN | LSTM | GRU;
  /** From the last state to logits. */
  readonly head: Linear;
  readonly #dropout: number;

  /** @param options - as {@link sequenceClassifier}'s */
  constructor(options: SequenceClassifierOptions) {
    super();
    const { cell = "lstm", inputSize, vocabulary, hiddenSize = 64, classes } = options;
    const { layers = 1, bidirectional = false, dropout: rate = 0 } = options;
    if (!Object.hasOwn(cells, cell)) {
      throw new ArgumentError(
        `sequenceClassifier: cell: expected "rnn", "lstm" or "gru", got "${cell}"`,
      );
    }
    this.embedding = vocabulary === undefined ? undefined : new Embedding(vocabulary, inputSize);
    this.recurrent = new cells[cell](inputSize, hiddenSize, {
      layers,
      bidirectional,
      dropout: rate,
    });
    this.head = new Linear(hiddenSize * (bidirectional ? 2 : 1), classes);
    this.#dropout = rate;
  }

  /**
   * @param x - `[batch, steps, inputSize]`; word numbers `[batch, steps]`, int32, with a vocabulary
   * @param call - `mask [batch, steps]`: which steps count
   * @returns `[batch, classes]`: logits
   */
  forward(x: Tensor, call?: Pick<RecurrentCall, "mask">): Tensor {
    const last = this.recurrent.forward(this.embedding?.forward(x) ?? x, call);
    return this.head.forward(this.isTraining ? dropout(last, this.#dropout) : last);
  }
}

/**
 * Returns a classifier of sequences: a recurrent network, and a linear layer on its last state.
 *
 * @param options - cell, inputSize, vocabulary, hiddenSize, classes, layers, bidirectional, dropout
 *
 * @example
 * const model = sequenceClassifier({ cell: "gru", inputSize: 8, vocabulary: 100, classes: 2 });
 * model.forward(tensor([[1, 2, 3], [4, 5, 6]], { dtype: "int32" })).shape; // => [2,2]
 */
export function sequenceClassifier(options: SequenceClassifierOptions): SequenceClassifier {
  return new SequenceClassifier(options);
}
