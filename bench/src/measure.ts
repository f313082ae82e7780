/** One thing to time; runs the work once and leaves nothing behind. */
export interface Contender {
  readonly name: string;
  readonly run: () => void | Promise<void>;
  /** Whether its threads, if it has several, disturb the others: it then has rounds of its own, after theirs. */
  readonly isGreedy?: boolean;
}

/** What was measured of one case. */
export interface Row {
  readonly suite: string;
  readonly case: string;
  readonly ours: string;
  readonly peer: string;
  readonly oursMs: number;
  readonly peerMs: number;
  /** Processor time of all threads, in ms: above the wall time if several work. */
  readonly oursCpuMs: number;
  readonly peerCpuMs: number;
  /** The peer's wall time over ours, the median of the rounds: above 1, we are faster. */
  readonly ratio: number;
  /** Half the distance between the ratio's quartiles. */
  readonly spread: number;
  readonly runtime: string;
  readonly threads: number;
}

/** How a run of the bench goes. */
export interface Settings {
  /** Threads of each contender that can have several. */
  readonly threads: number;
  readonly rounds: number;
  /** Only cases whose name this fits, in suites that take long. */
  readonly only: RegExp;
}

interface Time {
  readonly wall: number;
  readonly cpu: number;
}

const leastMs = 20;

/**
 * Times `ours` and each of `peers` in alternating rounds, each as often as takes 20 ms, and returns medians, a row a peer.
 * The order turns from round to round, so that nobody always follows the same one. Greedy peers come last.
 */
export async function compare(
  suite: string,
  name: string,
  settings: Settings,
  ours: Contender,
  peers: readonly Contender[],
): Promise<Row[]> {
  const contenders = [ours, ...peers];
  const times: Time[][] = contenders.map(() => []);
  const isApart = (i: number): boolean => settings.threads > 1 && contenders[i]!.isGreedy === true;
  const all = contenders.map((_, i) => i);
  const groups = [all.filter((i) => !isApart(i)), ...all.filter(isApart).map((i) => [i])];
  for (const group of groups) {
    const counts = new Map<number, number>();
    for (const i of group) counts.set(i, await repetitions(contenders[i]!));
    for (let round = 0; round < settings.rounds; round++) {
      for (let turn = 0; turn < group.length; turn++) {
        const i = group[(round + turn) % group.length]!;
        times[i]!.push(await time(contenders[i]!, counts.get(i)!));
      }
    }
  }
  return peers.map((peer, i) => {
    const [mine, theirs] = [times[0]!, times[i + 1]!];
    const ratios = theirs.map(({ wall }, round) => wall / mine[round]!.wall);
    return {
      suite,
      case: name,
      ours: ours.name,
      peer: peer.name,
      oursMs: median(mine.map(({ wall }) => wall)),
      peerMs: median(theirs.map(({ wall }) => wall)),
      oursCpuMs: median(mine.map(({ cpu }) => cpu)),
      peerCpuMs: median(theirs.map(({ cpu }) => cpu)),
      ratio: median(ratios),
      spread: (quantile(ratios, 0.75) - quantile(ratios, 0.25)) / 2,
      runtime:
        typeof process === "undefined" ? navigator.userAgent : `node ${process.versions.node}`,
      threads: settings.threads,
    };
  });
}

/** Runs until the compiler has settled, and returns how many runs take 20 ms. */
async function repetitions({ run }: Contender): Promise<number> {
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < 200 || count < 3) {
    await run();
    count++;
  }
  const each = (performance.now() - start) / count;
  return Math.max(1, Math.round(leastMs / each));
}

async function time({ run }: Contender, count: number): Promise<Time> {
  const cpu = cpuMs();
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    const pending = run();
    // Who computes at once is not made to wait for a turn of the event loop.
    if (pending !== undefined) await pending;
  }
  const wall = (performance.now() - start) / count;
  return { wall, cpu: (cpuMs() - cpu) / count };
}

/** Processor time of this process so far; NaN in a page, which cannot know. */
function cpuMs(): number {
  if (typeof process === "undefined") return Number.NaN;
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const low = sorted[Math.floor(place)]!;
  return low + (sorted[Math.ceil(place)]! - low) * (place - Math.floor(place));
}
