import { expect, test } from '@jest/globals';
import { migratetypeNumber, migratetypeTable } from '@page-owner/kernel-abi';
import { boot, Frames } from './machine.js';

const MOVABLE = 0x140cca;
const UNMOVABLE = 0xcc0;

/** Eight pageblocks in two zones, of these types; nothing in use. */
const blocks = (...types: string[]): Frames => {
  const frames = new Frames([
    ['DMA32', 0, 0, 2048],
    ['Normal', 0, 2048, 4096],
  ]);
  for (let pfn = 0; pfn < 4096; pfn++) frames.free(pfn, 0);
  types.forEach((type, i) => (frames.types[i] = migratetypeNumber(type, '6.12')));
  return frames;
};

test('each mixed block counts once, in the column of its own type', () => {
  const frames = blocks(
    'Movable',
    'Unmovable',
    'CMA',
    'Movable',
    'Reclaimable',
    'Movable',
    'Unmovable',
    'Movable',
  );
  const { owner } = boot('6.12', { frameView: frames });
  const use = (pfn: number, order: number, gfp: number): void => {
    frames.use(pfn, order);
    owner.hooks!.allocated(pfn, order, gfp);
  };
  const none = migratetypeTable('6.12').names.map(() => 0);
  expect(owner.mixedBlocks(0)).toEqual(none);

  use(0, 3, MOVABLE);
  use(512, 0, UNMOVABLE);
  expect(owner.mixedBlocks(0)).toEqual(none);
  use(100, 0, UNMOVABLE);
  use(101, 0, UNMOVABLE);
  expect(owner.mixedBlocks(0)).toEqual([0, 1, 0, 0, 0, 0]);
  use(600, 0, MOVABLE);
  use(1100, 0, UNMOVABLE); // CMA counts as Movable
  use(1540, 0, MOVABLE);
  expect(owner.mixedBlocks(0)).toEqual([1, 2, 0, 0, 0, 0]);
  use(2048, 9, MOVABLE);
  expect(owner.mixedBlocks(1)).toEqual([0, 0, 1, 0, 0, 0]);
  expect(owner.mixedBlocks(0)).toEqual([1, 2, 0, 0, 0, 0]);
  owner.hooks!.freed(600, 0);
  expect(owner.mixedBlocks(0)).toEqual([0, 2, 0, 0, 0, 0]);
});

test('a block of the right type is jumped over, with whatever records lie inside', () => {
  const frames = blocks('Movable');
  const { owner } = boot('6.12', { frameView: frames });
  frames.use(0, 4);
  owner.hooks!.allocated(3, 0, UNMOVABLE);
  expect(owner.mixedBlocks(0)![1]).toBe(1);
  owner.hooks!.allocated(0, 1, MOVABLE);
  owner.hooks!.allocated(2, 1, MOVABLE);
  owner.hooks!.allocated(3, 0, UNMOVABLE);
  expect(owner.mixedBlocks(0)![1]).toBe(0);
});

test('early pages make a Movable block mixed: their mask is 0', () => {
  const frames = blocks('Movable', 'Unmovable', 'Movable');
  frames.use(1030, 0);
  frames.use(520, 0);
  expect(boot('6.12', { frameView: frames }).owner.mixedBlocks(0)).toEqual([0, 1, 0, 0, 0, 0]);
});

test('free blocks larger than a pageblock, holes and reserved frames are passed over', () => {
  const frames = blocks('Movable', 'Movable', 'Movable', 'Movable');
  const { owner } = boot('6.12', { frameView: frames });
  owner.hooks!.allocated(5, 0, UNMOVABLE);
  owner.hooks!.allocated(600, 0, UNMOVABLE);
  owner.hooks!.allocated(1200, 0, UNMOVABLE);
  owner.hooks!.allocated(1600, 0, UNMOVABLE);
  frames.free(0, 10);
  frames.state[1200] = -3;
  frames.state.fill(-4, 1536, 2048);
  expect(owner.mixedBlocks(0)).toEqual([0, 0, 0, 0, 0, 0]);
});
