import { describe, expect, test } from '@jest/globals';
import { attachAllocator, createAllocator, LAYOUT_VERSION, layoutOf } from '@page-owner/buddy-allocator';
import { PCP_WORDS } from '../src/layout/pcp-layout.js';
import { ZONE_WORDS } from '../src/layout/zone-layout.js';
import { H_LOCK, HEADER_WORDS } from '../src/layout/header-layout.js';

describe('the buffer is the allocator', () => {
  test('a copy made at any time goes on like the original', () => {
    const a = createAllocator({ pages: 8192, cpus: 2, cma: [{ start: 2048, end: 4096 }] });
    const pages = Array.from({ length: 500 }, (_, i) => a.allocPages(i % 2 ? 0xcc0 : 0x100cca, i % 3));
    for (const [i, pfn] of pages.entries()) if (i % 5 === 0) a.freePages(pfn, i % 3);
    const b = attachAllocator(a.buffer.slice(0));
    expect(b.buddyinfo()).toBe(a.buddyinfo());
    expect(b.zoneinfo()).toBe(a.zoneinfo());
    for (let i = 0; i < 500; i++) expect(b.allocPages(0x100cca, i % 4)).toBe(a.allocPages(0x100cca, i % 4));
    expect([a.check(), b.check()]).toEqual([[], []]);
  });

  test('two allocators attached to one buffer see each other', () => {
    const a = createAllocator({ pages: 1024, cpus: 0 });
    const b = attachAllocator(a.buffer);
    expect([a.allocPages(0), b.allocPages(0), a.allocPages(0)]).toEqual([0, 1, 2]);
    b.freePages(0);
    expect(a.blockAt(0).kind).toBe('free');
  });

  test('cpu and node belong to who attaches', () => {
    const a = createAllocator({
      nodes: [{ ranges: [{ start: 4096, end: 8192 }] }, { ranges: [{ start: 8192, end: 12288 }] }],
      cpus: 2,
    });
    const b = attachAllocator(a.buffer, { cpu: 1, node: 1 });
    expect(b.allocPages(0xcc0)).toBeGreaterThanOrEqual(8192);
    expect(a.allocPages(0xcc0)).toBeLessThan(8192);
    expect([a.cpu, b.cpu, b.node, b.kernel]).toEqual([0, 1, 1, '6.12']);
  });

  test('a SharedArrayBuffer only if asked for', () => {
    expect(createAllocator({ pages: 8 }).buffer).toBeInstanceOf(ArrayBuffer);
    expect(createAllocator({ pages: 8, shared: true }).buffer).toBeInstanceOf(SharedArrayBuffer);
  });
});

describe('layout', () => {
  test('tables follow each other without overlap', () => {
    const l = layoutOf({ frames: 5000, nodes: 2, zoneTypes: 4, cpus: 3, spanLimit: 7 });
    expect(l.frames).toBe(5120);
    const words = [0, l.distances, l.preferred, l.zoneRecords, l.spans, l.perCpu].map((word) => word * 4);
    const offsets = [...words, l.blocks * 4, l.links * 4, l.frameBytes, l.byteLength];
    expect(offsets).toEqual([...offsets].sort((x, y) => x - y));
    expect(l.byteLength - l.frameBytes).toBe(5120);
    expect(l.links * 4 - l.blocks * 4).toBeGreaterThanOrEqual(20);
  });

  test('about nine bytes per page', () => {
    const { byteLength } = layoutOf({ frames: 2 ** 24, nodes: 1, zoneTypes: 4, cpus: 4, spanLimit: 8 });
    expect(byteLength / 2 ** 24).toBeCloseTo(9, 2);
  });

  test('numbers that files of older versions depend on', () => {
    expect([LAYOUT_VERSION, HEADER_WORDS, H_LOCK, ZONE_WORDS, PCP_WORDS]).toEqual([3, 32, 24, 183, 36]);
  });
});

describe('check finds what is wrong', () => {
  const broken = (damage: (bytes: Uint8Array, words: Int32Array) => void): readonly string[] => {
    const a = createAllocator({ pages: 2048, cpus: 1 });
    a.allocPages(0xcc0, 4);
    const l = layoutOf({ frames: 2048, nodes: 1, zoneTypes: 1, cpus: 1, spanLimit: 1 });
    damage(new Uint8Array(a.buffer, l.frameBytes), new Int32Array(a.buffer, l.zoneRecords * 4, 48));
    return a.check();
  };
  test('a head that is gone', () => expect(broken((frames) => (frames[0] = 0x10))).not.toEqual([]));
  test('a block that is free without a list', () =>
    expect(broken((frames) => (frames[0] = 0x84))).not.toEqual([]));
  test('a head inside a block', () => expect(broken((frames) => (frames[3] = 0x40))).not.toEqual([]));
  test('a wrong order', () => expect(broken((frames) => (frames[0] = 0x45))).not.toEqual([]));
  test('spans and zones that do not hold the memory there is', () => {
    const two = (damage: (spans: Int32Array, zone: Int32Array, blocks: Uint16Array) => void) => {
      const ranges = [
        { start: 0, end: 1024 },
        { start: 2048, end: 4096 },
      ];
      const a = createAllocator({ nodes: [{ ranges }], zones: [{ name: 'Normal', end: Infinity }], cpus: 0 });
      const l = layoutOf({ frames: 4096, nodes: 1, zoneTypes: 1, cpus: 0, spanLimit: 2 });
      const { buffer } = a;
      damage(
        new Int32Array(buffer, l.spans * 4, 6),
        new Int32Array(buffer, l.zoneRecords * 4, 4),
        new Uint16Array(buffer, l.blocks * 4, 8),
      );
      return a.check();
    };
    expect(two(() => undefined)).toEqual([]);
    const second = 'the span of zone 0 from pfn 2048 to 4096';
    expect(two((spans) => (spans[1] = 1000))).toEqual(['pfn 1000 is present but in no span']);
    expect(two((spans) => (spans[5] = 1))).toEqual(['the span of zone 1 from pfn 2048 to 4096 is misplaced']);
    expect(two((spans) => (spans[4] = 4097))).toEqual([
      'the span of zone 0 from pfn 2048 to 4097 is misplaced',
    ]);
    expect(two((spans) => spans.copyWithin(0, 3))).toEqual([
      'pfn 0 is present but in no span',
      `${second} is misplaced`,
    ]);
    expect(two((spans) => (spans[3] = 2047))).toEqual([
      'pfn 2047 is in the span of zone 0 from pfn 2047 to 4096, but absent',
    ]);
    expect(two((_spans, _zone, blocks) => (blocks[6]! |= 254 << 8))).toContain(
      `pfn 3072 is in ${second}, but not by its chunk`,
    );
    expect(two((_spans, zone) => (zone[3] = 3072))).toEqual([
      `zone 0 reaches from pfn 0 to 3072, not over ${second}`,
    ]);
    expect(two((_spans, zone) => (zone[2] = 1))).toEqual([
      'zone 0 reaches from pfn 1 to 4097, not over the span of zone 0 from pfn 0 to 1024',
    ]);
  });
  test('a wrong count', () => {
    for (const word of [4, 5, 6, 7, 8, 10, 21, 32, 33])
      expect(broken((_, zone) => (zone[word]! ^= 1))).not.toEqual([]);
  });
});
