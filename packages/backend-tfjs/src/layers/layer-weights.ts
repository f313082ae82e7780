import { FormatError } from "@tensorloom/tensor";
import { layerKinds } from "./kinds/all-kinds.ts";
import type { WeightShapes } from "./layer-kind.ts";
import { malformed } from "./model-json.ts";
import type { LayerSpec } from "./topology.ts";
import type { WeightEntry, WeightGroup } from "./weights-manifest.ts";

/** Where a weight lies. */
export interface WeightPlace {
  /** What the manifest says of it. */
  readonly entry: WeightEntry;
  /** The group in which it lies. */
  readonly group: number;
  /** Its first byte there. */
  readonly offset: number;
}

/**
 * Returns, for each layer, where its weights lie, by their names behind the layer's. A weight goes by `layer/weight`, or by
 * `layer/cell/weight`, as newer Keras has recurrent ones.
 *
 * @throws `FormatError` if weights are missing, unknown or of another shape
 */
export function placesOfWeights(
  layers: Iterable<LayerSpec>,
  groups: readonly WeightGroup[],
): Map<LayerSpec, Map<string, WeightPlace>> {
  const places = new Map<LayerSpec, Map<string, WeightPlace>>();
  const expected = new Map<
    string,
    { layer: LayerSpec; name: string; shape: WeightShapes[string] }
  >();
  for (const layer of layers) {
    places.set(layer, new Map());
    const shapes = layerKinds.get(layer.className)!.weights?.(layer.config) ?? {};
    for (const [name, shape] of Object.entries(shapes)) {
      const full = `${layer.name}/${name}`;
      if (expected.has(full)) throw malformed("modelTopology", "weights whose names differ", full);
      expected.set(full, { layer, name, shape });
    }
  }
  const missing = new Set(expected.keys());
  const unknown: string[] = [];
  groups.forEach(({ entries }, group) => {
    let offset = 0;
    for (const entry of entries) {
      const place = { entry, group, offset };
      offset += entry.byteLength;
      if (entry.isOptimizer) continue;
      const full = [entry.name, withoutCell(entry.name)].find((name) => missing.delete(name));
      if (full === undefined) {
        unknown.push(entry.name);
        continue;
      }
      const { layer, name, shape } = expected.get(full)!;
      checkShape(entry, shape);
      places.get(layer)!.set(name, place);
    }
  });
  if (missing.size === 0 && unknown.length === 0) return places;
  throw new FormatError(
    `fromTfjsLayers: weightsManifest: expected exactly the weights of the layers; missing: ${listed([...missing])}; ` +
      `unknown: ${listed(unknown)}`,
  );
}

function withoutCell(name: string): string {
  const steps = name.split("/");
  return [...steps.slice(0, -2), steps.at(-1)!].join("/");
}

function checkShape({ name, shape }: WeightEntry, expected: WeightShapes[string]): void {
  if (expected === undefined) return;
  const fits =
    shape.length === expected.length &&
    expected.every((size, axis) => size === null || size === shape[axis]);
  if (fits) return;
  const text = `[${expected.map((size) => size ?? "any").join(", ")}]`;
  throw malformed(`weight ${JSON.stringify(name)}: shape`, `${text} for its layer`, shape);
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return "none";
  const shown = names.slice(0, 8).map((name) => name.slice(0, 100));
  return shown.join(", ") + (names.length > 8 ? ` and ${names.length - 8} more` : "");
}
