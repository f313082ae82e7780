import {
  ArgumentError,
  FormatError,
  keep,
  ShapeError,
  tidy,
  valueAndGrad,
  withBackend,
  zerosLike,
  type Parameter,
  type Tensor,
} from "@tensorloom/tensor";

/** Anything with parameters to learn: a list of them, or a module. */
export type Learnable = readonly Parameter[] | ParameterOwner;

/** A module, or anything else that has parameters. */
export interface ParameterOwner {
  /** Returns them. */
  parameters(): readonly Parameter[];
}

/** What an optimizer remembers from step to step. */
export interface OptimizerState {
  /** How many steps have been taken. */
  readonly steps: number;
  /** By parameter's place and name, as `0.momentum`. */
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/**
 * What all optimizers share: parameters, a learning rate that may change from step to step, and the tensors that are
 * remembered for each parameter. A subclass says what it remembers and how one parameter is updated.
 */
export abstract class Optimizer {
  /** The step size. Setting it does not make new kernels. */
  learningRate: number;
  /** The parameters that are learnt. */
  readonly parameters: readonly Parameter[];
  /** How many steps have been taken. */
  #steps = 0;
  readonly #slots: Tensor[][] = [];

  /**
   * @param learnable - parameters, or a module that has them; those that are not trainable are left out
   * @param learningRate - the step size, positive
   */
  constructor(learnable: Learnable, learningRate: number) {
    const all = "parameters" in learnable ? learnable.parameters() : learnable;
    this.parameters = all.filter((parameter) => parameter.trainable);
    if (!(learningRate >= 0 && Number.isFinite(learningRate))) {
      throw new ArgumentError(
        `${this.constructor.name}: learningRate: expected a finite number of 0 or more, got ${learningRate}`,
      );
    }
    this.learningRate = learningRate;
  }

  /** How many tensors, of the parameter's shape and zero at first, are remembered for each parameter. */
  protected abstract readonly slotNames: readonly string[];

  /**
   * Returns the parameter's next value, followed by the next value of each remembered tensor.
   *
   * @param inputs - the parameter's value, its gradient, then what is remembered
   * @param step - 1 at the first step
   */
  protected abstract update(inputs: readonly Tensor[], step: number): readonly Tensor[];

  /** How many steps have been taken. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * Moves every parameter by one step.
   *
   * @param gradients - one a parameter, of its shape; they stay the caller's
   * @throws `ShapeError` if there are more or fewer, or shapes differ; no parameter has then moved
   */
  step(gradients: readonly Tensor[]): void {
    this.#check(gradients);
    this.#steps++;
    this.parameters.forEach((parameter, i) => {
      const before = (this.#slots[i] ??= this.slotNames.map(() => keptZeros(parameter)));
      const [value, ...after] = this.update(
        [parameter.value, gradients[i]!, ...before],
        this.#steps,
      );
      parameter.assign(value!);
      this.#slots[i] = after.map((tensor) => keep(tensor));
      for (const tensor of before) tensor.dispose();
    });
  }

  /**
   * Evaluates a loss, moves every parameter down its gradient, and returns the loss.
   *
   * @param loss - computes a scalar from the parameters; must be synchronous
   *
   * @example
   * const w = new Parameter(tensor([4]), "w");
   * const optimizer = new SGD([w], { learningRate: 0.5 });
   * optimizer.minimize(() => w.value.square().sum()).item(); // => 16
   * w.value.toString(); // => [0]
   */
  minimize(loss: () => Tensor): Tensor {
    return tidy(() => {
      const { value, gradients } = valueAndGrad(loss, this.parameters)();
      this.step(gradients);
      return value;
    });
  }

  /** Returns what is remembered, for saving: copies of no memory, live until the next step. */
  state(): OptimizerState {
    const tensors: Record<string, Tensor> = {};
    this.#slots.forEach((slots, i) => {
      slots.forEach((tensor, k) => (tensors[`${i}.${this.slotNames[k]}`] = tensor));
    });
    return { steps: this.#steps, tensors };
  }

  /**
   * Takes back what {@link Optimizer.state} gave, so that training goes on where it was.
   *
   * @throws `FormatError` if a tensor is missing or has another shape
   */
  loadState(state: OptimizerState): void {
    const next = this.parameters.map((parameter, i) =>
      state.steps === 0
        ? this.slotNames.map(() => keptZeros(parameter))
        : this.slotNames.map((name) => slotFrom(state.tensors, `${i}.${name}`, parameter)),
    );
    for (const slots of this.#slots) for (const tensor of slots) tensor.dispose();
    this.#slots.splice(0, this.#slots.length, ...next);
    this.#steps = state.steps;
  }

  /** Frees what is remembered. */
  dispose(): void {
    for (const slots of this.#slots) for (const tensor of slots) tensor.dispose();
    this.#slots.length = 0;
  }

  #check(gradients: readonly Tensor[]): void {
    const { parameters } = this;
    if (gradients.length !== parameters.length) {
      throw new ShapeError(
        `step: gradients: expected ${parameters.length}, one a parameter, got ${gradients.length}`,
      );
    }
    parameters.forEach((parameter, i) => {
      const got = gradients[i]!.shape;
      if (String(got) !== String(parameter.shape)) {
        throw new ShapeError(
          `step: gradients: expected shape [${parameter.shape.join(", ")}] for ${parameter.name}, got [${got.join(", ")}]`,
        );
      }
    });
  }
}

function keptZeros(parameter: Parameter): Tensor {
  return keep(withBackend(parameter.value.backend, () => zerosLike(parameter.value)));
}

function slotFrom(tensors: OptimizerState["tensors"], name: string, parameter: Parameter): Tensor {
  const tensor = tensors[name];
  if (tensor === undefined || String(tensor.shape) !== String(parameter.shape)) {
    throw new FormatError(
      `loadState: ${name}: expected a tensor of shape [${parameter.shape.join(", ")}] for ${parameter.name}, ` +
        `got ${tensor === undefined ? "none" : `[${tensor.shape.join(", ")}]`}`,
    );
  }
  return keep(tensor.add(0));
}
