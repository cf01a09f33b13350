import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cutPage, NO_NUMBER } from '../src/page-text.js';
import { decodeText, encodeText } from '../src/text-bytes.js';
import { anyChunks, expectedScan, scan } from './scans.js';

const cut = (line: string) => {
  const { text, pfn, block } = cutPage(encodeText(`${line}\n`));
  return [decodeText(text), pfn, block];
};

/** The same by regular expressions. */
function cutByPattern(line: string): unknown[] {
  const [, word = '', digits = '', rest = ''] = /^(PFN (?:0x(?=[0-9a-f]|)|(?!0x)))(.*)$/s.exec(line) ?? [];
  if (!word) return [`${line}\n`, NO_NUMBER, NO_NUMBER];
  const isHex = word.endsWith('0x');
  const run = (isHex ? /^[0-9a-f]*/ : /^\d*/).exec(digits + rest)![0];
  const fits = run.length > 0 && run.length <= (isHex ? 16 : 19);
  let tail = (digits + rest).slice(run.length);
  const pfn = fits ? BigInt((isHex ? '0x' : '') + run) : NO_NUMBER;
  let block = NO_NUMBER;
  const parts = /^(.*? Block )(\d*)(.*)$/s.exec(tail);
  if (parts) {
    const [, before = '', number = '', behind = ''] = parts;
    const blockFits = number.length > 0 && number.length <= 19;
    if (blockFits) block = BigInt(number);
    const flags = behind.replace(/^(.*? Flags 0x)[0-9a-f]*(.*)$/s, (_, head: string, names: string) => {
      return head + names.replace(/^(.*lastcpupid=0x)[0-9a-f]*/s, '$1');
    });
    tail = before + (blockFits ? '' : number) + flags;
  }
  return [`${word}${fits ? '' : run}${tail}\n`, pfn, block];
}

describe('cutPage', () => {
  test.each([
    [
      'PFN 0x5be8e type Movable Block 735 type CMA Flags 0x1fffc0000000028(lru|node=0|zone=1|lastcpupid=0x3fff)',
      'PFN 0x type Movable Block  type CMA Flags 0x(lru|node=0|zone=1|lastcpupid=0x)',
      0x5be8en,
      735n,
    ],
    [
      'PFN 30625 Block 59 type 2          Flags    U LA     ',
      'PFN  Block  type 2          Flags    U LA     ',
      30625n,
      59n,
    ],
    [
      'PFN 81920 type Unmovable Block 160 type Unmovable Flags 0x17ffffc0008100(slab|head)',
      'PFN  type Unmovable Block  type Unmovable Flags 0x(slab|head)',
      81920n,
      160n,
    ],
    ['PFN 0x type', 'PFN 0x type', NO_NUMBER, NO_NUMBER],
    ['PFN 0x00000000000000001', 'PFN 0x00000000000000001', NO_NUMBER, NO_NUMBER],
    ['PFN 0xffffffffffffffff', 'PFN 0x', 0xffff_ffff_ffff_ffffn, NO_NUMBER],
    ['PFN 9999999999999999999', 'PFN ', 9999999999999999999n, NO_NUMBER],
    ['PFN 0xABC', 'PFN 0xABC', NO_NUMBER, NO_NUMBER],
    ['PFNx', 'PFNx', NO_NUMBER, NO_NUMBER],
  ])('%s', (line, text, pfn, block) => {
    expect(cut(line)).toEqual([`${text}\n`, pfn, block]);
  });

  test('no line', () => {
    expect(cutPage(new Uint8Array())).toEqual({ text: new Uint8Array(), pfn: NO_NUMBER, block: NO_NUMBER });
  });
});

describe('for any PFN line', () => {
  const scrap = fc.constantFrom(
    'PFN ',
    '0x',
    '7',
    '1234567',
    '12345678901234567890',
    'deadbeef',
    'A',
    ' type Movable',
    ' Block ',
    ' Block',
    ' Flags 0x',
    ' Flags 0',
    '0123456789abcdef',
    '(',
    'uptodate|lru',
    '|node=1',
    '|lastcpupid=0x',
    'lastcpupid=0x3ff',
    'kasantag=0xff',
    ')',
    ' ',
    'x',
  );
  const anyLine = fc.array(scrap, { maxLength: 14 }).map((parts) => `PFN ${parts.join('')}`);

  test('cutPage does as its patterns say', () => {
    fc.assert(
      fc.property(anyLine, (line) => {
        expect(cut(line)).toEqual(cutByPattern(line));
      }),
      { numRuns: 3000 },
    );
  });

  test('the scanner does as cutPage', async () => {
    const anyDump = fc
      .array(anyLine, { minLength: 1, maxLength: 8 })
      .map((lines) =>
        lines.map((line) => `Page allocated via order 0, mask 0x0()\n${line}\n f+0x1/0x2\n\n`).join(''),
      );
    await fc.assert(
      fc.asyncProperty(anyDump, anyChunks, async (text, chunks) => {
        const bytes = encodeText(text);
        expect(await scan(bytes, { chunks, pages: true })).toStrictEqual(
          expectedScan(bytes, { pages: true }),
        );
      }),
      { numRuns: 150 },
    );
  });
});
