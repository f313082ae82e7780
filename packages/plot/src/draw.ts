import { parse, View, type Spec } from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { compile, type TopLevelSpec } from "vega-lite";
import { defaultWidth } from "./legend.ts";
import { theme } from "./theme.ts";

/** What every chart takes. */
export interface ChartOptions {
  /** Stands above the chart. */
  readonly title?: string;
  /** Names the horizontal axis. */
  readonly xTitle?: string;
  /** Names the vertical axis. */
  readonly yTitle?: string;
  /** The plot's width in pixels, axes not counted. */
  readonly width?: number;
  /** The plot's height in pixels, axes not counted. */
  readonly height?: number;
}

/**
 * Resolves to the picture of a Vega-Lite specification, an `<svg>` element as text. Expressions are interpreted, not compiled, so that it
 * works where a content security policy forbids `eval`.
 */
export async function draw(
  spec: object,
  { title, width = defaultWidth, height = 260 }: ChartOptions,
): Promise<string> {
  const full = {
    width,
    height,
    ...(title !== undefined && { title }),
    ...spec,
    config: theme,
  } as TopLevelSpec;
  const runtime = parse(compile(full).spec as Spec, undefined, { ast: true });
  const view = new View(runtime, { renderer: "none", expr: expressionInterpreter });
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}
