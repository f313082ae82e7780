import type { Backend, View } from "@tensorloom/tensor/backend";
import { reference } from "@tensorloom/tensor/reference";
import { expect, test } from "vitest";
import { conformanceTests, type Family } from "../src/index.ts";
import { pairWith } from "../src/registry.ts";

const good = reference();
const fromStart = (view: View): View => ({ ...view, offset: 0 });
const arrayOf = ({ storage, dtype }: View): Float32Array =>
  (storage as unknown as { array(dtype: string): Float32Array }).array(dtype);

/** Mistakes that kernels are really made with, each in a backend that is right in all else. */
const mutants: Record<string, [Family, Partial<Backend>]> = {
  "map ignores an input's offset": [
    "map",
    { map: (call) => good.map({ ...call, inputs: call.inputs.map(fromStart) }) },
  ],
  "map ignores the output's offset": [
    "map",
    { map: (call) => good.map({ ...call, outputs: call.outputs.map(fromStart) }) },
  ],
  "map rounds parameters to whole numbers": [
    "map",
    { map: (call) => good.map({ ...call, parameters: call.parameters.map(Math.round) }) },
  ],
  "reduce takes the last of equal winners": [
    "reduce",
    {
      reduce(call) {
        if (call.operator !== "argmax" || call.axes[0] !== 0 || call.inputs[0]!.shape.length > 1)
          return good.reduce(call);
        const [input] = call.inputs as [View];
        const size = input.shape[0]!;
        const backwards = {
          ...input,
          offset: input.offset + (size - 1) * input.strides[0]!,
          strides: [-input.strides[0]!],
        };
        good.reduce({ ...call, inputs: [backwards] });
        const array = arrayOf(call.output);
        array[0] = size - 1 - array[0]!;
      },
    },
  ],
  "reduce skips the expression": [
    "reduce",
    { reduce: (call) => good.reduce({ ...call, expression: identityOf(call.expression) }) },
  ],
  "gemm forgets the epilogue": [
    "gemm",
    { gemm: ({ a, b, output }) => good.gemm({ a, b, output }) },
  ],
  "gemm takes the first batch for all": [
    "gemm",
    {
      gemm: (call) =>
        good.gemm({
          ...call,
          b: {
            ...call.b,
            strides: call.b.strides.map((stride, i, all) => (i < all.length - 2 ? 0 : stride)),
          },
        }),
    },
  ],
  "conv swaps the paddings": [
    "conv",
    {
      conv: (call) =>
        good.conv({ ...call, padding: call.padding.map(([a, b]) => [b, a] as const) }),
    },
  ],
  "conv's filter gradient ignores dilation": [
    "conv",
    {
      convFilterGradient: (call) =>
        good.convFilterGradient({ ...call, dilation: call.dilation.map(() => 1) }),
    },
  ],
  "pool counts the padding the wrong way": [
    "pool",
    { pool: (call) => good.pool({ ...call, countPadding: !call.countPadding }) },
  ],
  "pool's gradient always counts the padding": [
    "pool",
    { poolGradient: (call) => good.poolGradient({ ...call, countPadding: true }) },
  ],
  "gather ignores the offset": [
    "gather",
    { gather: (call) => good.gather({ ...call, input: fromStart(call.input) }) },
  ],
  "scatterAdd starts from zeros": [
    "gather",
    {
      scatterAdd(call) {
        arrayOf(call.output).fill(0);
        good.scatterAdd(call);
      },
    },
  ],
  "scan is always inclusive": [
    "scan",
    { scan: (call) => good.scan({ ...call, exclusive: false }) },
  ],
  "scan never runs backwards": ["scan", { scan: (call) => good.scan({ ...call, reverse: false }) }],
  "sort descends by turning round, so equal ones swap": [
    "sort",
    {
      sort(call) {
        if (!call.descending || call.input.shape.length > 1) return good.sort(call);
        good.sort({ ...call, descending: false });
        for (const view of [call.values, call.indices]) {
          if (view !== undefined) arrayOf(view).subarray(0, view.shape[0]).reverse();
        }
      },
    },
  ],
  "read gives the memory itself": [
    "storage",
    {
      read: async (storage, dtype, offset, length) =>
        arrayOf({ storage, dtype } as View).subarray(offset, offset + length),
    },
  ],
  "write takes the whole buffer": [
    "storage",
    { write: (target, data) => good.write(target, new Uint8Array(data.buffer)) },
  ],
};

function identityOf(f: Parameters<Backend["reduce"]>[0]["expression"]): typeof f {
  const { roots } = f;
  let [node] = roots as [(typeof roots)[number]];
  while (node.operands.length > 0) node = node.operands[0]!;
  return node.kind === "input"
    ? new (f.constructor as new (...args: unknown[]) => typeof f)([node], f.inputCount)
    : f;
}

for (const [name, [family, wrong]] of Object.entries(mutants)) {
  test(`noticed: ${name}`, async () => {
    const pair = pairWith({ ...good, ...wrong }, 1);
    for (const { run } of conformanceTests([family])) {
      try {
        await run(pair);
      } catch (error) {
        // A difference was seen; a mutant that merely crashes would prove nothing.
        expect((error as Error).name).toBe("AssertionError");
        return;
      }
    }
    expect.fail(`no test of ${family} noticed`);
  });
}
