import type { Backend } from "../backend/contract.ts";
import { currentBackend, isCurrentBackend, withBackend } from "../backend/registry.ts";
import { BackendError } from "../errors.ts";
import { fromTypedArray, sharedOf, type Tensor } from "../tensor.ts";

/**
 * Returns the backend on which an operation runs: the one that holds its inputs. A device wins over hosts, whose tensors
 * are then uploaded; among different hosts the current backend wins, then the first.
 *
 * @throws {@link BackendError} for tensors on two devices
 */
export function backendOf(operation: string, inputs: readonly Tensor[]): Backend {
  const first = inputs[0];
  if (first === undefined) return currentBackend();
  let chosen = sharedOf(first, operation).backend;
  for (let i = 1; i < inputs.length; i++) {
    const { backend } = sharedOf(inputs[i]!, operation);
    if (backend !== chosen) chosen = prefer(operation, chosen, backend);
  }
  return chosen;
}

function prefer(operation: string, a: Backend, b: Backend): Backend {
  const aIsHost = a.readSync !== undefined;
  const bIsHost = b.readSync !== undefined;
  if (aIsHost && bIsHost) return currentBackend() === b ? b : a;
  if (aIsHost !== bIsHost) return aIsHost ? b : a;
  throw new BackendError(
    `${operation}: expected tensors of one device, got some on ${a.name} and some on ${b.name}; ` +
      `try \`await x.to("${a.name}")\``,
  );
}

/** Returns `tensor` itself if it lives on `backend`, else a copy there, made without waiting. */
export function placedOn(backend: Backend, tensor: Tensor): Tensor {
  if (tensor.lease.shared!.backend === backend) return tensor;
  return fromTypedArray(tensor.dataSync(), tensor.dtype, tensor.shape, backend);
}

/** Returns the constants that `make` creates, born on the backend that holds `x` whichever is the current one. */
export function createdBeside<R>(x: Tensor, make: () => R): R {
  const { backend } = sharedOf(x);
  return isCurrentBackend(backend) ? make() : withBackend(backend, make);
}

/**
 * Runs `fn` with the tensors placed on `backend`, and disposes the copies that this took: outside of any `tidy`, nobody
 * else would.
 */
export function withPlaced(
  backend: Backend,
  tensors: readonly Tensor[],
  fn: (placed: readonly Tensor[]) => void,
): void {
  // Nearly always all are there already, and nothing is allocated.
  if (tensors.every((tensor) => tensor.lease.shared!.backend === backend)) {
    fn(tensors);
    return;
  }
  const placed = tensors.map((tensor) => placedOn(backend, tensor));
  try {
    fn(placed);
  } finally {
    placed.forEach((copy, i) => {
      if (copy !== tensors[i]) copy.dispose();
    });
  }
}
