// Factorizations of plain float64 arrays on the host, for packages whose small matrices never become tensors.
export { matrixOf, product, transposed, type Matrix } from "./matrix.ts";
export { choleskyFactor } from "./cholesky.ts";
export { householderQr, type QrFactors } from "./householder-qr.ts";
export { jacobiSvd, type SvdFactors } from "./jacobi-svd.ts";
export { lu, luSolve, type LuFactors } from "./lu.ts";
export { symmetricEigen, type EigenPairs } from "./symmetric-eigen.ts";
