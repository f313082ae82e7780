import {
  customKernel,
  UnsupportedError,
  type CustomKernel,
  type DType,
  type HostArray,
  type OutputSpecification,
  type Tensor,
  type TypedArray,
} from "@tensorloom/tensor";

/**
 * Calls `read` with the elements of tensors, row-major: where the backend's memory can be reached that memory itself, not
 * a copy, valid until `read` returns; copies elsewhere. `read` makes no tensors.
 */
export async function withElements(
  tensors: readonly Tensor[],
  read: (...elements: TypedArray[]) => void,
): Promise<void> {
  const kernel = customKernel({
    name: "withElements",
    host: (inputs) => read(...inputs.map(({ data }) => data)),
  });
  try {
    kernel(tensors, [{ shape: [0], dtype: "float32" }])[0]!.dispose();
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    read(...(await Promise.all(tensors.map((one) => one.data()))));
  }
}

/**
 * Resolves to what a kernel of this package computes, on the host: by the tensors' backend where that runs such kernels, and
 * by its host function on copies elsewhere.
 */
export async function computed(
  kernel: CustomKernel,
  inputs: readonly Tensor[],
  outputs: readonly OutputSpecification[],
): Promise<TypedArray[]> {
  let made: Tensor[];
  try {
    made = customKernel(kernel)(inputs, outputs);
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    const elements = await Promise.all(inputs.map((one) => one.data()));
    const given = inputs.map(({ shape }, i) => ({ data: elements[i]!, shape }));
    const results = outputs.map(({ shape, dtype }) => hostArray(dtype, shape));
    kernel.host!(given, results, []);
    return results.map(({ data }) => data);
  }
  const results = await Promise.all(made.map((one) => one.data()));
  for (const one of made) one.dispose();
  return results;
}

function hostArray(dtype: DType, shape: readonly number[]): HostArray {
  const size = shape.reduce((product, length) => product * length, 1);
  const data = dtype === "int32" ? new Int32Array(size) : dtype === "float64" ? new Float64Array(size) : new Float32Array(size); // prettier-ignore
  return { data, shape };
}
