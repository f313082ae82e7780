/** Returns rows as aligned columns under a head; the first column stands to the left, numbers to the right. */
export function columns(rows: readonly (readonly (string | number)[])[]): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => String(row[i]).length)));
  const isNumeric = widths.map((_, i) => rows.slice(1).every((row) => typeof row[i] === "number"));
  return rows
    .map((row) =>
      row
        .map((cell, i) =>
          isNumeric[i] ? String(cell).padStart(widths[i]!) : String(cell).padEnd(widths[i]!),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
