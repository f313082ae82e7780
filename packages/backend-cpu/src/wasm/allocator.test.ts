import fc from "fast-check";
import { expect, test } from "vitest";
import { Allocator } from "./allocator.ts";

const mebibyte = 2 ** 20;

test("blocks are aligned, large enough, and never overlap, whatever is asked for and given back", () => {
  const size = fc.oneof(
    fc.nat({ max: 5000 }),
    fc.integer({ min: mebibyte - 100, max: 6 * mebibyte }),
  );
  const step = fc.record({ size, gives: fc.boolean(), which: fc.nat() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const allocator = new Allocator(100, 2 ** 32);
      const live: { address: number; size: number }[] = [];
      for (const { size: wanted, gives, which } of steps) {
        if (gives && live.length > 0) {
          const [block] = live.splice(which % live.length, 1);
          allocator.free(block!.address, block!.size);
          continue;
        }
        const address = allocator.allocate(wanted)!;
        expect(address % 64).toBe(0);
        expect(address).toBeGreaterThanOrEqual(100);
        for (const other of live) {
          const apart = address + wanted <= other.address || other.address + other.size <= address;
          expect(apart, `${address}+${wanted} and ${other.address}+${other.size}`).toBe(true);
        }
        live.push({ address, size: wanted });
        expect(allocator.end).toBeGreaterThanOrEqual(address + wanted);
      }
      for (const block of live) allocator.free(block.address, block.size);
      expect(allocator.used).toBe(0);
    }),
    { numRuns: 100 },
  );
});

test("large blocks merge again, so that memory does not grow with changing sizes", () => {
  const allocator = new Allocator(0, 2 ** 32);
  const first = [2, 3, 4].map((n) => allocator.allocate(n * mebibyte)!);
  const { end } = allocator;
  [2, 3, 4].forEach((n, i) => allocator.free(first[i]!, n * mebibyte));
  expect(allocator.allocate(9 * mebibyte)).toBe(first[0]);
  expect(allocator.end).toBe(end);
});

test("the end of the address space is an undefined, not an address", () => {
  const allocator = new Allocator(0, 4 * mebibyte);
  expect(allocator.allocate(5 * mebibyte)).toBeUndefined();
  expect(allocator.allocate(3 * mebibyte)).toBe(0);
  expect(allocator.used).toBe(3 * mebibyte);
});

test("rounding wastes at most a quarter beyond 256 bytes", () => {
  for (let size = 257; size < 2 * mebibyte; size += 997) {
    expect(Allocator.roundedSize(size)).toBeGreaterThanOrEqual(size);
    expect(Allocator.roundedSize(size)).toBeLessThanOrEqual(size * 1.25 + 64);
  }
});

test("what was kept for small sizes serves large ones when there is no more room", () => {
  const allocator = new Allocator(0, 4 * mebibyte);
  const small = Array.from({ length: 4096 }, () => allocator.allocate(1024)!);
  expect(allocator.allocate(2 * mebibyte)).toBeUndefined();
  for (const address of small) allocator.free(address, 1024);
  expect(allocator.used).toBe(0);
  expect(allocator.allocate(3 * mebibyte)).toBe(0);
  expect(allocator.allocate(1024)).toBe(3 * mebibyte);
});

test("a large block at the end is given up when it is given back", () => {
  const allocator = new Allocator(0, 2 ** 32);
  const first = allocator.allocate(1024)!;
  const second = allocator.allocate(2 * mebibyte)!;
  allocator.free(second, 2 * mebibyte);
  expect(allocator.end).toBe(first + 1024);
});
