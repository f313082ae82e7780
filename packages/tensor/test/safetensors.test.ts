import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  FormatError,
  inspectSafetensors,
  loadSafetensors,
  memory,
  saveSafetensors,
  tensor,
  tidy,
  type Tensor,
} from "../src/index.ts";
import { onReference } from "./reference-backend.ts";

onReference();
let folder = "";
beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), "tensorloom-"))));
afterAll(() => rm(folder, { recursive: true }));

function encoded(
  tensors: Record<string, Tensor>,
  metadata?: Record<string, string>,
): Promise<Uint8Array> {
  return saveSafetensors((written) => written, tensors, metadata);
}

/** A file with the given header text and data. */
function file(header: string, data: number[] = []): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

describe("safetensors", () => {
  test("every dtype and shape comes back, from memory and from a file", async () => {
    const tensors = {
      flag: tensor([true, false, true]),
      double: tensor(new Float64Array([Math.PI, -0])),
      scalar: tensor(3),
      empty: tensor(new Float32Array(0), { shape: [0, 4] }),
      view: tensor([
        [1, 2],
        [3, 4],
      ]).transpose(),
      whole: tensor([1, -2], { dtype: "int32" }),
      byte: tensor([255], { dtype: "uint8" }),
      __proto__x: tensor([1]),
    };
    const target = path.join(folder, "all.safetensors");
    await saveSafetensors(target, tensors, { epoch: "3", __proto__x: "y" });
    for (const source of [target, await encoded(tensors, { epoch: "3" })]) {
      const loaded = await loadSafetensors(source);
      expect(Object.keys(loaded.tensors).toSorted()).toEqual(Object.keys(tensors).toSorted());
      for (const [name, expected] of Object.entries(tensors)) {
        const got = loaded.tensors[name]!;
        expect([got.dtype, got.shape], name).toEqual([expected.dtype, expected.shape]);
        expect(Array.from(got.dataSync()), name).toEqual(Array.from(expected.dataSync()));
      }
      expect(loaded.metadata["epoch"]).toBe("3");
    }
  });

  test("hostile names stay names", async () => {
    const bytes = file(
      '{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"__metadata__":{"__proto__":"x"}}',
      [5],
    );
    const { tensors, metadata } = await loadSafetensors(bytes);
    expect(Object.keys(tensors)).toEqual(["__proto__"]);
    expect(metadata["__proto__" as "x"]).toBe("x");
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });

  test("every prefix is refused as truncated, and nothing is allocated", async () => {
    const bytes = await encoded(
      { a: tensor([1, 2]), b: tensor([3], { dtype: "int32" }) },
      { k: "v" },
    );
    const before = memory();
    for (let length = 0; length < bytes.length; length++) {
      await expect(
        loadSafetensors(bytes.slice(0, length)),
        `${length} bytes`,
      ).rejects.toBeInstanceOf(FormatError);
    }
    expect(memory()).toEqual(before);
  });

  const one = '"dtype":"U8","shape":[2],"data_offsets"';
  const refused: [string, Uint8Array][] = [
    ["header length over the file", file("{}").fill(255, 0, 2)],
    ["header length of 2^64 - 1", file("{}").fill(255, 0, 8)],
    ["no object", file("[]")],
    ["leading space", file(" {}")],
    ["bad UTF-8", file("{}", []).map((b, i) => (i === 8 ? 0xff : b))],
    ["bad JSON", file('{"a":')],
    ["duplicate names", file(`{"a":{${one}:[0,2]},"a":{${one}:[0,2]}}`, [1, 2])],
    ["duplicate names, escaped", file(`{"a":{${one}:[0,2]},"\\u0061":{${one}:[0,2]}}`, [1, 2])],
    ["overlap", file(`{"a":{${one}:[0,2]},"b":{${one}:[1,3]}}`, [1, 2, 3])],
    ["gap", file(`{"a":{${one}:[0,2]},"b":{${one}:[3,5]}}`, [1, 2, 3, 4, 5])],
    ["reversed offsets", file(`{"a":{${one}:[2,0]}}`, [1, 2])],
    ["past the end", file(`{"a":{${one}:[0,2]}}`, [1])],
    ["trailing bytes", file(`{"a":{${one}:[0,2]}}`, [1, 2, 3])],
    ["negative offsets", file(`{"a":{${one}:[-1,1]}}`, [1, 2])],
    ["fractions", file(`{"a":{${one}:[0,1.5]}}`, [1, 2])],
    ["wrong size", file('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,2]}}', [1, 2])],
    ["unknown dtype", file('{"a":{"dtype":"Q9","shape":[2],"data_offsets":[0,2]}}', [1, 2])],
    [
      "huge shape",
      file(
        '{"a":{"dtype":"U8","shape":[1099511627776,1099511627776],"data_offsets":[0,2]}}',
        [1, 2],
      ),
    ],
    ["extra field", file('{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2],"x":1}}', [1, 2])],
    ["metadata of numbers", file('{"__metadata__":{"a":1}}')],
  ];
  for (const [name, bytes] of refused) {
    test(`refuses ${name}`, async () => {
      await expect(loadSafetensors(bytes)).rejects.toMatchObject({ code: "FORMAT" });
    });
  }

  test("random bytes and flipped bytes give a FormatError or a file, never anything else", async () => {
    const good = await encoded({ a: tensor([1, 2, 3]), b: tensor([true]) }, { k: "v" });
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: good.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, by) => {
          const bytes = good.slice();
          bytes[at]! ^= by;
          try {
            const { tensors } = await loadSafetensors(bytes);
            tidy(() => Object.values(tensors).forEach((x) => x.add(1)));
          } catch (error) {
            expect(error).toBeInstanceOf(FormatError);
          }
        },
      ),
      { numRuns: 300, seed: 7 },
    );
  });

  test("a failed save leaves the old file and nothing half-written", async () => {
    const target = path.join(folder, "model.safetensors");
    await saveSafetensors(target, { a: tensor([1]) });
    const before = await readFile(target);
    const gone = tensor([2]);
    gone.dispose();
    await expect(saveSafetensors(target, { a: gone })).rejects.toMatchObject({ code: "DISPOSED" });
    await expect(
      saveSafetensors(path.join(folder, "no", "such", "folder"), { a: tensor([1]) }),
    ).rejects.toThrow("ENOENT");
    expect(await readFile(target)).toEqual(before);
    // A folder in the target's place: writing succeeds, renaming does not.
    await rm(path.join(folder, "blocked"), { recursive: true, force: true });
    const blocked = path.join(folder, "blocked");
    await writeFile(path.join(folder, "x"), "");
    await import("node:fs/promises").then((fs) =>
      fs.mkdir(path.join(blocked, "inside"), { recursive: true }),
    );
    await expect(saveSafetensors(blocked, { a: tensor([1]) })).rejects.toThrow();
    expect((await readdir(folder)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("a missing file is the file system's own error", async () => {
    await expect(loadSafetensors(path.join(folder, "missing"))).rejects.toMatchObject({
      code: "ENOENT",
    });
  });

  test("types that PyTorch writes, and no backend has", async () => {
    const types: [name: string, bytes: number[], dtype: string, values: number[]][] = [
      ["BF16", [0xc0, 0x3f, 0x49, 0xc0, 0x80, 0x7f], "float32", [1.5, -3.140625, Infinity]],
      ["I64", [5, 0, 0, 0, 0, 0, 0, 0, ...Array.from({ length: 8 }, () => 255)], "int32", [5, -1]],
      ["U32", [7, 0, 0, 0], "int32", [7]],
      ["I16", [0xfe, 0xff], "int32", [-2]],
      ["U16", [0xfe, 0xff], "int32", [65_534]],
      ["I8", [0xff, 1], "int32", [-1, 1]],
    ];
    for (const [name, data, dtype, values] of types) {
      const bytes = file(
        `{"a":{"dtype":"${name}","shape":[${values.length}],"data_offsets":[0,${data.length}]}}`,
        data,
      );
      const { a } = (await loadSafetensors(bytes)).tensors;
      expect([a!.dtype, Array.from(a!.dataSync())], name).toEqual([dtype, values]);
      const [entry] = (await inspectSafetensors(bytes)).tensors;
      expect([entry!.format, entry!.dtype]).toEqual([name, dtype]);
    }
    const large = [0, 0, 0, 0, 1, 0, 0, 0];
    const beyond = file('{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}', large);
    await expect(loadSafetensors(beyond)).rejects.toThrow(
      /"a": expected whole numbers.*4294967296/,
    );
  });
});
