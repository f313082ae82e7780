/** The shapes that {@link makeShapes} can draw. */
export type ShapeName = "circle" | "rectangle" | "triangle" | "cross" | "ring" | "diamond";

/** The shapes drawn by default, in the order of their classes. */
export const shapeNames: readonly ShapeName[] = ["circle", "rectangle", "triangle"];

/** Whether a place in the unit square, (0, 0) at its upper left, lies inside a shape; each touches all four sides. */
export const shapes: Readonly<Record<ShapeName, (u: number, v: number) => boolean>> = {
  circle: (u, v) => fromCenter(u, v) <= 1,
  rectangle: () => true,
  triangle: (u, v) => Math.abs(2 * u - 1) <= v,
  cross: (u, v) => Math.abs(u - 0.5) <= 1 / 6 || Math.abs(v - 0.5) <= 1 / 6,
  ring: (u, v) => fromCenter(u, v) <= 1 && fromCenter(u, v) >= 0.55,
  diamond: (u, v) => Math.abs(2 * u - 1) + Math.abs(2 * v - 1) <= 1,
};

function fromCenter(u: number, v: number): number {
  return Math.hypot(2 * u - 1, 2 * v - 1);
}
