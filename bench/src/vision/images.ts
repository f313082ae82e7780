import * as tf from "@tensorflow/tfjs-core";
import { wasm } from "@tensorloom/backend-cpu";
import { random, tensor, use, type Tensor } from "@tensorloom/tensor";
import {
  bilateralFilter,
  canny,
  gaussianBlur,
  letterbox,
  medianBlur,
  resizeImage,
  rgbToGray,
  warpAffine,
} from "@tensorloom/vision";
import sharp, { type Sharp } from "sharp";
import { compare, type Contender, type Row, type Settings } from "../measure.ts";
import { loadOpenCv, type Mat, type OpenCv } from "../peers/opencv.ts";
import { useTfjs } from "../peers/tfjs.ts";

const [height, width] = [1080, 1920];

/** Filters, resizing and warps of a picture of 1920 by 1080 pixels with three channels. */
export async function images(settings: Settings): Promise<Row[]> {
  await use(wasm({ threads: settings.threads }));
  await useTfjs("wasm");
  sharp.concurrency(settings.threads);
  const cv = await loadOpenCv();
  // Waves and noise: what a picture has, and medians and edges to find.
  const floats = photo();
  const bytes = floats.astype("uint8");
  const rows: Row[] = [];
  for (const one of casesOf(cv, floats, bytes)) {
    const expected = one.opencv.run();
    const ours = one.ours();
    checkClose(one.name, ours.dataSync(), expected, one.tolerance);
    ours.dispose();
    const peers: Contender[] = [
      { name: "opencv.js", run: () => void one.opencv.run() },
      ...(one.others ?? []),
    ];
    const mine: Contender = { name: "wasm", run: () => one.ours().dispose() };
    rows.push(...(await compare("vision", one.name, settings, mine, peers)));
    one.opencv.free();
  }
  return rows;
}

interface Case {
  readonly name: string;
  readonly ours: () => Tensor;
  readonly opencv: { run(): ArrayLike<number>; free(): void };
  readonly tolerance: number;
  readonly others?: readonly Contender[];
}

function casesOf(cv: OpenCv, floats: Tensor, bytes: Tensor): readonly Case[] {
  const data = bytes.dataSync() as Uint8Array;
  const raw = { raw: { width, height, channels: 3 as const } };
  const gray = rgbToGray(bytes);
  const matrix = [
    [0.9, 0.1, 3],
    [-0.1, 0.9, 8],
  ];
  const native = (pipeline: (image: Sharp) => Sharp): Contender["run"] => {
    return async () => void (await pipeline(sharp(data, raw)).raw().toBuffer());
  };
  const inCv = (source: Tensor, run: (from: Mat, to: Mat) => void): Case["opencv"] => {
    const isBytes = source.dtype === "uint8";
    const channels = source.shape[2]!;
    const from = new cv.Mat(height, width, cv[`CV_${isBytes ? "8U" : "32F"}C${channels}`]);
    (isBytes ? from.data : from.data32F).set(source.dataSync());
    const to = new cv.Mat();
    return {
      run: () => {
        run(from, to);
        return to.depth() === cv["CV_32F"] ? to.data32F : to.data;
      },
      free: () => {
        from.delete();
        to.delete();
      },
    };
  };
  const tx = tf.tensor4d(floats.dataSync() as Float32Array, [1, height, width, 3]);
  const noScalar = new cv.Scalar(114, 114, 114, 114);
  const area = new cv.Size(640, 360);
  const middle = new cv.Mat();
  const boxed = new cv.Mat();
  return [
    {
      name: "Gaussian blur, sigma 3, uint8",
      ours: () => gaussianBlur(bytes, { sigma: 3 }),
      opencv: inCv(bytes, (from, to) => cv.GaussianBlur(from, to, new cv.Size(0, 0), 3)),
      tolerance: 1,
      others: [{ name: "sharp (native)", run: native((image) => image.blur(3)) }],
    },
    {
      name: "Gaussian blur, sigma 3, float32",
      ours: () => gaussianBlur(floats, { sigma: 3 }),
      opencv: inCv(floats, (from, to) => cv.GaussianBlur(from, to, new cv.Size(0, 0), 3)),
      tolerance: 1e-2,
      others: [{ name: "tfjs wasm", run: () => tf.tidy(() => void blurByTfjs(tx)) }],
    },
    {
      name: "median, 5 by 5, uint8",
      ours: () => medianBlur(bytes, { kernelSize: 5 }),
      opencv: inCv(bytes, (from, to) => cv.medianBlur(from, to, 5)),
      tolerance: 0,
      others: [{ name: "sharp (native)", run: native((image) => image.median(5)) }],
    },
    {
      name: "bilateral, d = 9, uint8",
      ours: () => bilateralFilter(bytes, { diameter: 9, sigmaColor: 50, sigmaSpace: 3 }),
      opencv: inCv(bytes, (from, to) => cv.bilateralFilter(from, to, 9, 50, 3)),
      tolerance: 1,
    },
    {
      name: "Canny, grey uint8",
      ours: () => canny(gray, { lowThreshold: 50, highThreshold: 150 }),
      opencv: inCv(gray, (from, to) => cv.Canny(from, to, 50, 150)),
      tolerance: 0,
    },
    {
      name: "bilinear to 640², uint8",
      ours: () => resizeImage(bytes, 640),
      opencv: inCv(bytes, (from, to) => cv.resize(from, to, new cv.Size(640, 640), 0, 0, cv["INTER_LINEAR"]!)), // prettier-ignore
      tolerance: 1,
      others: [{ name: "sharp (native, averages)", run: native((image) => image.resize(640, 640, { fit: "fill", kernel: "linear" })) }], // prettier-ignore
    },
    {
      name: "bilinear to 640², float32",
      ours: () => resizeImage(floats, 640),
      opencv: inCv(floats, (from, to) => cv.resize(from, to, new cv.Size(640, 640), 0, 0, cv["INTER_LINEAR"]!)), // prettier-ignore
      tolerance: 1e-2,
      others: [{ name: "tfjs wasm", run: () => void tf.image.resizeBilinear(tx, [640, 640], false, true).dispose() }], // prettier-ignore
    },
    {
      name: "letterbox to 640² and normalize to float32",
      ours: () => letterbox(bytes, 640, { normalize: {} }).image,
      opencv: inCv(bytes, (from, to) => {
        cv.resize(from, middle, area, 0, 0, cv["INTER_LINEAR"]!);
        cv.copyMakeBorder(middle, boxed, 140, 140, 0, 0, cv["BORDER_CONSTANT"]!, noScalar);
        boxed.convertTo(to, cv["CV_32FC3"]!, 1 / 255);
      }),
      // The peer rounds to bytes on the way.
      tolerance: 1 / 255,
      others: [{ name: "tfjs wasm", run: () => tf.tidy(() => void letterboxByTfjs(tx)) }], // prettier-ignore
    },
    {
      name: "affine warp, uint8",
      ours: () => warpAffine(bytes, matrix),
      opencv: inCv(bytes, (from, to) => {
        const given = new cv.Mat(2, 3, cv["CV_32FC1"]!);
        given.data32F.set(matrix.flat());
        cv.warpAffine(from, to, given, new cv.Size(width, height));
        given.delete();
      }),
      // OpenCV rounds places to 1/32 of a pixel: so far apart on the steepest slope.
      tolerance: 16,
    },
  ];
}

function photo(): Tensor {
  const noise = random.normal([height, width, 3], { seed: 1, std: 12 });
  const waves = Float32Array.from({ length: height * width * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / (3 * width))];
    return 128 + 60 * Math.sin(x / 23) * Math.cos(y / 31) + (((x >> 6) + (y >> 6)) % 2) * 40;
  });
  const given = noise.dataSync();
  for (let i = 0; i < waves.length; i++) waves[i] = Math.min(255, Math.max(0, Math.round(waves[i]! + given[i]!))); // prettier-ignore
  noise.dispose();
  return tensor(waves, { shape: [height, width, 3] });
}

function blurByTfjs(x: tf.Tensor4D): tf.Tensor4D {
  const weights = Array.from({ length: 25 }, (_, i) => Math.exp(-((i - 12) ** 2) / 18));
  const total = weights.reduce((a, b) => a + b);
  const filter = tf.tensor1d(weights.flatMap((w) => [w / total, w / total, w / total]));
  const padded = tf.mirrorPad(x, [[0, 0], [12, 12], [12, 12], [0, 0]], "reflect"); // prettier-ignore
  const down = tf.depthwiseConv2d(padded, tf.reshape(filter, [25, 1, 3, 1]), 1, "valid");
  return tf.depthwiseConv2d(down, tf.reshape(filter, [1, 25, 3, 1]), 1, "valid");
}

function letterboxByTfjs(x: tf.Tensor4D): tf.Tensor4D {
  const small = tf.image.resizeBilinear(x, [360, 640], false, true);
  const padded = tf.pad(small, [[0, 0], [140, 140], [0, 0], [0, 0]], 114); // prettier-ignore
  return tf.div(padded, 255);
}

function checkClose(
  name: string,
  ours: ArrayLike<number>,
  theirs: ArrayLike<number>,
  tolerance: number,
): void {
  if (ours.length !== theirs.length) {
    throw new Error(`${name}: ${ours.length} elements here and ${theirs.length} there`);
  }
  for (let i = 0; i < ours.length; i++) {
    if (!(Math.abs(ours[i]! - theirs[i]!) <= tolerance + 1e-6)) {
      throw new Error(`${name}: element ${i} is ${ours[i]} here and ${theirs[i]} there`);
    }
  }
}
