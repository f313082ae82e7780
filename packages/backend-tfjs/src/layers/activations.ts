import { Activation } from "@tensorloom/nn";
import { gelu, logSoftmax, softmax, type ActivationName, type Tensor } from "@tensorloom/tensor";
import type { Config } from "./config.ts";
import { malformed, type Json } from "./model-json.ts";

type Apply = (x: Tensor) => Tensor;

/** TensorFlow.js' activations by their names in files: those of nn by its names. */
const activations: ReadonlyMap<string, ActivationName | Apply> = new Map<
  string,
  ActivationName | Apply
>([
  ["linear", (x) => x],
  ["relu", "relu"],
  ["relu6", "relu6"],
  ["elu", "elu"],
  ["selu", "selu"],
  ["sigmoid", "sigmoid"],
  ["tanh", "tanh"],
  ["softplus", "softplus"],
  ["mish", "mish"],
  ["swish", "silu"],
  ["silu", "silu"],
  ["gelu", "gelu"],
  // Each of a class of its own: what nn calls hard sigmoid has a slope of 1/6, not of 1/5.
  ["hard_sigmoid", (x) => x.mul(0.2).add(0.5).clip(0, 1)],
  ["softsign", (x) => x.div(x.abs().add(1))],
  ["gelu_new", (x) => gelu(x, { approximate: "tanh" })],
  ["softmax", (x) => softmax(x, -1)],
  ["log_softmax", (x) => logSoftmax(x, -1)],
]);

/** What a layer of activation is called in a file. */
export interface ActivationLayer {
  /** Its class. */
  readonly className: string;
  /** Its options. */
  readonly config: Readonly<Record<string, Json>>;
}

/** An activation that nn has no name for, with what it is called in a file. */
export class FileActivation extends Activation {
  /** What it is called in a file. */
  readonly layer: ActivationLayer;

  /**
   * @param layer - what it is called in a file
   * @param apply - the function
   */
  constructor(layer: ActivationLayer, apply: Apply) {
    super(apply);
    this.layer = layer;
  }
}

/** Returns the name of an option that is an activation. */
export function activationOf(config: Config, key = "activation", fallback = "linear"): string {
  const given = config.raw(key) ?? fallback;
  // tfjs' own programs write in camelCase, files in snake_case.
  const name =
    typeof given === "string"
      ? given.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
      : "";
  if (activations.has(name)) return name;
  throw malformed(`${config.place}: ${key}`, `one of ${[...activations.keys()].join(", ")}`, given);
}

/** Returns an activation by its name in a file, as a function. */
export function activationFunction(name: string): Apply {
  const module = activationModule(name);
  return (x) => module.forward(x);
}

/** Returns an activation by its name in a file, as a module. */
export function activationModule(name: string): Activation {
  const known = activations.get(name)!;
  if (typeof known === "string") return new Activation(known);
  return new FileActivation({ className: "Activation", config: { activation: name } }, known);
}

/** Returns what a module of activation is called in a file; undefined if it has no name there. */
export function layerOf(module: Activation): ActivationLayer | undefined {
  if (module instanceof FileActivation) {
    // TensorFlow.js writes this one, and does not know it when it reads it back.
    return module.layer.config["activation"] === "gelu_new" ? undefined : module.layer;
  }
  const named = (name: string): ActivationLayer => ({
    className: "Activation",
    config: { activation: name },
  });
  const { activation } = module;
  if (activation === softmax) return named("softmax");
  if (activation === logSoftmax) return named("log_softmax");
  for (const [name, known] of activations) if (known === activation) return named(name);
  return undefined;
}
