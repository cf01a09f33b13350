import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openInput } from '@page-owner/dump-format/node';
import { sortInput } from '../src/node/sort-input.js';
import type { SortInputOptions } from '../src/node/sort-input.js';
import { sortDump } from '../src/sort-dump.js';
import { readDump } from './fixtures.js';

const directory = mkdtempSync(join(tmpdir(), 'threads-'));
const path = join(directory, 'dump.txt');
let dump: Uint8Array = new Uint8Array();

/** A real dump with garbage at its front, between records, in a record, and at its end. */
beforeAll(async () => {
  const clean = await readDump('linux-6.12-t5-oddnames');
  const boundary = (at: number): number => clean.indexOf('\n\nPage allocated', at) + 2;
  const noise = (line: string): Uint8Array => Buffer.from(`${line}\n`);
  const [a, b, c] = [boundary(9 << 20), boundary(20 << 20), boundary(30 << 20)];
  dump = Buffer.concat([
    noise('begins with noise'),
    clean.subarray(0, a),
    noise('one\ntwo\n'),
    clean.subarray(a, b),
    noise('\n\n\nthree'),
    clean.subarray(b, c),
    noise('Page allocated via order x'),
    clean.subarray(c, -300),
  ]);
  writeFileSync(path, dump);
});
afterAll(() => rmSync(directory, { recursive: true }));

async function sortedBy(options: SortInputOptions) {
  const input = await openInput(path);
  try {
    let progress = 0;
    const sorted = await sortInput(input, {
      leastRange: 1 << 20,
      temporaryDirectory: directory,
      onProgress: (bytes) => (progress = bytes),
      ...options,
    });
    const { report, selected } = sorted;
    return { report, selected, progress, text: Buffer.concat([...sorted.text()]) };
  } finally {
    input.close();
  }
}

describe('sortInput', () => {
  test.each<[name: string, options: SortInputOptions]>([
    ['default', {}],
    ['-a', { sort: [{ key: 'alloc_ts', descending: false }] }],
    ['-a --cull=name', { sort: [{ key: 'alloc_ts', descending: true }], cull: ['name'] }],
    [
      '-m --cull=module,name --top 5',
      { sort: [{ key: 'pages', descending: true }], cull: ['module', 'name'], top: 5 },
    ],
    ['--name', { names: ['(sd-pam)', 'a), ts 5 ns'], cull: ['stacktrace'] }],
  ])('%s: the threads change nothing', async (_, options) => {
    const wanted = await sortDump(dump, options);
    const text = Buffer.concat([...wanted.text()]);
    for (const threads of [1, 2, 3, 7]) {
      const sorted = await sortedBy({ ...options, threads });
      expect({ threads, report: sorted.report, selected: sorted.selected }).toEqual({
        threads,
        report: wanted.report,
        selected: wanted.selected,
      });
      expect(sorted.text.equals(text)).toBe(true);
      // Nothing but the dump: temporary files lose their names at once.
      expect(readdirSync(directory)).toEqual(['dump.txt']);
    }
    expect(wanted.report).toMatchObject({ garbagePieces: 4, truncatedRecords: 1, bytes: dump.length });
    expect(wanted.report.garbage.map(({ line }) => line)[0]).toBe(1);
  });

  test('keepGarbage holds for all threads together', async () => {
    const { report } = await sortedBy({ threads: 7, keepGarbage: 2 });
    expect(report.garbagePieces).toBe(4);
    expect(report.garbage).toHaveLength(2);
    expect((await sortedBy({ threads: 7, keepGarbage: 0 })).report.garbage).toEqual([]);
  });

  test('an interrupt ends the threads', async () => {
    for (const threads of [1, 3]) {
      const interrupt = new AbortController();
      const sorting = sortedBy({ threads, signal: interrupt.signal });
      interrupt.abort();
      await expect(sorting).rejects.toMatchObject({ name: 'AbortError' });
    }
  });

  test('no thread at all is refused', async () => {
    await expect(sortedBy({ threads: 0 })).rejects.toThrow(RangeError);
  });
});
