import { keep, ones, Parameter, withBackend, type Tensor } from "@tensorloom/tensor";
import { ModuleBuffer } from "../module-buffer.ts";
import type { Module } from "../module.ts";

/** A parameter as a field of its module. */
export interface ParameterPlace {
  /** The path, as in `namedParameters`. */
  readonly path: string;
  /** The module that holds it. */
  readonly owner: Module<unknown>;
  /** The field's name there. */
  readonly field: string;
  /** The parameter itself. */
  readonly parameter: Parameter;
}

type Fields = Record<string, unknown>;

/** Returns the parameters that are fields of the model or of modules in it, with the modules that hold them. */
export function parameterPlaces(model: Module<unknown>): ParameterPlace[] {
  const owners: [string, Module<unknown>][] = [["", model], ...model.namedModules()];
  return owners.flatMap(([path, owner]) =>
    Object.entries(owner).flatMap(([field, value]: [string, unknown]) =>
      value instanceof Parameter && !(value instanceof ModuleBuffer)
        ? [{ path: path === "" ? field : `${path}.${field}`, owner, field, parameter: value }]
        : [],
    ),
  );
}

/** Returns the mask of a parameter: ones where it may differ from zero; undefined if it has none. */
export function maskOf({
  owner,
  field,
}: Pick<ParameterPlace, "owner" | "field">): ModuleBuffer | undefined {
  const held = (owner as unknown as Fields)[`${field}Mask`];
  return held instanceof ModuleBuffer ? held : undefined;
}

/**
 * Keeps a parameter at zero where the mask is zero, whatever is assigned to it. The mask is a buffer of the parameter's module,
 * `<parameter>Mask`, so that it is saved with the model.
 *
 * @param mask - ones and zeros, float32, of the parameter's shape; taken over
 */
export function setMask(place: Omit<ParameterPlace, "path">, mask: Tensor): void {
  const { owner, field, parameter } = place;
  const before = maskOf(place);
  if (before === undefined) {
    const buffer = new ModuleBuffer(keep(mask), `${field}Mask`);
    (owner as unknown as Fields)[`${field}Mask`] = buffer;
    const own = parameter.constraint;
    parameter.constraint = (value) => {
      const allowed = own?.(value) ?? value;
      // While a model moves between backends, values arrive before their masks; they are masked already.
      return allowed.backend === buffer.value.backend ? allowed.mul(buffer.value) : allowed;
    };
  } else {
    before.assign(mask);
  }
  parameter.assign(parameter.value.add(0));
}

/**
 * Loads a state as `loadStateDict` does, also that of a pruned model into one that is not: masks in the state are then applied, and
 * hold in training.
 *
 * @param model - of the architecture that was saved
 * @param state - one tensor each, by path; they are copied
 * @throws `FormatError` if names are missing or unknown, or shapes differ
 *
 * @example
 * const pruned = new Linear(4, 2);
 * await pruneWeights(pruned, { method: "l1", amount: 0.5 });
 * const model = new Linear(4, 2);
 * loadPrunedState(model, pruned.stateDict());
 * await sparsity(model); // => 0.5
 */
export function loadPrunedState(
  model: Module<unknown>,
  state: Readonly<Record<string, Tensor>>,
): void {
  for (const place of parameterPlaces(model)) {
    const mask = state[`${place.path}Mask`];
    if (mask === undefined || maskOf(place) !== undefined) continue;
    const { backend, shape } = place.parameter.value;
    if (String(mask.shape) === String(shape))
      setMask(
        place,
        withBackend(backend, () => ones(shape)),
      );
  }
  model.loadStateDict(state);
}

/**
 * Resolves to the share of a model's weights that are zero, over its parameters of two or more axes.
 *
 * @param model - any module
 *
 * @example
 * const model = new Linear(4, 2);
 * await pruneWeights(model, { method: "l2", amount: 0.25 });
 * await sparsity(model); // => 0.25
 */
export async function sparsity(model: Module<unknown>): Promise<number> {
  const weights = model.parameters().filter(({ shape }) => shape.length >= 2);
  let [zeros, all] = [0, 0];
  for (const { value } of weights) {
    const data = await value.data();
    all += data.length;
    for (const weight of data) if (weight === 0) zeros++;
  }
  return all === 0 ? 0 : zeros / all;
}
