import fc from "fast-check";
import { expect, test } from "vitest";
import { broadcastAxes, broadcastShapes, broadcastStrides, stretchesTo } from "./broadcast.ts";
import { contiguousStrides } from "./shape.ts";

test("axes are matched from the end, and 1 stretches, to 0 too", () => {
  expect(broadcastShapes("add", [3, 1], [4])).toEqual([3, 4]);
  expect(broadcastShapes("add", [], [2, 3])).toEqual([2, 3]);
  expect(broadcastShapes("add", [0, 3], [1, 1])).toEqual([0, 3]);
  expect(() => broadcastShapes("add", [0], [3])).toThrow("got [0] and [3]");
});

test("strides are 0 exactly on the axes that stretch", () => {
  const target = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 5 });
  const masked = target.chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      ones: fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
      dropped: fc.nat(shape.length),
    }),
  );
  fc.assert(
    fc.property(masked, ({ shape, ones, dropped }) => {
      const small = shape.map((size, i) => (ones[i] === true ? 1 : size)).slice(dropped);
      expect(stretchesTo(small, shape)).toBe(true);
      expect(broadcastShapes("add", small, shape)).toEqual(shape);
      const strides = broadcastStrides(small, contiguousStrides(small), shape);
      const axes = broadcastAxes(small, shape);
      shape.forEach((size, axis) => {
        const own = axis - dropped;
        const stretches = own < 0 || (small[own] === 1 && size !== 1);
        expect(axes.includes(axis)).toBe(stretches);
        expect(strides[axis]).toBe(stretches ? 0 : contiguousStrides(small)[own]);
      });
    }),
  );
});

test("a shape does not stretch to a smaller one", () => {
  expect(stretchesTo([2, 3], [3])).toBe(false);
  expect(stretchesTo([2], [3])).toBe(false);
});
