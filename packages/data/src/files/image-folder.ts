import { FormatError, tensor, UnsupportedError, type Tensor } from "@tensorloom/tensor";
import { IndexedDataset } from "../dataset/indexed-dataset.ts";
import { nodeModule } from "./byte-streams.ts";

/** A picture of {@link imageFolder} and the number of its class. */
export interface LabeledImage {
  /** `[height, width, channels]`, float32 in [0, 1]. */
  readonly x: Tensor;
  /** The number of the folder it lies in. */
  readonly y: number;
}

/** What {@link imageFolder} takes. */
export interface ImageFolderOptions {
  /** Height and width that all images are resized to; a number for both. */
  readonly size: number | readonly [height: number, width: number];
  /** 3 for colour (the default), 1 for grey. */
  readonly channels?: 1 | 3;
}

/** A picture of {@link imageFolder}. */
export interface ImageFile {
  /** Where it lies. */
  readonly path: string;
  /** The number of its class, its folder's place among the folders. */
  readonly label: number;
}

/** The pictures of {@link imageFolder}; shuffling chooses files before they are decoded. */
export class ImageFolder extends IndexedDataset<LabeledImage> {
  /** The folders' names, by class number. */
  readonly classNames: readonly string[];
  /** The files, in order, each with its class. */
  readonly files: readonly ImageFile[];

  /** @internal Use {@link imageFolder}. */
  constructor(
    classNames: readonly string[],
    files: ImageFolder["files"],
    decode: (path: string) => Promise<Tensor>,
  ) {
    super({
      count: files.length,
      sample: async (i) => ({ x: await decode(files[i]!.path), y: files[i]!.label }),
    });
    this.classNames = classNames;
    this.files = files;
  }
}

const extensions = /\.(jpe?g|png|webp|gif|tiff?|avif)$/i;

/**
 * Resolves to a data set of pictures in folders named for their classes, as `<path>/cat/1.jpg`: in Node, decoded by the optional
 * package sharp as they are asked for. Put `prefetch` last, and the next batch is decoded while this one is learnt.
 *
 * @param path - the folder of folders; classes are numbered by their names' order
 * @param options - `size`, which all images are resized to; `channels`
 * @throws `FormatError` if there are no pictures, or, while reading, for one that cannot be decoded; `UnsupportedError` outside Node,
 *   or without sharp
 *
 * Source: torchvision's ImageFolder.
 *
 * ```ts no-run
 * const pets = await imageFolder("pets", { size: 64 });
 * await fit(model, pets.shuffle({ seed: 1 }).batch(32).prefetch(), options);
 * ```
 */
export async function imageFolder(path: string, options: ImageFolderOptions): Promise<ImageFolder> {
  const { readdir } = nodeModule<NodeFolders>("imageFolder", "node:fs/promises");
  const [height, width] =
    typeof options.size === "number" ? [options.size, options.size] : options.size;
  const { channels = 3 } = options;
  const sharp = await loadSharp();
  const folders = await readdir(path, { withFileTypes: true });
  const classNames = folders
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  const lists = await Promise.all(
    classNames.map(async (name, label) => {
      const entries = await readdir(`${path}/${name}`, { withFileTypes: true });
      const names = entries.filter((entry) => entry.isFile() && extensions.test(entry.name));
      return names
        .map((entry) => ({ path: `${path}/${name}/${entry.name}`, label }))
        .sort((a, b) => (a.path < b.path ? -1 : 1));
    }),
  );
  const files = lists.flat();
  if (files.length === 0) {
    throw new FormatError(
      `imageFolder: ${path}: expected folders of pictures, one a class, got ${classNames.length} folders and no picture`,
    );
  }
  return new ImageFolder(classNames, files, async (file) => {
    try {
      const image = sharp(file).resize(width, height, { fit: "fill" }).removeAlpha();
      const { data } = await image
        .toColourspace(channels === 1 ? "b-w" : "srgb")
        .raw()
        .toBuffer({ resolveWithObject: true });
      const pixels = Float32Array.from(data, (value) => value / 255);
      return tensor(pixels, { shape: [height, width, channels] });
    } catch (error) {
      throw new FormatError(`imageFolder: ${file}: ${(error as Error).message}`, { cause: error });
    }
  });
}

interface NodeFolders {
  readdir(
    path: string,
    options: { withFileTypes: true },
  ): Promise<{ name: string; isDirectory(): boolean; isFile(): boolean }[]>;
}

async function loadSharp(): Promise<(typeof import("sharp"))["default"]> {
  try {
    // Bundlers for browsers leave it out: package.json says so.
    return (await import("sharp")).default;
  } catch (error) {
    throw new UnsupportedError(
      `imageFolder: expected the package sharp, which decodes pictures, got ${(error as Error).message}; ` +
        "try `npm install sharp`",
    );
  }
}
