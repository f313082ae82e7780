/** Returns rows as aligned columns under a header; the first column is text, the others are numbers. */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = header.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => row[i]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join("   ");
  const rule = widths.map((width) => "─".repeat(width)).join("───");
  return [line(header), rule, ...rows.map(line)].join("\n");
}
