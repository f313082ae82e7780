import { TensorloomError } from "@tensorloom/tensor";
import { webgpu } from "../src/index.ts";
import { offerSoftwareAdapter } from "./software-adapter.ts";

offerSoftwareAdapter();

/** Why this machine cannot run the backend, in words; undefined where it can. */
async function reasonAgainst(): Promise<string | undefined> {
  const backend = webgpu();
  try {
    await backend.initialize?.();
    await backend.dispose();
    return undefined;
  } catch (error) {
    if (!(error instanceof TensorloomError)) throw error;
    return error.message;
  }
}

const reason = await reasonAgainst();

/** Whether tests that need an adapter are skipped: not in CI, which has one. */
export const lacksWebGpu: boolean =
  reason !== undefined && process.env["TENSORLOOM_REQUIRE_BACKENDS"] !== "1";

/** The name of a group of such tests, with the reason why they are skipped. */
export function named(name: string): string {
  return lacksWebGpu ? `${name} (${reason})` : name;
}
