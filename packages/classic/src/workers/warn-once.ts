const said = new Set<string>();

/** Warns, unless the same was said before. */
export function warnOnce(text: string): void {
  if (said.has(text)) return;
  said.add(text);
  // oxlint-disable-next-line no-console -- the work is done all the same: nothing to throw
  console.warn(text);
}
