// Images whose every element is made of those around it, on images that have been padded.
import { storeBytes } from "./lanes";
import { weighByteRows, weighRows } from "./separable";

/**
 * Each element as a weighted sum. Computes `rows` output rows from `firstRow`, counted over the batch, of `width` elements (pixels
 * times channels); `input` has `margin` rows and `marginElements` elements more. `offsets` and `weights` hold the taps.
 * Lanes: 16 elements.
 */
export function correlate(
  input: u32, isBytes: bool, output: u32, toBytes: bool, firstRow: u32, rows: u32, height: u32, elements: u32,
  margin: u32, marginElements: u32, offsets: u32, weights: u32, taps: u32, workspace: u32,
): void {
  const line = workspace, list = line + ((elements + 64) << 2), bytes = list + (taps << 3) + 16;
  const size: u32 = isBytes ? 1 : 4;
  for (let row = firstRow; row < firstRow + rows; row++) {
    const at = input + (row + (row / height) * margin) * (elements + marginElements) * size;
    for (let tap: u32 = 0; tap < taps; tap++) {
      store<u32>(list + (tap << 3), at + load<u32>(offsets + (tap << 2)) * size);
      store<f32>(list + (tap << 3), load<f32>(weights + (tap << 2)), 4);
    }
    if (isBytes) weighByteRows(list, taps, line, elements);
    else weighRows(list, taps, line, elements);
    if (toBytes) {
      storeBytes(line, bytes, elements);
      memory.copy(output + row * elements, bytes, elements);
    } else memory.copy(output + ((row * elements) << 2), line, elements << 2);
  }
}
