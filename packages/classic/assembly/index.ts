export { nearestTwo } from "./nearest-two";
export { squaredDistances } from "./squared-distances";
export { repel } from "./repel";
export { sumByBin } from "./sum-by-bin";
