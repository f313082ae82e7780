import {
  concat,
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

// Cho et al. 2014, in the variant of cuDNN and PyTorch: the reset gate acts on the state's part of the new gate, bias
// included. Gates: reset, update, new.

const open = elementwise((x, h) => x.add(h).sigmoid());
const candidate = elementwise((x, r, h) => x.add(r.mul(h)).tanh());
const mixed = elementwise((n, z, h) => n.add(z.mul(h.sub(n))));

/** Goes one step: r, z, n, and the next output. */
const advance = stackedKernel(7, 0, ([xr, xz, xn, hr, hz, hn, h]) => {
  const [r, z] = [xr!.add(hr!).sigmoid(), xz!.add(hz!).sigmoid()];
  const n = xn!.add(r.mul(hn!)).tanh();
  return [r, z, n, n.add(z.mul(h!.sub(n)))];
});

/**
 * The gradients to the state's part of the gates r, z and n, to the input's part of n, and to the output before, without
 * what comes through the gates.
 */
const retreat = stackedKernel(6, 0, ([r, z, n, hn, before, toH]) => {
  const toNew = toH!.mul(z!.neg().add(1)).mul(n!.mul(n!).neg().add(1));
  return [
    toNew.mul(hn!).mul(r!).mul(r!.neg().add(1)),
    toH!.mul(before!.sub(n!)).mul(z!).mul(z!.neg().add(1)),
    toNew.mul(r!),
    toNew,
    toH!.mul(z!),
  ];
});

export const gruCell: Cell = {
  gates: 3,
  addsBiases: false,
  step(gates, input, [h]) {
    const own = ownGates(input, h!);
    const [xr, xz, xn] = gates.split(3) as [Tensor, Tensor, Tensor];
    const [hr, hz, hn] = own.split(3) as [Tensor, Tensor, Tensor];
    return [mixed(candidate(xn, open(xr, hr), hn), open(xz, hz), h!)];
  },
  run: (input) => tidy(() => runGru(input)),
};

/** The state's part of the gates. */
function ownGates({ weightHh, biasHh }: SequenceInput, h: Tensor): Tensor {
  return gemm(weightHh, h, biasHh === undefined ? {} : { c: biasHh });
}

function runGru(input: SequenceInput): SequenceResult {
  const { gates, weightHh, biasHh, state } = input;
  const [h0] = state as readonly [Tensor];
  const [units, batch] = h0.shape as readonly [number, number];
  const steps = gates.shape[1]! / batch;
  const bias = biasHh === undefined ? [] : [biasHh];
  const saved: Tensor[] = [];
  const value = noGrad(() => {
    let h = h0;
    const outputs = Array.from({ length: steps }, (_, t) => {
      const own = ownGates(input, h);
      const given = gatesOf(gates, t, batch);
      const parts = [given, own].flatMap((x) => [0, 1, 2].map((gate) => blocks(x, 3, gate)));
      const next = advance([...parts, h], []);
      saved.push(next, blocks(own, 3, 2));
      h = results(next, 3);
      return h;
    });
    return stack(outputs, 1);
  });
  const run = customGrad(
    () => value,
    (gradient, [, weight, first, ...rest], outputs) => {
      const kept = rest.slice(bias.length);
      const backs: Tensor[] = [];
      let toH = stepOf(gradient, steps - 1);
      for (let t = steps - 1; t >= 0; t--) {
        const [now, hn] = kept.slice(2 * t, 2 * t + 2) as [Tensor, Tensor];
        const before = t > 0 ? results(kept[2 * t - 2]!, 3) : first!;
        const back = retreat([0, 1, 2].map((k) => results(now, k)).concat(hn, before, toH), []);
        backs[t] = results(back, 0, 4);
        const direct = t > 0 ? results(back, 4).add(stepOf(gradient, t - 1)) : results(back, 4);
        toH = gemm(weight!, results(back, 0, 3), { transposeA: true, c: direct });
      }
      const all = stack(backs, 1).reshape([4 * units, steps * batch]);
      const toOwn = blocks(all, 4, 0, 3);
      const toBias = bias.map(() => toOwn.sum(1, { keepDims: true }));
      const toInput = concat([blocks(all, 4, 0, 2), blocks(all, 4, 3)]);
      return [toInput, weightGradient(toOwn, first!, outputs), toH, ...toBias];
    },
  );
  const outputs = run(gates, weightHh, h0, ...bias, ...saved);
  return { outputs, state: [stepOf(outputs, steps - 1)] };
}
