import type * as tasks from "./tasks.ts";

/** The tasks' names. */
export type TaskName = keyof typeof tasks;
/** What is common to all parts of a task. */
export type Common<Name extends TaskName> = Parameters<(typeof tasks)[Name]>[0];
/** One part of a task. */
export type Part<Name extends TaskName> = Parameters<(typeof tasks)[Name]>[1];
/** What a task computes of a part. */
export type Result<Name extends TaskName> = ReturnType<(typeof tasks)[Name]>;
