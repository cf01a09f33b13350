import { decodeText, encodeText } from '@page-owner/dump-format';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createCompatReader } from '../src/compat/reader.js';
import { COMPATS, makePlan } from '../src/plan.js';
import type { Compat, SortOptions } from '../src/plan.js';
import { MemoryStore } from '../src/run.js';
import { sortedDump } from '../src/sort-dump.js';
import { pushInto } from './push-into.js';
import { dumpOf, someOptions, someRecords, textOf } from './dumps.js';
import { inPieces } from './fixtures.js';

/** What kernels do not write, and yet stands in files; it takes the place of a piece of text. */
const damage = fc.record({
  from: fc.constantFrom(
    'ts 5 ns',
    'ts 1 ns',
    ', free_ts',
    '(init)',
    '(sshd)',
    'PFN',
    'order 1',
    ' ns\n',
    '\n\n',
    'pid 1',
  ),
  to: fc.constantFrom(
    'ts  ns',
    'ts 005 ns',
    'ts 99999999999999999999999999 ns',
    '(free_ts 5 ns)',
    '(ts 7 ns, x)',
    '(a), ts 3 ns)',
    '([nfs])',
    '(x\0y)',
    ' ns more\n',
    '\n\n\n',
    'pid -3',
    'order 31',
    '',
  ),
  at: fc.nat(6),
});

/** The text with the `at`-th `from` replaced. */
function damaged(text: string, { from, to, at }: { from: string; to: string; at: number }): string {
  let found = -1;
  for (let i = 0; i <= at; i++) {
    found = text.indexOf(from, found + 1);
    if (found < 0) return text;
  }
  return text.slice(0, found) + to + text.slice(found + from.length);
}

/** What that tool can be asked for. */
function possible(
  { top: _, unreleased, sort = [], cull = [], ...rest }: SortOptions,
  compat: Compat,
): SortOptions {
  const is61 = compat === '6.1';
  return {
    ...rest,
    ...(is61 && unreleased && { unreleased }),
    sort: sort.filter(({ key }) => is61 || key !== 'free_ts'),
    cull: cull.filter((key) => is61 || key !== 'free'),
    compat,
  };
}

/** With -d every record goes through the C tool's patterns one by one; without, distinct texts do. */
async function run(dump: Uint8Array, options: SortOptions, pieceSize: number, debug: boolean) {
  const plan = makePlan(options);
  const store = new MemoryStore();
  const reader = await createCompatReader({
    plan,
    store,
    inputBytes: 1e6,
    ...(debug && { complain: () => {} }),
  });
  for (const piece of inPieces(dump, pieceSize)) pushInto(reader, piece);
  const { runs, report, selected } = reader.finish();
  return { text: textOf(sortedDump(plan, runs, store, report, selected)), outcome: reader.outcome };
}

describe('the fast path of --compat', () => {
  test.each(COMPATS)('%s: makes what the patterns make record by record', async (compat) => {
    await fc.assert(
      fc.asyncProperty(
        someRecords,
        fc.array(damage, { maxLength: 5 }),
        someOptions,
        fc.integer({ min: 20, max: 3000 }),
        async (records, damages, any, size) => {
          const dump = encodeText(damages.reduce(damaged, decodeText(dumpOf(records))));
          const options = possible(any, compat);
          const wanted = await run(dump, options, size, true);
          expect(await run(dump, options, size, false)).toEqual(wanted);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('6.1 counts a record that repeats the one before with it, and only such', async () => {
    const record = (ts: number, freeTs: number) =>
      `Page allocated via order 0, mask 0x0(), pid 1, tgid 1 (x), ts ${ts} ns, free_ts ${freeTs} ns\n f+0x1/0x2\n\n`;
    const dump = encodeText(record(1, 0) + record(1, 0) + record(2, 0) + record(2, 1) + record(1, 0));
    const { text, outcome } = await run(dump, { compat: '6.1' }, 1000, false);
    expect(outcome.loaded).toBe(4);
    expect(text.match(/^\d+ times/gm)).toEqual(['3 times', '1 times', '1 times']);
  });
});
