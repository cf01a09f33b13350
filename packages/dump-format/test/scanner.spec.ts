import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatRecordBytes } from '../src/format-record.js';
import { parseHeader } from '../src/parse-record.js';
import {
  BIT_CMA,
  BIT_FREE_TS,
  BIT_SLAB,
  BIT_TS,
  CUT_FREE_TS,
  CUT_NOTHING,
  CUT_TS,
} from '../src/record-window.js';
import { DumpScanner } from '../src/scanner.js';
import { decodeText, encodeText } from '../src/text-bytes.js';
import { HOSTILE_NAMES, anyRecord } from './arbitraries.js';
import { SAMPLES } from './samples.js';
import { anyChunks, anyDump, expectedScan, scan } from './scans.js';
import type { Feeding, Scan } from './scans.js';

// Only for a machine that is busy with other things.

const H = 'Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 5, tgid 5 (x), ts 1 ns\n';
const PFN = 'PFN 0x1 type Movable Block 0 type Movable Flags 0x0()\n';
const FRAME = ' f+0x1/0x2\n';
const PREFIX = '[   12.345678] ';
const MIB = 1 << 20;

const expectAsExpected = async (text: string): Promise<Scan> => {
  const bytes = encodeText(text);
  const pages = true;
  expect(await scan(bytes, { pages })).toStrictEqual(expectedScan(bytes, { pages }));
  const found = await scan(bytes);
  expect(found).toStrictEqual(expectedScan(bytes));
  return found;
};

/** Big scans are told apart by a digest: a comparison of so many objects takes its time. */
function digest({ seen, report }: Scan): unknown {
  const hash = createHash('sha256');
  for (const { record, ...rest } of seen) {
    hash.update(`${Object.values(rest).join('|')}|${record?.pfn}|${record?.comm}|${record?.stack.length}\0`);
  }
  return { ...report, seen: hash.digest('hex') };
}

describe('DumpScanner', () => {
  test('tells of each record', async () => {
    const { seen, report } = await scan(
      encodeText(
        `noise\n${H}${PFN}${FRAME}\n` +
          `${H.replace('ts 1 ns', 'ts 18446744073709551615 ns, free_ts 4294967298 ns')}${PFN}${FRAME}Charged to memcg /\n`,
      ),
    );
    expect(seen).toMatchObject([
      { line: H.replace('ts 1', 'ts '), stack: `${FRAME}\n`, ts: 1n, freeTs: 0n, bits: BIT_TS, offset: 6 },
      {
        line: H.replace('ts 1 ns', 'ts  ns, free_ts  ns'),
        stack: `${FRAME}Charged to memcg /\n\n`,
        ts: 18446744073709551615n,
        freeTs: 4294967298n,
        bits: BIT_TS | BIT_FREE_TS,
        offset: 7 + H.length + PFN.length + FRAME.length,
        record: { comm: 'x', pfn: 1, stack: ['f+0x1/0x2'], tsNs: 18446744073709551615n },
      },
    ]);
    expect(report).toMatchObject({
      records: 2,
      lines: 9,
      garbagePieces: 1,
      garbageBytes: 6,
      truncatedRecords: 1,
    });
    expect(report.garbage).toEqual([{ offset: 0, line: 1, bytes: 6, sample: encodeText('noise\n') }]);
  });

  test('ids are given in order of appearance, one a distinct text', async () => {
    const ids: number[][] = [];
    const scanner = await DumpScanner.create({ record: ({ line, stack }) => void ids.push([line, stack]) });
    const other = H.replace('(x)', '(y)');
    for (const header of [H, other, H.replace('ts 1', 'ts 22'), `${PREFIX}${H}`.trimEnd() + '\r\n']) {
      scanner.push(encodeText(`${header}${PFN}${header === other ? '' : FRAME}\n`));
    }
    scanner.finish();
    expect(ids).toEqual([
      [0, 0],
      [1, 1],
      [0, 0],
      [0, 0],
    ]);
    expect([scanner.lineCount, scanner.stackCount]).toEqual([2, 2]);
    expect(decodeText(scanner.stackText(1))).toBe('\n');
    expect(scanner.header(1)).toEqual({ ...parseHeader(encodeText(other)), tsNs: 0n });
    expect(() => scanner.header(2)).toThrow(new RangeError('no header line has the id 2'));
    scanner.forgetTexts();
    expect(() => scanner.header(1)).toThrow(RangeError);
  });

  test('an empty input', async () => {
    expect(await scan(new Uint8Array())).toStrictEqual(expectedScan(new Uint8Array()));
  });

  test.each(['odd-names-6.12.txt', 'linux-6.1.txt', 'dump-page.log'])('%s', async (name) => {
    const bytes = new Uint8Array(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));
    expect(await scan(bytes)).toStrictEqual(expectedScan(bytes));
  });

  test('a sample of each variant, and each name', async () => {
    const named = SAMPLES.filter(({ record }) => record.comm !== undefined);
    const records = [
      ...SAMPLES.map(({ record }) => record),
      ...HOSTILE_NAMES.flatMap((comm) => named.map(({ record }) => ({ ...record, comm }))),
    ];
    const bytes = Uint8Array.from(records.flatMap((record) => [...formatRecordBytes(record)]));
    const { seen, report } = await scan(bytes);
    expect(seen.map(({ record }) => record)).toStrictEqual(records);
    expect(report).toMatchObject({ records: records.length, garbagePieces: 0, truncatedRecords: 0 });
  });

  test('what the PFN line says of CMA and slab', async () => {
    const record = (pfnLine: string) => `${H}${pfnLine}\n${FRAME}\n`;
    const { seen } = await expectAsExpected(
      [
        'PFN 1 type CMA',
        'PFN 1 (slab|head)',
        'PFN 1 CMA slab',
        'PFN 1 CM',
        'PFN 1 sla',
        'PFN 0',
        'PFN x CMA',
        `PFN 1${' '.repeat(4000)}slab`,
      ]
        .map(record)
        .join(''),
    );
    expect(seen.map(({ bits }) => bits & ~BIT_TS)).toEqual([
      BIT_CMA,
      BIT_SLAB,
      BIT_CMA | BIT_SLAB,
      0,
      0,
      0,
      BIT_CMA,
      BIT_SLAB,
    ]);
  });

  describe('what both paths could take for theirs', () => {
    const whole = `${H}${PFN}${FRAME}\n`;
    test.each([
      ['a header that ends with CRLF, its record not', `${H.trimEnd()}\r\n${PFN}${FRAME}\n${whole}`],
      ['a dump that is CRLF', whole.repeat(3).replaceAll('\n', '\r\n')],
      ['a CR alone on its line, which is an empty line', `${H}${PFN}${FRAME}\r\n${FRAME}\n${whole}`],
      ['an empty line of a console', `${H}${PFN}${FRAME}${PREFIX}\n${FRAME}\n${whole}`],
      ['a header of a console', `${H}${PFN}${FRAME}${PREFIX}${H}${PREFIX}${FRAME}\n${whole}`],
      ['a broken header of a console', `${H}${PFN}${FRAME}${PREFIX}Page allocated via order x\n\n${whole}`],
      ['a second PFN line', `${H}${PFN}${FRAME}${PFN}\n${whole}`],
      ['a name that looks like a PFN line', `${H.replace('(x)', '()\nPFN 0)')}${FRAME}\n${whole}`],
      [
        'a name that looks like the end of one',
        `${H.replace('(x)', '(), ts  ns\nPFN 0)')}${FRAME}\n${whole}`,
      ],
      ['a name that holds an empty line', `${H.replace('(x)', '(x\n\ny)')}${PFN}${FRAME}\n${whole}`],
      ['an unreadable header', `${H.replace(')', '')}${PFN}${FRAME}\n${whole}`],
      ['a time without digits', `${H.replace('ts 1', 'ts ')}${PFN}${FRAME}\n${whole}`],
      ['a header line of 4 KiB', `${H.replace(', pid', `${', k v'.repeat(1000)}, pid`)}${PFN}\n${whole}`],
    ])('%s', async (_, text) => {
      await expectAsExpected(text);
      await expectAsExpected(whole + whole + text + text);
    });

    test.each([4093, 4094, 4095, 4096, 4097, 4098, 4102])(
      'a header or PFN line of %i bytes',
      async (length) => {
        const padded = (line: string) => `${line.slice(0, -1)}${' '.repeat(length - line.length)}\n`;
        await expectAsExpected(`${whole}${padded(H)}${PFN}${FRAME}\n${H}${padded(PFN)}${FRAME}\n${whole}`);
        const [bytes] = [encodeText(`${padded(H)}${padded(PFN)}`)];
        expect(await scan(bytes, { chunks: [1] })).toStrictEqual(expectedScan(bytes));
      },
    );

    test.each([65_534, 65_535, 65_536, 65_537, 65_538, 70_000, 300_000])(
      'a stack text of %i bytes',
      async (length) => {
        const stack = `${FRAME.repeat(length / FRAME.length - 1)}${FRAME}`.padEnd(length - 2, 'x');
        await expectAsExpected(`${whole}${H}${PFN}${stack}\n\n${whole}`);
      },
    );
  });

  test.each([
    ['CRLF', (text: string) => text.replaceAll('\n', '\r\n')],
    ['a console prefix', (text: string) => text.replace(/^(?!$(?![^]))/gm, PREFIX)],
    ['no empty line at the end', (text: string) => text.slice(0, -1)],
  ])('%s: once clean, a record has the shape that kernels write', async (_, make) => {
    const parts: string[][] = [];
    const scanner = await DumpScanner.create({
      record({ bytes, start, pageStart, stackStart, end }) {
        const cut = (from: number, to: number) => decodeText(bytes.subarray(from, to));
        parts.push([cut(start, pageStart), cut(pageStart, stackStart), cut(stackStart, end + 1)]);
      },
    });
    scanner.push(encodeText(make(`${H}${PFN}${FRAME}\n`)));
    scanner.finish();
    expect(parts).toEqual([[H, PFN, `${FRAME}\n`]]);
  });

  test('times that do not fit', async () => {
    const digits = [
      '18446744073709551615',
      '18446744073709551616',
      `${'0'.repeat(40)}7`,
      '9'.repeat(200_000),
    ];
    const { seen } = await expectAsExpected(
      digits.map((time) => `${H.replace('1 ns', `${time} ns, free_ts 5 ns`)}${PFN}${FRAME}\n`).join(''),
    );
    const most = 18446744073709551615n;
    expect(seen.map(({ ts, freeTs }) => [ts, freeTs])).toEqual([most, most, 7n, most].map((ts) => [ts, 5n]));
  });

  test('keeps so much garbage', async () => {
    const bytes = encodeText(`${'x'.repeat(200)}\n\n`.repeat(9));
    expect((await scan(bytes)).report.garbage).toHaveLength(5);
    expect((await scan(bytes, { keepGarbage: 0 })).report).toMatchObject({ garbagePieces: 9, garbage: [] });
    const { garbage } = (await scan(bytes, { keepGarbage: 7, offset: 1000 })).report;
    expect(garbage).toHaveLength(7);
    expect(garbage[6]).toMatchObject({ offset: 1000 + 6 * 202, line: 13, bytes: 201 });
    expect(garbage[6]?.sample).toHaveLength(80);
  });

  test.each([
    ['nothing', CUT_NOTHING, 'ts 17 ns, free_ts 19 ns'],
    ['ts', CUT_TS, 'ts  ns, free_ts 19 ns'],
    ['free_ts', CUT_FREE_TS, 'ts 17 ns, free_ts  ns'],
    ['both', CUT_TS | CUT_FREE_TS, 'ts  ns, free_ts  ns'],
  ])('cut: %s', async (_, cut, times) => {
    const header = H.replace('ts 1 ns', 'ts 17 ns, free_ts 19 ns');
    // By the fast path and by the slow one.
    const bytes = encodeText(`${header}${PFN}\n${header}\n`);
    const { seen } = await scan(bytes, { cut });
    expect(seen).toMatchObject([
      { line: H.replace('ts 1 ns', times), ts: 17n, freeTs: 19n },
      { line: H.replace('ts 1 ns', times), ts: 17n, freeTs: 19n },
    ]);
  });
});

describe('DumpScanner, for any input', () => {
  // Long dumps and few of them: most of the time goes into making scanners.
  const expectScan = async (bytes: Uint8Array, feeding: Feeding = {}) => {
    const [found, expected] = [await scan(bytes, feeding), expectedScan(bytes, feeding)];
    // Only to show a difference: it takes its time.
    if (!isDeepStrictEqual(found, expected)) expect(found).toStrictEqual(expected);
  };

  const anyFeeding = fc.record(
    {
      chunks: anyChunks,
      inPlace: fc.boolean(),
      cut: fc.constantFrom(CUT_NOTHING, CUT_TS, CUT_FREE_TS, CUT_TS | CUT_FREE_TS),
      offset: fc.constantFrom(0, 1, 2 ** 40),
      forgetAbove: fc.constantFrom(0, 3),
      pages: fc.boolean(),
    },
    { requiredKeys: [], noNullPrototype: true },
  );

  test('gives what cutting piece after piece gives, however it is fed', async () => {
    await fc.assert(fc.asyncProperty(anyDump, anyFeeding, expectScan), { numRuns: 80 });
  });

  test('byte after byte', async () => {
    await fc.assert(
      fc.asyncProperty(anyDump, fc.boolean(), (bytes, inPlace) =>
        expectScan(bytes, { chunks: [1], inPlace }),
      ),
      { numRuns: 10 },
    );
  });

  test('random bytes', async () => {
    const bytes = fc.uint8Array({ maxLength: 5000, size: 'max' });
    await fc.assert(
      fc.asyncProperty(bytes, anyChunks, (bytes, chunks) => expectScan(bytes, { chunks })),
      { numRuns: 30 },
    );
  });

  test('bytes changed at random', async () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(anyDump, changes, async (whole, places) => {
        const bytes = whole.slice();
        for (const [place, byte] of places) if (bytes.length) bytes[place % bytes.length] = byte;
        await expectScan(bytes, { pages: true });
      }),
      { numRuns: 30 },
    );
  });

  test('header() is the header, times that are cut out are 0', async () => {
    const dump = fc.array(anyRecord, { minLength: 1, maxLength: 20, size: 'max' });
    await fc.assert(
      fc.asyncProperty(
        dump,
        fc.constantFrom(CUT_NOTHING, CUT_TS, CUT_TS | CUT_FREE_TS),
        async (records, cut) => {
          const lines: number[] = [];
          const scanner = await DumpScanner.create({ record: ({ line }) => void lines.push(line) }, { cut });
          for (const record of records) scanner.push(formatRecordBytes(record));
          scanner.finish();
          expect(lines.map((line) => scanner.header(line))).toStrictEqual(
            records.map((record) => {
              const header = { ...parseHeader(formatRecordBytes(record)) };
              if (cut & CUT_TS && header.tsNs !== undefined) header.tsNs = 0n;
              if (cut & CUT_FREE_TS && header.freeTsNs !== undefined) header.freeTsNs = 0n;
              return header;
            }),
          );
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('DumpScanner, for much input', () => {
  /** Dumps of so many records; every `distinct`th text is new. */
  function bigDump(records: number, distinct: number, frames: number): Uint8Array {
    const texts: string[] = [];
    for (let i = 0; i < records; i++) {
      const which = i % distinct;
      texts.push(H.replace('pid 5', `pid ${which}`).replace('ts 1', `ts ${i}`), PFN);
      texts.push(` f${which}+0x1/0x2\n${FRAME.repeat(frames)}\n`);
    }
    return encodeText(texts.join(''));
  }

  test('records by the thousand, straddling chunks of any size, between garbage', async () => {
    const plain = bigDump(3000, 700, 4);
    const odd = bigDump(500, 3, 60);
    const crlf = encodeText(decodeText(odd).replaceAll('\n', '\r\n'));
    const bytes = Buffer.concat([plain, encodeText('noise\n'), crlf, odd, encodeText('noise'), plain]);
    const expected = digest(expectedScan(bytes));
    expect(expected).toMatchObject({ records: 6999, garbagePieces: 2, droppedLines: 0 });
    for (const chunks of [[bytes.length], [999, 31]]) {
      expect(digest(await scan(bytes, { chunks }))).toEqual(expected);
    }
    expect(digest(await scan(bytes, { chunks: [70_000], forgetAbove: 200 }))).toEqual(expected);
  });

  test('records longer than a chunk, than the longest text of the fast path, than the longest record', async () => {
    const sizes = [100, 60_000, 70_000, 700_000, MIB - 300, MIB, MIB + 1, 2 * MIB + 77];
    const texts = sizes.map(
      (size) => `${H}${PFN}${` ${'f'.repeat(998)}\n`.repeat(Math.ceil(size / 1000))}\n`,
    );
    const bytes = encodeText(`${texts.join('')}${'x'.repeat(5 * MIB)}${H}\n${texts.join('')}`);
    const expected = digest(expectedScan(bytes));
    expect(expected).toMatchObject({ records: 2 * sizes.length, truncatedRecords: 8 });
    for (const chunks of [[bytes.length], [100_003]]) {
      expect(digest(await scan(bytes, { chunks }))).toEqual(expected);
    }
  });

  test('many MiB of distinct texts', async () => {
    const stackIds: number[] = [];
    const scanner = await DumpScanner.create({ record: ({ stack }) => void stackIds.push(stack) });
    const before = scanner.textBytes;
    const stack = (i: number): string => ` f${i}+0x1/0x2\n${FRAME.repeat(3000 + 3000 * (i % 3))}\n`;
    const lines = (i: number): string => H.replace('(x)', `(${i})`);
    for (let i = 0; i < 300; i++) scanner.push(encodeText(lines(i) + PFN + stack(i)));
    for (let i = 299; i >= 0; i--) scanner.push(encodeText(lines(i) + PFN + stack(i)));
    expect(scanner.finish()).toMatchObject({ records: 600, garbagePieces: 0 });
    expect([scanner.lineCount, scanner.stackCount]).toEqual([300, 300]);
    expect(scanner.textBytes - before).toBeGreaterThan(18 * MIB);
    const upwards = Array.from({ length: 300 }, (_, i) => i);
    expect(stackIds).toEqual([...upwards, ...upwards.toReversed()]);
    for (const i of upwards) {
      expect(decodeText(scanner.stackText(i)) === stack(i)).toBe(true);
      expect(scanner.header(i).comm).toBe(String(i));
    }
  });

  test('texts by the ten thousand', async () => {
    const bytes = bigDump(20_000, 20_000, 0);
    const scanner = await DumpScanner.create({ record: () => {} });
    scanner.push(bytes);
    scanner.push(bytes);
    scanner.finish();
    expect([scanner.lineCount, scanner.stackCount]).toEqual([20_000, 20_000]);
    for (const id of [0, 1, 4095, 4096, 19_999]) {
      expect(decodeText(scanner.stackText(id))).toBe(` f${id}+0x1/0x2\n\n`);
      expect(scanner.header(id)).toMatchObject({ pid: id, comm: 'x' });
    }
  });

  test('a reader that forgets needs little memory, however many texts there are', async () => {
    let [most, forgotten, wrong] = [0, 0, 0];
    const expected = (i: number): string => ` f${i}+0x1/0x2\n${FRAME.repeat(500)}\n`;
    const scanner: DumpScanner = await DumpScanner.create({
      record({ line, stack, offset }) {
        const i = scanner.header(line).pid ?? -1;
        if (decodeText(scanner.stackText(stack)) !== expected(i) || offset !== offsets[i]) wrong++;
      },
      pause() {
        most = Math.max(most, scanner.textBytes);
        if (scanner.textBytes < MIB) return;
        scanner.forgetTexts();
        forgotten++;
      },
    });
    const offsets: number[] = [];
    for (let i = 0, offset = 0; i < 4000; i++) {
      const bytes = encodeText(H.replace('pid 5', `pid ${i}`) + PFN + expected(i));
      offsets.push(offset);
      offset += bytes.length;
      scanner.push(bytes);
    }
    expect(scanner.finish()).toMatchObject({ records: 4000, bytes: expect.any(Number), garbagePieces: 0 });
    expect(wrong).toBe(0);
    expect(forgotten).toBeGreaterThan(10);
    expect(most).toBeLessThan(2 * MIB);
    expect(scanner.lineCount).toBeLessThan(4000);
  });
});
