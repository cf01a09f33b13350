import { decodeText, encodeText, parseDump } from '@page-owner/dump-format';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sortDump } from '../src/sort-dump.js';
import type { SortDumpOptions } from '../src/sort-dump.js';
import type { SortOptions } from '../src/plan.js';
import { dumpOf, someOptions, someRecords, textOf } from './dumps.js';
import { inPieces, readDump } from './fixtures.js';
import { oracleGroups, oracleText } from './oracle.js';

const HEAD = 'Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 5, tgid 5 (x), ts';
const PFN = 'PFN 0x1 type Movable Block 0 type Movable Flags 0x0()';
const record = (ts: string, order = 0, frame = 'f+0x1/0x2'): string =>
  `${HEAD.replace('order 0', `order ${order}`)} ${ts}\n${PFN}\n ${frame}\n\n`;

const sorted = async (dump: string, options: SortOptions = {}): Promise<string> =>
  textOf(await sortDump(encodeText(dump), options));

const u64 = (low: number, high: number): bigint => (BigInt(high) << 32n) | BigInt(low);

describe('sortDump', () => {
  test('makes the groups, sums, order and text that the plain way makes', async () => {
    await fc.assert(
      fc.asyncProperty(
        someRecords,
        someOptions,
        fc.integer({ min: 1, max: 5000 }),
        async (records, options, size) => {
          const dump = dumpOf(records);
          const wanted = oracleGroups(dump, options);
          const result = await sortDump(inPieces(dump, size), options);
          expect(result.report).toMatchObject({
            records: records.length,
            bytes: dump.length,
            garbagePieces: 0,
          });
          expect(result.selected).toBe(wanted.selected);
          const groups = [...result.groups()];
          expect(
            groups.map(({ times, pages, pid, tgid, released, allocator, ...group }) => ({
              times,
              pages,
              first: {
                pid,
                tgid,
                released,
                allocator,
                comm: decodeText(group.comm),
                module: decodeText(group.module),
                ts: u64(group.tsLow, group.tsHigh),
                freeTs: u64(group.freeTsLow, group.freeTsHigh),
                line: decodeText(group.line),
                stack: decodeText(group.stack),
              },
            })),
          ).toEqual(
            wanted.groups.map(({ times, pages, first: { pages: _, ...first } }) => ({ times, pages, first })),
          );
          expect(textOf(await sortDump(dump, options))).toBe(oracleText(wanted.groups, options));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('loses no record and no page', async () => {
    await fc.assert(
      fc.asyncProperty(someRecords, someOptions, async (records, { sort, cull }) => {
        const dump = dumpOf(records);
        const result = await sortDump(dump, { ...(sort && { sort }), ...(cull && { cull }) });
        const groups = [...result.groups()];
        expect(groups.reduce((sum, { times }) => sum + times, 0)).toBe(records.length);
        expect(groups.reduce((sum, { pages }) => sum + pages, 0)).toBe(
          records.reduce((sum, { order }) => sum + 2 ** order, 0),
        );
      }),
    );
  });

  test('the groups of a real dump are those of the plain way', async () => {
    const names = [
      '6.12-base-300-records',
      '6.1-base-300-records',
      '6.12-nul-bytes-inside',
      '6.1-pid-negative',
    ];
    for (const name of names) {
      const dump = await readDump(`odd/${name}`);
      for (const options of [{}, { cull: ['stacktrace', 'name'] as const }]) {
        const { groups } = oracleGroups(dump, options);
        const { times, pages } = { times: groups.map((g) => g.times), pages: groups.map((g) => g.pages) };
        const mine = [...(await sortDump(dump, options)).groups()];
        expect({ name, times: mine.map((g) => g.times), pages: mine.map((g) => g.pages) }).toEqual({
          name,
          times,
          pages,
        });
      }
    }
  });

  test('counts beyond 32 bits are exact', async () => {
    const dump = record('1 ns', 31) + record('2 ns', 31) + record('3 ns', 0);
    expect(await sorted(dump, { cull: ['stacktrace'] })).toBe('3 times, 4294967297 pages:\n f+0x1/0x2\n\n');
  });

  test('both times are cut out of the text', async () => {
    const dump =
      record('5 ns, free_ts 1 ns') +
      record('6 ns, free_ts 0 ns') +
      record('18446744073709551615 ns, free_ts 7 ns');
    expect(await sorted(dump)).toBe(
      `3 times, 3 pages, allocated by OTHERS :\n${HEAD}  ns, free_ts  ns\n f+0x1/0x2\n\n`,
    );
  });

  test('times that come first in the order stay in the text', async () => {
    const dump = record('6 ns, free_ts 1 ns') + record('5 ns, free_ts 2 ns');
    const [byAlloc, byFree] = await Promise.all(
      (['alloc_ts', 'free_ts'] as const).map((key) => sorted(dump, { sort: [{ key, descending: false }] })),
    );
    expect(byAlloc!.match(/ts \d+ ns/g)).toEqual(['ts 5 ns', 'ts 2 ns', 'ts 6 ns', 'ts 1 ns']);
    expect(byFree!.match(/ts \d+ ns/g)).toEqual(['ts 6 ns', 'ts 1 ns', 'ts 5 ns', 'ts 2 ns']);
  });

  test('a last record without its empty line counts', async () => {
    const whole = record('1 ns') + record('2 ns');
    for (const cut of [whole.slice(0, -1), whole.slice(0, -2)]) {
      const result = await sortDump(encodeText(cut));
      expect(result.report).toMatchObject({ records: 2, truncatedRecords: 1 });
      expect(textOf(result)).toBe(await sorted(whole));
    }
  });

  test('a file with CRLF and a console log make the groups of the clean text', async () => {
    for (const name of ['6.12-base-300-records', '6.1-base-300-records']) {
      const clean = decodeText(await readDump(`odd/${name}`));
      const crlf = clean.replaceAll('\n', '\r\n');
      const log = clean.replace(/^(?=[^])/gm, '[   12.345678] ');
      for (const options of [{}, { cull: ['name', 'allocator'] as const }]) {
        const wanted = await sorted(clean, options);
        expect(wanted.split('\n').length).toBeGreaterThan(5);
        expect(await sorted(crlf, options)).toBe(wanted);
        expect(await sorted(log, options)).toBe(wanted);
      }
    }
  });

  test('garbage is skipped and told', async () => {
    const dump = `noise\n\n${record('1 ns')}\nmore noise\n${record('2 ns')}`;
    const result = await sortDump(encodeText(dump));
    expect(result.selected).toBe(2);
    expect(result.report.garbage).toMatchObject([
      { line: 1, offset: 0, bytes: 6 },
      { line: 8, bytes: 11 },
    ]);
    expect(parseDump(dump).garbage.map(({ line }) => line)).toEqual([1, 8]);
  });

  test('a text that is made while it arrives', async () => {
    async function* arriving(): AsyncGenerator<Uint8Array> {
      for (const piece of inPieces(encodeText(record('1 ns') + record('2 ns')), 7)) {
        await Promise.resolve();
        yield piece;
      }
    }
    expect(textOf(await sortDump(arriving()))).toBe(await sorted(record('1 ns') + record('2 ns')));
  });

  test('no dump, and options out of range', async () => {
    expect(await sorted('')).toBe('');
    expect(await sorted('\n\n\n')).toBe('');
    await expect(sortDump(new Uint8Array(), { top: -1 })).rejects.toThrow(RangeError);
    await expect(sortDump(new Uint8Array(), { top: NaN })).rejects.toThrow(RangeError);
    for (const wrong of [
      { top: 1.5 },
      { pids: [1.5] },
      { tgids: [2 ** 32] },
      { cull: ['bogus'] },
      { sort: [{ key: 'bogus', descending: false }] },
      { compat: '9' },
    ]) {
      await expect(sortDump(new Uint8Array(), wrong as SortDumpOptions)).rejects.toThrow(
        /1\.5|4294967296|bogus|9/,
      );
    }
  });
});
