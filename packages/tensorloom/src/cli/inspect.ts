import { inspectSafetensors } from "@tensorloom/tensor";
import { columns } from "./columns.ts";

/** Resolves to what a safetensors file holds, as text or JSON. */
export async function inspect(file: string, asJson: boolean): Promise<string> {
  const { tensors, metadata } = await inspectSafetensors(file);
  if (asJson) return JSON.stringify({ metadata, tensors }, null, 2);
  const sizeOf = (shape: readonly number[]): number => shape.reduce((size, n) => size * n, 1);
  const elements = tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const bytes = tensors.reduce((sum, tensor) => sum + tensor.byteLength, 0);
  const texts = Object.entries(metadata).map(([name, text]) => `${name}: ${text}`);
  return [
    ...texts,
    ...(texts.length === 0 ? [] : [""]),
    columns([
      ["tensor", "format", "dtype", "shape", "bytes"],
      ...tensors.map(({ name, format, dtype, shape, byteLength }) => [
        name,
        format,
        dtype,
        `[${shape.join(", ")}]`,
        byteLength,
      ]),
    ]),
    "",
    `${tensors.length} tensors, ${elements.toLocaleString("en")} elements, ${bytes.toLocaleString("en")} bytes`,
  ].join("\n");
}
