import { Module } from "@tensorloom/nn";
import { ArgumentError, tidy, type Tensor } from "@tensorloom/tensor";
import { MaskedModule } from "./modules/masked-module.ts";

/** One of the outputs of a {@link GraphNode}, by the node's place. */
export interface NodeOutput {
  /** The node's place in the graph's list. */
  readonly node: number;
  /** Which of its outputs. */
  readonly output: number;
}

/** One use of a module in a {@link LayersGraph}. */
export interface GraphNode {
  /** The name of its layer; nodes of one name share the module. */
  readonly name: string;
  /** What is applied. */
  readonly module: Module<unknown>;
  /** What it is applied to, of nodes before it; nothing for an input. */
  readonly inputs: readonly NodeOutput[];
  /** Whether the result has the first argument's mask. */
  readonly passesMask: boolean;
}

/**
 * A functional model of TensorFlow.js: modules by the names of its layers, applied along a graph without cycles. Parameters
 * are named by layer: `dense_1.weight`.
 *
 * Several inputs are several arguments, in the model's order; several outputs come as an array. Masks go along, as in
 * TensorFlow.js.
 *
 * @example
 * import { Input, LayersGraph, Merge } from "@tensorloom/backend-tfjs";
 * const first = { node: 0, output: 0 };
 * const twice = new LayersGraph(
 *   [
 *     { name: "in", module: new Input([2]), inputs: [], passesMask: false },
 *     { name: "sum", module: new Merge("add"), inputs: [first, first], passesMask: false },
 *   ],
 *   [0],
 *   [{ node: 1, output: 0 }],
 * );
 * twice.forward(tensor([[1, 2]])).toString(); // => [[2, 4]]
 */
export class LayersGraph<Output = Tensor> extends Module<Output> {
  /** Each after those that it is applied to. */
  readonly nodes: readonly GraphNode[];
  /** Which nodes take the arguments, in order. */
  readonly inputs: readonly number[];
  /** What is returned. */
  readonly outputs: readonly NodeOutput[];

  /**
   * @param nodes - each after those that it is applied to
   * @param inputs - which nodes take the arguments, in order
   * @param outputs - what is returned
   */
  constructor(
    nodes: readonly GraphNode[],
    inputs: readonly number[],
    outputs: readonly NodeOutput[],
  ) {
    super();
    this.nodes = nodes;
    this.inputs = inputs;
    this.outputs = outputs;
  }

  protected override fields(): [name: string, value: unknown][] {
    return [...new Map(this.nodes.map(({ name, module }) => [name, module]))];
  }

  /**
   * @param x - the first input
   * @param others - the other inputs
   * @returns the output; an array of them if there are several
   * @throws `ArgumentError` for another number of inputs than the model has
   */
  forward(x: Tensor, ...others: readonly Tensor[]): Output {
    const given = [x, ...others];
    if (given.length !== this.inputs.length) {
      throw new ArgumentError(
        `LayersGraph: inputs: expected ${this.inputs.length} (${this.inputs.map((i) => this.nodes[i]!.name).join(", ")}), ` +
          `got ${given.length}`,
      );
    }
    return tidy(() => {
      const values: (readonly Tensor[])[] = [];
      const masks: (Tensor | undefined)[] = [];
      this.nodes.forEach((node, i) => {
        const taken = node.inputs.map(({ node: from, output }) => values[from]![output]!);
        const argument = this.inputs.indexOf(i);
        if (argument >= 0) taken.push(given[argument]!);
        const known = node.inputs
          .map(({ node: from }) => masks[from])
          .filter((mask) => mask !== undefined);
        const mask = known.length > 1 ? known.reduce((a, b) => a.logicalAnd(b)) : known[0];
        const { module } = node;
        if (module instanceof MaskedModule) {
          // What else is given to such a module has no steps.
          const own = node.inputs[0] === undefined ? undefined : masks[node.inputs[0].node];
          values.push(module.outputsOf(taken, own));
          masks.push(module.maskOf(taken[0]!, own));
          return;
        }
        const result = (module as Module & { forward(...inputs: Tensor[]): unknown }).forward(
          ...(taken as [Tensor]),
        );
        values.push((Array.isArray(result) ? result : [result]) as readonly Tensor[]);
        masks.push(node.passesMask ? mask : undefined);
      });
      const results = this.outputs.map(({ node, output }) => values[node]![output]!);
      return (results.length === 1 ? results[0] : results) as Output;
    });
  }
}
