import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatRecordBytes } from '../src/format-record.js';
import { cutTimes, fillTimes } from '../src/header-times.js';
import { parseHeader } from '../src/parse-record.js';
import { cutPiece, emptyPiece } from '../src/record-cutter.js';
import {
  BIT_FREE_TS,
  BIT_TS,
  BIT_WIDE,
  CUT_FREE_TS,
  CUT_NOTHING,
  CUT_TS,
  ROW_BITS,
  ROW_FREE_TS,
  ROW_LINE,
  ROW_TS,
  ROW_WORDS,
  RecordWindow,
} from '../src/record-window.js';
import { decodeText, encodeText } from '../src/text-bytes.js';
import { anyRecord } from './arbitraries.js';

const START = 'Page allocated via order 0, mask 0xcc0(GFP_KERNEL)';
const BOTH = CUT_TS | CUT_FREE_TS;
const CUTS = [CUT_NOTHING, CUT_TS, CUT_FREE_TS, BOTH];

const cutText = (line: string, cut = BOTH) => {
  const { line: left, ...times } = cutTimes(encodeText(line), cut);
  return { ...times, line: decodeText(left) };
};

/** The end of a header line: its times, whole, damaged, or something else. */
const anyEnd = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ', ts ',
        ', free_ts ',
        ' ns',
        ', ts 5 ns',
        ', free_ts 6 ns',
        ',',
        ' ',
        's',
        '), ts 7 ns',
        '-',
      ),
      fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }).map(String),
      fc.stringMatching(/^\d{0,22}$/),
    ),
    { maxLength: 7 },
  )
  .map((parts) => parts.join(''));
const anyLine = fc
  .tuple(fc.constantFrom(START, `${START}, pid 5, tgid 5 (x)`, 'Page allocated via order '), anyEnd)
  .map(([start, end]) => `${start}${end}\n`);

describe('cutTimes', () => {
  test.each([
    [', ts 5 ns', ', ts  ns', BIT_TS, 5n, 0n],
    [', ts 5 ns, free_ts 7 ns', ', ts  ns, free_ts  ns', BIT_TS | BIT_FREE_TS, 5n, 7n],
    [', ts 18446744073709551615 ns', ', ts  ns', BIT_TS, 18446744073709551615n, 0n],
    [', ts 18446744073709551616 ns', ', ts  ns', BIT_TS, 18446744073709551615n, 0n],
    [', ts 0000000000000000000000018 ns', ', ts  ns', BIT_TS, 18n, 0n],
    [', ts 000 ns', ', ts  ns', BIT_TS, 0n, 0n],
    [', free_ts 5 ns', ', free_ts 5 ns', 0, 0n, 0n],
    [', vendor 1 ns, free_ts 5 ns', ', vendor 1 ns, free_ts  ns', BIT_FREE_TS, 0n, 5n],
    [', ts  ns', ', ts  ns', 0, 0n, 0n],
    [', ts 5 ns, free_ts  ns', ', ts 5 ns, free_ts  ns', 0, 0n, 0n],
    [', ts  ns, free_ts 5 ns', ', ts  ns, free_ts  ns', BIT_FREE_TS, 0n, 5n],
    [', ts 5 ns, vendor 1', ', ts 5 ns, vendor 1', 0, 0n, 0n],
    [', ts -5 ns', ', ts -5 ns', 0, 0n, 0n],
    [', tgid 5 (a), ts 5 ns), ts 6 ns', ', tgid 5 (a), ts 5 ns), ts  ns', BIT_TS, 6n, 0n],
    ['', '', 0, 0n, 0n],
  ])('%j', (end, left, bits, ts, freeTs) => {
    expect(cutText(`${START}${end}\n`)).toEqual({ line: `${START}${left}\n`, bits, ts, freeTs });
  });

  test('leaves what it is not to cut', () => {
    const line = `${START}, ts 5 ns, free_ts 7 ns\n`;
    expect(CUTS.map((cut) => cutText(line, cut).line)).toEqual(
      ['ts 5 ns, free_ts 7 ns', 'ts  ns, free_ts 7 ns', 'ts 5 ns, free_ts  ns', 'ts  ns, free_ts  ns'].map(
        (times) => `${START}, ${times}\n`,
      ),
    );
    for (const cut of CUTS) expect(cutText(line, cut)).toMatchObject({ ts: 5n, freeTs: 7n });
  });

  test('a time of any length', () => {
    const digits = '1'.repeat(500_000);
    expect(cutText(`${START}, ts ${digits} ns\n`)).toMatchObject({ bits: BIT_TS, ts: 2n ** 64n - 1n });
    expect(cutText(`${START}, ts ${'0'.repeat(500_000)}12 ns\n`)).toMatchObject({ bits: BIT_TS, ts: 12n });
  });

  test('no line is too short', () => {
    for (const line of ['', '\n', ' ns\n', '5 ns\n', ', ts 5 ns', 'ts 5 ns\n', ' ns, free_ts 5 ns\n']) {
      expect(cutText(line)).toMatchObject({ ts: 0n });
      fillTimes(encodeText(line));
    }
  });

  test('agrees with the WebAssembly kernel', async () => {
    const windows = await Promise.all(CUTS.map((cut) => RecordWindow.create(cut)));
    fc.assert(
      fc.property(anyLine, fc.integer({ min: 0, max: 3 }), (line, which) => {
        const window = windows[which] as RecordWindow;
        const bytes = encodeText(`${line}PFN 1\n\n`);
        window.space().set(bytes);
        window.filled(bytes.length);
        expect(window.scan()).toBe(1);
        const row = window.rows.slice(0, ROW_WORDS);
        const u64 = (word: number) => new BigUint64Array(row.buffer, word * 4, 1)[0];
        const bits = row[ROW_BITS] ?? 0;
        const expected = cutText(line, CUTS[which]);
        expect(decodeText(window.line(row[ROW_LINE] ?? -1))).toBe(expected.line);
        expect(bits & ~BIT_WIDE).toBe(expected.bits);
        if (bits & BIT_WIDE) expect(line).toMatch(/\d{20}|ts 0\d/);
        else expect([u64(ROW_TS), u64(ROW_FREE_TS)]).toEqual([expected.ts, expected.freeTs]);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('fillTimes', () => {
  test.each([
    [', ts  ns', ', ts 0 ns'],
    [', ts  ns, free_ts  ns', ', ts 0 ns, free_ts 0 ns'],
    [', ts 5 ns, free_ts  ns', ', ts 5 ns, free_ts 0 ns'],
    [', ts  ns, free_ts 5 ns', ', ts 0 ns, free_ts 5 ns'],
    [', ts 5 ns', ', ts 5 ns'],
    [', vendor 1 ns, free_ts  ns', ', vendor 1 ns, free_ts 0 ns'],
    [', free_ts  ns', ', free_ts 0 ns'],
    ['', ''],
  ])('%j', (left, filled) => {
    expect(decodeText(fillTimes(encodeText(`${START}${left}\n`)))).toBe(`${START}${filled}\n`);
  });

  test('with the digits that were cut out gives the line again', () => {
    fc.assert(
      fc.property(anyLine, fc.constantFrom(...CUTS), (line, cut) => {
        const { line: left, ts, freeTs } = cutText(line, cut);
        const [, digits, freeDigits = ''] = /, ts (\d*) ns(?:, free_ts (\d*) ns)?\n$/.exec(line) ?? [];
        if (digits === undefined || BigInt(digits) !== ts || BigInt(freeDigits) !== freeTs) return;
        expect(decodeText(fillTimes(encodeText(left), digits, freeDigits))).toBe(line);
      }),
      { numRuns: 500 },
    );
  });

  test('makes of a cut header one with the times 0, and changes no other', () => {
    fc.assert(
      fc.property(anyRecord, fc.constantFrom(...CUTS), (record, cut) => {
        const text = formatRecordBytes(record);
        const { tsNs, freeTsNs, ...rest } = parseHeader(text) ?? { order: -1 };
        const piece = emptyPiece();
        cutPiece(text, 0, text.length, true, piece);
        const filled = fillTimes(cutTimes(text.subarray(0, piece.headerEnd), cut).line);
        expect(parseHeader(filled)).toEqual({
          ...rest,
          ...(tsNs === undefined ? {} : { tsNs: cut & CUT_TS ? 0n : tsNs }),
          ...(freeTsNs === undefined ? {} : { freeTsNs: cut & CUT_FREE_TS ? 0n : freeTsNs }),
        });
      }),
      { numRuns: 500 },
    );
  });
});
