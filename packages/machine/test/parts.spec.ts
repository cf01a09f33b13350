/** Small parts: addresses, tasks, stacks, notes, the clock. */
import { describe, expect, test } from '@jest/globals';
import { bootMachine, type Machine } from '@page-owner/machine';

const boot = (): Machine => bootMachine({ memory: '32M', cmdline: 'page_owner=on' });

describe('frames', () => {
  test('print as they were given', () => {
    const { stacks } = boot();
    const frames = [
      'f+0x0/0x10',
      'f+0x10/0x10', // a call of what does not return
      'f+0x0/0x20', // another function of that name
      'f+0x0/0x10 [mod]',
      'g.isra.0.cold+0x5/0xffff',
      '0xffffffffa0001234',
    ];
    const words = new Uint32Array(2 * frames.length);
    stacks.current = stacks.intern(frames);
    expect(stacks.capture(words, frames.length)).toBe(frames.length);
    expect(frames.map((_, i) => stacks.text.symbolize(words[2 * i]!, words[2 * i + 1]!))).toEqual(frames);
    expect(new Set(frames.map((_, i) => words[2 * i])).size).toBe(frames.length);
    expect(stacks.intern([...frames])).toBe(stacks.current);
    expect(stacks.capture(words, 2)).toBe(2);
  });

  test.each([
    ['main', 'a frame is name+0xOFFSET/0xSIZE, with [module] behind it if it has one, got "main"'],
    ['f+0x11/0x10', 'the frame "f+0x11/0x10" lies beyond its function'],
    ['f+0x0/0x7fffffff', 'there is no room for more functions'],
  ])('%j is none', (frame, sentence) => {
    expect(() => boot().stack([frame])).toThrow(new RangeError(sentence));
  });
});

test('tasks: processes, threads, and ids that are used again', () => {
  const { tasks } = boot();
  const first = tasks.spawn('a');
  const thread = tasks.spawn('b', first);
  expect([first.pid, first.tgid, thread.pid, thread.tgid]).toEqual([3, 3, 4, 3]);
  // kcompactd0 and kswapd0 have two of the ids.
  for (let i = 5; i < 32768 - 2; i++) tasks.spawn('c');
  expect(() => tasks.spawn('d')).toThrow(new Error('all 32768 task ids are taken'));
  tasks.exit(thread);
  expect(() => tasks.spawn('d')).toThrow(); // ids below 300 are not given twice
});

test('runAs ends with who ran before, whatever happens', () => {
  const machine = boot();
  const before = machine.tasks.running;
  expect(() =>
    machine.runAs(machine.tasks.spawn('a'), () => {
      throw new Error('oops');
    }),
  ).toThrow('oops');
  expect(machine.tasks.running).toBe(before);
});

test('the clock goes on only', () => {
  const { clock } = boot();
  clock.advanceTo(2 ** 33 + 5);
  const words = new Uint32Array(2);
  clock.read(words);
  expect([...words]).toEqual([5, 2]);
  expect(() => clock.advance(-1)).toThrow(RangeError);
  expect(() => clock.advanceTo(2 ** 60)).toThrow(RangeError);
});

test('notes of equal content have one number', () => {
  const machine = boot();
  const memcg = { kind: 'charged', name: 'a', viaObjcg: true, offline: false } as const;
  expect(machine.note({ flags: 'lru', memcg })).toBe(machine.note({ flags: 'lru', memcg: { ...memcg } }));
  expect(machine.note({ flags: '0x1' })).not.toBe(machine.note({ flags: 1n }));
});

test('a page that is allocated again does not keep its note', () => {
  const machine = boot();
  const stack = machine.stack(['f+0x0/0x1']);
  const gfp = machine.gfp('GFP_KERNEL');
  const pfn = machine.alloc(gfp, 0, stack, machine.note({ flags: 'dirty' }));
  machine.free(pfn);
  expect(machine.alloc(gfp, 0, stack)).toBe(pfn);
  expect(machine.files.text('/sys/kernel/debug/page_owner')).not.toContain('dirty');
});

test('pages keep their note when a block is split or moved, and lose it when they are freed', () => {
  const machine = boot();
  const { notes, allocator } = machine;
  const note = machine.note({ flags: 'lru' });
  const pfn = machine.alloc(machine.gfp('GFP_HIGHUSER_MOVABLE'), 2, 0, note);
  allocator.splitPage(pfn, 2);
  expect([0, 1, 2, 3].map((page) => notes.at(pfn + page))).toEqual([note, note, note, note]);
  machine.free(pfn + 1);
  expect(notes.at(pfn + 1)).toBe(0);
  const moved: number[] = [];
  machine.mover = { move: (_, newPfn) => moved.push(newPfn) > 0 };
  expect(allocator.allocRange(pfn, pfn + 4, machine.gfp('GFP_KERNEL'))).toBe(true);
  expect(moved).toHaveLength(3);
  expect(moved.map((page) => notes.at(page))).toEqual([note, note, note]);
  expect([0, 1, 2, 3].map((page) => notes.at(pfn + page))).toEqual([0, 0, 0, 0]);
});

test('stack_depot_disable=on: no hash table, and no record has a stack, so that a dump is empty', () => {
  const cmdline = 'page_owner=on stack_depot_disable=on';
  const machine = bootMachine({ memory: '32M', cmdline });
  expect(machine.log).toContain('stackdepot: disabled\n');
  expect(machine.files.paths.filter((path) => path.includes('stackdepot'))).toEqual([]);
  machine.alloc(machine.gfp('GFP_KERNEL'));
  expect(machine.files.text('/sys/kernel/debug/page_owner')).toBe('');
  const reserved = (log: string): string => /\d+K reserved/.exec(log)![0];
  expect(reserved(machine.log)).toBe(reserved(bootMachine({ memory: '32M' }).log));
});

describe('the command line', () => {
  test.each([
    ['page_owner=on', true],
    ['page_owner=off page_owner=on', true],
    ['quiet "page_owner=on"', true],
    ['foo="a page_owner=on"', false],
    ['-- page_owner=on', false],
    ['page_owner', false],
    ['page_owner=on stack_depot_disable=on', true],
  ])('%s', (cmdline, runs) => {
    const machine = bootMachine({ memory: '32M', cmdline });
    expect(machine.owner.enabled).toBe(runs);
    expect(machine.files.text('/proc/cmdline')).toBe(`${cmdline}\n`);
  });

  test('early_page_ext: page_ext of 6.1 comes before task 1', () => {
    const early = bootMachine({ memory: '32M', kernel: '6.1', cmdline: 'page_owner=on early_page_ext' });
    expect(early.log.indexOf('page_ext\n')).toBeLessThan(early.log.indexOf('Memory: '));
    const late = bootMachine({
      memory: '32M',
      kernel: '6.12',
      cmdline: 'page_owner=on',
      deferredStructPages: true,
    });
    expect(late.log.indexOf('page_ext\n')).toBeGreaterThan(late.log.indexOf('Memory: '));
  });
});
