/** Which memory is whose, while sections come and go: the table of spans, and what zones reach over. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  attachAllocator,
  createAllocator,
  MIGRATE_MOVABLE,
  NO_PAGE,
  SECTION_PAGES,
} from '@page-owner/buddy-allocator';
import type { PageAllocator } from '@page-owner/buddy-allocator';
import { H_SPAN_LIMIT, H_SPANS, SPAN_WORDS } from '../src/layout/header-layout.js';
import { attachMemory } from '../src/attach.js';

/** No zone's number. */
const NOBODY = 250;

const NORMAL = [{ name: 'Normal', end: Infinity }] as const;

/** Start and end of each span, in sections, and its zone. */
function spansOf(a: PageAllocator): number[][] {
  const { words, layout } = attachMemory(a.buffer);
  return Array.from({ length: words[H_SPANS]! }, (_, row) => {
    const [start, end, zone] = words.subarray(layout.spans + row * SPAN_WORDS);
    return [start! / SECTION_PAGES, end! / SECTION_PAGES, zone!];
  });
}

test('any section can be taken out, without room asked for', () => {
  const a = createAllocator({ pages: 8 * SECTION_PAGES });
  for (const section of [7, 6, 3]) expect(a.removeSection(section * SECTION_PAGES)).toBe(true);
  expect(spansOf(a)).toEqual([
    [0, 3, 0],
    [4, 6, 0],
  ]);
  expect(a.zones()[0]).toMatchObject({ spanned: 6 * SECTION_PAGES, present: 5 * SECTION_PAGES });
  expect(a.zoneIndexOf(5 * SECTION_PAGES)).toBe(0);
  expect(a.check()).toEqual([]);
  for (const section of [1, 5]) expect(a.removeSection(section * SECTION_PAGES)).toBe(true);
  expect(a.zones()[0]).toMatchObject({ spanned: 5 * SECTION_PAGES, present: 3 * SECTION_PAGES });
  expect(a.check()).toEqual([]);
});

test('sections that follow each other are one span', () => {
  const a = createAllocator({
    nodes: [{ ranges: [{ start: 0, end: SECTION_PAGES }] }],
    ...{ zones: NORMAL, maxPfn: 72 * SECTION_PAGES - 1, cpus: 1 },
  });
  for (let section = 1; section < 72; section++) a.addSection(section * SECTION_PAGES);
  expect(spansOf(a)).toEqual([[0, 72, 0]]);
  expect(a.freePageCount).toBe(72 * SECTION_PAGES);
  expect(a.check()).toEqual([]);
});

test('every second section, of two zones in turn: there is room for all of them', () => {
  const a = createAllocator({
    nodes: [{ ranges: [{ start: 5000, end: 6000 }] }],
    ...{ zones: [...NORMAL, { name: 'Movable', end: Infinity }], maxPfn: 72 * SECTION_PAGES },
  });
  for (let section = 1; section < 72; section += 2) a.addSection(section * SECTION_PAGES);
  for (let section = 2; section < 72; section += 2) a.addSection(section * SECTION_PAGES, 0, 'Movable');
  expect(spansOf(a)).toHaveLength(72);
  expect(a.check()).toEqual([]);
});

test('ranges that touch at creation are one span, and a section over both can go', () => {
  const half = SECTION_PAGES / 2;
  const ranges = [0, 1, 2, 3].map((part) => ({ start: part * half, end: (part + 1) * half }));
  const a = createAllocator({ nodes: [{ ranges }], zones: NORMAL });
  expect(spansOf(a)).toEqual([[0, 2, 0]]);
  expect(a.removeSection(0)).toBe(true);
  expect(spansOf(a)).toEqual([[1, 2, 0]]);
  expect(a.check()).toEqual([]);
});

test('property: sections of two nodes come and go in any order', () => {
  const SECTIONS = 6;
  const act = fc.record({ section: fc.nat(SECTIONS - 1), node: fc.nat(1), type: fc.nat(1) });
  const start = fc.constantFrom<number[][]>([[0, 1]], [[0, 1], [2]], [[0, 2, 4], [5]], [[0, 1, 2, 3, 4, 5]]);
  fc.assert(
    fc.property(start, fc.array(act, { maxLength: 30 }), (boot, acts) => {
      const rangesOf = (node: number) =>
        (boot[node] ?? []).map((s) => ({ start: s * SECTION_PAGES, end: (s + 1) * SECTION_PAGES }));
      const a = createAllocator({
        nodes: boot.map((_, node) => ({ ranges: rangesOf(node) })),
        zones: [...NORMAL, { name: 'Movable', end: Infinity }],
        ...{ maxPfn: SECTIONS * SECTION_PAGES + 3000, watermarks: false },
      });
      const zone = new Array<number>(SECTIONS).fill(-1);
      for (const [node, sections] of boot.entries()) for (const section of sections) zone[section] = 2 * node;
      for (const { section, node, type } of acts) {
        const pfn = section * SECTION_PAGES;
        if (zone[section]! >= 0) {
          expect(a.removeSection(pfn)).toBe(true);
          zone[section] = -1;
        } else {
          const own = node % boot.length;
          a.addSection(pfn, own, ['Normal', 'Movable'][type]);
          zone[section] = 2 * own + type;
        }
      }
      const expected: number[][] = [];
      for (const [section, own] of zone.entries()) {
        const last = expected.at(-1);
        if (own >= 0 && last?.[2] === own && last[1] === section) last[1] = section + 1;
        else if (own >= 0) expected.push([section, section + 1, own]);
      }
      expect(spansOf(a)).toEqual(expected);
      expect(zone.map((_, section) => a.zoneIndexOf(section * SECTION_PAGES + 777))).toEqual(zone);
      for (const [index, { startPfn, spanned, present }] of a.zones().entries()) {
        const own = [...zone.keys()].filter((section) => zone[section] === index);
        expect(present).toBe(own.length * SECTION_PAGES);
        if (own.length === 0) continue;
        // At boot a zone may reach over holes at its ends.
        expect(startPfn).toBeLessThanOrEqual(own[0]! * SECTION_PAGES);
        expect(startPfn + spanned).toBeGreaterThanOrEqual((own.at(-1)! + 1) * SECTION_PAGES);
      }
      expect(a.check()).toEqual([]);
    }),
    { numRuns: 40 },
  );
}, 60_000);

describe('a buffer whose table of spans is full, as older ones may be', () => {
  /** Rows without frames, above all memory, take the room there is. */
  function full(): PageAllocator {
    const a = createAllocator({ pages: 4 * SECTION_PAGES, maxPfn: 6 * SECTION_PAGES });
    const { words, layout } = attachMemory(a.buffer);
    for (let row = words[H_SPANS]!; row < words[H_SPAN_LIMIT]!; row++) {
      words.set([layout.frames, layout.frames, NOBODY], layout.spans + row * SPAN_WORDS);
    }
    words[H_SPANS] = words[H_SPAN_LIMIT]!;
    return attachAllocator(a.buffer);
  }
  const sentence = /^no room for a further range of memory: the buffer has a table of 7, all in use$/;

  test.each([
    ['taking a section out of the middle', (a: PageAllocator) => a.removeSection(SECTION_PAGES)],
    ['adding one beside none of its zone', (a: PageAllocator) => a.addSection(5 * SECTION_PAGES)],
  ])('%s is refused, and nothing changes', (_, act) => {
    const a = full();
    a.drainPcp();
    const before = new Uint8Array(a.buffer.slice(0));
    expect(() => act(a)).toThrow(sentence);
    expect(Buffer.compare(before, new Uint8Array(a.buffer))).toBe(0);
  });

  test('what needs no row goes on', () => {
    const a = full();
    a.addSection(4 * SECTION_PAGES);
    expect(a.removeSection(0)).toBe(true);
    expect(a.removeSection(4 * SECTION_PAGES)).toBe(true);
    expect(a.zones()[0]).toMatchObject({ startPfn: SECTION_PAGES, spanned: 3 * SECTION_PAGES });
    expect(a.freePageCount).toBe(3 * SECTION_PAGES);
  });
});

describe('zones that lie between each other', () => {
  /** Memory of node 1 from `start` to `end`, in the middle of that of node 0. */
  const around = (start: number, end: number, pages = 2 * SECTION_PAGES): PageAllocator =>
    createAllocator({
      nodes: [
        {
          ranges: [
            { start: 0, end: start },
            { start: end, end: pages },
          ],
        },
        { ranges: [{ start, end }] },
      ],
      ...{ zones: NORMAL, cpus: 0, grouping: true, watermarks: false },
    });

  test('a section with memory of another zone in its middle stays', () => {
    const a = around(4096, 8192);
    expect(a.removeSection(0)).toBe(false);
    expect(a.zones().map(({ present, free }) => [present, free])).toEqual([
      [2 * SECTION_PAGES - 4096, 2 * SECTION_PAGES - 4096],
      [4096, 4096],
    ]);
    expect(a.removeSection(SECTION_PAGES)).toBe(true);
    expect(a.check()).toEqual([]);
  });

  test('no block reaches over it', () => {
    const a = around(100, 200, 8192);
    expect(a.allocAt(0, 10, 0)).toBe(false);
    expect(a.allocAt(0, 8, 0)).toBe(false);
    expect(a.allocAt(0, 6, 0)).toBe(true);
    expect(a.check()).toEqual([]);
  });

  test('a pageblock with memory of another zone in its middle does not change hands', () => {
    const a = around(600, 640, 8192);
    for (let block = 0; block < 8192; block += 512) a.setPageblockType(block, MIGRATE_MOVABLE);
    while (a.allocPages(0xcc0 | 8) !== NO_PAGE);
    for (let pfn = 513; pfn < 599; pfn++) a.freePages(pfn);
    for (let pfn = 700; pfn < 1023; pfn++) a.freePages(pfn);
    for (let pfn = 601; pfn < 639; pfn++) a.freePages(pfn);
    expect(a.allocPages(0)).not.toBe(NO_PAGE);
    expect(a.pageblockType(600)).toBe(MIGRATE_MOVABLE);
    expect(a.check()).toEqual([]);
  });
});
