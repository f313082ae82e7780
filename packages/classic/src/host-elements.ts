import { customKernel, UnsupportedError, type Tensor, type TypedArray } from "@tensorloom/tensor";

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
