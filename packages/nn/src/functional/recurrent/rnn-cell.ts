import { customGrad, elementwise, gemm, stack, tidy, type Tensor } from "@tensorloom/tensor";
import { gatesOf, stepOf, type Cell, type SequenceInput, type SequenceResult } from "./cell.ts";
import { weightGradient } from "./weight-gradient.ts";

/** The activation of a plain recurrent layer. */
export type RnnActivation = "tanh" | "relu";

const slopes = {
  tanh: elementwise((gradient, h) => gradient.mul(h.mul(h).neg().add(1))),
  relu: elementwise((gradient, h) => h.greater(0).where(gradient, 0)),
};

/** `h = activation(gates + weightHh · h)`. */
export function rnnCell(activation: RnnActivation): Cell {
  return {
    gates: 1,
    addsBiases: true,
    step: (gates, { weightHh }, [h]) => [gemm(weightHh, h!, { c: gates, activation })],
    run: (input) => tidy(() => runRnn(input, activation)),
  };
}

function runRnn(
  { gates, weightHh, state }: SequenceInput,
  activation: RnnActivation,
): SequenceResult {
  const [h0] = state as readonly [Tensor];
  const batch = h0.shape[1]!;
  const steps = gates.shape[1]! / batch;
  const run = customGrad(
    (all, weight, first) => {
      let h = first!;
      const outputs = Array.from({ length: steps }, (_, t) => {
        h = gemm(weight!, h, { c: gatesOf(all!, t, batch), activation });
        return h;
      });
      return stack(outputs, 1);
    },
    (gradient, [, weight, first], outputs) => {
      const toGates: Tensor[] = [];
      let toH = stepOf(gradient, steps - 1);
      for (let t = steps - 1; t >= 0; t--) {
        toGates[t] = slopes[activation](toH, stepOf(outputs, t));
        const direct = t > 0 ? { c: stepOf(gradient, t - 1) } : {};
        toH = gemm(weight!, toGates[t]!, { transposeA: true, ...direct });
      }
      const all = stack(toGates, 1).reshape(gates.shape);
      return [all, weightGradient(all, first!, outputs), toH];
    },
  );
  const outputs = run(gates, weightHh, h0);
  return { outputs, state: [stepOf(outputs, steps - 1)] };
}
