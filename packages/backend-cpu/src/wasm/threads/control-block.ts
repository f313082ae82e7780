/** What a worker is started with. */
export interface WorkerStart {
  /** The kernels. */
  readonly module: WebAssembly.Module;
  /** The memory of all threads. */
  readonly memory: WebAssembly.Memory;
  /** The address of the control block. */
  readonly control: number;
  /** The worker's number. */
  readonly index: number;
  /** {@link layout}. */
  readonly layout: Layout;
}

/** Where things are in a control block: words, but for the table. */
export interface Layout {
  /** The current job's number, from 1. */
  readonly job: number;
  /** The job's number times 256, plus how many of its calls nobody has claimed. */
  readonly claims: number;
  /** Calls of the job that are over. */
  readonly finished: number;
  /** Workers that must be woken. */
  readonly sleepers: number;
  /** For tests: a worker waits up to this many microseconds before each call; if negative, it dies in the middle of one. */
  readonly delay: number;
  /** From here a word a worker that changes whenever it begins or ends a call. */
  readonly liveness: number;
  /** From here a word a call: 1 if it ended well. */
  readonly states: number;
  /** How many words there are. */
  readonly words: number;
  /** Bytes from the block's start to the table. */
  readonly table: number;
  /** How many calls the table can hold. */
  readonly calls: number;
  /** A call: its kernel's number, or -1 less its place in a module that came later, then that module's number, address and length; the count of arguments; these. */
  readonly callWords: number;
  readonly mostWorkers: number;
}

const mostWorkers = 32;
const mostCalls = 64;
const words = 8 + mostWorkers + mostCalls;

/**
 * The control block: words by which threads agree on who does what, then a table of calls.
 *
 * A job is a list of calls. Its number goes into `job` last. Whoever takes one off `claims` by compare-and-exchange runs that
 * call: since the job's number is in there, a thread that is late for one job can take nothing from the next.
 */
export const layout: Layout = {
  ...{ job: 0, claims: 1, finished: 2, sleepers: 3, delay: 4 },
  ...{ liveness: 8, states: 8 + mostWorkers, words },
  ...{ table: Math.ceil((words * 4) / 64) * 64, calls: mostCalls, callWords: 48 },
  mostWorkers,
};

/** Bytes of a control block. */
export const controlBytes: number = layout.table + layout.calls * layout.callWords * 8;
/** How many arguments a call can have. */
export const mostArguments: number = layout.callWords - 5;
