import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { cpu } from "@tensorloom/backend-cpu";
import { memory, tidy, use } from "@tensorloom/tensor";
import fc from "fast-check";
import Papa from "papaparse";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  imageFolder,
  readCsv,
  readIdx,
  type BadRow,
  type CsvOptions,
  type CsvRow,
} from "../src/index.ts";

const folder = mkdtempSync(path.join(tmpdir(), "tensorloom-data-"));
beforeAll(async () => void (await use(cpu())));
afterAll(() => rmSync(folder, { recursive: true }));

/** The text in pieces of `size` bytes. */
async function* inPieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}
const rowsOf = (text: string, options?: CsvOptions, size = 7): Promise<CsvRow[]> =>
  readCsv(inPieces(text, size), options).toArray();

describe("readCsv", () => {
  test("reads numbers, texts, quotes and what is missing", async () => {
    const text = '\u{feff}a,b,"c d"\r\n1,x,"say ""hi"", now"\r\n\r\n-2.5e1,,NA\r\n';
    expect(await rowsOf(text)).toEqual([
      { a: 1, b: "x", "c d": 'say "hi", now' },
      { a: -25, b: Number.NaN, "c d": Number.NaN },
    ]);
    expect(await rowsOf("1;2\n3;4", { header: false, delimiter: ";" })).toEqual([
      { 0: 1, 1: 2 },
      { 0: 3, 1: 4 },
    ]);
    const chosen = {
      header: ["p", "q"],
      columns: ["q"],
      types: { q: "string" },
      comment: "#",
    } as const;
    expect(await rowsOf("1,02\n# no, row\n3,\n", chosen)).toEqual([{ q: "02" }, { q: "" }]);
    expect(await rowsOf("__proto__,n\n1,2\n")).toEqual([
      Object.fromEntries([
        ["__proto__", 1],
        ["n", 2],
      ]),
    ]);
  });
  test("gives the same however the text is cut, as the parser gives for the whole", async () => {
    const cell = fc.string({ unit: fc.constantFrom("a", "é", "1", " ", ",", '"', "\n", "z") });
    const grid = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(grid, fc.integer({ min: 1, max: 9 }), async (rows, size) => {
        const newline = "\r\n";
        const text = Papa.unparse(rows, { newline, quotes: true });
        const read = await readCsv(inPieces(`h0,h1,h2${newline}${text}`, size), {
          types: { h0: "string", h1: "string", h2: "string" },
        }).toArray();
        expect(read.map((row) => [row["h0"], row["h1"], row["h2"]])).toEqual(rows);
      }),
      { numRuns: 60 },
    );
  });
  test("bad rows are fatal with their line, skipped, or told", async () => {
    const text = 'a,b\n1,2\n"x\ny",3\n4\n5,6,7\n8,9\n10,"open\n';
    await expect(rowsOf(text)).rejects.toThrow(
      "readCsv: the data: line 5: expected 2 fields, got 1; mend the row",
    );
    expect(await rowsOf(text, { badRows: "skip" })).toHaveLength(3);
    const told: BadRow[] = [];
    const rows = await rowsOf(text, { types: { a: "number" }, badRows: (row) => told.push(row) });
    expect(rows).toEqual([
      { a: 1, b: 2 },
      { a: 8, b: 9 },
    ]);
    expect(told.map(({ line, reason }) => [line, reason])).toEqual([
      [3, 'column "a": expected a number, got "x\\ny"'],
      [5, "expected 2 fields, got 1"],
      [6, "expected 2 fields, got 3"],
      [8, "expected a closing quote, got the end of the file"],
    ]);
    await expect(rowsOf('a\n"x"y\n')).rejects.toThrow(
      "line 2: expected a delimiter or a line's end",
    );
  });
  test("reads a file by path, again and again", async () => {
    const file = path.join(folder, "long.csv");
    writeFileSync(file, `a,b,c,d,e\n${"1.5,2,3,4,5\n".repeat(20_000)}`);
    const data = readCsv(file);
    for (let pass = 0; pass < 2; pass++) {
      let [count, sum] = [0, 0];
      for await (const row of data) {
        count++;
        sum += row["a"] as number;
      }
      expect([count, sum]).toEqual([20_000, 30_000]);
    }
    const [batch] = await data
      .map((row) => ({ x: [Number(row["a"]), Number(row["b"])], y: Number(row["c"]) }))
      .batch(64)
      .take(1)
      .toArray();
    expect([batch!.x.shape, batch!.y.shape]).toEqual([[64, 2], [64]]);
  });
  test("names what is not there", async () => {
    await expect(rowsOf("a,b\n1,2\n", { columns: ["c"] })).rejects.toThrow(
      'column "c": expected one of a, b',
    );
    await expect(readCsv(path.join(folder, "none.csv")).toArray()).rejects.toThrow("ENOENT");
    expect(() => readCsv("x", { delimiter: "" })).toThrow("readCsv: delimiter");
  });
});

describe("readIdx", () => {
  const idx = (type: number, shape: number[], body: number[]): Uint8Array => {
    const sizes = shape.flatMap((n) => [n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255]);
    return Uint8Array.from([0, 0, type, shape.length, ...sizes, ...body]);
  };
  test("reads every type, from bytes, gzip and a file", async () => {
    const bytes = idx(8, [2, 3], [1, 2, 3, 4, 5, 255]);
    writeFileSync(path.join(folder, "digits-idx2-ubyte.gz"), gzipSync(bytes));
    const sources = [
      bytes,
      new Blob([bytes as BlobPart]),
      path.join(folder, "digits-idx2-ubyte.gz"),
    ];
    for (const source of sources) {
      const images = await readIdx(source);
      expect(images.dtype).toBe("uint8");
      expect(await images.array()).toEqual([
        [1, 2, 3],
        [4, 5, 255],
      ]);
    }
    expect((await readIdx(idx(0x09, [1], [255]))).toString()).toBe("[-1]");
    expect((await readIdx(idx(0x0b, [1], [255, 254]))).toString()).toBe("[-2]");
    expect((await readIdx(idx(0x0c, [1], [0, 0, 1, 0]))).toString()).toBe("[256]");
    const halfPi = new Uint8Array(8);
    new DataView(halfPi.buffer).setFloat64(0, Math.PI);
    expect((await readIdx(idx(0x0e, [1], [...halfPi]))).item()).toBe(Math.PI);
    new DataView(halfPi.buffer).setFloat32(0, 0.5);
    expect((await readIdx(idx(0x0d, [], [...halfPi.subarray(0, 4)]))).item()).toBe(0.5);
  });
  test("every cut and every strange header is a FormatError, before anything is allocated", async () => {
    const bytes = idx(8, [2, 2], [1, 2, 3, 4]);
    for (let length = 0; length < bytes.length; length++) {
      await expect(readIdx(bytes.subarray(0, length))).rejects.toMatchObject({ code: "FORMAT" });
    }
    const odd = [
      idx(7, [1], [1]),
      idx(8, [1], [1, 2]),
      idx(8, [2 ** 31, 2 ** 31], []),
      idx(8, Array(9).fill(1), [1]),
    ];
    for (const source of odd)
      await expect(readIdx(source)).rejects.toMatchObject({ code: "FORMAT" });
    const zipped = gzipSync(bytes);
    await expect(readIdx(zipped.subarray(0, 20))).rejects.toMatchObject({ code: "FORMAT" });
  });
});

describe("imageFolder", () => {
  const pictures = path.join(folder, "pictures");
  beforeAll(async () => {
    for (const [name, background] of [
      ["dark", "#200000"],
      ["light", "#e0ff80"],
    ] as const) {
      mkdirSync(path.join(pictures, name), { recursive: true });
      for (let i = 0; i < 3; i++) {
        await sharp({ create: { width: 10 + i, height: 8, channels: 3, background } })
          .png()
          .toFile(path.join(pictures, name, `${i}.png`));
      }
    }
    writeFileSync(path.join(pictures, "light", "notes.txt"), "no picture");
  });
  test("decodes, resizes, labels and batches", async () => {
    const data = await imageFolder(pictures, { size: [4, 6] });
    expect([data.size, data.classNames]).toEqual([6, ["dark", "light"]]);
    const before = memory();
    const seen: number[] = [];
    for await (const { x, y } of data.shuffle({ seed: 1 }).batch(4).prefetch()) {
      expect(x.shape.slice(1)).toEqual([4, 6, 3]);
      using first = tidy(() => x.slice([0, 0, 0, 0], [x.shape[0]!, 1, 1, 1]).reshape([-1]));
      const reds = await first.data();
      (await y.data()).forEach((label, i) => {
        expect(reds[i]).toBeCloseTo((label === 0 ? 0x20 : 0xe0) / 255, 6);
        seen.push(label);
      });
    }
    expect(seen.toSorted()).toEqual([0, 0, 0, 1, 1, 1]);
    expect(memory()).toEqual(before);
    const [grey] = await (await imageFolder(pictures, { size: 4, channels: 1 })).take(1).toArray();
    expect(grey!.x.shape).toEqual([4, 4, 1]);
  });
  test("names what is wrong", async () => {
    writeFileSync(path.join(pictures, "dark", "9.png"), "not a png");
    const data = await imageFolder(pictures, { size: 4 });
    await expect(data.toArray()).rejects.toThrow(/imageFolder: .*9\.png/);
    const empty = path.join(folder, "empty");
    mkdirSync(empty);
    await expect(imageFolder(empty, { size: 4 })).rejects.toThrow("expected folders of pictures");
  });
});
