// What can run on a worker thread, by name. A task is a function of what is common to all parts and of one part; both, and its
// result, are plain values and typed arrays. One that takes long is a generator and yields between steps, so that the calling
// thread, where it must run there, can pause. Everything named here goes into the worker's source: a task may import arithmetic
// over typed arrays and nothing of @tensorloom/tensor; the build refuses the rest.
export { descendCoordinates } from "../svm/dual-coordinate-descent.ts";
export { solveSvm } from "../svm/solve-svm.ts";
export { growTrees } from "../ensemble/grow-trees.ts";
export { sumOfSquares } from "./sum-of-squares.ts";
