import { FormatError } from "@tensorloom/tensor";

/** A line of a table, or several where quoted fields hold line ends. */
export interface CsvRecord {
  /** Its fields, quotes taken off. */
  readonly fields: readonly string[];
  /** The line on which it begins, from 1. */
  readonly line: number;
  /** What is wrong with its quotes; undefined if nothing. */
  readonly fault: string | undefined;
}

interface Parsed {
  readonly data: string[][];
  readonly errors: readonly { readonly code: string; readonly row: number }[];
  readonly meta: { readonly cursor: number };
}

// A quote that is never closed would make one field of the rest of the file.
const longestRecord = 2 ** 24;

/**
 * Yields the records of a text that comes in pieces; blank lines are left out.
 *
 * Papa Parse's own streams need Node's or a File, so its Parser is given what has come so far, and says how far whole records reach.
 */
export async function* csvRecords(
  pieces: AsyncIterable<string>,
  name: string,
  options: { readonly delimiter: string; readonly comment?: string },
): AsyncGenerator<CsvRecord> {
  // Loaded when used: who reads no CSV file does not carry it.
  const { default: Papa } = await import("papaparse");
  let rest = "";
  let line = 1;
  let newline: "\n" | "\r\n" | "\r" | undefined;
  // A record that is longer than a piece is parsed again when twice as much is there, not with every piece.
  let enough = 0;

  const parse = function* (isLast: boolean): Generator<CsvRecord> {
    newline ??= lineEndOf(rest, isLast);
    if (newline === undefined) return;
    // Comments are left out here and not by the parser, which does not say how many lines they took.
    const parser = new Papa.Parser({ delimiter: options.delimiter, newline });
    const { data, errors, meta } = parser.parse(rest, 0, !isLast) as Parsed;
    // A record's first fault is the cause of the others.
    const faults = new Map(errors.toReversed().map(({ row, code }) => [row, code]));
    for (const [r, fields] of data.entries()) {
      const begin = line;
      line += 1 + lineEndsIn(fields);
      if (fields.length === 1 && fields[0]!.trim() === "" && !faults.has(r)) continue;
      if (options.comment !== undefined && fields[0]!.startsWith(options.comment)) continue;
      if (newline === "\n") fields.push(fields.pop()!.replace(/\r$/, ""));
      yield { fields, line: begin, fault: faultOf(faults.get(r)) };
    }
    enough = meta.cursor === 0 ? 2 * rest.length : 0;
    rest = isLast ? "" : rest.slice(meta.cursor);
  };
  for await (const piece of pieces) {
    rest += piece;
    if (rest.length >= enough) yield* parse(false);
    if (rest.length > longestRecord) {
      throw new FormatError(
        `readCsv: ${name}: line ${line}: expected a record of at most ${longestRecord} characters; is a quote not closed?`,
      );
    }
  }
  if (rest.length > 0) yield* parse(true);
}

function lineEndOf(text: string, isLast: boolean): "\n" | "\r\n" | "\r" | undefined {
  const found = /\r\n|\n|\r(?!$)/.exec(text)?.[0] as "\n" | "\r\n" | "\r" | undefined;
  return found ?? (isLast ? "\n" : undefined);
}

function lineEndsIn(fields: readonly string[]): number {
  let count = 0;
  for (const field of fields) count += field.match(/\r\n|\n|\r/g)?.length ?? 0;
  return count;
}

function faultOf(code: string | undefined): string | undefined {
  if (code === undefined) return undefined;
  return code === "MissingQuotes"
    ? "expected a closing quote, got the end of the file"
    : "expected a delimiter or a line's end after a closing quote";
}
