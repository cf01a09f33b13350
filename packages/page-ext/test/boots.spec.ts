import { describe, expect, test } from '@jest/globals';
import {
  frameMapOf,
  PageExt,
  tableTime,
  type EntryRule,
  type NodeSpan,
  type MemoryModel,
} from '@page-owner/page-ext';
import { client, plainMemory } from './clients.js';

const PAGE_BYTES = 4096;
const GIB_PAGES = 262144;

/** page_owner's bytes per page, by the first kernel that had so many, on 64 bits. */
const ERAS: readonly [
  since: string,
  rule: EntryRule,
  ownerBytes: number,
  entryBytes: number,
  pagesOn2GiB: number,
][] = [
  ['3.19', 'one-struct', 96, 104, 13312],
  ['4.0', 'one-struct', 80, 88, 11264],
  ['4.8', 'one-struct', 16, 24, 3072],
  ['4.9', 'flags-always', 12, 20, 2560],
  ['5.4', 'flags-always', 16, 24, 3072],
  ['5.11', 'flags-always', 32, 40, 5120],
  ['5.13', 'flags-always', 40, 48, 6144],
  ['5.18', 'flags-always', 56, 64, 8192],
  ['6.8', 'flags-on-demand', 64, 72, 9216],
];

describe('2 GiB under every kernel', () => {
  test.each(ERAS)(
    'Linux %s, %s: owner %i, entry %i bytes, %i pages',
    (_, rule, ownerBytes, entryBytes, pages) => {
      const owner = client('page_owner', ownerBytes, { needSharedFlags: true });
      const ext = new PageExt({ clients: [owner], frames: plainMemory(2048), rule });
      ext.boot();
      expect(ext.entryBytes).toBe(entryBytes);
      expect(ext.memoryUsage()).toMatchObject({ tables: 16, tableBytes: pages * PAGE_BYTES });
    },
  );

  test('the documentation of 3.19 saw 13343 early pages: all but 31 are page_ext', () => {
    expect(13343 - 13312).toBe(31);
  });
});

/** `Early memory node ranges` of QEMU machines, in frames. */
const qemu = (lowEnd: number, high?: [number, number]): NodeSpan[] => [
  { node: 0, startPfn: 0x1, endPfn: 0x9f },
  { node: 0, startPfn: 0x100, endPfn: lowEnd },
  ...(high ? [{ node: 0, startPfn: high[0], endPfn: high[1] }] : []),
];
const MEMORY: Readonly<Record<string, NodeSpan[]>> = {
  '512 MiB': qemu(0x1ffda),
  '1 GiB': qemu(0x3ffda),
  '2 GiB': qemu(0x7ffda),
  '3 GiB': qemu(0xbffda),
  '4 GiB with a hole of 1 GiB': qemu(0xbffda, [GIB_PAGES * 4, GIB_PAGES * 5]),
};

describe('boots seen under QEMU say the same', () => {
  test.each([
    ['6.12', '512 MiB', 64, 'allocated 9437184 bytes of page_ext'],
    ['6.12', '1 GiB', 64, 'allocated 18874368 bytes of page_ext'],
    ['6.12', '2 GiB', 64, 'allocated 37748736 bytes of page_ext'],
    ['6.12', '3 GiB', 64, 'allocated 56623104 bytes of page_ext'],
    ['6.12', '4 GiB with a hole of 1 GiB', 64, 'allocated 75497472 bytes of page_ext'],
    ['6.1', '512 MiB', 56, 'allocated 8388608 bytes of page_ext'],
    ['6.1', '1 GiB', 56, 'allocated 16777216 bytes of page_ext'],
    ['6.1', '2 GiB', 56, 'allocated 33554432 bytes of page_ext'],
    ['6.1', '4 GiB with a hole of 1 GiB', 56, 'allocated 67108864 bytes of page_ext'],
  ])('Linux %s, %s', (kernel, memory, ownerBytes, line) => {
    const log: string[] = [];
    new PageExt({
      clients: [client('page_owner', ownerBytes, { needSharedFlags: true })],
      frames: frameMapOf(MEMORY[memory]!),
      rule: kernel,
      log: (text) => log.push(text),
    }).boot();
    expect(log).toEqual([line]);
  });
});

describe('when tables are made', () => {
  const time = (kernel: string, earlyPageExt: boolean, deferredStructPages: boolean, model: MemoryModel) =>
    tableTime({ kernel, earlyPageExt, deferredStructPages, model });

  test('6.1: late unless asked', () => {
    expect(time('6.1', false, false, 'sparsemem')).toBe('late');
    expect(time('6.1', false, true, 'sparsemem')).toBe('late');
    expect(time('5.15.0-91-generic', false, false, 'sparsemem')).toBe('late');
    expect(time('6.12.117', false, false, 'sparsemem')).toBe('early');
    expect(time('6.1', true, true, 'sparsemem')).toBe('early');
  });

  test('6.12: early unless struct pages are deferred', () => {
    expect(time('6.12', false, false, 'sparsemem')).toBe('early');
    expect(time('6.12', false, true, 'sparsemem')).toBe('late');
    expect(time('6.12', true, true, 'sparsemem')).toBe('early');
  });

  test('FLATMEM: always early', () => {
    expect(time('6.1', false, true, 'flatmem')).toBe('early');
    expect(time('6.12', false, true, 'flatmem')).toBe('early');
  });
});
