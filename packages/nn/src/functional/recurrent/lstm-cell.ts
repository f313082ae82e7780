import {
  customGrad,
  elementwise,
  gemm,
  noGrad,
  stack,
  stackedKernel,
  tidy,
  type Tensor,
} from "@tensorloom/tensor";
import {
  blocks,
  gatesOf,
  results,
  stepOf,
  type Cell,
  type SequenceInput,
  type SequenceResult,
} from "./cell.ts";
import { weightGradient } from "./weight-gradient.ts";

// Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000. Gates: input, forget, cell, output.

const nextCell = elementwise((i, f, g, c) => f.sigmoid().mul(c).add(i.sigmoid().mul(g.tanh())));
const nextHidden = elementwise((o, c) => o.sigmoid().mul(c.tanh()));

/** Opens the gates, and goes one step: i, f, g, o, tanh of the next cell, the next cell, the next output. */
const advance = stackedKernel(5, 0, ([atI, atF, atG, atO, c]) => {
  const [i, f, g, o] = [atI!.sigmoid(), atF!.sigmoid(), atG!.tanh(), atO!.sigmoid()];
  const cell = f.mul(c!).add(i.mul(g));
  const squashed = cell.tanh();
  return [i, f, g, o, squashed, cell, o.mul(squashed)];
});

/** The gradients to the gates, and to the cell before, of those to the output and to the cell. */
const retreat = stackedKernel(8, 0, ([i, f, g, o, squashed, before, toH, toC]) => {
  const toCell = toC!.add(toH!.mul(o!).mul(squashed!.mul(squashed!).neg().add(1)));
  return [
    toCell.mul(g!).mul(i!).mul(i!.neg().add(1)),
    toCell.mul(before!).mul(f!).mul(f!.neg().add(1)),
    toCell.mul(i!).mul(g!.mul(g!).neg().add(1)),
    toH!.mul(squashed!).mul(o!).mul(o!.neg().add(1)),
    toCell.mul(f!),
  ];
});

export const lstmCell: Cell = {
  gates: 4,
  addsBiases: true,
  step(gates, { weightHh }, [h, c]) {
    const sum = gemm(weightHh, h!, { c: gates });
    const [i, f, g, o] = sum.split(4) as [Tensor, Tensor, Tensor, Tensor];
    const cell = nextCell(i, f, g, c!);
    return [nextHidden(o, cell), cell];
  },
  run: (input) => tidy(() => runLstm(input)),
};

function runLstm({ gates, weightHh, state }: SequenceInput): SequenceResult {
  const [h0, c0] = state as readonly [Tensor, Tensor];
  const batch = h0.shape[1]!;
  const steps = gates.shape[1]! / batch;
  const opened: Tensor[] = [];
  // The outputs of all steps, and the last cell.
  const value = noGrad(() => {
    let [h, c] = [h0, c0];
    const outputs = Array.from({ length: steps }, (_, t) => {
      const sum = gemm(weightHh, h, { c: gatesOf(gates, t, batch) });
      const next = advance([...[0, 1, 2, 3].map((gate) => blocks(sum, 4, gate)), c], []);
      opened.push(next);
      [h, c] = [results(next, 6), results(next, 5)];
      return h;
    });
    return stack([...outputs, c], 1);
  });
  const run = customGrad(
    () => value,
    (gradient, [, weight, first, firstCell, ...kept], outputs) => {
      const toGates: Tensor[] = [];
      let toH = stepOf(gradient, steps - 1);
      let toC = stepOf(gradient, steps);
      for (let t = steps - 1; t >= 0; t--) {
        const parts = [0, 1, 2, 3, 4].map((part) => results(kept[t]!, part));
        const before = t > 0 ? results(kept[t - 1]!, 5) : firstCell!;
        const back = retreat([...parts, before, toH, toC], []);
        toGates[t] = results(back, 0, 4);
        toC = results(back, 4);
        const direct = t > 0 ? { c: stepOf(gradient, t - 1) } : {};
        toH = gemm(weight!, toGates[t]!, { transposeA: true, ...direct });
      }
      const all = stack(toGates, 1).reshape(gates.shape);
      return [all, weightGradient(all, first!, outputs), toH, toC];
    },
  );
  const all = run(gates, weightHh, h0, c0, ...opened);
  return {
    outputs: all.slice([0, 0], [h0.shape[0]!, steps]),
    state: [stepOf(all, steps - 1), stepOf(all, steps)],
  };
}
