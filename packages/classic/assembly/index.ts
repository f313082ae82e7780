export { nearestTwo } from "./nearest-two";
export { squaredDistances } from "./squared-distances";
export { repel } from "./repel";
export { sumByBin } from "./sum-by-bin";
export { isApart, rowDistances } from "./row-distances";
export { dotProducts, powers, radialBasis, spread, tangents, toFloat32 } from "./kernel-rows";
export { bestPartner, extremesOf, subtractDifference, subtractRow } from "./smo";
