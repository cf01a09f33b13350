/** What two kernels did in QEMU, a machine of 2 GiB each, seen through read(), lseek() and the files beside. */
import { describe, expect, test } from '@jest/globals';
import { textFormatter, type PageOwnerFile } from '@page-owner/page-owner';
import { boot, Frames, symbols } from './machine.js';

/** What the test does not name has no owner. */
const open = (kernel: string, pfns: readonly number[]): PageOwnerFile => {
  const frames = new Frames([
    ['DMA', 0, 0, 4096],
    ['DMA32', 0, 4096, 524288],
  ]);
  for (let pfn = 0; pfn < 524288; pfn += 1024) frames.free(pfn, 10);
  const { owner } = boot(kernel, { frameView: frames });
  for (const pfn of pfns) {
    frames.use(pfn - (pfn % 1024), 10);
    owner.hooks!.allocated(pfn, 0, 0x140cca);
  }
  return owner.open();
};

/** Offset sought, frames of the records that followed, file position after each. */
type Seen = readonly [kernel: string, offset: number, pfns: readonly number[], positions: readonly number[]];
const SEEN: readonly Seen[] = [
  ['6.12.117', 0, [0x1fe8, 0x1fee, 0x20c0], [8169, 8175, 8385]],
  ['6.12.117', 65536, [0x10000, 0x10001, 0x10002], [65537, 65538, 65539]],
  ['6.12.117', 262144, [0x7c000, 0x7c001, 0x7c002, 0x7c003], [507905, 507906, 507907, 507908]],
  ['6.1.192', 0, [6146, 6147, 6148], [6147, 6148, 6149]],
  ['6.1.192', 262144, [508928, 508929, 508930], [508929, 508930, 508931]],
];

test.each(SEEN)('Linux %s after lseek to %d', (kernel, offset, pfns, positions) => {
  const file = open(kernel, pfns);
  expect(file.seek(offset, 'SET')).toBe(offset);
  const seen = pfns.map(() => (file.next() ? [file.record.pfn, file.position] : []));
  expect(seen).toEqual(pfns.map((pfn, i) => [pfn, positions[i]]));
});

describe.each(['6.12.117', '6.1.192'])('Linux %s', (kernel) => {
  test('beyond the end: 0 bytes, the position stays', () => {
    const file = open(kernel, [0x7c000]);
    file.seek(99999999, 'SET');
    expect(file.read(new Uint8Array(65536), () => 1)).toBe(0);
    expect(file.position).toBe(99999999);
  });

  test('a record of 787 bytes: ENOMEM for 128 and 256, read in one for 4096 and 65536', () => {
    const format = textFormatter(() => 'x'.repeat(787));
    const returned = [128, 256, 4096, 65536].map((size) =>
      open(kernel, [0x7c000]).read(new Uint8Array(size), format),
    );
    expect(returned).toEqual(['ENOMEM', 'ENOMEM', 787, 787]);
  });
});

test('Linux 6.12.117 ended show_stacks with the dummy stack, and began count_threshold with 0', () => {
  const { owner, task, stacks } = boot('6.12.117');
  task.inPageOwner = true;
  for (let i = 0; i < 21; i++) owner.hooks!.allocated(i, 0, 0xcc0);
  task.inPageOwner = false;
  stacks.id = 3;
  owner.hooks!.allocated(100, 2, 0xcc0);
  const text = owner.stacks!.showStacks(symbols);
  expect(text.startsWith(' function_3+')).toBe(true);
  expect(
    text.endsWith(' register_dummy_stack+0x10/0x100\n function_1+0x10/0x100\nnr_base_pages: 21\n\n'),
  ).toBe(true);
  expect(owner.stacks!.readThreshold()).toBe('0');
});
