import { FormatError, Parameter, tidy, type Tensor } from "@tensorloom/tensor";

/**
 * The base class of layers and models: it finds the parameters and modules in its own fields, to any depth, also in
 * arrays.
 *
 * @example
 * class Twice extends Module {
 *   layer = new Linear(2, 2);
 *   forward(x) { return this.layer.forward(this.layer.forward(x)); }
 * }
 * new Twice().namedParameters().map(([name]) => name); // => ["layer.weight","layer.bias"]
 */
export abstract class Module {
  #isTraining = true;

  /**
   * Returns the output for `x`. Write models with this method; gradients pass through it.
   *
   * @param x - a batch
   */
  abstract forward(x: Tensor): Tensor;

  /** Returns {@link Module.forward} of `x`, and frees everything that was made on the way. */
  call(x: Tensor): Tensor {
    return tidy(() => this.forward(x));
  }

  /** Whether layers that differ in training (dropout) behave as in training; true at first. */
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

  /** Returns the modules inside, with their paths, in the order of fields; not this one. */
  namedModules(): [name: string, module: Module][] {
    const found: [string, Module][] = [];
    visitFields(this, "", (name, value) => {
      if (value instanceof Module) {
        found.push([name, value]);
        for (const [inner, module] of value.namedModules())
          found.push([`${name}.${inner}`, module]);
      }
    });
    return found;
  }

  /** Returns the parameters with their paths, as `layers.0.weight`, in the order of fields. */
  namedParameters(): [name: string, parameter: Parameter][] {
    const found: [string, Parameter][] = [];
    visitFields(this, "", (name, value) => {
      if (value instanceof Parameter) found.push([name, value]);
      else if (value instanceof Module) {
        for (const [inner, parameter] of value.namedParameters()) {
          found.push([`${name}.${inner}`, parameter]);
        }
      }
    });
    return found;
  }

  /** Returns the parameters, in the order of fields; one that is shared comes once. */
  parameters(): Parameter[] {
    return [...new Set(this.namedParameters().map(([, parameter]) => parameter))];
  }

  /** Returns the parameters' values by path. The tensors are the module's own: do not dispose them. */
  stateDict(): Record<string, Tensor> {
    return Object.fromEntries(this.namedParameters().map(([name, { value }]) => [name, value]));
  }

  /**
   * Replaces the parameters' values. Nothing changes unless everything fits.
   *
   * @param state - one tensor a parameter, by path; they are copied
   * @throws `FormatError` if names are missing or unknown, or shapes differ
   */
  loadStateDict(state: Readonly<Record<string, Tensor>>): void {
    const parameters = this.namedParameters();
    const names = new Set(parameters.map(([name]) => name));
    const missing = [...names].filter((name) => !Object.hasOwn(state, name));
    const unknown = Object.keys(state).filter((name) => !names.has(name));
    if (missing.length > 0 || unknown.length > 0) {
      throw new FormatError(
        `loadStateDict: expected exactly the parameters of this module; missing: ${missing.join(", ") || "none"}; ` +
          `unknown: ${unknown.join(", ") || "none"}`,
      );
    }
    for (const [name, { shape }] of parameters) {
      const given = state[name]!.shape;
      if (String(given) !== String(shape)) {
        throw new FormatError(
          `loadStateDict: ${name}: expected shape [${shape.join(", ")}], got [${given.join(", ")}]`,
        );
      }
    }
    for (const [name, parameter] of parameters) parameter.assign(state[name]!.add(0));
  }

  /** Moves every parameter to another backend; resolves to this. */
  async to(backend: string): Promise<this> {
    for (const parameter of this.parameters()) parameter.assign(await parameter.value.to(backend));
    return this;
  }

  /** Frees every parameter. */
  dispose(): void {
    for (const parameter of this.parameters()) parameter.dispose();
  }
}

/** Visits parameters and modules in an object's fields, and in arrays there. */
function visitFields(
  owner: object,
  prefix: string,
  visit: (name: string, value: unknown) => void,
): void {
  for (const [key, value] of Object.entries(owner)) {
    const name = `${prefix}${key}`;
    if (Array.isArray(value)) visitFields(value, `${name}.`, visit);
    else if (value instanceof Parameter || value instanceof Module) visit(name, value);
  }
}
