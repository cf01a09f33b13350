/** DirectMap in /proc/meminfo, beside what real boots said. */
import { describe, expect, test } from '@jest/globals';
import { bootMachine, type MachineOptions } from '@page-owner/machine';

const GIB_KB = 2 ** 20;

function kilobytes(options: Partial<MachineOptions>): number[] {
  const { files } = bootMachine({ memory: '2G', cpus: 2, image: true, ...options });
  return [...files.text('/proc/meminfo').matchAll(/^DirectMap\w+: +(\d+) kB$/gm)].map(([, kb]) => Number(kb));
}

describe('as in QEMU', () => {
  test.each([
    ['6.12', '512M', [14184, 509952, 0]],
    ['6.12', '1G', [14184, 1034240, 0]],
    ['6.12', '2G', [14184, 2082816, 0]],
    ['6.12', '0x1000-0x9efff,0x100000-0xbffd9fff', [14184, 2082816, GIB_KB]],
    ['6.12', '4G', [14184, 2082816, 4 * GIB_KB]],
    ['6.1', '512M', [18280, 505856, 0]],
    ['6.1', '1G', [18280, 1030144, 0]],
    ['6.1', '2G', [18280, 2078720, 0]],
    ['6.1', '4G', [18280, 2078720, 4 * GIB_KB]],
  ])('Linux %s, %s', (kernel, memory, kb) => {
    expect(kilobytes({ kernel, memory })).toEqual(kb);
    expect(kilobytes({ kernel, memory, cmdline: 'page_owner=on' })).toEqual(kb);
  });
});

test('all memory is mapped: once with small pages, more often where steps meet in a page of 1 GiB', () => {
  for (const memory of ['64M', '1.5G', '3G', '64G', '1G+1G']) {
    for (const image of [false, true]) {
      const machine = bootMachine({ memory, image });
      const end = Math.max(...machine.allocator.zones().map(({ startPfn, spanned }) => startPfn + spanned));
      const { pages4k, pages2m, pages1g } = machine.directMap;
      if (pages1g === 0) expect(pages4k + pages2m).toBe(end);
      else expect(pages4k + pages2m + pages1g).toBeGreaterThan(machine.allocator.freePageCount);
    }
  }
});

test('without pages of 1 GiB, and with memory that is plugged in', () => {
  const [small, large, huge] = kilobytes({ memory: '4G', cmdline: 'nogbpages' });
  expect([small, huge]).toEqual([14184, 0]);
  // Up to the hole below 4 GiB, and the GiB above it.
  expect(small! + large!).toBe(0xbffda * 4 + GIB_KB);
  const machine = bootMachine({ memory: '2G', maxPfn: 2 ** 20 });
  const before = /DirectMap2M: +(\d+)/.exec(machine.files.text('/proc/meminfo'))![1];
  machine.addMemory(2 ** 19, 2);
  const after = /DirectMap2M: +(\d+)/.exec(machine.files.text('/proc/meminfo'))![1];
  expect(Number(after) - Number(before)).toBe(256 << 10);
});
