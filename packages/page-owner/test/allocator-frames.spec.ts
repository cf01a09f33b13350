import { describe, expect, test } from '@jest/globals';
import { AllocatorFrames, type FrameAllocator } from '@page-owner/page-owner';

/** Frames 16 to 31 of DMA, with a hole at 20 and a free block of order 3 at 24; Normal has no memory yet. */
class Frames implements FrameAllocator {
  normal = 0;
  drained = 0;
  zones() {
    return [
      { node: 0, zone: 'DMA', startPfn: 16, spanned: 16, present: 15 },
      { node: 0, zone: 'Normal', startPfn: 32, spanned: this.normal, present: this.normal },
      { node: 1, zone: 'Movable', startPfn: 64, spanned: 64, present: 64 },
    ];
  }
  zoneIndexOf = (pfn: number): number => (pfn < 32 ? 0 : pfn < 64 ? 1 : 2);
  isBuddy = (pfn: number): boolean => pfn === 24;
  orderOf = (): number => 3;
  isReserved = (pfn: number): boolean => pfn === 16;
  isPresent = (pfn: number): boolean => pfn !== 20;
  pageblockType = (pfn: number): number => pfn & 1;
  drainPcp(): void {
    this.drained++;
  }
}

describe('AllocatorFrames', () => {
  test('counts the zones that have memory', () => {
    const allocator = new Frames();
    const frames = new AllocatorFrames(allocator);
    expect(frames.zones).toEqual([
      { node: 0, name: 'DMA', startPfn: 16, endPfn: 32 },
      { node: 1, name: 'Movable', startPfn: 64, endPfn: 128 },
    ]);
    expect([frames.minPfn, frames.maxPfn]).toEqual([16, 128]);
    expect([16, 40, 70].map((pfn) => frames.zoneOf(pfn))).toEqual([0, -1, 1]);

    allocator.normal = 32;
    frames.memoryChanged();
    expect(frames.zones.map(({ name }) => name)).toEqual(['DMA', 'Normal', 'Movable']);
    expect([16, 40, 70].map((pfn) => frames.zoneOf(pfn))).toEqual([0, 1, 2]);
  });

  test('asks the allocator about frames', () => {
    const allocator = new Frames();
    const frames = new AllocatorFrames(allocator);
    expect([16, 20, 21].map((pfn) => [frames.isValid(pfn), frames.isReserved(pfn)])).toEqual([
      [true, true],
      [false, true],
      [true, false],
    ]);
    expect([23, 24, 25].map((pfn) => frames.buddyOrder(pfn))).toEqual([-1, 3, -1]);
    expect(frames.pageblockType(17)).toBe(1);
    frames.drainPcp();
    expect(allocator.drained).toBe(1);
    // A frame in a hole may have a struct page all the same.
    expect(new AllocatorFrames(allocator, () => true).isValid(20)).toBe(true);
  });

  test('knows as many zones as an allocator may have', () => {
    const zones = Array.from({ length: 254 }, (_, node) => ({
      ...{ node, zone: 'Normal', startPfn: node * 16, spanned: 16, present: node === 1 ? 0 : 16 },
    }));
    const allocator = Object.assign(new Frames(), {
      zones: () => zones,
      zoneIndexOf: (pfn: number) => pfn >> 4,
    });
    const frames = new AllocatorFrames(allocator);
    const nodes = [0, 1, 2, 128, 129, 140, 253];
    expect(nodes.map((node) => frames.zoneOf(node * 16 + 5))).toEqual([0, -1, 1, 127, 128, 139, 252]);
    expect(frames.zones[252]).toEqual({ node: 253, name: 'Normal', startPfn: 4048, endPfn: 4064 });
  });
});
