import type * as tasks from "./tasks.ts";

/** The tasks' names. */
export type TaskName = keyof typeof tasks;
/** What is common to all parts of a task. */
export type Common<Name extends TaskName> = Parameters<(typeof tasks)[Name]>[0];
/** One part of a task. */
export type Part<Name extends TaskName> = Parameters<(typeof tasks)[Name]>[1];
/** What a task computes of a part: what it returns, or what its steps end in. */
export type Result<Name extends TaskName> =
  ReturnType<(typeof tasks)[Name]> extends Generator<unknown, infer R>
    ? R
    : ReturnType<(typeof tasks)[Name]>;

/** Runs a task for a part: one that pauses between steps is a generator, and the pauses are the caller's to fill. */
export type Run = (common: unknown, part: unknown) => unknown;

/** Whether what a task returned are its steps. */
export function isSteps(outcome: unknown): outcome is Generator<unknown, unknown> {
  return (
    typeof outcome === "object" &&
    outcome !== null &&
    Symbol.iterator in outcome &&
    "next" in outcome
  );
}
