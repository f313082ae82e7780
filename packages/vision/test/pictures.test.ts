import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { cpu } from "@tensorloom/backend-cpu";
import { full, memory, ones, random, use, zeros } from "@tensorloom/tensor";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeImage, encodeImage, readImage, writeImage } from "../src/index.ts";

let folder: string;
beforeAll(async () => {
  await use(cpu());
  folder = await mkdtemp(path.join(tmpdir(), "pictures-"));
});
afterAll(async () => void (await rm(folder, { recursive: true })));

describe("pictures in files", () => {
  test("come back as they were, from formats that lose nothing", async () => {
    for (const channels of [1, 3, 4] as const) {
      const image = random.randint(0, 256, [7, 11, channels], { seed: channels }).astype("uint8");
      const file = path.join(folder, `picture-${channels}.png`);
      await writeImage(file, image);
      const read = await readImage(file, { channels });
      expect([read.shape, read.dtype]).toEqual([image.shape, "uint8"]);
      expect(read.dataSync()).toEqual(image.dataSync());
    }
    expect(await readdir(folder)).toHaveLength(3);
  });

  test("floats are from 0 to 1, and other formats are near", async () => {
    const before = memory();
    const image = full([16, 16, 3], 0.5);
    for (const format of ["jpeg", "webp", "png"] as const) {
      const read = await decodeImage(await encodeImage(image, { format, quality: 95 }));
      expect(Math.abs(read.dataSync()[0]! - 128)).toBeLessThanOrEqual(2);
      read.dispose();
    }
    image.dispose();
    expect(memory()).toEqual(before);
  });

  test("what is no picture, cut off, or too large is refused by name", async () => {
    const whole = await encodeImage(random.uniform([40, 40, 3], { seed: 1 }));
    await expect(decodeImage(whole.subarray(0, whole.length >> 1))).rejects.toMatchObject({
      code: "FORMAT",
    });
    await expect(decodeImage(new Uint8Array(0))).rejects.toMatchObject({ code: "FORMAT" });
    const text = path.join(folder, "text.png");
    await writeFile(text, "not a picture");
    await expect(readImage(text)).rejects.toThrow(
      /^readImage: expected a whole picture .*text\.png/,
    );
    // A header of 32,000 by 32,000 pixels, and the rest of the small picture.
    const huge = Uint8Array.from(whole);
    new DataView(huge.buffer).setUint32(16, 32_000);
    new DataView(huge.buffer).setUint32(20, 32_000);
    await expect(decodeImage(huge)).rejects.toMatchObject({ code: "FORMAT" });
    await expect(decodeImage(whole, { maxPixels: 1000 })).rejects.toThrow("at most 1000 pixels");
    await expect(readImage(path.join(folder, "nothing.png"))).rejects.toMatchObject({
      code: "ENOENT",
    });
  });

  test("names mistakes before anything is written", async () => {
    await expect(writeImage(path.join(folder, "x.bmp"), ones([2, 2, 3]))).rejects.toThrow(
      "writeImage: path: expected an ending of png",
    );
    await expect(encodeImage(zeros([2, 2]))).rejects.toThrow(
      "image: expected [height, width, 1, 3 or 4]",
    );
    await expect(encodeImage(zeros([2, 2, 3], "int32"))).rejects.toThrow(
      "expected uint8, or floats",
    );
    await expect(decodeImage(new Uint8Array(9), { channels: 2 as 1 })).rejects.toThrow(
      "channels: expected 1, 3 or 4",
    );
  });
});
