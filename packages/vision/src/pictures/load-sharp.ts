import { UnsupportedError } from "@tensorloom/tensor";

/** What of sharp is used here. */
interface SharpImage {
  rotate(): SharpImage;
  removeAlpha(): SharpImage;
  ensureAlpha(): SharpImage;
  grayscale(): SharpImage;
  toColourspace(space: string): SharpImage;
  raw(): SharpImage;
  toFormat(format: string, options: { readonly quality?: number }): SharpImage;
  toBuffer(options: { readonly resolveWithObject: true }): Promise<{
    readonly data: Uint8Array;
    readonly info: { readonly width: number; readonly height: number; readonly channels: number };
  }>;
}

type SharpModule = (input: Uint8Array, options: Readonly<Record<string, unknown>>) => SharpImage;

/** Resolves to sharp, which codes pictures in Node; throws `UnsupportedError` where it is not installed. */
export async function loadSharp(operation: string): Promise<SharpModule> {
  try {
    // Bundlers for browsers leave it out: package.json says so.
    return ((await import("sharp")) as { default: SharpModule }).default;
  } catch (error) {
    throw new UnsupportedError(
      `${operation}: expected the package sharp, which codes pictures in Node, got ${(error as Error).message}; ` +
        "try `npm install sharp`",
    );
  }
}

interface FileSystem {
  readFile(path: string): Promise<Uint8Array>;
  writeFile(path: string, data: Uint8Array): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  rm(path: string, options: { readonly force: boolean }): Promise<void>;
}

/** Returns Node's file system, got without an import, which bundlers for browsers would follow. */
export function fileSystem(operation: string): FileSystem {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  const module = process?.getBuiltinModule?.("node:fs/promises");
  if (module !== undefined) return module as FileSystem;
  throw new UnsupportedError(
    `${operation}: expected Node for a path, got a platform without its file system; try decodeImage or fromCanvas`,
  );
}
