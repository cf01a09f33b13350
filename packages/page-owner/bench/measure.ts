/** A small honest timer: contenders take turns, each round is timed as a whole, medians and spreads are shown. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Without `--expose-gc` on the command line. */
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

export interface Contender {
  readonly name: string;
  /** Before each round; not timed. */
  readonly prepare?: () => void;
  /** One round; returns something that depends on the work, so that it cannot be left out. */
  readonly round: () => number;
}

const WARM_UP = 3;
const ROUNDS = 11;

/** Times contenders that each do `operations` operations a round, and prints a table; ratios are to the first. */
export function compare(title: string, operations: number, contenders: readonly Contender[]): void {
  const times = contenders.map((): number[] => []);
  let sink = 0;
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    contenders.forEach(({ prepare, round: run }, i) => {
      prepare?.();
      const start = performance.now();
      sink = (sink + run()) | 0;
      const nanoseconds = ((performance.now() - start) * 1e6) / operations;
      if (round >= 0) times[i]!.push(nanoseconds);
    });
  }
  const medians = times.map((list) => [...list].sort((a, b) => a - b)[ROUNDS >> 1]!);
  console.log(`\n${title} (${operations} operations a round, ${ROUNDS} rounds in turn, checksum ${sink})`);
  console.table(
    Object.fromEntries(
      contenders.map(({ name }, i) => [
        name,
        {
          'median ns': medians[i]!.toFixed(1),
          'min - max': `${Math.min(...times[i]!).toFixed(1)} - ${Math.max(...times[i]!).toFixed(1)}`,
          ratio: (medians[i]! / medians[0]!).toFixed(2),
        },
      ]),
    ),
  );
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
