import { sizeOf, type View } from "@tensorloom/tensor/backend";
import type { Executor } from "../device/executor.ts";
import type { EpilogueCode } from "../shaders/epilogue-code.ts";
import { coordinates } from "../shaders/element-inputs.ts";
import { ShaderModule, turns } from "../shaders/module.ts";
import { Operands } from "../shaders/operands.ts";
import type { WindowGeometry } from "../shaders/window-code.ts";

/** What slides over what; the filter's taps may be taken from the last to the first. */
export interface DepthwiseTiles {
  readonly name: string;
  readonly geometry: WindowGeometry & { readonly batch: number };
  readonly input: View;
  readonly filter: View;
  readonly isFlipped: boolean;
  readonly output: View;
  readonly epilogue: EpilogueCode | undefined;
}

/** Windows of more taps are not written out. */
const mostTaps = 25;
/** So long an epilogue is written out for one place and not for many. */
const longEpilogue = 12;

/** Tells whether windows are of a kind that {@link depthwiseTiles} writes out. */
export function areTaps({ window }: WindowGeometry): boolean {
  return window.length <= 2 && sizeOf(window) <= mostTaps;
}

/**
 * Convolves each channel by itself. An invocation computes a tile of places of four channels, and loads every element under
 * the tile once: the taps are written out, so that elements and filter stay in registers. All views have their channels in
 * fours.
 */
export function depthwiseTiles(executor: Executor, one: DepthwiseTiles): void {
  const { name, input, filter, isFlipped, output, epilogue } = one;
  const plane = planeOf(one.geometry);
  const isLong = epilogue !== undefined && epilogue.length > longEpilogue;
  const tile = isLong ? [1, 1] : executor.traits.isSoftware ? [4, 4] : [2, 4];
  const operands = new Operands([
    { view: input, isOutput: false, isVector: true },
    { view: filter, isOutput: false, isVector: true },
    ...(epilogue?.operands ?? []),
    { view: output, isOutput: true, isVector: true },
  ]);
  const { window, strides, dilation } = plane;
  const key =
    `${name} tiles ${tile.join("x")} ${window.join("x")} ${strides.join()} ${dilation.join()} ${isFlipped} ` +
    `${epilogue?.key ?? ""} ${operands.key}`;
  const tiles = plane.outSpace.map((size, axis) => Math.ceil(size / tile[axis]!));
  const channels = output.shape.at(-1)! / 4;
  const count = plane.batch * sizeOf(tiles) * channels;
  const pipeline = executor.pipeline(key, () =>
    tileShader(plane, tile, isFlipped, operands, epilogue),
  );
  const words = executor.words().integers([count, ...tiles, channels]);
  for (const { offset } of [input, filter, output]) words.integer(offset / 4);
  words.integers(plane.space).integers(plane.outSpace);
  for (const [before] of plane.padding) words.integer(before);
  epilogue?.push(words);
  executor.dispatch(pipeline, operands.blocks, words, turns(executor.traits, count));
}

/** A geometry of two axes: a line is a plane of one row. */
function planeOf(geometry: DepthwiseTiles["geometry"]): DepthwiseTiles["geometry"] {
  if (geometry.window.length === 2) return geometry;
  const { window, strides, dilation, space, outSpace, padding, batch } = geometry;
  return {
    batch,
    window: [1, ...window],
    strides: [1, ...strides],
    dilation: [1, ...dilation],
    space: [1, ...space],
    outSpace: [1, ...outSpace],
    padding: [[0, 0], ...padding],
  };
}

/** Where the taps of a tile's places lie along one axis, from the tile's first element on; each place once. */
function reachOf(
  { window, strides, dilation }: WindowGeometry,
  axis: number,
  tile: number,
): {
  readonly places: readonly number[];
  /** The place under a tap of the tile's place `o`. */
  under(o: number, tap: number): number;
} {
  const under = (o: number, tap: number): number => o * strides[axis]! + tap * dilation[axis]!;
  const places = new Set<number>();
  for (let o = 0; o < tile; o++) {
    for (let tap = 0; tap < window[axis]!; tap++) places.add(under(o, tap));
  }
  return { places: [...places].toSorted((a, b) => a - b), under };
}

function tileShader(
  plane: WindowGeometry,
  tile: readonly number[],
  isFlipped: boolean,
  operands: Operands,
  epilogue: EpilogueCode | undefined,
): ReturnType<ShaderModule["source"]> {
  const [tileRows, tileColumns] = tile as [number, number];
  const [taps, tapColumns] = [sizeOf(plane.window), plane.window[1]!];
  const [down, beside] = [reachOf(plane, 0, tileRows), reachOf(plane, 1, tileColumns)];
  const module = new ShaderModule();
  const codes = operands.declare(module);
  const [count, tilesDown, tilesBeside, channels] = module.wordList(4);
  const [inputOffset, filterOffset, outputOffset] = module.wordList(3);
  const [height, width, outHeight, outWidth, beforeRow, beforeColumn] = module.wordList(6);
  const applied = epilogue?.declare(module, codes.slice(2, -1), "(at * 4u)", "(c3 * 4u)");
  const each = (n: number, text: (i: number) => string): string =>
    Array.from({ length: n }, (_, i) => text(i)).join("\n");
  // Below zero, places wrap, and lie far beyond any space. Conditions are joined by &: see patch-factors.ts.
  const columns = beside.places.map(
    (x) => `  let x${x} = first_column + ${x}u;
  let column${x} = select(0u, x${x} * ${channels}, x${x} < ${width}) + c3;`,
  );
  const rows = down.places.map((y) => {
    const loads = beside.places.map(
      (x) =>
        `let v${x} = select(vec4f(0.0), ${codes[0]!.loadVector(`line + column${x}`)}, is_row & (x${x} < ${width}));`,
    );
    const sums: string[] = [];
    for (let o = 0; o < tileRows; o++) {
      for (let t = 0; t < plane.window[0]!; t++) {
        if (down.under(o, t) !== y) continue;
        for (let p = 0; p < tileColumns; p++) {
          // One expression: a variable is dear to write on a software adapter.
          let sum = `sum${o}_${p}`;
          for (let s = 0; s < tapColumns; s++) {
            sum = `(${sum} + v${beside.under(p, s)} * tap${t * tapColumns + s})`;
          }
          sums.push(`sum${o}_${p} = ${sum};`);
        }
      }
    }
    return `  {
    let y = first_row + ${y}u;
    let is_row = y < ${height};
    let line = ${inputOffset} + select(0u, (c0 * ${height} + y) * ${width} * ${channels}, is_row);
    ${loads.join("\n    ")}
    ${sums.join("\n    ")}
  }`;
  });
  const stores = each(tileRows * tileColumns, (n) => {
    const [o, p] = [Math.floor(n / tileColumns), n % tileColumns];
    const made = applied?.(`sum${o}_${p}`);
    return `  if ((c1 * ${tileRows}u + ${o}u < ${outHeight}) & (c2 * ${tileColumns}u + ${p}u < ${outWidth})) {
    let at = ((c0 * ${outHeight} + c1 * ${tileRows}u + ${o}u) * ${outWidth} + c2 * ${tileColumns}u + ${p}u) * ${channels} + c3;
${made?.statements ?? ""}
    ${codes.at(-1)!.storeVector(`${outputOffset} + at`, made?.value ?? `sum${o}_${p}`)}
  }`;
  });
  return module.eachSource(
    "id",
    `${count}`,
    `${coordinates("c", "id", [tilesDown!, tilesBeside!, channels!]).join("\n")}
  let first_row = c1 * ${tileRows * plane.strides[0]!}u - ${beforeRow};
  let first_column = c2 * ${tileColumns * plane.strides[1]!}u - ${beforeColumn};
${columns.join("\n")}
${each(taps, (t) => `  let tap${t} = ${codes[1]!.loadVector(`${filterOffset} + ${isFlipped ? taps - 1 - t : t}u * ${channels} + c3`)};`)}
${each(tileRows * tileColumns, (n) => `  var sum${Math.floor(n / tileColumns)}_${n % tileColumns} = vec4f(0.0);`)}
${rows.join("\n")}
${stores}`,
  );
}
