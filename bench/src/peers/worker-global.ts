/**
 * Loads a peer. Some put Node's worker where browsers have theirs, and jax-js then believes itself in a browser: it is taken
 * away again.
 */
export async function withoutWorkerGlobal<Loaded>(load: () => Promise<Loaded>): Promise<Loaded> {
  const scope = globalThis as { Worker?: unknown };
  const hadWorker = "Worker" in scope;
  try {
    return await load();
  } finally {
    if (!hadWorker) delete scope.Worker;
  }
}
