import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  ERAS,
  formatPageFlags,
  getPageFlagsField,
  PAGE_FLAGS_FIELDS,
  pageFlagsLayout,
  pageFlagsShift,
  pageFlagsWord,
  parsePageFlags,
  setPageFlagsField,
  X86_64_LAYOUT,
  type Era,
  type PageFlagsLayout,
} from '@page-owner/kernel-abi';
import { fixtureLines, hexAndText } from './fixture.js';

/** 64 nodes, 4 zones, 4 CPUs: the build behind the fixtures. */
const SMALL_BUILD = pageFlagsLayout({ nodesShift: 6, zones: 4, nrCpus: 4 });

describe.each<Era>(['6.1', '6.12'])('every flags word seen in page_owner dumps of Linux %s', (era) => {
  const format = { era, layout: SMALL_BUILD };

  test.each(fixtureLines(`page-flags-${era}.txt`))('%s', (line) => {
    const [hex, text] = hexAndText(line);
    expect(formatPageFlags(BigInt(hex), format)).toBe(text);
    expect(parsePageFlags(text, format)).toBe(BigInt(hex));
  });
});

describe('records of other kernels', () => {
  const fourZones = pageFlagsLayout({ nodesShift: 10, zones: 4, nrCpus: 8192 });
  const sixtyFourCpus = pageFlagsLayout({ nodesShift: 6, zones: 4, nrCpus: 64 });

  test.each<[Era, PageFlagsLayout, string]>([
    ['4.6', fourZones, '0x1fffff80010068(uptodate|lru|active|mappedtodisk)'],
    ['4.16', X86_64_LAYOUT, '0x17ffffc0008100(slab|head)'],
    ['5.11', X86_64_LAYOUT, '0xfffffc0000000()'],
    ['5.14', X86_64_LAYOUT, '0xfffffc0000000(node=0|zone=1|lastcpupid=0x1fffff)'],
    ['5.18', X86_64_LAYOUT, '0xfffffc0000000(node=0|zone=1|lastcpupid=0x1fffff)'],
    [
      '6.1',
      X86_64_LAYOUT,
      '0x17ffffc00c001c(uptodate|dirty|lru|reclaim|swapbacked|node=0|zone=2|lastcpupid=0x1fffff)',
    ],
    ['6.1', X86_64_LAYOUT, '0x17ffffc0010200(slab|head|node=0|zone=2|lastcpupid=0x1fffff)'],
    ['6.3', X86_64_LAYOUT, '0x17ffffc0010000(head|node=0|zone=2|lastcpupid=0x1fffff)'],
    ['6.6', sixtyFourCpus, '0x1fffc0000020028(uptodate|lru|mappedtodisk|node=0|zone=1|lastcpupid=0x3fff)'],
    ['6.12', X86_64_LAYOUT, '0x17ffffc0000028(uptodate|lru|node=0|zone=2|lastcpupid=0x1fffff)'],
    ['6.12', X86_64_LAYOUT, '0x17ffffc0000040(head|node=0|zone=2|lastcpupid=0x1fffff)'],
    ['6.12', X86_64_LAYOUT, '0x17ffffc0000000(node=0|zone=2|lastcpupid=0x1fffff)'],
  ])('Linux %s %j %s', (era, layout, record) => {
    const [hex, text] = hexAndText(record);
    expect(formatPageFlags(BigInt(hex), { era, layout })).toBe(text);
  });
});

describe('formatPageFlags', () => {
  test('a word of all zeros', () => {
    expect(formatPageFlags(0n, { era: '5.11' })).toBe('');
    expect(formatPageFlags(0n, { era: '6.12' })).toBe('node=0|zone=0|lastcpupid=0x0');
  });

  test('prints bits without a name as hex, after the names', () => {
    expect(formatPageFlags((1n << 28n) | 1n, { era: '5.11' })).toBe('locked|0x10000000');
  });

  test('section and kasantag show where a build has them, the lru bits never', () => {
    const layout = { section: 9, node: 3, zone: 2, lastcpupid: 0, kasantag: 8, lru: 5 };
    const flags = (300n << 55n) | (5n << 52n) | (1n << 50n) | (0xf3n << 42n) | (31n << 37n) | 1n;
    expect(formatPageFlags(flags, { era: '6.12', layout })).toBe(
      'locked|section=300|node=5|zone=1|kasantag=0xf3',
    );
  });

  test('refuses what is not 64 bits', () => {
    expect(() => formatPageFlags(-1n, { era: '6.12' })).toThrow('unsigned 64-bit integer, got -1');
    expect(() => formatPageFlags(1n << 64n, { era: '6.12' })).toThrow(RangeError);
  });

  test('refuses a layout whose fields reach into the flags', () => {
    const layout = { ...X86_64_LAYOUT, lastcpupid: 30 };
    expect(() => formatPageFlags(0n, { era: '6.1', layout })).toThrow(
      new RangeError('layout leaves 21 bits for page flags, Linux 6.1 needs 27'),
    );
  });
});

describe('parsePageFlags', () => {
  test('names the flag it does not know', () => {
    expect(() => parsePageFlags('uptodate|slab', { era: '6.12' })).toThrow(
      new RangeError('unknown page flag "slab" in Linux 6.12'),
    );
    expect(() => parsePageFlags('uptodate||lru', { era: '6.12' })).toThrow('unknown page flag ""');
    expect(() => parsePageFlags('node=x', { era: '6.12' })).toThrow('unknown page flag "node=x"');
  });

  test('refuses a value that does not fit its field, or a field that is not there', () => {
    expect(() => parsePageFlags('zone=8', { era: '6.12' })).toThrow(
      new RangeError('zone=8 does not fit a field of 3 bits'),
    );
    expect(() => parsePageFlags('kasantag=0xff', { era: '6.12' })).toThrow(
      'kasantag=255 does not fit a field of 0 bits',
    );
  });

  test('takes fields in eras that do not print them', () => {
    expect(parsePageFlags('head|zone=2', { era: '5.11' })).toBe((2n << 51n) | (1n << 16n));
  });
});

describe('round trip', () => {
  const anyWord = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
  const anyLayout = fc.record({
    section: fc.integer({ min: 0, max: 4 }),
    node: fc.integer({ min: 0, max: 10 }),
    zone: fc.integer({ min: 0, max: 3 }),
    lastcpupid: fc.constantFrom(0, 10, 14),
    kasantag: fc.constant(0),
    lru: fc.constantFrom(0, 5),
  });
  const FIELDS_SINCE = ERAS.indexOf('5.14');

  test.each(ERAS.slice(FIELDS_SINCE))('%s: every word comes back, but for its lru bits', (era) => {
    fc.assert(
      fc.property(anyWord, anyLayout, (flags, layout) => {
        const lru = ((1n << BigInt(layout.lru)) - 1n) << BigInt(pageFlagsShift('lru', layout));
        const format = { era, layout };
        expect(parsePageFlags(formatPageFlags(flags, format), format)).toBe(flags & ~lru);
      }),
    );
  });

  test.each(ERAS.slice(0, FIELDS_SINCE))('%s: everything below the fields comes back', (era) => {
    fc.assert(
      fc.property(anyWord, anyLayout, (flags, layout) => {
        const format = { era, layout };
        const main = BigInt.asUintN(pageFlagsShift('lru', layout), flags);
        expect(parsePageFlags(formatPageFlags(flags, format), format)).toBe(main);
      }),
    );
  });

  test('a field that was set reads back, and no other changes', () => {
    fc.assert(
      fc.property(anyWord, fc.constantFrom('node', 'zone', 'lastcpupid'), fc.nat(), (flags, field, seed) => {
        const value = seed % 2 ** X86_64_LAYOUT[field];
        const changed = setPageFlagsField(flags, field, value, X86_64_LAYOUT);
        expect(getPageFlagsField(changed, field, X86_64_LAYOUT)).toBe(value);
        for (const other of PAGE_FLAGS_FIELDS.filter((each) => each !== field)) {
          expect(getPageFlagsField(changed, other, X86_64_LAYOUT)).toBe(
            getPageFlagsField(flags, other, X86_64_LAYOUT),
          );
        }
        expect(BigInt.asUintN(30, changed)).toBe(BigInt.asUintN(30, flags));
      }),
    );
  });

  test('two halves make a word', () => {
    fc.assert(
      fc.property(anyWord, (flags) => {
        const low = Number(BigInt.asUintN(32, flags));
        expect(pageFlagsWord(low, Number(flags >> 32n))).toBe(flags);
      }),
    );
  });
});

describe('pageFlagsLayout', () => {
  test('an ordinary x86-64 kernel', () => {
    expect(X86_64_LAYOUT).toEqual({ section: 0, node: 10, zone: 3, lastcpupid: 21, kasantag: 0, lru: 0 });
    expect(PAGE_FLAGS_FIELDS.map((field) => pageFlagsShift(field, X86_64_LAYOUT))).toEqual([
      64, 54, 51, 30, 30,
    ]);
  });

  test('no NUMA balancing, no NUMA, one zone', () => {
    expect(pageFlagsLayout({ nodesShift: 0, zones: 1, nrCpus: 0 })).toMatchObject({
      node: 0,
      zone: 0,
      lastcpupid: 0,
    });
  });

  test.each([0, -1, 1.5])('%d zones are refused', (zones) => {
    expect(() => pageFlagsLayout({ nodesShift: 0, zones, nrCpus: 0 })).toThrow(
      new RangeError(`a count of at least 1 expected, got ${zones}`),
    );
  });
});
