import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatRecordBytes } from '../src/format-record.js';
import { parseDump, records } from '../src/parse-dump.js';
import { decodeText, encodeText } from '../src/text-bytes.js';
import { variantOf } from '../src/variant.js';
import { soup } from './arbitraries.js';

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));
const HEADER = 'Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 5, tgid 5 (x), ts 1 ns\n';

describe('parseDump', () => {
  test.each([
    ['odd-names-6.12.txt', 46, 'V7'],
    ['linux-6.1.txt', 22, 'V5'],
  ])('%s comes back byte for byte', (name, count, variant) => {
    const bytes = fixture(name);
    const dump = parseDump(bytes);
    expect(dump).toMatchObject({ garbage: [], truncatedRecords: 0, droppedLines: 0 });
    expect(dump.records).toHaveLength(count);
    expect(new Set(dump.records.map(variantOf))).toEqual(new Set([variant]));
    expect(dump.records.every((record) => record.extraLines === undefined)).toBe(true);
    const text = dump.records.map((record) => decodeText(formatRecordBytes(record))).join('');
    expect(text).toBe(decodeText(bytes));
    expect([...records(bytes)]).toEqual(dump.records);
  });

  test('the odd names of a real machine', () => {
    const names = new Set(parseDump(fixture('odd-names-6.12.txt')).records.map((record) => record.comm));
    const odd = [
      '(sd-pam)',
      'a), ts 5 ns',
      'a b  c',
      'x\ny',
      'pid 7, tgid 8 (',
      'PFN 0x12',
      '',
      'café',
      '\udcff\udcfe',
      'tab\there',
      'order 9, mask',
      ':1234567890abcd',
    ];
    for (const name of odd) expect(names).toContain(name);
  });

  test('tells where the garbage is', () => {
    const dump = parseDump(`${HEADER}\nnoise\nmore\n\n${HEADER} f+0x1/0x2\nPage allocated via order 5, ma`);
    expect(dump.records).toHaveLength(2);
    expect(dump.truncatedRecords).toBe(1);
    expect(dump.garbage).toEqual([
      { offset: HEADER.length + 1, line: 3, bytes: encodeText('noise\nmore\n') },
      { offset: 2 * HEADER.length + 24, line: 8, bytes: encodeText('Page allocated via order 5, ma') },
    ]);
  });

  test('counts the messages inside the records of a console log', () => {
    const log = `${HEADER}usb 1-1: new device\n f+0x1/0x2\n\n`.replace(/^(?=.|\n)/gm, '[   12.345678] ');
    expect(parseDump(log)).toMatchObject({ droppedLines: 1, records: [{ comm: 'x', stack: ['f+0x1/0x2'] }] });
  });

  test('whatever was read, what can be written is read again', () => {
    fc.assert(
      fc.property(soup, (bytes) => {
        for (const record of records(bytes)) {
          let text: Uint8Array;
          try {
            text = formatRecordBytes(record);
          } catch (error) {
            // Damage can leave what no text can hold, such as a name without the id before it.
            expect(error).toBeInstanceOf(RangeError);
            continue;
          }
          expect([...records(text)]).toStrictEqual([record]);
        }
      }),
      { numRuns: 500 },
    );
  });
});
