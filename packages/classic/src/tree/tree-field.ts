import { FormatError } from "@tensorloom/tensor";
import { array, number, record, type Field } from "../persistence/fields.ts";
import type { TreeData } from "./tree-data.ts";

const doubles = array(Float64Array);
const integers = array(Int32Array);
const parts = record<{ outputs: number; topology: never; numbers: never }>({
  outputs: number,
  topology: integers as never,
  numbers: doubles as never,
});

/** A tree in files: two tables, of whole numbers and of float64, a row a node. Trees that run in circles are refused. */
export const treeField: Field<TreeData> = {
  write(tree, path) {
    const { nodeCount: n, outputs } = tree;
    const topology = new Int32Array(n * 4);
    const numbers = new Float64Array(n * (3 + outputs));
    for (let i = 0; i < n; i++) {
      topology[i * 4] = tree.feature[i]!;
      topology[i * 4 + 1] = tree.childrenLeft[i]!;
      topology[i * 4 + 2] = tree.childrenRight[i]!;
      topology[i * 4 + 3] = tree.nNodeSamples[i]!;
      const at = i * (3 + outputs);
      numbers[at] = tree.threshold[i]!;
      numbers[at + 1] = tree.impurity[i]!;
      numbers[at + 2] = tree.weightedNNodeSamples[i]!;
      numbers.set(tree.value.subarray(i * outputs, (i + 1) * outputs), at + 3);
    }
    return {
      outputs,
      topology: integers.write({ data: topology, shape: [n, 4] }, path),
      numbers: doubles.write({ data: numbers, shape: [n, 3 + outputs] }, path),
    };
  },
  read(json, path, context) {
    const read = parts.read(json, path, context) as unknown as {
      outputs: number;
      topology: { data: Int32Array; shape: readonly number[] };
      numbers: { data: Float64Array; shape: readonly number[] };
    };
    const { outputs, topology, numbers } = read;
    const [n = 0, width] = topology.shape;
    const isShaped =
      n > 0 && width === 4 && numbers.shape[0] === n && numbers.shape[1] === 3 + outputs;
    if (!isShaped) {
      throw new FormatError(
        `fromJSON: ${path}: expected tables [nodes, 4] and [nodes, 3 + ${outputs}], got [${topology.shape.join(", ")}] and [${numbers.shape.join(", ")}]`,
      );
    }
    const column = (c: number): Int32Array =>
      Int32Array.from({ length: n }, (_, i) => topology.data[i * 4 + c]!);
    const real = (c: number): Float64Array =>
      Float64Array.from({ length: n }, (_, i) => numbers.data[i * (3 + outputs) + c]!);
    const value = new Float64Array(n * outputs);
    for (let i = 0; i < n; i++) {
      const at = i * (3 + outputs) + 3;
      value.set(numbers.data.subarray(at, at + outputs), i * outputs);
    }
    const [feature, childrenLeft, childrenRight] = [column(0), column(1), column(2)];
    checkChildren(path, feature, childrenLeft, childrenRight);
    return {
      nodeCount: n,
      outputs,
      feature,
      threshold: real(0),
      childrenLeft,
      childrenRight,
      impurity: real(1),
      nNodeSamples: column(3),
      weightedNNodeSamples: real(2),
      value,
    };
  },
};

/** Children come after their parents, so that every way down ends. */
function checkChildren(
  path: string,
  feature: Int32Array,
  left: Int32Array,
  right: Int32Array,
): void {
  const n = left.length;
  for (let i = 0; i < n; i++) {
    const [l, r] = [left[i]!, right[i]!];
    const isLeaf = l === -1 && r === -1;
    const isInner = l > i && r > i && l < n && r < n && feature[i]! >= 0;
    if (isLeaf || isInner) continue;
    throw new FormatError(
      `fromJSON: ${path}: expected children of node ${i} between it and ${n}, got ${l} and ${r}`,
    );
  }
}
