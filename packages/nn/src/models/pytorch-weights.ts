import { FormatError, type Tensor } from "@tensorloom/tensor";
import { Conv1d, Conv2d, Conv3d } from "../layers/convolution.ts";
import { DepthwiseConv2d } from "../layers/depthwise-convolution.ts";
import { ConvTranspose2d } from "../layers/transposed-convolution.ts";
import type { Module } from "../module.ts";

/**
 * Returns a state dict for `model` made of PyTorch's: published weights in safetensors load by it.
 *
 * Names: ours in snake_case, as `layer1.0.bn1.running_mean` for `layer1.0.bn1.runningMean`; `running_var` for
 * `runningVariance`. Layouts: filters of convolutions turn from `[out, in, ...window]` to `[...window, in, out]` (of
 * transposed ones, `[in, out, ...window]` to `[...window, in, out]`); linear and recurrent layers lie as PyTorch's do.
 * `num_batches_tracked` is left out. A linear layer after a `Flatten` of images sees channels last here, and first in
 * PyTorch: its columns must be reordered by hand.
 *
 * @param model - what the weights are for
 * @param tensors - PyTorch's state dict, as `loadSafetensors` gives it
 * @returns views of the tensors, for `model.loadStateDict`
 * @throws `FormatError` if names are missing or unknown
 *
 * @example
 * const model = new Sequential(new Conv2d(3, 8, 5), new BatchNorm(8));
 * const published = {
 *   "0.weight": zeros([8, 3, 5, 5]), "0.bias": zeros([8]), "1.weight": ones([8]), "1.bias": zeros([8]),
 *   "1.running_mean": zeros([8]), "1.running_var": ones([8]), "1.num_batches_tracked": tensor(0),
 * };
 * model.loadStateDict(fromPyTorch(model, published));
 * model.stateDict()["0.weight"].shape; // => [5,5,3,8]
 */
export function fromPyTorch(
  model: Module,
  tensors: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  const modules = new Map([["", model], ...model.namedModules()]);
  const names = Object.keys(model.stateDict()).map((own) => [own, torchName(own)] as const);
  const known = new Set(names.map(([, theirs]) => theirs));
  const missing = names.filter(([, theirs]) => !Object.hasOwn(tensors, theirs));
  const unknown = Object.keys(tensors).filter(
    (name) => !known.has(name) && !name.endsWith("num_batches_tracked"),
  );
  if (missing.length > 0 || unknown.length > 0) {
    throw new FormatError(
      `fromPyTorch: expected exactly this model's weights; missing: ${missing.map(([, name]) => name).join(", ") || "none"}; ` +
        `unknown: ${unknown.join(", ") || "none"}`,
    );
  }
  return Object.fromEntries(
    names.map(([own, theirs]) => {
      const layer = modules.get(own.slice(0, Math.max(0, own.lastIndexOf("."))));
      return [own, turned(tensors[theirs]!, layer)];
    }),
  );
}

function torchName(own: string): string {
  return own
    .replace(/runningVariance$/, "runningVar")
    .replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

const convolutions = [Conv1d, Conv2d, Conv3d, DepthwiseConv2d];

function turned(x: Tensor, layer: Module | undefined): Tensor {
  const window = Array.from({ length: Math.max(0, x.rank - 2) }, (_, i) => i + 2);
  if (window.length === 0) return x;
  if (layer instanceof ConvTranspose2d) return x.transpose([...window, 0, 1]);
  const isConvolution = convolutions.some((kind) => layer instanceof kind);
  return isConvolution ? x.transpose([...window, 1, 0]) : x;
}
