import {
  ArgumentError,
  bytesPerElement,
  contiguousStrides,
  sizeOf,
  UnsupportedError,
  type CustomCall,
  type Shader,
  type View,
} from "@tensorloom/tensor/backend";
import type { Executor } from "../device/executor.ts";
import { blockOf, type GpuStorage } from "../device/gpu-storage.ts";
import { copy, withWords } from "./whole-words.ts";

const mostWorkgroups = 65_535;

/** Runs a kernel that a package brought along; half floats it sees as float32. */
export function custom(executor: Executor, call: CustomCall): void {
  const isHalf = ({ dtype }: View): boolean => dtype === "float16";
  const halves = { inputs: call.inputs.filter(isHalf), outputs: call.outputs.filter(isHalf) };
  withWords(executor, { ...halves, isUpdate: false }, (words) => {
    const [inputs, outputs] = [[...words.inputs], [...words.outputs]];
    run(executor, {
      ...call,
      inputs: call.inputs.map((view) => (isHalf(view) ? inputs.shift()! : view)),
      outputs: call.outputs.map((view) => (isHalf(view) ? outputs.shift()! : view)),
    });
  });
}

function run(executor: Executor, call: CustomCall): void {
  const { kernel, inputs, outputs, parameters } = call;
  if (kernel.wgsl === undefined) {
    throw new UnsupportedError(
      `${kernel.name}: expected a kernel with a WGSL version, got one without; try \`await x.to("wasm")\``,
    );
  }
  const { mostBuffers } = executor.traits;
  if (inputs.length + outputs.length > mostBuffers) {
    throw new UnsupportedError(
      `${kernel.name}: expected at most ${mostBuffers} inputs and outputs, the device's ` +
        `maxStorageBuffersPerShaderStage, got ${inputs.length + outputs.length}; join some`,
    );
  }
  const shaders = [kernel.wgsl(inputs, outputs, parameters)].flat();
  for (const { workgroups } of shaders) checkWorkgroups(kernel.name, workgroups);
  const lent: GpuStorage[] = [];
  const fromStart = (view: View): View => {
    if (view.offset === 0) return view;
    const { dtype, shape } = view;
    const storage = executor.allocate(sizeOf(shape) * bytesPerElement(dtype));
    lent.push(storage);
    return { storage, dtype, shape, strides: contiguousStrides(shape), offset: 0 };
  };
  const bound = [...inputs, ...outputs].map(fromStart);
  inputs.forEach((input, i) => {
    if (bound[i] !== input) copy(executor, input, bound[i]!);
  });
  const words = Math.ceil(parameters.length / 4) * 4;
  const access = "r".repeat(inputs.length) + "w".repeat(outputs.length);
  for (const { source, workgroups } of shaders) {
    const [x, y = 1, z = 1] = workgroups;
    const pipeline = executor.pipeline(`${kernel.name} ${words} ${access} ${source}`, () => ({
      text: source,
      access,
      words,
    }));
    const list = executor.words();
    for (const parameter of parameters) list.float(parameter);
    executor.dispatch(pipeline, bound.map(blockOf), list, [x, y, z]);
  }
  outputs.forEach((output, i) => {
    const made = bound[inputs.length + i]!;
    if (made !== output) copy(executor, made, output);
  });
  for (const storage of lent) executor.free(storage);
}

function checkWorkgroups(name: string, [x, y = 1, z = 1]: Shader["workgroups"]): void {
  const isLegal = [x, y, z].every((n) => Number.isInteger(n) && n >= 0 && n <= mostWorkgroups);
  if (isLegal) return;
  throw new ArgumentError(
    `${name}: workgroups: expected whole numbers up to ${mostWorkgroups}, got ${x}, ${y}, ${z}; ` +
      "spread them over x, y and z",
  );
}
