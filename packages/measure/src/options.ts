/** What a benchmark is asked to do. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** The dump to read: PAGE_OWNER_DUMP, or that of the examples folder. */
export const DUMP: string =
  process.env.PAGE_OWNER_DUMP ??
  fileURLToPath(new URL('../../../examples/linux-6.12-page_owner.txt.zst', import.meta.url));

/**
 * Whole numbers from 1 on, given on the command line as `--NAME N`, or `--NAME N,N` where several are expected; those that
 * are not given are as in `defaults`, where `rounds` is 5 unless it says otherwise. What is wrong ends the process with one
 * line, status 2.
 */
export function numbersGiven<Numbers extends Readonly<Record<string, number | readonly number[]>>>(
  defaults: Numbers,
): { rounds: number } & Numbers {
  const all = { rounds: 5, ...defaults };
  try {
    const { values } = parseArgs({
      options: Object.fromEntries(Object.keys(all).map((name) => [name, { type: 'string' as const }])),
    });
    const given = Object.entries(values).map(([name, text]) => {
      const numbers = text!.split(',').map(Number);
      const several = typeof all[name] === 'object';
      if (
        numbers.some((number) => !Number.isInteger(number) || number < 1) ||
        (!several && numbers.length > 1)
      )
        throw new RangeError(
          `--${name} is ${JSON.stringify(text)}, not ${several ? 'numbers' : 'a number'} from 1 on`,
        );
      return [name, several ? numbers : numbers[0]];
    });
    return { ...all, ...(Object.fromEntries(given) as Partial<Numbers>) };
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}
