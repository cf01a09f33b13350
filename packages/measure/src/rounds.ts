/** A small honest timer: contenders take turns, each round is timed as a whole, medians and spreads are shown. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Without `--expose-gc` on the command line. */
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What is timed in turn with others. */
export interface Contender {
  readonly name: string;
  /** Before each round; not timed. */
  readonly prepare?: () => void;
  /** One round; returns something that depends on the work, so that it cannot be left out. */
  readonly round: () => number;
}

/** What a table shows in place of milliseconds. */
export interface Scale {
  readonly unit: string;
  /** From the time of a round. */
  readonly of: (ms: number) => number;
  /** Timed rounds of each contender. Default 11. */
  readonly rounds?: number;
}

const WARM_UP = 3;
const ROUNDS = 11;

/** Nanoseconds of each of so many operations in a round. */
export const perOperation = (operations: number): Scale => ({
  unit: 'ns',
  of: (ms) => (ms * 1e6) / operations,
});

/** Times contenders and prints a table; ratios are of times, to the first. Returns each one's median in the unit. */
export function compare(
  title: string,
  { unit, of, rounds = ROUNDS }: Scale,
  contenders: readonly Contender[],
): number[] {
  const times = contenders.map((): number[] => []);
  let sink = 0;
  for (let round = -WARM_UP; round < rounds; round++) {
    contenders.forEach(({ prepare, round: run }, i) => {
      prepare?.();
      const start = performance.now();
      sink = (sink + run()) | 0;
      const ms = performance.now() - start;
      if (round >= 0) times[i]!.push(ms);
    });
  }
  const medians = times.map((list) => [...list].sort((a, b) => a - b)[rounds >> 1]!);
  console.log(`\n${title} (${rounds} rounds in turn, checksum ${sink})`);
  console.table(
    Object.fromEntries(
      contenders.map(({ name }, i) => {
        const ends = [Math.min(...times[i]!), Math.max(...times[i]!)].map(of).sort((a, b) => a - b);
        return [
          name,
          {
            [`median ${unit}`]: of(medians[i]!).toFixed(1),
            'min - max': ends.map((value) => value.toFixed(1)).join(' - '),
            'time, ratio': (medians[i]! / medians[0]!).toFixed(2),
          },
        ];
      }),
    ),
  );
  return medians.map(of);
}

/** Bytes of heap and buffers that what `make` returns keeps alive. */
export function bytesKept(make: () => unknown): number {
  const used = (): number => {
    // Buffers are let go one collection after the objects that held them.
    for (let i = 0; i < 4; i++) collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = used();
  kept = make();
  const bytes = used() - before;
  kept = undefined;
  return bytes;
}

/** Holds on to what is being weighed. */
export let kept: unknown;
