import type { Family } from "./target.ts";

/** What became of one family. */
interface Tally {
  ran: number;
  passed: number;
  /** How many were skipped, by reason. */
  readonly skipped: Map<string, number>;
  /** Declared gaps: id and reason. */
  readonly gaps: string[];
}

/** Counts, family by family, what passed, and says so in a few lines. */
export class Summary {
  readonly #name: string;
  readonly #tallies = new Map<Family, Tally>();

  /** @param name - the backend's */
  constructor(name: string) {
    this.#name = name;
  }

  #of(family: Family): Tally {
    let tally = this.#tallies.get(family);
    if (tally === undefined) {
      tally = { ran: 0, passed: 0, skipped: new Map(), gaps: [] };
      this.#tallies.set(family, tally);
    }
    return tally;
  }

  /** A test that must pass begins. */
  ran(family: Family): void {
    this.#of(family).ran++;
  }

  /** A declared gap is tried. */
  declared(family: Family, id: string, reason: string): void {
    this.#of(family).gaps.push(`${id}: ${reason}`);
  }

  /** A test came to its end; a declared gap that does is reported by itself. */
  passed(family: Family): void {
    this.#of(family).passed++;
  }

  /** A test was skipped. */
  skipped(family: Family, reason: string): void {
    const { skipped } = this.#of(family);
    skipped.set(reason, (skipped.get(reason) ?? 0) + 1);
  }

  /** Returns a line a family, and one a declared gap. */
  text(): string {
    const lines = [`conformance: ${this.#name}`];
    for (const [family, { ran, passed, skipped, gaps }] of this.#tallies) {
      const parts: string[] = [];
      if (ran > 0) parts.push(`${passed} of ${ran} passed`);
      if (gaps.length > 0) parts.push(`${gaps.length} declared gaps`);
      for (const [reason, count] of skipped) parts.push(`${count} skipped (${reason})`);
      lines.push(`  ${family.padEnd(9)} ${parts.join(", ")}`);
      for (const gap of gaps) lines.push(`    gap: ${gap}`);
    }
    return lines.join("\n");
  }
}
