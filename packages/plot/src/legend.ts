/** A chart's width in pixels where none is given. */
export const defaultWidth = 380;

/**
 * Returns a legend's layout above a chart: as many names in a row as the chart is wide, so that a picture is no wider for its legend.
 * Widths are Vega's own estimates where nothing measures text: 0.8 em a letter, and the symbol with its gaps.
 */
export function legendOver(
  names: readonly (number | string)[],
  width: number = defaultWidth,
): { readonly columns: number } {
  const widths = names.map((name) => 0.8 * 11 * String(name).length + 24);
  const widest = (columns: number, column: number): number =>
    Math.max(...widths.filter((_, i) => i % columns === column));
  for (let columns = names.length; columns > 1; columns--) {
    let total = 0;
    for (let column = 0; column < columns; column++) total += widest(columns, column);
    // Letters are narrower than the estimate, and the axis is as wide as a letter or two.
    if (total <= 1.1 * width) return { columns };
  }
  return { columns: 1 };
}
