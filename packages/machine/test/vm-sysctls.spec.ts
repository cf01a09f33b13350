/** Writing to /proc/sys/vm. */
import { describe, expect, test } from '@jest/globals';
import { NO_PAGE } from '@page-owner/buddy-allocator';
import { bootMachine, runWorkload, type Machine } from '@page-owner/machine';

const DROP = '/proc/sys/vm/drop_caches';
const COMPACT = '/proc/sys/vm/compact_memory';

const counter = ({ files }: Machine, name: string): number =>
  Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(files.text('/proc/vmstat'))![1]);

function busy(): Machine {
  const machine = bootMachine({ memory: '128M', cmdline: 'page_owner=on' });
  runWorkload(machine, ['page-cache', 'slab'], { seed: 3, seconds: 2 });
  return machine;
}

describe('drop_caches', () => {
  test('1 frees clean page cache, 2 slabs that can be reclaimed, 3 both; dirty pages stay', () => {
    const machine = busy();
    const [slab, dirty] = [counter(machine, 'nr_slab_reclaimable'), counter(machine, 'nr_dirty')];
    const scanned = counter(machine, 'slabs_scanned');
    expect(machine.files.write(DROP, '1\n')).toBe(2);
    // What the file system keeps for itself is in use.
    expect(counter(machine, 'nr_inactive_file')).toBe(dirty);
    expect([counter(machine, 'nr_slab_reclaimable'), counter(machine, 'nr_dirty')]).toEqual([slab, dirty]);
    expect(machine.files.write(DROP, '2')).toBe(1);
    expect(counter(machine, 'nr_slab_reclaimable')).toBeLessThan(slab / 4);
    expect(counter(machine, 'slabs_scanned')).toBeGreaterThan(scanned);
    expect([counter(machine, 'drop_pagecache'), counter(machine, 'drop_slab')]).toEqual([1, 1]);
    machine.files.write(DROP, '3');
    expect([counter(machine, 'drop_pagecache'), counter(machine, 'drop_slab')]).toEqual([2, 2]);
    expect(machine.allocator.check()).toEqual([]);
  });

  test('says who did it, until 4 has been written', () => {
    const machine = bootMachine({ memory: '64M' });
    const lines = (): string[] => machine.log.split('\n').filter((line) => line.includes('drop_caches'));
    const shell = machine.tasks.spawn('bash\x1b[2J');
    machine.runAs(shell, () => machine.files.write(DROP, '3'));
    expect(lines()[0]).toMatch(new RegExp(`\\] bash\\\\x1b\\[2J \\(${shell.pid}\\): drop_caches: 3$`));
    machine.files.write(DROP, '4');
    machine.files.write(DROP, '1');
    expect(lines()).toHaveLength(2);
  });

  test('takes nothing but 1 to 4, and cannot be read since 5.5', () => {
    const machine = bootMachine({ memory: '64M' });
    for (const text of ['0', '5', '-1', '+1', 'x', '1x', '1,1', '08', '0x', ' ', `${'0'.repeat(20)}1`])
      expect([text, machine.files.open(DROP).write(text)]).toEqual([text, 'EINVAL']);
    expect(machine.files.write(DROP, '')).toBe(0);
    expect(machine.files.open(DROP).read(new Uint8Array(8))).toBe('EACCES');
    expect(machine.files.mode(DROP)).toBe(0o200);
    expect(machine.files.paths.filter((path) => !machine.files.readable.includes(path))).toEqual([
      DROP,
      COMPACT,
    ]);
    const old = bootMachine({ memory: '64M', kernel: '4.19' });
    old.files.write(DROP, '2');
    expect(old.files.text(DROP)).toBe('2\n');
    expect(counter(machine, 'drop_pagecache') + counter(machine, 'drop_slab')).toBe(0);
  });
});

test('of two numbers the first is taken, and no more counts as written; what follows drops again', () => {
  const machine = bootMachine({ memory: '64M' });
  const dropped = (): number[] => ['drop_pagecache', 'drop_slab'].map((name) => counter(machine, name));
  const file = machine.files.open(DROP);
  expect(file.write(' 1 \t1\n')).toBe(4);
  expect(dropped()).toEqual([1, 0]);
  // As a shell does that has more to write. Away from the beginning of the file no number is read, and all is taken.
  expect(file.write('2\n')).toBe(2);
  expect(dropped()).toEqual([2, 0]);
  expect(file.seek(0, 'SET')).toBe(0);
  expect(file.write('2\n')).toBe(2);
  expect(dropped()).toEqual([2, 1]);
  expect(['0x3', '03', '3\r'].map((text) => machine.files.open(DROP).write(text))).toEqual([3, 2, 'EINVAL']);
  expect(dropped()).toEqual([4, 3]);
});

test('compact_memory compacts all zones', () => {
  const machine = bootMachine({ memory: '64M' });
  const gfp = machine.gfp('GFP_HIGHUSER_MOVABLE');
  const pages = Array.from({ length: 8000 }, () => machine.alloc(gfp));
  expect(pages).not.toContain(NO_PAGE);
  for (const [i, pfn] of pages.entries()) if (i % 2) machine.free(pfn);
  machine.mover = { move: () => true };
  expect(() => machine.files.write(COMPACT, '2')).toThrow(`cannot write ${COMPACT}: EINVAL`);
  expect(counter(machine, 'pgmigrate_success')).toBe(0);
  expect(machine.files.write(COMPACT, '1\n')).toBe(2);
  expect(counter(machine, 'pgmigrate_success')).toBeGreaterThan(500);
  const before = bootMachine({ memory: '64M', kernel: '6.1' });
  expect(['2', 'now\n'].map((text) => before.files.write(COMPACT, text))).toEqual([1, 4]);
});
