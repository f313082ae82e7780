import {
  FormatError,
  Parameter,
  tidy,
  type DType,
  type Shape,
  type Tensor,
} from "@tensorloom/tensor";
import { isFloating } from "@tensorloom/tensor/backend";
import { ModuleBuffer } from "./module-buffer.ts";
import { runForward } from "./module-forward.ts";
import { summary, type ModelSummary } from "./summary.ts";

/** How {@link Module.loadStateDict} treats names that do not fit. */
export interface LoadOptions {
  /** Whether names must be exactly the module's; if not, only those in both are loaded. True by default. */
  readonly strict?: boolean;
}

/**
 * The base class of layers and models: it finds the parameters, buffers and modules in its own fields, to any depth, also
 * in arrays. `Output` is what forward gives, a tensor unless a model has several. An error inside names the layer and its
 * place: `Sequential.3 (Conv2d): x: expected ...`.
 *
 * @example
 * class Twice extends Module {
 *   layer = new Linear(2, 2);
 *   forward(x: Tensor) { return this.layer.forward(this.layer.forward(x)); }
 * }
 * new Twice().namedParameters().map(([name]) => name); // => ["layer.weight","layer.bias"]
 */
export abstract class Module<Output = Tensor> {
  #isTraining = true;

  constructor() {
    const { forward } = this;
    // Whoever watches sees a module, whatever it gives.
    const self = this as unknown as Module;
    const value = (...args: [Tensor]): Output =>
      runForward(self, forward as unknown as (x: Tensor) => Output, args);
    Object.defineProperty(this, "forward", { value, writable: true, configurable: true });
  }

  /**
   * Returns the output for `x`. Write models with this method; gradients pass through it.
   *
   * @param x - a batch
   */
  abstract forward(x: Tensor): Output;

  /** Returns {@link Module.forward} of `x`, and frees everything that was made on the way. */
  call(x: Tensor): Output {
    return tidy(() => this.forward(x));
  }

  /** Whether layers that differ in training (dropout, batch normalisation) behave as in training; true at first. */
  get isTraining(): boolean {
    return this.#isTraining;
  }

  /** Puts this module and all in it into training mode; returns this. */
  train(): this {
    return this.#setTraining(true);
  }

  /** Puts this module and all in it into evaluation mode; returns this. */
  eval(): this {
    return this.#setTraining(false);
  }

  #setTraining(isTraining: boolean): this {
    this.#isTraining = isTraining;
    for (const [, module] of this.namedModules()) module.#isTraining = isTraining;
    return this;
  }

  /** Returns the fields in which parameters and modules are looked for, with the names that they go by. */
  protected fields(): [name: string, value: unknown][] {
    return Object.entries(this);
  }

  /** Returns the modules directly inside, with their names, in the order of fields. */
  namedChildren(): [name: string, module: Module][] {
    return membersOf(this.fields()).flatMap(([name, value]) =>
      value instanceof Module ? [[name, value]] : [],
    );
  }

  /** Returns the modules inside, to any depth, with their paths, in the order of fields; not this one. */
  namedModules(): [name: string, module: Module][] {
    const found: [string, Module][] = [];
    for (const [name, module] of this.namedChildren()) {
      found.push([name, module]);
      for (const [inner, deeper] of module.namedModules()) found.push([`${name}.${inner}`, deeper]);
    }
    return found;
  }

  /** Returns the parameters with their paths, as `0.weight`, in the order of fields. */
  namedParameters(): [name: string, parameter: Parameter][] {
    return this.#namedState().filter(([, value]) => !(value instanceof ModuleBuffer));
  }

  /** Returns the parameters, in the order of fields; one that is shared comes once. */
  parameters(): Parameter[] {
    return [...new Set(this.namedParameters().map(([, parameter]) => parameter))];
  }

  /** Returns what is saved beside the parameters, such as running statistics, with paths. */
  namedBuffers(): [name: string, buffer: ModuleBuffer][] {
    return this.#namedState().filter(
      (entry): entry is [string, ModuleBuffer] => entry[1] instanceof ModuleBuffer,
    );
  }

  /** Parameters and buffers, in the order of fields. */
  #namedState(): [name: string, value: Parameter][] {
    return membersOf(this.fields()).flatMap(([name, value]): [string, Parameter][] =>
      value instanceof Module
        ? value.#namedState().map(([inner, found]) => [`${name}.${inner}`, found])
        : [[name, value]],
    );
  }

  /** Returns the values of parameters and buffers by path. The tensors are the module's own: do not dispose them. */
  stateDict(): Record<string, Tensor> {
    return Object.fromEntries(this.#namedState().map(([name, { value }]) => [name, value]));
  }

  /**
   * Replaces the values of parameters and buffers. Nothing changes unless everything fits.
   *
   * @param state - one tensor each, by path; they are copied
   * @param options - `strict`
   * @throws `FormatError` if names are missing or unknown, or shapes differ
   */
  loadStateDict(state: Readonly<Record<string, Tensor>>, options: LoadOptions = {}): void {
    const { strict = true } = options;
    const own = this.#namedState();
    const names = new Set(own.map(([name]) => name));
    const missing = [...names].filter((name) => !Object.hasOwn(state, name));
    const unknown = Object.keys(state).filter((name) => !names.has(name));
    if (strict && (missing.length > 0 || unknown.length > 0)) {
      throw new FormatError(
        `loadStateDict: expected exactly the parameters of this module; missing: ${missing.join(", ") || "none"}; ` +
          `unknown: ${unknown.join(", ") || "none"}; try { strict: false } to load those in both`,
      );
    }
    const loaded = own.filter(([name]) => Object.hasOwn(state, name));
    for (const [name, { shape }] of loaded) {
      const given = state[name]!.shape;
      if (String(given) !== String(shape)) {
        throw new FormatError(
          `loadStateDict: ${name}: expected shape [${shape.join(", ")}], got [${given.join(", ")}]`,
        );
      }
    }
    for (const [name, parameter] of loaded) parameter.assign(state[name]!.add(0));
  }

  /** Returns {@link summary} of this module: its layers, and what they cost. */
  summary(inputShape: Shape, options: { readonly dtype?: DType } = {}): ModelSummary {
    return summary(this, inputShape, options);
  }

  /** Moves every parameter and buffer to another backend; resolves to this. */
  async to(backend: string): Promise<this> {
    for (const [, held] of this.#namedState()) held.assign(await held.value.to(backend));
    return this;
  }

  /**
   * Converts every parameter and buffer, those of integers aside, and returns this: to float16 to infer in half of the memory,
   * say. Optimizers keep states of their own: convert before you make one.
   *
   * @param dtype - one that the backend has
   *
   * @example
   * const layer = new Linear(2, 3).astype("float64");
   * layer.call(zeros([1, 2], "float64")).dtype; // => float64
   */
  astype(dtype: "float16" | "float32" | "float64"): this {
    for (const [, held] of this.#namedState()) {
      if (isFloating(held.value.dtype)) held.assign(held.value.astype(dtype));
    }
    return this;
  }

  /** Frees every parameter and buffer. */
  dispose(): void {
    for (const [, held] of this.#namedState()) held.dispose();
  }
}

/** Yields the parameters and modules among fields, and in arrays there. */
function membersOf(
  fields: readonly [string, unknown][],
): [name: string, value: Parameter | Module][] {
  return fields.flatMap(([name, value]): [string, Parameter | Module][] => {
    if (Array.isArray(value)) {
      return membersOf(Object.entries(value).map(([i, member]) => [`${name}.${i}`, member]));
    }
    return value instanceof Parameter || value instanceof Module ? [[name, value]] : [];
  });
}
