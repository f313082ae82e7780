import { tidy, type Tensor } from "@tensorloom/tensor";
import {
  bilateralFilter,
  boxBlur,
  canny,
  equalizeHist,
  gaussianBlur,
  grayToRgb,
  hsvToRgb,
  laplacian,
  medianBlur,
  motionBlur,
  rgbToGray,
  rgbToHsv,
  rgbToYCbCr,
  rotate,
  sobel,
  yCbCrToRgb,
} from "@tensorloom/vision";

/** A number of a filter. */
export interface Slider {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly value: number;
}

/** A filter as the page shows it. */
export interface Filter {
  readonly name: string;
  readonly sliders: readonly Slider[];
  /** `image` is `[height, width, 3]`, uint8; so is the result, or it has one channel. */
  readonly run: (image: Tensor, numbers: readonly number[]) => Tensor;
}

const slider = (name: string, min: number, max: number, step: number, value: number): Slider => ({ name, min, max, step, value }); // prettier-ignore

/** Floats around 0 as a picture around grey. */
function shown(x: Tensor): Tensor {
  return x.add(128).clip(0, 255).round().astype("uint8");
}

/** The filters of the page. */
export const filters: readonly Filter[] = [
  {
    name: "Gaussian blur",
    sliders: [slider("sigma", 0.3, 12, 0.1, 3)],
    run: (image, [sigma]) => gaussianBlur(image, { sigma: sigma! }),
  },
  {
    name: "Box blur",
    sliders: [slider("side", 1, 41, 1, 9)],
    run: (image, [side]) => boxBlur(image, { kernelSize: side! }),
  },
  {
    name: "Motion blur",
    sliders: [slider("length", 1, 61, 2, 21), slider("angle", 0, 180, 1, 30)],
    run: (image, [length, angle]) => motionBlur(image, { kernelSize: length!, angle: angle! }),
  },
  {
    name: "Median",
    sliders: [slider("side", 1, 11, 2, 5)],
    run: (image, [side]) => medianBlur(image, { kernelSize: side! }),
  },
  {
    name: "Bilateral",
    sliders: [slider("colour", 1, 150, 1, 40), slider("space", 1, 6, 0.5, 3)],
    run: (image, [color, space]) =>
      bilateralFilter(image, { sigmaColor: color!, sigmaSpace: space!, diameter: 9 }),
  },
  {
    name: "Canny's edges",
    sliders: [slider("low", 0, 300, 1, 60), slider("high", 0, 600, 1, 150), slider("blur", 0.3, 4, 0.1, 1)], // prettier-ignore
    run: (image, [low, high, sigma]) =>
      canny(gaussianBlur(image, { sigma: sigma! }), {
        lowThreshold: low!,
        highThreshold: Math.max(low!, high!),
      }),
  },
  {
    name: "Sobel",
    sliders: [slider("scale", 0.1, 2, 0.1, 0.5)],
    run: (image, [scale]) => shown(sobel(rgbToGray(image), { dx: 1, dy: 0, scale: scale! })),
  },
  {
    name: "Laplacian",
    sliders: [slider("scale", 0.2, 6, 0.2, 2)],
    run: (image, [scale]) => shown(laplacian(rgbToGray(image), { scale: scale! })),
  },
  {
    name: "Hue and saturation",
    sliders: [slider("hue", -180, 180, 1, 60), slider("saturation", 0, 2, 0.05, 1.2)],
    run: (image, [hue, saturation]) => {
      const hsv = rgbToHsv(image.astype("float32").div(255));
      const turned = hsv.mul([1, saturation!, 1]).add([hue!, 0, 0]);
      return hsvToRgb(turned.minimum([1e9, 1, 1]))
        .mul(255)
        .round()
        .astype("uint8");
    },
  },
  {
    name: "Equalized brightness",
    sliders: [slider("share", 0, 1, 0.05, 1)],
    run: (image, [share]) => {
      const parts = rgbToYCbCr(image);
      const [height, width] = parts.shape as [number, number];
      const y = parts.slice([0, 0, 0], [height, width, 1]);
      const gain = equalizeHist(y).astype("float32").sub(y).mul(share!);
      const spread = parts.astype("float32").add(gain.mul([1, 0, 0]));
      return yCbCrToRgb(spread.clip(0, 255).round().astype("uint8"));
    },
  },
  {
    name: "Rotation",
    sliders: [slider("angle", -180, 180, 1, 15)],
    run: (image, [angle]) => rotate(image, angle!, { value: 128 }),
  },
];

/** Runs a filter and leaves nothing behind but its result, of three channels. */
export function runFilter(filter: Filter, image: Tensor, numbers: readonly number[]): Tensor {
  return tidy(() => {
    const result = filter.run(image, numbers);
    return result.shape[2] === 1 ? grayToRgb(result) : result;
  });
}
