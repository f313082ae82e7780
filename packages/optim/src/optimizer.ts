import {
  ArgumentError,
  FormatError,
  keep,
  ShapeError,
  tidy,
  valueAndGrad,
  zerosLike,
  type Parameter,
  type Tensor,
} from "@tensorloom/tensor";
import type { Schedule } from "./schedules.ts";

/** A module, or anything else that has parameters. */
export interface ParameterOwner {
  /** Returns them. */
  parameters(): readonly Parameter[];
}

/** Parameters that learn otherwise than the rest. */
export interface ParameterGroup {
  /** Those of the group; a module stands for all of its own. */
  readonly parameters: readonly Parameter[] | ParameterOwner;
  /** Times the learning rate; 1 by default. */
  readonly learningRateScale?: number;
  /** In place of the optimizer's own. */
  readonly weightDecay?: number;
}

/** Anything with parameters to learn: a list of them, a module, or groups. */
export type Learnable = readonly Parameter[] | ParameterOwner | readonly ParameterGroup[];

/** What every optimizer takes. */
export interface OptimizerOptions {
  /** The step size: a number, or a function of the number of steps taken. */
  readonly learningRate?: number | Schedule;
  /** How strongly parameters are drawn to zero; 0 by default but for AdamW. */
  readonly weightDecay?: number;
  /** Applied to all gradients before they are used, as `(g) => clipByGlobalNorm(g, 1)`. */
  readonly clip?: (gradients: readonly Tensor[]) => readonly Tensor[];
}

/** What an optimizer remembers from step to step. */
export interface OptimizerState {
  /** How many steps have been taken. */
  readonly steps: number;
  /** By parameter's place and name, as `0.momentum`. */
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/** The numbers of one parameter's update. */
export interface StepNumbers {
  /** 1 at the first step. */
  readonly step: number;
  /** This step's, for this parameter. */
  readonly learningRate: number;
  /** For this parameter. */
  readonly weightDecay: number;
}

/**
 * What all optimizers share: parameters, a learning rate that may change from step to step, and the tensors that are
 * remembered for each parameter. A subclass says what it remembers and how one parameter is updated.
 */
export abstract class Optimizer {
  /** The parameters that are learnt. */
  readonly parameters: readonly Parameter[];
  readonly #groups: readonly ParameterGroup[];
  readonly #weightDecay: number;
  readonly #clip: OptimizerOptions["clip"];
  #schedule: Schedule;
  /** How many steps have been taken. */
  #steps = 0;
  readonly #slots: Tensor[][] = [];

  /**
   * @param learnable - parameters, a module that has them, or groups; those that are not trainable are left out
   * @param options - learning rate, decay, clipping
   */
  constructor(
    learnable: Learnable,
    options: OptimizerOptions & { readonly learningRate: number | Schedule },
  ) {
    const members = groupsOf(learnable).flatMap((group) =>
      listOf(group.parameters)
        .filter(({ trainable }) => trainable)
        .map((parameter) => ({ parameter, group })),
    );
    this.parameters = members.map(({ parameter }) => parameter);
    this.#groups = members.map(({ group }) => group);
    const { learningRate, weightDecay = 0, clip } = options;
    for (const decay of [weightDecay, ...this.#groups.map((group) => group.weightDecay ?? 0)]) {
      this.#expect("weightDecay", decay);
    }
    for (const group of this.#groups) {
      this.#expect("learningRateScale", group.learningRateScale ?? 1);
    }
    this.#weightDecay = weightDecay;
    this.#clip = clip;
    this.#schedule = this.#scheduleOf(learningRate);
  }

  /** The step size of the next step. Setting it, to a number or a schedule, makes no new kernels. */
  get learningRate(): number {
    return this.#schedule(this.#steps);
  }

  /** Sets the step size, or the schedule that gives it. */
  set learningRate(next: number | Schedule) {
    this.#schedule = this.#scheduleOf(next);
  }

  /** Names of the tensors, of the parameter's shape and zero at first, that are remembered for each parameter. */
  protected abstract readonly slotNames: readonly string[];

  /**
   * Returns the parameter's next value, followed by the next value of each remembered tensor.
   *
   * @param inputs - the parameter's value, its gradient, then what is remembered
   * @param numbers - step, learning rate and decay
   */
  protected abstract update(inputs: readonly Tensor[], numbers: StepNumbers): readonly Tensor[];

  /** Returns a tensor to remember, before the first step: zeros, unless a subclass says otherwise. */
  protected initialSlot(parameter: Parameter, _name: string): Tensor {
    // What is remembered of half floats is in float32: squares of gradients are below their range.
    const { value } = parameter;
    return zerosLike(value.dtype === "float16" ? value.astype("float32") : value);
  }

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
    const rate = this.#expect("learningRate", this.learningRate);
    tidy(() => {
      const clipped = this.#clip?.(gradients) ?? gradients;
      this.#steps++;
      this.parameters.forEach((parameter, i) => {
        const { learningRateScale = 1, weightDecay = this.#weightDecay } = this.#groups[i]!;
        const before = (this.#slots[i] ??= this.#initialSlots(parameter));
        const [value, ...after] = this.update([parameter.value, clipped[i]!, ...before], {
          step: this.#steps,
          learningRate: rate * learningRateScale,
          weightDecay,
        });
        parameter.assign(value!.astype(parameter.value.dtype));
        this.#slots[i] = after.map((tensor) => keep(tensor));
        for (const tensor of before) tensor.dispose();
      });
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

  /**
   * Returns what is remembered, for saving: copies of no memory, live until the next step.
   *
   * @example
   * const w = new Parameter(tensor([1]), "w");
   * const adam = new Adam([w]);
   * adam.step([tensor([2])]);
   * const { steps, tensors } = adam.state(); // saveSafetensors(path, tensors, { steps: String(steps) })
   * [steps, Object.keys(tensors)]; // => [1,["0.mean","0.square"]]
   */
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
   * @throws `FormatError` if a tensor is missing or has another shape; nothing has then changed
   */
  loadState(state: OptimizerState): void {
    if (state.steps > 0) {
      this.parameters.forEach((parameter, i) => {
        for (const name of this.slotNames) checkSlot(state.tensors, `${i}.${name}`, parameter);
      });
    }
    const next = this.parameters.map((parameter, i) =>
      state.steps === 0
        ? this.#initialSlots(parameter)
        : this.slotNames.map((name) => keep(state.tensors[`${i}.${name}`]!.add(0))),
    );
    this.dispose();
    this.#slots.push(...next);
    this.#steps = state.steps;
  }

  /** Frees what is remembered. */
  dispose(): void {
    for (const slots of this.#slots) for (const tensor of slots) tensor.dispose();
    this.#slots.length = 0;
  }

  #initialSlots(parameter: Parameter): Tensor[] {
    return this.slotNames.map((name) => keep(this.initialSlot(parameter, name)));
  }

  #scheduleOf(rate: number | Schedule): Schedule {
    if (typeof rate === "function") return rate;
    this.#expect("learningRate", rate);
    return () => rate;
  }

  #expect(name: string, value: number): number {
    if (value >= 0 && Number.isFinite(value)) return value;
    throw new ArgumentError(
      `${this.constructor.name}: ${name}: expected a finite number of 0 or more, got ${value}`,
    );
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

/** Returns the parameters of a list or a module. */
export function listOf(parameters: readonly Parameter[] | ParameterOwner): readonly Parameter[] {
  return Array.isArray(parameters) ? parameters : (parameters as ParameterOwner).parameters();
}

function groupsOf(learnable: Learnable): readonly ParameterGroup[] {
  if (!Array.isArray(learnable)) return [{ parameters: learnable as ParameterOwner }];
  const list = learnable as readonly (Parameter | ParameterGroup)[];
  const isGroups = list.length > 0 && list.every((one) => "parameters" in one);
  return isGroups ? list : [{ parameters: list as readonly Parameter[] }];
}

function checkSlot(tensors: OptimizerState["tensors"], name: string, parameter: Parameter): void {
  const tensor = tensors[name];
  if (tensor !== undefined && String(tensor.shape) === String(parameter.shape)) return;
  throw new FormatError(
    `loadState: ${name}: expected a tensor of shape [${parameter.shape.join(", ")}] for ${parameter.name}, ` +
      `got ${tensor === undefined ? "none" : `[${tensor.shape.join(", ")}]`}`,
  );
}
