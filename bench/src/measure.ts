/** One thing to time; runs the work once and leaves nothing behind. */
export interface Contender {
  readonly name: string;
  readonly run: () => void;
}

/** What was measured of one case. */
export interface Row {
  readonly suite: string;
  readonly case: string;
  readonly ours: string;
  readonly peer: string;
  readonly oursMs: number;
  readonly peerMs: number;
  /** The peer's time over ours, the median of the rounds: above 1, we are faster. */
  readonly ratio: number;
  /** Half the distance between the ratio's quartiles. */
  readonly spread: number;
  readonly runtime: string;
  readonly threads: number;
}

const rounds = 15;
const leastMs = 20;

/** Times `ours` and `peer` in alternating rounds, each as often as takes 20 ms, and returns medians. */
export function compare(suite: string, name: string, ours: Contender, peer: Contender): Row {
  const counts = [ours, peer].map(({ run }) => repetitions(run));
  const times: [number, number][] = [];
  for (let round = 0; round < rounds; round++) {
    // The order changes from round to round, so that neither always follows the other.
    const first = time(round % 2 === 0 ? ours.run : peer.run, counts[round % 2]!);
    const second = time(round % 2 === 0 ? peer.run : ours.run, counts[1 - (round % 2)]!);
    times.push(round % 2 === 0 ? [first, second] : [second, first]);
  }
  const ratios = times.map(([mine, theirs]) => theirs / mine);
  return {
    suite,
    case: name,
    ours: ours.name,
    peer: peer.name,
    oursMs: quantile(
      times.map(([mine]) => mine),
      0.5,
    ),
    peerMs: quantile(
      times.map(([, theirs]) => theirs),
      0.5,
    ),
    ratio: quantile(ratios, 0.5),
    spread: (quantile(ratios, 0.75) - quantile(ratios, 0.25)) / 2,
    runtime: `node ${process.versions.node}`,
    threads: 1,
  };
}

/** Runs until the compiler has settled, and returns how many runs take 20 ms. */
function repetitions(run: () => void): number {
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < 150 || count < 3) {
    run();
    count++;
  }
  const each = (performance.now() - start) / count;
  return Math.max(1, Math.round(leastMs / each));
}

function time(run: () => void, count: number): number {
  const start = performance.now();
  for (let i = 0; i < count; i++) run();
  return (performance.now() - start) / count;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const low = sorted[Math.floor(place)]!;
  return low + (sorted[Math.ceil(place)]! - low) * (place - Math.floor(place));
}
