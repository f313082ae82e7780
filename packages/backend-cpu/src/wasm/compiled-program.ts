import { literal, type Instruction, type MapCall, type Program } from "@tensorloom/tensor/backend";
import { compileMap, type MapVariant, type Reach } from "./codegen/compile-map.ts";
import { canCompile, isHeavy } from "./codegen/operators.ts";
import type { WasmHeap } from "./heap.ts";
import { shareModule, type SharedFunction, type SharedModule } from "./threads/thread-pool.ts";

/** A program compiled for inputs whose rows lie in one way; see {@link compileMap} for the parameters. */
export type CompiledMap = SharedFunction;

/** An elementwise program, and its compiled forms. */
export class CompiledProgram {
  /** Whether WebAssembly has all that it needs. */
  readonly isSupported: boolean;
  /** Which input's words it copies, if it does nothing else: it need not be the first, nor the only one. */
  readonly copied: number | undefined;
  /** Whether an element takes much longer to compute than to load. */
  readonly isHeavy: boolean;
  readonly #program: Program;
  readonly #parameters: readonly Instruction[];
  readonly #heap: WasmHeap;
  readonly #features: Pick<MapVariant, "isRelaxed" | "isShared">;
  readonly #variants = new Map<string, CompiledMap>();
  #sideBySide: CompiledMap | undefined;

  constructor(
    program: Program,
    heap: WasmHeap,
    features: Pick<MapVariant, "isRelaxed" | "isShared">,
  ) {
    const { instructions } = program;
    this.#program = program;
    this.#heap = heap;
    this.#features = features;
    this.isSupported = canCompile(program);
    this.isHeavy = isHeavy(program);
    const [only] = instructions;
    const isWord = only!.type === "float32" || only!.type === "int32";
    const isCopy = instructions.length === 1 && only!.kind === "input" && isWord;
    this.copied = isCopy && program.outputs.length === 1 ? only!.value : undefined;
    this.#parameters = instructions.filter(({ kind }) => kind === "parameter");
  }

  /** The values of the program's `parameter` instructions. */
  values({ parameters }: MapCall): readonly number[] {
    return this.#parameters.map((instruction) => parameterValue(instruction, parameters));
  }

  /** Returns the form for inputs that reach as `reaches` says; compiles it the first time. */
  variant({ inputs, outputs }: MapCall, reaches: readonly Reach[]): CompiledMap {
    const isInPlace = sharesStorage({ inputs, outputs });
    const key = isInPlace ? `${reaches.join()} in place` : reaches.join();
    let variant = this.#variants.get(key);
    if (variant === undefined) {
      variant = this.#compile(reaches, isInPlace);
      this.#variants.set(key, variant);
    }
    return variant;
  }

  /** The form for inputs that all lie side by side: asked for most often, and so without a search. */
  sideBySide(call: MapCall): CompiledMap {
    if (sharesStorage(call)) return this.variant(call, call.inputs.map(adjacent));
    return (this.#sideBySide ??= this.variant(call, call.inputs.map(adjacent)));
  }

  #compile(reaches: readonly Reach[], isInPlace: boolean): CompiledMap {
    const heap = this.#heap;
    const bytes = compileMap(this.#program, reaches, { ...this.#features, isInPlace });
    return instantiated(heap, bytes);
  }
}

/** Returns the function `run` of a module that has just been written. */
export function instantiated(heap: WasmHeap, bytes: Uint8Array<ArrayBuffer>): SharedFunction {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    env: { memory: heap.memory },
    Math: Math as unknown as WebAssembly.ModuleImports,
  });
  let module: SharedModule | undefined;
  return {
    run: instance.exports["run"] as SharedFunction["run"],
    get module() {
      return (module ??= shareModule(heap, bytes));
    },
    place: 0,
  };
}

/** The value of a `parameter` instruction as compiled code takes it. */
export function parameterValue(
  { value, type }: Pick<Instruction, "value" | "type">,
  parameters: readonly number[],
): number {
  const number = literal(parameters[value]!, type);
  return type === "bool" ? -number : number;
}

/** Whether an output is an input too. */
export function sharesStorage({ inputs, outputs }: Pick<MapCall, "inputs" | "outputs">): boolean {
  for (const { storage } of outputs) {
    for (const input of inputs) if (input.storage === storage) return true;
  }
  return false;
}

function adjacent(): Reach {
  return "adjacent";
}
