import type { Tensor as TfTensor } from "@tensorflow/tfjs-core";
import { bytesPerElement, type DType, type Storage } from "@tensorloom/tensor/backend";

/** Memory as TensorFlow.js has it: a flat tensor of one dtype, made anew by each write. */
export class TfjsStorage implements Storage {
  /** The elements; undefined before the first write. Bytes are held as int32, which TensorFlow.js has instead. */
  flat: TfTensor | undefined;

  readonly byteLength: number;

  /** @param byteLength - bytes that can be used */
  constructor(byteLength: number) {
    this.byteLength = byteLength;
  }

  /** How many elements of a dtype there is room for. */
  lengthOf(dtype: DType): number {
    return Math.floor(this.byteLength / bytesPerElement(dtype));
  }

  /** Takes other elements in place of its own. */
  replace(flat: TfTensor): void {
    this.flat?.dispose();
    this.flat = flat;
  }

  /** Gives the elements back. */
  free(): void {
    this.flat?.dispose();
    this.flat = undefined;
  }
}
