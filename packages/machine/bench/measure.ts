/** Contenders take turns, each round is timed as a whole, medians and spreads are shown. */
export interface Contender {
  readonly name: string;
  /** One round; returns something that depends on the work, so that it cannot be left out. */
  readonly round: () => number;
}

const WARM_UP = 2;

/**
 * Times contenders and prints a table; ratios are to the first.
 *
 * @param unit what `perMs` gives, given a time in milliseconds
 */
export function compare(
  title: string,
  rounds: number,
  unit: string,
  perMs: (ms: number) => number,
  contenders: readonly Contender[],
): void {
  const times = contenders.map((): number[] => []);
  let sink = 0;
  for (let round = -WARM_UP; round < rounds; round++) {
    contenders.forEach(({ round: run }, i) => {
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
        const ends = [Math.min(...times[i]!), Math.max(...times[i]!)].map(perMs).sort((a, b) => a - b);
        return [
          name,
          {
            [`median ${unit}`]: perMs(medians[i]!).toFixed(0),
            'min - max': ends.map((value) => value.toFixed(0)).join(' - '),
            'time, ratio': (medians[i]! / medians[0]!).toFixed(2),
          },
        ];
      }),
    ),
  );
}
