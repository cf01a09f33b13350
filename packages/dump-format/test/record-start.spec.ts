import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findRecordStart } from '../src/record-start.js';
import { encodeText } from '../src/text-bytes.js';
import { HOSTILE_NAMES } from './arbitraries.js';
import { anyChunks, anyDump, expectedScan, scan } from './scans.js';

// Only for a machine that is busy with other things.

const H = 'Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 5, tgid 5 (x), ts 1 ns\n';
const RECORD = `${H}PFN 0x1 type Movable Block 0 type Movable Flags 0x0()\n f+0x1/0x2\n\n`;

const startIn = (text: string, from = 1): number => findRecordStart(encodeText(text), from);

describe('findRecordStart', () => {
  test('the next record, from anywhere', () => {
    const bytes = encodeText(RECORD.repeat(3));
    for (let from = 1; from <= bytes.length; from++) {
      const next = Math.ceil(from / RECORD.length) * RECORD.length;
      expect(findRecordStart(bytes, from)).toBe(next < bytes.length ? next : -1);
    }
  });

  test('is behind what only looks like one', () => {
    expect(startIn(`\nPage allocated via order x\n${H}`)).toBe(28);
    expect(startIn(`\nx ${H}${H}`)).toBe(H.length + 3);
    expect(startIn(`\nPage allocated via order 1, mask 0x1(GFP\n`)).toBe(-1);
    expect(startIn(`\n${H.trimEnd()}`)).toBe(-1);
    expect(startIn('')).toBe(-1);
    expect(startIn(H)).toBe(-1);
  });

  test('is at the console prefix', () => {
    expect(startIn(`\n[   12.345678] ${H}`)).toBe(1);
    expect(startIn(`\n[   12.345678] ${H}\n${H}`, 2)).toBe(17 + H.length);
  });

  test.each(HOSTILE_NAMES)('is not in the name %j', (name) => {
    const bytes = encodeText(RECORD.replace('(x)', `(${name})`).repeat(2));
    for (let from = 1; from < bytes.length / 2; from++)
      expect(findRecordStart(bytes, from)).toBe(bytes.length / 2);
  });

  test('many headers that are none take no time', () => {
    const start = 'Page allocated via order ';
    expect(startIn(start.repeat(200_000))).toBe(-1);
    expect(startIn(`\nx ${start}\n`.repeat(100_000))).toBe(-1);
    expect(startIn(`\n${start}\n`.repeat(100_000))).toBe(-1);
  });

  test('both sides of it scan like the whole', async () => {
    await fc.assert(
      fc.asyncProperty(anyDump, fc.nat(), anyChunks, async (bytes, place, chunks) => {
        const start = findRecordStart(bytes, 1 + (place % (bytes.length + 1)));
        if (start < 0) return;
        const keepGarbage = Infinity;
        const whole = expectedScan(bytes, { keepGarbage });
        const left = await scan(bytes.subarray(0, start), { chunks, keepGarbage });
        const right = await scan(bytes.subarray(start), { chunks, keepGarbage, offset: start });
        expect([...left.seen, ...right.seen]).toStrictEqual(whole.seen);
        expect({
          records: left.report.records + right.report.records,
          bytes: left.report.bytes + right.report.bytes,
          lines: left.report.lines + right.report.lines,
          garbagePieces: left.report.garbagePieces + right.report.garbagePieces,
          garbageBytes: left.report.garbageBytes + right.report.garbageBytes,
          garbage: [
            ...left.report.garbage,
            ...right.report.garbage.map((piece) => ({ ...piece, line: piece.line + left.report.lines })),
          ],
          truncatedRecords: left.report.truncatedRecords + right.report.truncatedRecords,
          droppedLines: left.report.droppedLines + right.report.droppedLines,
        }).toStrictEqual(whole.report);
      }),
      { numRuns: 30 },
    );
  });

  test('every place splits alike', () => {
    fc.assert(
      fc.property(anyDump, (bytes) => {
        const whole = expectedScan(bytes).seen;
        for (let from = 1, start; (start = findRecordStart(bytes, from)) > 0; from = start + 1) {
          const left = expectedScan(bytes.subarray(0, start)).seen;
          expect(left.length).toBeLessThan(whole.length);
          expect(whole[left.length]?.offset).toBe(start);
        }
      }),
      { numRuns: 20 },
    );
  });
});
