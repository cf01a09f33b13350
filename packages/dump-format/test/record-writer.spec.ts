import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  encodeText,
  formatRecordBytes,
  RecordWriter,
  type PageOwnerRecord,
  type Variant,
} from '@page-owner/dump-format';
import { recordOf } from './arbitraries.js';

type Written = Exclude<Variant, 'V0'>;
const VARIANTS: readonly Written[] = ['V1', 'V2', 'V3', 'V4', 'V5', 'V6', 'V7', 'V8'];

const wordsOf = (ns: bigint): Uint32Array => Uint32Array.of(Number(ns & 0xffff_ffffn), Number(ns >> 32n));

/** Writes a record with the writer, into `room` bytes. */
function write(record: PageOwnerRecord, variant: Written, room: number): [bytes: number, into: Uint8Array] {
  const writer = new RecordWriter(variant);
  const { letters, flags, flagNames, pageblockMigratetype, gfpMask, gfpNames, migratetype } = record;
  const into = new Uint8Array(room);
  const numbers = {
    ...{ order: record.order, pid: record.pid ?? 0, tgid: record.tgid ?? 0, pfn: record.pfn! },
    comm: encodeText(record.comm ?? ''),
    time: wordsOf(record.tsNs ?? 0n),
    freeTime: wordsOf(record.freeTsNs ?? 0n),
  };
  const texts = {
    mask: writer.maskText(gfpMask!, gfpNames ?? ''),
    type: writer.typeText(migratetype ?? ''),
    page:
      letters === undefined
        ? RecordWriter.pageText(pageblockMigratetype!, flags!, flagNames!)
        : RecordWriter.lettersText(letters),
    stack: encodeText(record.stack.map((frame) => ` ${frame}\n`).join('')),
    end: RecordWriter.endText(record),
  };
  return [writer.write(numbers, texts, into), into];
}

/** Records that a kernel writes: the block that the frame number says, a frame below 2^32. */
const kernelRecord = (variant: Written): fc.Arbitrary<PageOwnerRecord> =>
  fc
    .tuple(recordOf(variant), fc.integer({ min: 0, max: 2 ** 32 - 1 }))
    .filter(([record]) => record.pfn !== undefined)
    .map(([{ extraLines: _, ...record }, pfn]) => ({ ...record, pfn, block: pfn >>> 9 }));

describe.each(VARIANTS)('%s', (variant) => {
  test('writes what formatRecord writes, or as much of it as there is room for', () => {
    fc.assert(
      fc.property(kernelRecord(variant), fc.integer({ min: 0, max: 5000 }), (record, room) => {
        const expected = formatRecordBytes(record, variant);
        const [bytes, into] = write(record, variant, room);
        expect(bytes).toBe(expected.length);
        const kept = Math.min(room, bytes);
        expect(Buffer.from(into.subarray(0, kept)).equals(expected.subarray(0, kept))).toBe(true);
      }),
    );
  });
});
