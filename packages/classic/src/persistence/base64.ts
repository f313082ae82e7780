import { FormatError } from "@tensorloom/tensor";

// Arguments that a call may have are limited; so many characters are made at a time.
const atOnce = 0x2000;

/** Returns bytes as base64. */
export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += atOnce) {
    text += String.fromCharCode(...bytes.subarray(i, i + atOnce));
  }
  return btoa(text);
}

/** Returns the bytes that base64 stands for; throws `FormatError` for what is not base64, or not of `length` bytes. */
export function fromBase64(text: string, length: number, path: string): Uint8Array<ArrayBuffer> {
  if (text.length !== Math.ceil(length / 3) * 4) {
    throw new FormatError(
      `fromJSON: ${path}: expected base64 of ${length} bytes, got ${text.length} characters`,
    );
  }
  let binary: string;
  try {
    binary = atob(text);
  } catch (cause) {
    throw new FormatError(`fromJSON: ${path}: expected base64, got other characters`, { cause });
  }
  if (binary.length !== length) {
    throw new FormatError(
      `fromJSON: ${path}: expected base64 of ${length} bytes, got ${binary.length}`,
    );
  }
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
