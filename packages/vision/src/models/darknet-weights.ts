import type { Module } from "@tensorloom/nn";
import { ArgumentError, FormatError, tensor, tidy, type Tensor } from "@tensorloom/tensor";
import { ConvolutionBlock } from "./convolution-block.ts";

/** What the head of a Darknet weight file says. */
export interface DarknetHeader {
  /** The format's version. */
  readonly version: readonly [major: number, minor: number, revision: number];
  /** How many pictures the network had seen. */
  readonly seen: number;
}

/**
 * Puts the weights of a Darknet file into a model made of {@link ConvolutionBlock}s, in the order in which it holds them.
 * Nothing changes unless the file has exactly the numbers that the model needs.
 *
 * @param model - {@link yoloV3Tiny} for yolov3-tiny.weights, or another made of these blocks
 * @param bytes - the file
 * @returns what the file's head says
 * @throws `FormatError` if the file is too short, too long, or not of this format; `ArgumentError` for a model without blocks
 *
 * The format: three int32 for the version, the number of pictures seen (int32 before version 0.2, then int64), and for each
 * convolution, little-endian float32: with normalisation its biases, scales, means and variances, without it the biases;
 * then the weights, `[out, in, height, width]`. Source: Darknet's parser.c, load_weights_upto.
 *
 * @example
 * const model = tinyYolo({ C: 1, anchors: 1, widths: [1] });
 * const file = new Uint8Array(20 + 4 * 56);
 * file[4] = 2;
 * loadDarknetWeights(model, file).version; // => [0,2,0]
 */
export function loadDarknetWeights(model: Module<unknown>, bytes: Uint8Array): DarknetHeader {
  const blocks = (model as Module)
    .namedModules()
    .map(([, module]) => module)
    .filter((module): module is ConvolutionBlock => module instanceof ConvolutionBlock);
  if (blocks.length === 0) {
    throw new ArgumentError(
      "loadDarknetWeights: model: expected one made of ConvolutionBlocks, got one without",
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { header, headerBytes } = readHeader(view);
  const needed = headerBytes + blocks.reduce((total, block) => total + 4 * sizeOfBlock(block), 0);
  if (bytes.byteLength !== needed) {
    throw new FormatError(
      `loadDarknetWeights: bytes: expected ${needed} bytes for this model's ${blocks.length} convolutions, ` +
        `got ${bytes.byteLength}; it holds the weights of another network, or is cut off`,
    );
  }
  let offset = headerBytes;
  const take = (count: number): Float32Array => {
    const numbers = new Float32Array(count);
    for (let i = 0; i < count; i++) numbers[i] = view.getFloat32(offset + 4 * i, true);
    offset += 4 * count;
    return numbers;
  };
  for (const { convolution, norm } of blocks) {
    const [height, width, inChannels, outChannels] = convolution.weight.shape as readonly [
      number,
      number,
      number,
      number,
    ];
    const vectors =
      norm === undefined
        ? [convolution.bias!]
        : [norm.bias!, norm.weight!, norm.runningMean, norm.runningVariance];
    for (const vector of vectors) vector.assign(tensor(take(outChannels)));
    const weights = take(outChannels * inChannels * height * width);
    convolution.weight.assign(asFilter(weights, [outChannels, inChannels, height, width]));
  }
  return header;
}

/** `[out, in, height, width]` as `[height, width, in, out]`, row-major. */
function asFilter(weights: Float32Array, shape: readonly number[]): Tensor {
  return tidy(() => tensor(weights, { shape }).transpose([2, 3, 1, 0]).add(0));
}

function sizeOfBlock({ convolution, norm }: ConvolutionBlock): number {
  const [height, width, inChannels, outChannels] = convolution.weight.shape as readonly [
    number,
    number,
    number,
    number,
  ];
  return outChannels * (height * width * inChannels + (norm === undefined ? 1 : 4));
}

function readHeader(view: DataView): { header: DarknetHeader; headerBytes: number } {
  const tooShort = (needed: number): never => {
    throw new FormatError(
      `loadDarknetWeights: bytes: expected a head of ${needed} bytes, got ${view.byteLength} in all`,
    );
  };
  if (view.byteLength < 12) tooShort(12);
  const [major, minor, revision] = [0, 4, 8].map((at) => view.getInt32(at, true)) as [
    number,
    number,
    number,
  ];
  const isPlausible = major >= 0 && minor >= 0 && major < 1000 && minor < 1000;
  if (!isPlausible) {
    throw new FormatError(
      `loadDarknetWeights: bytes: expected a Darknet version, got ${major}.${minor}; it is another kind of file`,
    );
  }
  const isWide = major * 10 + minor >= 2;
  const headerBytes = isWide ? 20 : 16;
  if (view.byteLength < headerBytes) tooShort(headerBytes);
  const seen = isWide ? Number(view.getBigUint64(12, true)) : view.getUint32(12, true);
  return { header: { version: [major, minor, revision], seen }, headerBytes };
}
