import type { DeviceTraits } from "../device/traits.ts";
import type { Sharing } from "../device/tuning.ts";
import { workgroupSize, type Tiling } from "../shaders/product-code.ts";
import { sharedSide } from "../shaders/workgroup-sharing.ts";

/** A product's sizes, by which its tiling is chosen. */
export interface ProductSize {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** How much of the depth lies in one run. */
  readonly run: number;
  readonly batches: number;
  /** Whether the left factor's vectors run down its columns: tiles then have a multiple of four rows. */
  readonly leftIsTurned: boolean;
}

/** Up to this many multiplications, compiling a kernel for a product's layout costs more than it gains. */
const smallProduct = 2 ** 17;

/** Tells whether a product is done by one plain kernel, whatever its layout. */
export function isSmall(
  { tuning }: DeviceTraits,
  { rows, columns, depth, batches }: Omit<ProductSize, "leftIsTurned" | "run">,
): boolean {
  return tuning.isForced !== true && rows * columns * depth * batches <= smallProduct;
}

/** Returns how a product is cut on a device, and in how many parts its depth. */
export function tilingFor(
  traits: DeviceTraits,
  size: ProductSize,
): { readonly tiling: Tiling; readonly parts: number } {
  const { rows, columns, depth, batches } = size;
  const tile = tileOf(traits, size);
  const down = Math.ceil(rows / tile.rows);
  const beside = Math.ceil(columns / tile.columns);
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
  if (tile.sharing === "workgroup") {
    const fits =
      rows % (tile.rows * sharedSide) === 0 && columns % (tile.columns * sharedSide) === 0;
    const group = { groupRows: sharedSide, groupColumns: sharedSide };
    return { tiling: { ...tile, ...group, fits }, parts };
  }
  // Square where both sides are long.
  const most = workgroupSize(tile);
  const least = tile.sharing === "quad" ? 4 : 1;
  const groupColumns = Math.max(least, Math.min(powerOfTwoUpTo(beside), down >= 4 ? 4 : most));
  const tiling = { ...tile, groupRows: most / groupColumns, groupColumns, fits: false };
  return { tiling, parts };
}

/** What one invocation computes, and how it comes to what it needs. */
function tileOf(
  traits: DeviceTraits,
  size: ProductSize,
): { readonly rows: number; readonly columns: number; readonly sharing: Sharing } {
  const { tileRows, tileColumns, sharing, isForced = false } = traits.tuning;
  const { rows, columns, leftIsTurned } = size;
  if (isSmall(traits, size)) return { rows: 4, columns: 4, sharing: "none" };
  const reaches = (leastRows: number, leastColumns: number, leastRun: number): boolean =>
    isForced || (rows >= leastRows && columns >= leastColumns && size.run >= leastRun);
  if (sharing === "workgroup" && reaches(4 * sharedSide, 4 * sharedSide, 8)) {
    const isLarge =
      Math.min(tileRows, tileColumns) >= 8 && reaches(8 * sharedSide, 8 * sharedSide, 8);
    const side = isLarge ? 8 : 4;
    return { rows: side, columns: side, sharing };
  }
  if (sharing === "quad" && traits.lanes >= 4 && reaches(8, 16, 1)) {
    // Not where the last tiles would be idle by a third and more.
    const isTall = tileRows === 16 && (isForced || Math.ceil(rows / 16) * 16 <= 1.4 * rows);
    // A quad shares its rows: where vectors run down them, all four elements of one are an invocation's own.
    if (isTall || !leftIsTurned) {
      const most = Math.min(tileColumns, 8);
      const widest = isForced ? most : largestUpTo(columns / 4, most);
      return { rows: isTall ? 16 : 8, columns: widest, sharing };
    }
  }
  const most = Math.min(tileRows, 8);
  const least = rows > 1 || leftIsTurned ? 4 : 1;
  return {
    rows: rows >= most ? most : least,
    columns: largestUpTo(columns, tileColumns),
    sharing: "none",
  };
}

/** The largest of 4, 8 and 16 up to both. */
function largestUpTo(columns: number, most: number): number {
  return Math.max(4, Math.min(most, powerOfTwoUpTo(columns)));
}

function powerOfTwoUpTo(n: number): number {
  return 2 ** Math.floor(Math.log2(n));
}
