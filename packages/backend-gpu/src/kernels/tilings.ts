import type { DeviceTraits } from "../device/traits.ts";
import { workgroupSize, type Tiling } from "../shaders/product-code.ts";

/** A product's sizes, by which its tiling is chosen. */
export interface ProductSize {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly batches: number;
  /** Whether the left factor's vectors run down its columns: tiles then have a multiple of four rows. */
  readonly leftIsTurned: boolean;
}

/** Up to this many multiplications, compiling a kernel for a product's layout costs more than it gains. */
const smallProduct = 2 ** 17;

/** Tells whether a product is done by one plain kernel, whatever its layout. */
export function isSmall({
  rows,
  columns,
  depth,
  batches,
}: Omit<ProductSize, "leftIsTurned">): boolean {
  return rows * columns * depth * batches <= smallProduct;
}

/** Returns how a product is cut on a device, and in how many parts its depth. */
export function tilingFor(
  traits: DeviceTraits,
  size: ProductSize,
): { readonly tiling: Tiling; readonly parts: number } {
  const { rows, columns, depth, batches } = size;
  const isLarge = !isSmall(size);
  const { tuning } = traits;
  const atLeastFour = rows > 1 || size.leftIsTurned || !isLarge ? 4 : 1;
  const tileRows = isLarge && rows >= tuning.tileRows ? tuning.tileRows : atLeastFour;
  const tileColumns = isLarge ? largestUpTo(columns, tuning.tileColumns) : 4;
  const down = Math.ceil(rows / tileRows);
  const beside = Math.ceil(columns / tileColumns);
  // Square where both sides are long.
  const groupColumns = Math.min(powerOfTwoUpTo(beside), down >= 4 ? 4 : workgroupSize);
  const groupRows = workgroupSize / groupColumns;
  const tiling = { rows: tileRows, columns: tileColumns, groupRows, groupColumns };
  const invocations = down * beside * batches;
  const wanted = traits.isSoftware ? 64 : 8192;
  const parts = Math.max(
    1,
    Math.min(
      Math.ceil(wanted / invocations),
      Math.floor(depth / (traits.isSoftware ? 256 : 64)),
      64,
    ),
  );
  return { tiling, parts };
}

/** The largest of 4, 8 and 16 up to both. */
function largestUpTo(columns: number, most: number): number {
  return Math.max(4, Math.min(most, powerOfTwoUpTo(columns)));
}

function powerOfTwoUpTo(n: number): number {
  return 2 ** Math.floor(Math.log2(n));
}
