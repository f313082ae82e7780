export { nms, type NmsOptions } from "./boxes/nms.ts";
export { gaussianBlur, type GaussianBlurOptions } from "./filters/gaussian-blur.ts";
