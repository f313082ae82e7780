import { sizeOf, type View } from "@tensorloom/tensor/backend";
import type { Executor } from "../device/executor.ts";
import type { EpilogueCode } from "../shaders/epilogue-code.ts";
import { coordinates } from "../shaders/element-inputs.ts";
import { ShaderModule, turns } from "../shaders/module.ts";
import { Operands } from "../shaders/operands.ts";
import type { WindowGeometry } from "../shaders/window-code.ts";

/** Which way a window's sums go. */
export interface DepthwiseTiles {
  readonly name: string;
  readonly geometry: WindowGeometry & { readonly batch: number };
  /** Whether the windows' places give back to what lies under them, instead of gathering it. */
  readonly isGradient: boolean;
  readonly input: View;
  readonly filter: View;
  readonly output: View;
  readonly epilogue: EpilogueCode | undefined;
}

/** Windows of more taps are not written out. */
const mostTaps = 25;
/** So long an epilogue is written out for one place and not for many. */
const longEpilogue = 12;

/** Of longer steps, a tile of a gradient would have too many places. */
const longestStep = 4;

/** Tells whether windows are of a kind that {@link depthwiseTiles} writes out. */
export function areTaps({ window, strides }: WindowGeometry, isGradient: boolean): boolean {
  const areShort = !isGradient || strides.every((stride) => stride <= longestStep);
  return window.length <= 2 && sizeOf(window) <= mostTaps && areShort;
}

/**
 * Convolves each channel by itself, or takes gradients back. An invocation computes a tile of places of four channels, and
 * loads every element that they need once: the taps are written out, so that elements and filter stay in registers, and taps
 * that hit nothing are not there. All views have their channels in fours.
 */
export function depthwiseTiles(executor: Executor, one: DepthwiseTiles): void {
  const { name, isGradient, input, filter, output, epilogue } = one;
  const plane = planeOf(one.geometry);
  const isLong = epilogue !== undefined && epilogue.length > longEpilogue;
  const sides = isLong ? [1, 1] : executor.traits.isSoftware ? [4, 4] : [2, 4];
  const slides = sides.map((side, axis) => slideOf(plane, axis, side, isGradient)) as [
    Slide,
    Slide,
  ];
  const operands = new Operands([
    { view: input, isOutput: false, isVector: true },
    { view: filter, isOutput: false, isVector: true },
    ...(epilogue?.operands ?? []),
    { view: output, isOutput: true, isVector: true },
  ]);
  const { window, strides, dilation } = plane;
  const key =
    `${name} tiles ${slides.map(({ tile, lead }) => `${tile}-${lead}`).join("x")} ${window.join("x")} ` +
    `${strides.join()} ${dilation.join()} ${epilogue?.key ?? ""} ${operands.key}`;
  const [source, target] = isGradient
    ? [plane.outSpace, plane.space]
    : [plane.space, plane.outSpace];
  const tiles = slides.map(({ tile, lead }, axis) => Math.ceil((target[axis]! + lead) / tile));
  const channels = output.shape.at(-1)! / 4;
  const count = plane.batch * sizeOf(tiles) * channels;
  const pipeline = executor.pipeline(key, () => tileShader(plane, slides, operands, epilogue));
  const words = executor.words().integers([count, ...tiles, channels]);
  for (const { offset } of [input, filter, output]) words.integer(offset / 4);
  words.integers(source).integers(target);
  for (const { first } of slides) words.integer(first);
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

/** How tiles lie over what they read, along one axis. */
interface Slide {
  /** Places of a tile. */
  readonly tile: number;
  /** How many places the first tile begins before the first. */
  readonly lead: number;
  /** What lies under the first tile's first place: a place of the input. */
  readonly first: number;
  /** From what lies under a tile's first place to what lies under the next tile's. */
  readonly step: number;
  /** What the tile's place `place` needs for `tap`, counted from what lies under the first; undefined for nothing. */
  under(place: number, tap: number): number | undefined;
}

function slideOf(plane: WindowGeometry, axis: number, side: number, isGradient: boolean): Slide {
  const [stride, dilation] = [plane.strides[axis]!, plane.dilation[axis]!];
  const [before] = plane.padding[axis]!;
  const target = (isGradient ? plane.space : plane.outSpace)[axis]!;
  const most = Math.min(side, target);
  if (!isGradient) {
    return {
      tile: most,
      lead: 0,
      first: -before,
      step: most * stride,
      under: (place, tap) => place * stride + tap * dilation,
    };
  }
  // Tiles begin where a window does, so that the same taps hit in all of them.
  const tile = Math.max(1, Math.floor(most / stride)) * stride;
  return {
    tile,
    lead: before % stride,
    first: Math.floor(before / stride),
    step: tile / stride,
    under(place, tap) {
      const reach = place - tap * dilation;
      return reach % stride === 0 ? reach / stride : undefined;
    },
  };
}

/** All that a tile needs along one axis, each place once. */
function reachOf({ tile, under }: Slide, taps: number): number[] {
  const places = new Set<number>();
  for (let place = 0; place < tile; place++) {
    for (let tap = 0; tap < taps; tap++) {
      const at = under(place, tap);
      if (at !== undefined) places.add(at);
    }
  }
  return [...places].toSorted((a, b) => a - b);
}

function tileShader(
  plane: WindowGeometry,
  [down, beside]: readonly [Slide, Slide],
  operands: Operands,
  epilogue: EpilogueCode | undefined,
): ReturnType<ShaderModule["source"]> {
  const [tapRows, tapColumns] = plane.window as [number, number];
  const module = new ShaderModule();
  const codes = operands.declare(module);
  const [count, tilesDown, tilesBeside, channels] = module.wordList(4);
  const [inputOffset, filterOffset, outputOffset] = module.wordList(3);
  const [height, width, outHeight, outWidth, firstRow, firstColumn] = module.wordList(6);
  const applied = epilogue?.declare(module, codes.slice(2, -1), "(at * 4u)", "(c3 * 4u)");
  const each = (n: number, text: (i: number) => string): string =>
    Array.from({ length: n }, (_, i) => text(i)).join("\n");
  const plus = (n: number): string => (n < 0 ? `- ${-n}u` : `+ ${n}u`);
  // Below zero, places wrap, and lie far beyond any space. Conditions are joined by &: see patch-factors.ts.
  const xs = reachOf(beside, tapColumns);
  const columns = xs.map(
    (x, i) => `  let x${i} = first_column ${plus(x)};
  let column${i} = select(0u, x${i} * ${channels}, x${i} < ${width}) + c3;`,
  );
  const rows = reachOf(down, tapRows).map((y) => {
    const loads = xs.map(
      (_, i) =>
        `let v${i} = select(vec4f(0.0), ${codes[0]!.loadVector(`line + column${i}`)}, is_row & (x${i} < ${width}));`,
    );
    const sums: string[] = [];
    for (let o = 0; o < down.tile; o++) {
      for (let t = 0; t < tapRows; t++) {
        if (down.under(o, t) !== y) continue;
        for (let p = 0; p < beside.tile; p++) {
          // One expression: a variable is dear to write on a software adapter.
          let sum = `sum${o}_${p}`;
          for (let s = 0; s < tapColumns; s++) {
            const x = beside.under(p, s);
            if (x !== undefined) sum = `(${sum} + v${xs.indexOf(x)} * tap${t * tapColumns + s})`;
          }
          sums.push(`sum${o}_${p} = ${sum};`);
        }
      }
    }
    return `  {
    let y = first_row ${plus(y)};
    let is_row = y < ${height};
    let line = ${inputOffset} + select(0u, (c0 * ${height} + y) * ${width} * ${channels}, is_row);
    ${loads.join("\n    ")}
    ${sums.join("\n    ")}
  }`;
  });
  const stores = each(down.tile * beside.tile, (n) => {
    const [o, p] = [Math.floor(n / beside.tile), n % beside.tile];
    const made = applied?.(`sum${o}_${p}`);
    return `  {
    let row = c1 * ${down.tile}u ${plus(o - down.lead)};
    let column = c2 * ${beside.tile}u ${plus(p - beside.lead)};
    if ((row < ${outHeight}) & (column < ${outWidth})) {
    let at = ((c0 * ${outHeight} + row) * ${outWidth} + column) * ${channels} + c3;
${made?.statements ?? ""}
    ${codes.at(-1)!.storeVector(`${outputOffset} + at`, made?.value ?? `sum${o}_${p}`)}
    }
  }`;
  });
  return module.eachSource(
    "id",
    `${count}`,
    `${coordinates("c", "id", [tilesDown!, tilesBeside!, channels!]).join("\n")}
  let first_row = c1 * ${down.step}u + ${firstRow};
  let first_column = c2 * ${beside.step}u + ${firstColumn};
${columns.join("\n")}
${each(tapRows * tapColumns, (t) => `  let tap${t} = ${codes[1]!.loadVector(`${filterOffset} + ${t}u * ${channels} + c3`)};`)}
${each(down.tile * beside.tile, (n) => `  var sum${Math.floor(n / beside.tile)}_${n % beside.tile} = vec4f(0.0);`)}
${rows.join("\n")}
${stores}`,
  );
}
