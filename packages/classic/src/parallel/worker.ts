/* oxlint-disable unicorn/require-post-message-target-origin -- workers have no origin */
// All that a worker thread runs. scripts/embed-worker.mjs bundles this file, with the tasks, into a string, so that no
// bundler has a worker file to place.
import { isSteps, type Run, type TaskName } from "./task-types.ts";
import * as tasks from "./tasks.ts";
import type { Reply, Request } from "./messages.ts";

interface Port {
  postMessage(message: Reply): void;
}
interface NodePort extends Port {
  on(event: "message", listener: (request: Request) => void): void;
}

const commons = new Map<number, unknown>();

function answer(request: Request, port: Port): void {
  const { kind, job } = request;
  if (kind === "begin") commons.set(job, request.common);
  else if (kind === "end") commons.delete(job);
  else {
    try {
      const outcome = (tasks[request.task as TaskName] as Run)(commons.get(job), request.part);
      const result = isSteps(outcome) ? ended(outcome) : outcome;
      port.postMessage({ kind: "result", result });
    } catch (error) {
      port.postMessage({ kind: "error", error });
    }
  }
}

function ended(steps: Generator<unknown, unknown>): unknown {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
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
