/* oxlint-disable unicorn/require-post-message-target-origin -- workers have no origin */
// All that a worker thread runs. scripts/embed-worker.mjs bundles this file, with the tasks, into a string, so that no
// bundler has a worker file to place.
import * as tasks from "./tasks.ts";
import type { Reply, Request } from "./messages.ts";

interface Port {
  postMessage(message: Reply): void;
}
interface NodePort extends Port {
  on(event: "message", listener: (request: Request) => void): void;
}

type Task = (common: unknown, part: unknown) => unknown;

const commons = new Map<number, unknown>();

function answer(request: Request, port: Port): void {
  const { kind, job } = request;
  if (kind === "begin") commons.set(job, request.common);
  else if (kind === "end") commons.delete(job);
  else {
    try {
      const result = (tasks[request.task] as Task)(commons.get(job), request.part);
      port.postMessage({ kind: "result", result });
    } catch (error) {
      port.postMessage({ kind: "error", error });
    }
  }
}

const node = (
  globalThis as { process?: { getBuiltinModule?(name: string): unknown } }
).process?.getBuiltinModule?.("node:worker_threads") as { parentPort: NodePort } | undefined;
if (node === undefined) {
  const scope = globalThis as unknown as Port & EventTarget;
  scope.addEventListener("message", (event) => {
    answer((event as MessageEvent<Request>).data, scope);
  });
  scope.postMessage({ kind: "ready" });
} else {
  const { parentPort } = node;
  parentPort.on("message", (request) => answer(request, parentPort));
  parentPort.postMessage({ kind: "ready" });
}
