// The few messages of the ONNX format (onnx.proto3) that models of one node need, as protobuf.

/** An attribute: a whole number, or several. */
export type Attributes = Readonly<Record<string, number | readonly number[]>>;

/** A tensor of float32 by name. */
export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A model that applies one operator. */
export interface OneNodeModel {
  /** The operator's name in ONNX. */
  readonly operator: string;
  readonly attributes?: Attributes;
  /** Fed at each run. */
  readonly inputs: readonly NamedTensor[];
  /** Part of the model. */
  readonly weights: readonly (NamedTensor & { readonly data: Float32Array })[];
  /** What comes out, called `y`. */
  readonly output: readonly number[];
}

const float32 = 1;

/** Returns the model's file. */
export function onnxModel(model: OneNodeModel): Uint8Array<ArrayBuffer> {
  const { operator, attributes = {}, inputs, weights, output } = model;
  const node = [
    ...[...inputs, ...weights].flatMap(({ name }) => text(1, name)),
    ...text(2, "y"),
    ...text(4, operator),
    ...Object.entries(attributes).flatMap(([name, value]) => message(5, attribute(name, value))),
  ];
  const graph = [
    ...message(1, node),
    ...text(2, "graph"),
    ...weights.flatMap(({ name, shape, data }) =>
      message(5, [
        ...shape.flatMap((size) => integer(1, size)),
        ...integer(2, float32),
        ...text(8, name),
        ...message(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
      ]),
    ),
    ...inputs.flatMap((input) => message(11, valueInfo(input))),
    ...message(12, valueInfo({ name: "y", shape: output })),
  ];
  const opset = integer(2, 17);
  return Uint8Array.from(concat(integer(1, 8), message(7, graph), message(8, opset)));
}

function concat(...parts: readonly Iterable<number>[]): number[] {
  const all: number[] = [];
  for (const part of parts) for (const byte of part) all.push(byte);
  return all;
}

function attribute(name: string, value: number | readonly number[]): number[] {
  const isOne = typeof value === "number";
  const values = isOne ? integer(3, value) : value.flatMap((one) => integer(8, one));
  return [...text(1, name), ...values, ...integer(20, isOne ? 2 : 7)];
}

function valueInfo({ name, shape }: NamedTensor): number[] {
  const dims = shape.flatMap((size) => message(1, integer(1, size)));
  const tensor = [...integer(1, float32), ...message(2, dims)];
  return [...text(1, name), ...message(2, message(1, tensor))];
}

function integer(field: number, value: number): number[] {
  return [...varint(field << 3), ...varint(value)];
}

function text(field: number, value: string): number[] {
  return message(field, new TextEncoder().encode(value));
}

function message(field: number, bytes: ArrayLike<number> & Iterable<number>): number[] {
  return concat(varint((field << 3) | 2), varint(bytes.length), bytes);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return bytes;
}
