import { describe, expect, test } from '@jest/globals';
import {
  eraOf,
  formatPageFlags,
  getPageFlagsField,
  gfpMigratetype,
  gfpTable,
  gfpZone,
  pageFlagsLayout,
  pageFlagsShift,
  parseGfp,
  requireKnownOptions,
  setPageFlagsField,
  X86_64_LAYOUT,
} from '@page-owner/kernel-abi';

/** What plain JavaScript can pass where a type says otherwise. */
const any = <T>(value: unknown): T => value as T;

describe('bad use is one sentence', () => {
  test('a release that is a number has lost its digits', () => {
    expect(() => eraOf(any(6.1))).toThrow(new TypeError('a kernel release is text such as "6.12", got 6.1'));
    expect(() => gfpTable(any(undefined))).toThrow('text such as "6.12", got undefined');
  });

  test.each([NaN, -1, 1.5, 2 ** 32, any<number>(undefined), any<number>('0xcc0')])('gfp mask %p', (mask) => {
    const sentence = new RangeError(`a gfp mask is an unsigned 32-bit integer, got ${String(mask)}`);
    expect(() => gfpZone(mask)).toThrow(sentence);
    expect(() => gfpMigratetype(mask, '6.12')).toThrow(sentence);
  });

  test('names of gfp flags that are none', () => {
    expect(() => parseGfp(any(0xcc0), '6.12')).toThrow(
      new TypeError('names of gfp flags are text such as "GFP_KERNEL|__GFP_ZERO", got 3264'),
    );
  });

  test.each([-1n, 1n << 64n, any<bigint>(5)])('flags word %p', (flags) => {
    const sentence = `a flags word is a bigint, an unsigned 64-bit integer, got ${flags}`;
    expect(() => formatPageFlags(flags, { era: '6.12' })).toThrow(sentence);
    expect(() => getPageFlagsField(flags, 'node', X86_64_LAYOUT)).toThrow(sentence);
    expect(() => setPageFlagsField(flags, 'node', 1, X86_64_LAYOUT)).toThrow(sentence);
  });

  test('a layout that does not fit the word', () => {
    expect(() => pageFlagsLayout({ nodesShift: 60, zones: 4, nrCpus: 64 })).toThrow(
      new RangeError('the fields down to lru have 76 bits, a flags word 64'),
    );
    const wide = { ...X86_64_LAYOUT, node: 60 };
    expect(() => getPageFlagsField(0n, 'lastcpupid', wide)).toThrow('down to lastcpupid have 84 bits');
    expect(getPageFlagsField(5n << 4n, 'node', wide)).toBe(5);
    for (const nodesShift of [-1, 1.5, NaN])
      expect(() => pageFlagsLayout({ nodesShift, zones: 4, nrCpus: 64 })).toThrow(
        `from 0 on, got ${nodesShift}`,
      );
    expect(pageFlagsLayout({ nodesShift: 48, zones: 4, nrCpus: 64 })).toMatchObject({
      node: 48,
      lastcpupid: 14,
    });
    expect(() => pageFlagsShift(any('cpu'), X86_64_LAYOUT)).toThrow(
      'a flags word has no field "cpu"; there are section',
    );
  });
});

describe('requireKnownOptions', () => {
  const known = { page_owner: true, cmdline: true, depth: true, cpus: true } as const;
  const refusal = (options: object) => () => requireKnownOptions('open', options, known);

  test('takes what there is, undefined too', () => {
    expect(refusal({})).not.toThrow();
    expect(refusal({ depth: undefined, cpus: 5 })).not.toThrow();
  });

  test.each([
    ['pageOwner', 'page_owner'],
    ['page-owner', 'page_owner'],
    ['cmdLine', 'cmdline'],
    ['detph', 'depth'],
    ['dept', 'depth'],
    ['cpuss', 'cpus'],
    ['cpos', 'cpus'],
  ])('%s is near %s', (name, near) => {
    expect(refusal({ depth: 1, [name]: 1 })).toThrow(
      new TypeError(`open has no option "${name}"; did you mean ${near}?`),
    );
  });

  test.each(['parameter', 'cp', '', 'constructor', '__proto'])('%j is near none', (name) => {
    expect(refusal({ [name]: 1 })).toThrow(
      `open has no option "${name}"; there are page_owner, cmdline, depth, cpus`,
    );
  });

  test.each([null, undefined, 'on', 5])('%p are no options', (options) => {
    expect(refusal(any(options))).toThrow(new TypeError(`open takes an object of options, got ${options}`));
  });
});
