import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import * as tl from "../src/index.ts";
import { zip } from "../src/io/zip.ts";
import { onReference } from "./reference-backend.ts";

onReference();
const folder = mkdtempSync(path.join(tmpdir(), "tensorloom-npy-"));
afterAll(() => rmSync(folder, { recursive: true }));
const collect = async (save: (sink: tl.ByteSink) => Promise<void>): Promise<Uint8Array> => {
  let bytes = new Uint8Array(0);
  await save((written) => void (bytes = Uint8Array.from(written)));
  return bytes;
};

/** An npy file with a header of one's own. */
function npy(header: string, data = new Uint8Array(0), version = 1): Uint8Array {
  const text = new TextEncoder().encode(header);
  const length = version === 1 ? 2 : 4;
  const bytes = new Uint8Array(8 + length + text.length + data.length);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  if (length === 2) new DataView(bytes.buffer).setUint16(8, text.length, true);
  else new DataView(bytes.buffer).setUint32(8, text.length, true);
  bytes.set(text, 8 + length);
  bytes.set(data, 8 + length + text.length);
  return bytes;
}

describe("npy round trips", () => {
  for (const dtype of ["float32", "float16", "float64", "int32", "uint8", "bool"] as const) {
    test(dtype, async () => {
      for (const shape of [[], [3], [2, 3], [0, 4]]) {
        const x = tl.ones(shape, dtype);
        const back = await tl.loadNpy(await collect((sink) => tl.saveNpy(sink, x)));
        expect(back.dtype).toBe(dtype);
        expect(back.shape).toEqual(shape);
        expect(back.dataSync()).toEqual(x.dataSync());
      }
    });
  }
  test("through files, whole or not at all, with views", async () => {
    const file = path.join(folder, "x.npy");
    const x = tl.arange(6).reshape([2, 3]).transpose();
    await tl.saveNpy(file, x);
    expect((await tl.loadNpy(file)).toString()).toBe(x.toString());
    await expect(tl.saveNpy(path.join(folder, "none", "x.npy"), x)).rejects.toThrow("ENOENT");
    expect(readdirSync(folder)).toEqual(["x.npy"]);
  });
  test("the elements begin at a multiple of 64 bytes, as NumPy's do", async () => {
    const bytes = await collect((sink) => tl.saveNpy(sink, tl.ones([7, 11, 13])));
    expect((bytes.length - 7 * 11 * 13 * 4) % 64).toBe(0);
  });
});

describe("what is not npy is refused, and nothing is made of it", () => {
  const data = new Uint8Array(8);
  const good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
  const bad: Record<string, Uint8Array> = {
    nothing: new Uint8Array(0),
    "another file": new TextEncoder().encode("not an npy file at all"),
    "version 9": npy(good, data, 9),
    "a header that is too long": npy(good.padEnd(10_001), data, 2),
    "a header beyond the end": npy(good).subarray(0, 30),
    "too few bytes": npy(good, new Uint8Array(7)),
    "too many bytes": npy(good, new Uint8Array(9)),
    "a forged shape": npy(good.replace("(2,)", "(1099511627776, 0, 9)"), data),
    "a huge shape": npy(good.replace("(2,)", "(1099511627776, 1099511627776)"), data),
    "a negative size": npy(good.replace("(2,)", "(-2,)"), data),
    fractions: npy(good.replace("(2,)", "(2.0,)"), data),
    "an object dtype": npy(good.replace("<f4", "|O"), data),
    "a record dtype": npy(good.replace("'<f4'", "[('a', '<f4')]"), data),
    "an unknown entry": npy(good.replace("}", "'x': 1}"), data),
    "a missing entry": npy("{'descr': '<f4', 'shape': (2,)}", data),
    "an entry twice": npy(good.replace("}", "'descr': '<f4'}"), data),
    code: npy("__import__('os').system('true')", data),
    "a polluting name": npy(good.replace("<f4", "<__proto__"), data),
    "wide integers that do not fit": npy(good.replace("<f4", "<i8").replace("2", "1"), new Uint8Array(8).fill(127)), // prettier-ignore
  };
  for (const [name, bytes] of Object.entries(bad)) {
    test(name, async () => {
      const before = tl.memory();
      await expect(tl.loadNpy(bytes)).rejects.toMatchObject({ code: "FORMAT" });
      expect(tl.memory()).toEqual(before);
    });
  }
  test("any prefix of a good file", async () => {
    const bytes = await collect((sink) => tl.saveNpy(sink, tl.ones([3])));
    for (let length = 0; length < bytes.length; length++) {
      await expect(tl.loadNpy(bytes.subarray(0, length))).rejects.toMatchObject({ code: "FORMAT" });
    }
  });
});

describe("npz", () => {
  const save = (compress: boolean): Promise<Uint8Array> =>
    collect((sink) => tl.saveNpz(sink, { "a": tl.ones([2]), "__proto__x": tl.eye(2) }, { compress })); // prettier-ignore
  test("round trips, stored and deflated, in a file", async () => {
    for (const compress of [false, true]) {
      const file = path.join(folder, `${compress}.npz`);
      await tl.saveNpz(file, { x: tl.zeros([1000]), ["__proto__"]: tl.ones([1]) }, { compress });
      const back = await tl.loadNpz(file);
      expect(Object.keys(back)).toEqual(["x", "__proto__"]);
      expect(back["x"]!.shape).toEqual([1000]);
      expect(readFileSync(file).length < 1000).toBe(compress);
    }
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });
  test("the same tensors give the same bytes", async () => {
    expect(await save(true)).toEqual(await save(true));
  });
  test("a member that unpacks to more than it declares, or than is allowed, is refused", async () => {
    const zeros = new Uint8Array(2 ** 24);
    const parts = await zip([{ name: "x.npy", bytes: zeros }], true);
    const bomb = new Uint8Array(Buffer.concat(parts));
    expect(bomb.length).toBeLessThan(20_000);
    await expect(tl.loadNpz(bomb, { maxBytes: 10_000 })).rejects.toThrow("raise maxBytes");
    // Declared small in the directory: unpacking stops at the size declared.
    const lying = bomb.slice();
    const view = new DataView(lying.buffer);
    const central = lying.length - 22 - (46 + 5);
    view.setUint32(central + 24, 100, true);
    await expect(tl.loadNpz(lying)).rejects.toThrow("more than the 100 bytes declared");
  });
  test("corrupt, truncated, doubled, encrypted: only FORMAT errors", async () => {
    const bytes = await save(true);
    for (let length = 0; length < bytes.length; length += 7) {
      await expect(tl.loadNpz(bytes.subarray(0, length))).rejects.toMatchObject({ code: "FORMAT" });
    }
    const member = {
      name: "x.npy",
      bytes: await collect((sink) => tl.saveNpy(sink, tl.ones([1]))),
    };
    const twice = new Uint8Array(Buffer.concat(await zip([member, member], false)));
    await expect(tl.loadNpz(twice)).rejects.toThrow("expected each member once");
    await fc.assert(
      fc.asyncProperty(
        fc.nat(bytes.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, by) => {
          const flipped = bytes.slice();
          flipped[at]! ^= by;
          try {
            await tl.loadNpz(flipped);
          } catch (error) {
            // Some bytes, as dates, do not matter; all others are noticed.
            expect(error).toMatchObject({ code: "FORMAT" });
          }
        },
      ),
      { seed: Number(process.env["TENSORLOOM_SEED"] ?? 7), numRuns: 300 },
    );
  });
  test("what other tools write is read", async () => {
    // A stored and a deflated member, by hand, with a comment at the end.
    const member = await collect((sink) => tl.saveNpy(sink, tl.arange(3)));
    expect(deflateRawSync(member).length).toBeLessThan(member.length);
    const file = path.join(folder, "plain.npz");
    const parts = await zip([{ name: "only.npy", bytes: member }], true);
    parts.push(new TextEncoder().encode("hello"));
    parts.at(-2)![20] = 5;
    writeFileSync(file, Buffer.concat(parts));
    expect((await tl.loadNpz(file))["only"]!.toString()).toBe("[0, 1, 2]");
  });
});
