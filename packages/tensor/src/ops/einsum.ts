import { broadcastShapes } from "../broadcast.ts";
import { promoteTypes, type DType } from "../dtype.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { tidy } from "../scope.ts";
import { formatShape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { contractionOrder, type ContractionTree } from "./contraction-order.ts";
import { diagonal } from "./diagonals.ts";
import { mul } from "./elementwise-binary.ts";
import { inDType, ownHandle } from "./elementwise-ternary.ts";
import { matmul } from "./matmul.ts";
import { toTensors, type TensorLike } from "./operand.ts";
import { sum } from "./reduction.ts";
import { dropUnitAxes } from "./unit-axes.ts";
import { broadcastTo, reshape, transpose } from "./views.ts";

/** An operand with a label for each axis, each once. An axis that `...` stands for has a label of several characters. */
interface Labelled {
  readonly tensor: Tensor;
  readonly labels: readonly string[];
}

/**
 * Returns sums of products of elements, in Einstein's notation: letters name axes, and those that the result does not
 * name are summed.
 *
 * A letter that stands twice in one operand takes its diagonal; `...` stands for any axes, which broadcast. Without
 * `->`, the result has the axes of `...` and the letters that stand once, in alphabetical order.
 *
 * @param subscripts - such as `"bij,bjk->bik"`: the letters of each operand, and of the result
 * @param operands - one or more
 * @throws {@link ArgumentError} for subscripts that cannot be read; {@link ShapeError} for operands that do not fit them
 *
 * Cost: operands are contracted in pairs, in the order of the fewest multiplications for up to 8; each pair is one
 * `gemm`, or one multiplication where nothing is summed. Source: NumPy's einsum.
 *
 * @example
 * einsum("ij,jk->ik", ones([2, 3]), ones([3, 4])).shape; // => [2,4]
 * einsum("ii", tensor([[1, 2], [3, 4]])).item(); // => 5
 * einsum("...i,...i->...", ones([5, 3]), ones([3])).toString(); // => [3, 3, 3, 3, 3]
 */
export function einsum(subscripts: string, ...operands: TensorLike[]): Tensor {
  return tidy(() => {
    const given = toTensors("einsum", operands);
    const { terms, output } = parse(subscripts, given);
    const sizes = sizesOf(subscripts, given, terms, output);
    const dtype = given.reduce<DType>((all, { dtype: own }) => promoteTypes(all, own), "bool");
    const total = dtype === "bool" || dtype === "uint8" ? "int32" : dtype;
    const prepared = given.map((tensor, i) =>
      withoutStretched(withoutRepeats(inDType(tensor, total), terms[i]!), sizes),
    );
    const tree = contractionOrder(
      prepared.map(({ labels }) => new Set(labels)),
      new Set(output),
      sizes,
    );
    const result = contractTree(tree, prepared, new Set(output));
    const summed = sumOver(result, (label) => !output.includes(label));
    return ownHandle(operands[0]!, arranged(summed, output, sizes));
  });
}

/** Reads the subscripts: for each operand and for the result, a label an axis. */
function parse(
  subscripts: string,
  operands: readonly Tensor[],
): { terms: string[][]; output: string[] } {
  const fail = (what: string): never => {
    throw new ArgumentError(
      `einsum: subscripts: expected ${what}, got "${subscripts}" for ` +
        `${operands.map(({ shape }) => formatShape(shape)).join(" and ") || "no operands"}; try "ij,jk->ik"`,
    );
  };
  const text = String(subscripts).replaceAll(" ", "");
  const [left, right, ...more] = text.split("->") as [string, ...string[]];
  const written = left.split(",");
  const isTerm = (term: string): boolean => /^[A-Za-z]*(\.\.\.)?[A-Za-z]*$/.test(term);
  if (more.length > 0 || ![...written, right ?? ""].every(isTerm)) {
    fail("letters and at most one ... an operand");
  }
  if (operands.length === 0 || written.length !== operands.length) {
    fail(`one term for each of ${operands.length} operands`);
  }
  const terms = written.map((term, i) => {
    const { rank } = operands[i]!;
    const letters = term.replace("...", "").length;
    if (term.includes("...") ? letters > rank : letters !== rank) {
      fail(`a letter for each axis of operand ${i}`);
    }
    return expand(term, rank - letters);
  });
  const most = terms.reduce((all, labels) => Math.max(all, labels.filter(isEllipsis).length), 0);
  if (right !== undefined) {
    const output = expand(right, most);
    const known = new Set(terms.flat());
    if (new Set(output).size !== output.length) fail("each letter of the result once");
    if (!output.every((label) => known.has(label) || isEllipsis(label))) {
      fail("letters in the result that stand in an operand");
    }
    return { terms, output };
  }
  const all = terms.flat();
  const once = all.filter(
    (label) => !isEllipsis(label) && all.indexOf(label) === all.lastIndexOf(label),
  );
  return { terms, output: [...expand("...", most), ...once.toSorted()] };
}

/** The axes of `...` are labelled from the last, as broadcasting matches them. */
function expand(term: string, hidden: number): string[] {
  const [before, after] = term.split("...") as [string, string?];
  if (after === undefined) return [...before];
  const axes = Array.from({ length: hidden }, (_, i) => `...${hidden - 1 - i}`);
  return [...before, ...axes, ...after];
}

function isEllipsis(label: string): boolean {
  return label.length > 1;
}

/** The size of each label, to which sizes of 1 stretch. */
function sizesOf(
  subscripts: string,
  operands: readonly Tensor[],
  terms: readonly (readonly string[])[],
  output: readonly string[],
): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const label of output) if (isEllipsis(label)) sizes.set(label, 1);
  terms.forEach((labels, i) => {
    labels.forEach((label, axis) => {
      const size = operands[i]!.shape[axis]!;
      const known = sizes.get(label) ?? 1;
      if (known !== size && known !== 1 && size !== 1) {
        throw new ShapeError(
          `einsum: operand ${i}: expected size ${known} for ${isEllipsis(label) ? "..." : `"${label}"`} in ` +
            `"${subscripts}", got ${formatShape(operands[i]!.shape)}`,
        );
      }
      sizes.set(label, size === 1 ? known : size);
    });
  });
  return sizes;
}

/** Takes the diagonal of axes with the same letter. */
function withoutRepeats(tensor: Tensor, labels: readonly string[]): Labelled {
  const second = labels.findIndex((label, axis) => labels.indexOf(label) < axis);
  if (second < 0) return { tensor, labels };
  const first = labels.indexOf(labels[second]!);
  const others = labels.map((_, axis) => axis).filter((axis) => axis !== first && axis !== second);
  const both = broadcastShapes("einsum", [tensor.shape[first]!], [tensor.shape[second]!])[0]!;
  const last = transpose(tensor, [...others, first, second]);
  const square = broadcastTo(last, [...last.shape.slice(0, -2), both, both]);
  return withoutRepeats(diagonal(square), [
    ...others.map((axis) => labels[axis]!),
    labels[second]!,
  ]);
}

/** Drops axes of size 1 that stretch: multiplying by them is multiplying without the axis. */
function withoutStretched(
  { tensor, labels }: Labelled,
  sizes: ReadonlyMap<string, number>,
): Labelled {
  const stretches = (axis: number): boolean =>
    tensor.shape[axis] === 1 && sizes.get(labels[axis]!) !== 1;
  const dropped = labels.map((_, axis) => axis).filter(stretches);
  return {
    tensor: dropUnitAxes(tensor, dropped),
    labels: labels.filter((_, axis) => !dropped.includes(axis)),
  };
}

function contractTree(
  tree: ContractionTree,
  operands: readonly Labelled[],
  wanted: ReadonlySet<string>,
): Labelled {
  if (typeof tree === "number") return operands[tree]!;
  const [left, right] = tree;
  const within = (part: ContractionTree): string[] =>
    typeof part === "number" ? [...operands[part]!.labels] : part.flatMap(within);
  const a = contractTree(left, operands, new Set([...wanted, ...within(right)]));
  const b = contractTree(right, operands, new Set([...wanted, ...within(left)]));
  return contractPair(a, b, wanted);
}

function sumOver({ tensor, labels }: Labelled, isSummed: (label: string) => boolean): Labelled {
  const axes = labels.map((_, axis) => axis).filter((axis) => isSummed(labels[axis]!));
  if (axes.length === 0) return { tensor, labels };
  return { tensor: sum(tensor, axes), labels: labels.filter((label) => !isSummed(label)) };
}

/** Multiplies two operands and sums the labels that both have and nobody wants. */
function contractPair(first: Labelled, second: Labelled, wanted: ReadonlySet<string>): Labelled {
  const a = sumOver(first, (label) => !wanted.has(label) && !second.labels.includes(label));
  const b = sumOver(second, (label) => !wanted.has(label) && !first.labels.includes(label));
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => wanted.has(label));
  const inner = shared.filter((label) => !wanted.has(label));
  const rows = a.labels.filter((label) => !shared.includes(label));
  const columns = b.labels.filter((label) => !shared.includes(label));
  const labels = [...batch, ...rows, ...columns];
  const sizeIn = ({ tensor, labels: own }: Labelled, label: string): number =>
    tensor.shape[own.indexOf(label)]!;
  const of = (x: Labelled, list: readonly string[]): number[] => list.map((l) => sizeIn(x, l));
  if (inner.length === 0) {
    const left = reshape(ordered(a, [...batch, ...rows]), [
      ...of(a, batch),
      ...of(a, rows),
      ...columns.map(() => 1),
    ]);
    const right = reshape(ordered(b, [...batch, ...columns]), [
      ...of(b, batch),
      ...rows.map(() => 1),
      ...of(b, columns),
    ]);
    return { tensor: mul(left, right), labels };
  }
  const depth = sizeOf(of(a, inner));
  const left = reshape(ordered(a, [...batch, ...rows, ...inner]), [
    ...of(a, batch),
    sizeOf(of(a, rows)),
    depth,
  ]);
  const right = reshape(ordered(b, [...batch, ...inner, ...columns]), [
    ...of(b, batch),
    depth,
    sizeOf(of(b, columns)),
  ]);
  const product = matmul(left, right);
  return { tensor: reshape(product, [...of(a, batch), ...of(a, rows), ...of(b, columns)]), labels };
}

function ordered({ tensor, labels }: Labelled, order: readonly string[]): Tensor {
  const permutation = order.map((label) => labels.indexOf(label));
  return permutation.every((from, to) => from === to) ? tensor : transpose(tensor, permutation);
}

/** The result's axes in their order, those that no operand still has put back. */
function arranged(
  { tensor, labels }: Labelled,
  output: readonly string[],
  sizes: ReadonlyMap<string, number>,
): Tensor {
  const present = output.filter((label) => labels.includes(label));
  const inOrder = ordered({ tensor, labels }, present);
  if (present.length === output.length) return inOrder;
  const kept = output.map((label) => (labels.includes(label) ? sizes.get(label)! : 1));
  return broadcastTo(
    reshape(inOrder, kept),
    output.map((label) => sizes.get(label)!),
  );
}
