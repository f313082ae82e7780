import { ArgumentError, FormatError } from "@tensorloom/tensor";
import { Dataset } from "../dataset/dataset.ts";
import { bytesOf, nameOf, type FileSource } from "./byte-streams.ts";
import { csvRecords, type CsvRecord } from "./csv-records.ts";

/** A value of a table: a number, also NaN where it is missing; else the text as it stands. */
export type CsvValue = number | string;

/** A row by column name. */
export type CsvRow = Readonly<Record<string, CsvValue>>;

/** A row that cannot be read. */
export interface BadRow {
  /** The line on which it begins, from 1. */
  readonly line: number;
  /** What is wrong with it. */
  readonly reason: string;
  /** Its fields, as far as they were read. */
  readonly fields: readonly string[];
}

/** What {@link readCsv} takes. */
export interface CsvOptions {
  /** The names of columns: from the first line (true, the default), as given, or their numbers (false). */
  readonly header?: boolean | readonly string[];
  /** The columns wanted, in this order; all by default. */
  readonly columns?: readonly string[];
  /** What columns hold: in a column of numbers, anything else makes a row bad. What is not named is a number where it reads as one. */
  readonly types?: Readonly<Record<string, "number" | "string">>;
  /** What stands between fields; a comma by default. */
  readonly delimiter?: string;
  /** Texts that mean that a number is missing: the empty text, NA, NaN and null by default. */
  readonly missing?: readonly string[];
  /** What lines begin with that are to be left out; nothing by default. */
  readonly comment?: string;
  /** What happens with a bad row: an error that names its line (the default), nothing, or a call; the last two go on after it. */
  readonly badRows?: "error" | "skip" | ((row: BadRow) => void);
  /** The file's encoding, as TextDecoder names it; UTF-8 by default. */
  readonly encoding?: string;
}

/**
 * Returns the rows of a table in a CSV file, read piece by piece: memory does not grow with the file.
 *
 * A row is bad that has more or fewer fields than there are columns, a quote that does not end, or text in a column of numbers. The
 * text is parsed by Papa Parse.
 *
 * @param source - a path (Node), URL, bytes, Blob or stream; a stream can be read once
 * @param options - header, columns and their types, delimiter, what to do with bad rows
 * @returns rows as objects; map them to samples
 * @throws `FormatError` while reading: for a bad row, or a column that is not there
 *
 * Source: RFC 4180.
 *
 * @example
 * const file = new Blob(["width,kind\n1.5,a\n,b\n"]);
 * await readCsv(file).toArray(); // => [{"width":1.5,"kind":"a"},{"width":null,"kind":"b"}]
 * const samples = readCsv(file).map((row) => ({ x: [Number(row.width)], y: row.kind === "a" ? 0 : 1 }));
 * (await samples.batch(2).toArray())[0].x.shape; // => [2,1]
 */
export function readCsv(source: FileSource, options: CsvOptions = {}): Dataset<CsvRow> {
  const { delimiter = ",", badRows = "error" } = options;
  if (delimiter.length === 0 || /["\r\n]/.test(delimiter)) {
    throw new ArgumentError(
      `readCsv: delimiter: expected a text without quotes and line ends, got ${JSON.stringify(delimiter)}`,
    );
  }
  const name = nameOf(source);
  const refuse = (bad: BadRow): void => {
    if (typeof badRows === "function") badRows(bad);
    else if (badRows === "error") {
      throw new FormatError(
        `readCsv: ${name}: line ${bad.line}: ${bad.reason}; mend the row, or leave such rows out with badRows`,
      );
    }
  };
  return new Dataset(async function* () {
    const records = csvRecords(textOf(source, options.encoding), name, {
      delimiter,
      ...(options.comment !== undefined && { comment: options.comment }),
    });
    let reader: RowReader | undefined;
    for await (const record of records) {
      if (reader === undefined) {
        reader = new RowReader(columnNames(options.header, record), name, options);
        if ((options.header ?? true) === true) continue;
      }
      const row = reader.read(record);
      if (typeof row === "string") {
        refuse({ line: record.line, reason: row, fields: record.fields });
      } else yield row;
    }
  });
}

async function* textOf(source: FileSource, encoding = "utf-8"): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  for await (const bytes of bytesOf("readCsv", source))
    yield decoder.decode(bytes, { stream: true });
  yield decoder.decode();
}

function columnNames(header: CsvOptions["header"], first: CsvRecord): readonly string[] {
  if (header === false) return first.fields.map((_, i) => String(i));
  return header === undefined || header === true
    ? first.fields.map((field) => field.trim())
    : header;
}

/** Turns the fields of records into rows. */
class RowReader {
  readonly #width: number;
  readonly #wanted: readonly {
    readonly name: string;
    readonly place: number;
    readonly type: "number" | "string" | undefined;
  }[];
  readonly #missing: ReadonlySet<string>;

  constructor(names: readonly string[], file: string, options: CsvOptions) {
    const { types = {}, missing = ["", "NA", "NaN", "null"] } = options;
    this.#width = names.length;
    this.#missing = new Set(missing);
    for (const name of [...(options.columns ?? []), ...Object.keys(types)]) {
      if (names.includes(name)) continue;
      throw new FormatError(
        `readCsv: ${file}: column "${name}": expected one of ${names.join(", ")}`,
      );
    }
    this.#wanted = (options.columns ?? names).map((name) => ({
      name,
      place: names.indexOf(name),
      type: Object.hasOwn(types, name) ? types[name] : undefined,
    }));
  }

  /** Returns the row, or what is wrong with it. */
  read({ fields, fault }: CsvRecord): CsvRow | string {
    if (fault !== undefined) return fault;
    if (fields.length !== this.#width) {
      return `expected ${this.#width} fields, got ${fields.length}`;
    }
    // Columns may be called anything, also __proto__.
    const row: [string, CsvValue][] = [];
    for (const { name, place, type } of this.#wanted) {
      const text = fields[place]!;
      const value = type === "string" ? text : this.#number(text);
      if (value === undefined && type === "number") {
        return `column "${name}": expected a number, got ${JSON.stringify(text)}`;
      }
      row.push([name, value ?? text]);
    }
    return Object.fromEntries(row);
  }

  /** The number that a text stands for, NaN where it is missing; undefined if it is none. */
  #number(text: string): number | undefined {
    const trimmed = text.trim();
    if (this.#missing.has(trimmed)) return Number.NaN;
    if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$|^[+-]?(inf|infinity)$/i.test(trimmed))
      return undefined;
    return Number(trimmed.replace(/inf(inity)?/i, "Infinity"));
  }
}
