import { describe, expect, test } from '@jest/globals';
import { frameMapOf, PageExt } from '@page-owner/page-ext';
import { OwnerRecord, PageOwner, Task, type CurrentTask, type PageHooks } from '@page-owner/page-owner';
import { boot, Frames, symbols, type Bench } from './machine.js';

const recordOf = ({ owner }: Bench, pfn: number): OwnerRecord => {
  const record = new OwnerRecord();
  owner.recordAt(pfn, record);
  return record;
};
const topOf = ({ depot }: Bench, handle: number): string =>
  depot.print(handle, symbols).split('+')[0]!.trim();

describe('recursion', () => {
  /** A depot whose pools are allocated from the machine itself: each allocation wants to save a stack in turn. */
  const nested = (kernel: string): { bench: Bench; pools: number[] } => {
    const pools: number[] = [];
    let bench: Bench | undefined = undefined as Bench | undefined;
    const made = boot(kernel, {
      pools: {
        take(gfp) {
          const pfn = 2048 + 4 * pools.length;
          pools.push(pfn);
          if (bench === undefined) return true;
          const { id } = bench.stacks;
          bench.stacks.id = 2000;
          bench.frames.use(pfn, 2);
          bench.owner.hooks?.allocated(pfn, 2, gfp);
          bench.stacks.id = id;
          return true;
        },
        giveBack() {},
      },
    });
    bench = made;
    return { bench, pools };
  };

  test.each(['4.14', '5.10', '6.1', '6.12', 'newest'])('Linux %s gives the dummy stack', (kernel) => {
    const { bench, pools } = nested(kernel);
    const atBoot = pools.length;
    const { owner, stacks, depot } = bench;
    const { dummy } = owner.image().handles;
    for (let id = 0; id < 1000; id++) {
      stacks.id = id;
      owner.hooks!.allocated(id, 0, 0xcc0);
      expect(topOf(bench, recordOf(bench, id).handle)).toBe(`function_${id}`);
    }
    const during = pools.slice(atBoot);
    expect(during.length).toBeGreaterThan(1);
    for (const pfn of during) expect(recordOf(bench, pfn).handle).toBe(dummy);
    expect([...depot.handles()].map((handle) => topOf(bench, handle))).not.toContain('function_2000');
    if (owner.stacks !== null) expect(owner.stacks.pagesOf(dummy)).toBe(4 * during.length);
    expect(bench.task.inPageOwner).toBe(false);
  });

  test('a stack source that fails is asked again for the next page', () => {
    const bench = boot('6.12');
    const { owner, stacks } = bench;
    const { capture } = stacks;
    stacks.id = 7;
    stacks.capture = () => {
      throw new Error('no stack');
    };
    expect(() => owner.hooks!.allocated(1, 0, 0xcc0)).toThrow('no stack');
    stacks.capture = capture;
    owner.hooks!.allocated(2, 0, 0xcc0);
    expect(topOf(bench, recordOf(bench, 2).handle)).toBe('function_7');
  });

  test('the time of an allocation is not that of the one nested in it', () => {
    const { bench, pools } = nested('6.12');
    const wanted = pools.length + 1;
    for (let pfn = 0; pools.length < wanted; pfn++) {
      bench.stacks.id = pfn;
      const before = bench.clock.now;
      bench.owner.hooks!.allocated(pfn, 0, 0xcc0);
      expect(recordOf(bench, pfn).ts).toBe(before + 1n);
    }
    expect(recordOf(bench, pools.at(-1)!).ts).toBe(bench.clock.now);
  });

  test('is a matter of the task: another one saves its stack', () => {
    const { owner, task, stacks } = boot('6.12');
    task.inPageOwner = true;
    owner.hooks!.allocated(0, 0, 0xcc0);
    expect(stacks.captures).toBe(0);
    task.inPageOwner = false;
    owner.hooks!.allocated(0, 0, 0xcc0);
    expect(stacks.captures).toBe(1);
  });
});

test('a full depot gives the failure stack, and known stacks still their own', () => {
  const bench = boot('6.12', { pools: { take: () => false, giveBack() {} }, depotOff: false });
  // Without a pool not even the tracker's own stacks could be saved.
  expect(bench.owner.image().handles).toEqual({ dummy: 0, failure: 0, early: 0 });

  let pools = 1;
  const full = boot('6.12', { pools: { take: () => pools-- > 0, giveBack() {} } });
  const { owner, stacks, log } = full;
  const handles: number[] = [];
  for (let id = 0; id < 400; id++) {
    stacks.id = id;
    owner.hooks!.allocated(id, 0, 0xcc0);
    handles.push(recordOf(full, id).handle);
  }
  const { failure } = owner.image().handles;
  const failed = handles.filter((handle) => handle === failure).length;
  expect(failed).toBeGreaterThan(50);
  expect(owner.stacks!.pagesOf(failure)).toBe(failed);
  stacks.id = 0;
  owner.hooks!.allocated(1000, 0, 0xcc0);
  expect(recordOf(full, 1000).handle).toBe(handles[0]);
  expect(log.filter((line) => line.includes('stack_record'))).toEqual([]);
});

test('ready-made stacks are captured once each', () => {
  const { owner, stacks, frames, depot } = boot('6.12');
  const numbered = Object.assign(stacks, { readyMade: () => (stacks.id < 2000 ? stacks.id : -1) });
  frames.use(0, 10);
  const ids = [5, 1500, 5, 1500, 7, 2000, 2000, 5];
  ids.forEach((id, pfn) => {
    numbered.id = id;
    owner.hooks!.allocated(pfn, 0, 0xcc0);
  });
  expect(stacks.captures).toBe(5); // 5, 1500 and 7, and 2000 twice
  const file = owner.open();
  for (const id of ids) {
    expect(file.next()).toBe(true);
    expect(depot.print(file.record.handle, symbols)).toMatch(new RegExp(`^ function_${id}\\+`));
  }
  expect([...owner.stacks!.handles()].map((handle) => owner.stacks!.pagesOf(handle))).toEqual([
    2, 1, 2, 3, 0, 0,
  ]);
});

describe('times', () => {
  test.each([
    ['6.1', [2n, 3n, 4n, 5n]],
    ['6.12', [1n, 1n, 1n, 1n]],
  ])('Linux %s: %p in the frames of one block', (kernel, times) => {
    const bench = boot(kernel);
    bench.owner.hooks!.allocated(8, 2, 0xcc0);
    expect([8, 9, 10, 11].map((pfn) => recordOf(bench, pfn).ts)).toEqual(times);
  });

  test('keep all 64 bits', () => {
    const bench = boot('6.12');
    bench.clock.now = 2n ** 64n - 3n;
    bench.owner.hooks!.allocated(8, 0, 0xcc0);
    bench.owner.hooks!.freed(8, 0);
    const { ts, freeTs } = recordOf(bench, 8);
    expect([ts, freeTs]).toEqual([2n ** 64n - 2n, 2n ** 64n - 1n]);
  });
});

describe('migration', () => {
  const migrate = (kernel: string): Bench => {
    const bench = boot(kernel);
    const { owner, stacks, task } = bench;
    stacks.id = 1;
    owner.hooks!.allocated(16, 2, 0xdca);
    owner.hooks!.freed(16, 2);
    owner.hooks!.allocated(16, 2, 0x140cca);
    stacks.id = 2;
    task.pid = task.tgid = 1;
    task.rename('kcompactd0');
    owner.hooks!.allocated(32, 2, 0xcc0);
    owner.hooks!.migrated(32, 16, 2, 8);
    return bench;
  };

  test.each(['4.14', '6.1', '6.9-rc1', '6.12', 'newest'])(
    'Linux %s: the new page has the old owner',
    (kernel) => {
      const bench = migrate(kernel);
      const { order, gfp, reason, pid, handle, commText } = recordOf(bench, 32);
      expect([order, gfp, reason, topOf(bench, handle)]).toEqual([2, 0x140cca, 8, 'function_1']);
      if (kernel !== '4.14') expect([pid, commText]).toEqual([812, 'dd']);
      expect(recordOf(bench, 33).reason).toBe(kernel === '4.14' ? 0 : -1);
    },
  );

  test('before 6.9 only the head moves, and its free time is a slip', () => {
    for (const kernel of ['6.1', '6.9-rc1']) {
      const bench = migrate(kernel);
      const [head, tail, old] = [32, 33, 16].map((pfn) => recordOf(bench, pfn)) as [
        OwnerRecord,
        OwnerRecord,
        OwnerRecord,
      ];
      expect(topOf(bench, tail.handle)).toBe('function_2');
      expect(head.freeTs).toBe(old.ts);
      expect(topOf(bench, old.handle)).toBe('function_1');
    }
  });

  test('from 6.9 on the block moves, handles are swapped, free times are copied', () => {
    for (const kernel of ['6.12', 'newest']) {
      const bench = migrate(kernel);
      const { owner, stacks } = bench;
      for (let i = 0; i < 4; i++) {
        const [now, old] = [recordOf(bench, 32 + i), recordOf(bench, 16 + i)];
        expect([topOf(bench, now.handle), topOf(bench, old.handle)]).toEqual(['function_1', 'function_2']);
        expect([now.freeTs, now.freeHandle]).toEqual([old.freeTs, 0]);
        expect([now.freePid, now.freeTgid]).toEqual(kernel === 'newest' ? [812, 810] : [1, 1]);
      }
      stacks.id = 3;
      owner.hooks!.freed(16, 2);
      expect(owner.stacks!.showStacks(symbols)).toBe(
        ' function_1+0x10/0x100\n function_1+0x10/0x100\n function_2+0x10/0x100\nnr_base_pages: 4\n\n',
      );
    }
  });

  test('6.9-rc1 loses the count to the wrong stack', () => {
    const bench = migrate('6.9-rc1');
    bench.owner.hooks!.freed(16, 2);
    expect(bench.owner.stacks!.showStacks(symbols)).toContain(
      'function_2+0x10/0x100\n function_1+0x10/0x100',
    );
    expect(bench.owner.stacks!.showStacks(symbols)).toMatch(/stack_count: 1\n\n$/);
  });

  test('before 4.6 nothing is copied', () => {
    const bench = migrate('4.4');
    const { gfp, reason } = recordOf(bench, 32);
    expect([gfp, reason]).toEqual([0xcc0, -1]);
  });
});

describe('splitting', () => {
  test.each([
    ['3.19', [0, 0, 0], 3],
    ['4.4', [0xcc0, 0xcc0, 0xcc0], 3],
    ['4.14', [0xcc0, 0xcc0, 0xcc0], 0],
    ['6.12', [0xcc0, 0xcc0, 0xcc0], 0],
  ])('Linux %s: masks %p, and the stacks of %d captures more', (kernel, masks, captures) => {
    const bench = boot(kernel);
    bench.frames.use(0, 10);
    bench.owner.hooks!.allocated(4, 2, 0xcc0);
    const before = bench.stacks.captures;
    bench.owner.hooks!.split(4, 2, 0);
    expect(bench.stacks.captures - before).toBe(captures === 0 ? 0 : captures + 1);
    expect([5, 6, 7].map((pfn) => recordOf(bench, pfn).gfp)).toEqual(masks);
    expect([4, 5, 6, 7].map((pfn) => recordOf(bench, pfn).order)).toEqual([0, 0, 0, 0]);
    const file = bench.owner.open();
    const shown = [];
    while (file.next()) shown.push(file.record.pfn);
    expect(shown).toEqual([4, 5, 6, 7]);
  });

  test('a large folio goes to a higher order than 0', () => {
    const bench = boot('6.12');
    bench.frames.use(0, 10);
    bench.owner.hooks!.allocated(512, 9, 0x140cca);
    bench.owner.hooks!.split(512, 9, 7);
    const file = bench.owner.open();
    const shown = [];
    while (file.next()) shown.push([file.record.pfn, file.record.order]);
    expect(shown).toEqual([
      [512, 7],
      [640, 7],
      [768, 7],
      [896, 7],
    ]);
  });
});

test('a block that crosses into the next section is recorded as a whole', () => {
  const frames = new Frames([['Normal', 0, 32768 - 1024, 32768 + 1024]]);
  for (let pfn = 32768 - 1024; pfn < 32768 + 1024; pfn += 1024) frames.free(pfn, 10);
  const { owner, depot, stacks, clock, task } = boot('6.12');
  const tracker = new PageOwner({
    ...{ kernel: '6.12', parameter: 'on', depot, stacks, clock, frames },
    current: { current: () => task },
  });
  const ext = new PageExt({
    clients: [tracker.client],
    frames: frameMapOf([{ node: 0, startPfn: 0, endPfn: 65536 }]),
  });
  ext.boot();
  expect(owner.hooks).not.toBe(tracker.hooks);
  tracker.hooks!.allocated(32766, 2, 0xcc0);
  tracker.hooks!.allocated(32760, 4, 0xcc0);
  tracker.hooks!.migrated(32766, 32760, 4, 1);
  tracker.hooks!.split(32766, 4, 1);
  const record = new OwnerRecord();
  for (let pfn = 32766; pfn < 32782; pfn++) {
    tracker.recordAt(pfn, record);
    expect([record.order, record.allocated, record.pid]).toEqual([1, true, 812]);
  }
  tracker.hooks!.freed(32766, 4);
  tracker.recordAt(32781, record);
  expect(record.allocated).toBe(false);
});

describe('surroundings that throw', () => {
  const fail = (): never => {
    throw new Error('not now');
  };
  /** Who is asked while a page is recorded. */
  const asked: [string, (bench: Bench, current: CurrentTask) => void][] = [
    ['the stack', ({ stacks }) => (stacks.capture = fail)],
    ['a ready-made stack', ({ stacks }) => Object.assign(stacks, { readyMade: fail })],
    ['the clock', ({ clock }) => (clock.read = fail)],
    ['the task', (_, current) => (current.current = fail)],
  ];
  const deeds: ((hooks: PageHooks) => void)[] = [
    (hooks) => hooks.allocated(8, 2, 0xcc0),
    (hooks) => hooks.freed(8, 2),
    (hooks) => hooks.split(8, 2, 0),
    (hooks) => hooks.migrated(16, 8, 2, 0),
  ];

  for (const kernel of ['3.19', '4.4', '4.14', '5.10', '6.1', '6.12', 'newest']) {
    test.each(asked)(`Linux ${kernel}, %s: no table is held`, (_, damage) => {
      const task = new Task(1, 1, 'swapper/0');
      const current = { current: () => task };
      const bench = boot(kernel, { current });
      const { owner, ext } = bench;
      owner.hooks!.allocated(8, 2, 0xcc0);
      damage(bench, current);
      for (const deed of deeds) {
        try {
          deed(owner.hooks!);
        } catch (error) {
          expect(error).toEqual(new Error('not now'));
        }
      }
      expect(task.inPageOwner).toBe(false);
      expect(ext.offline(0, 4096)).toBe(0);
      expect(ext.memoryUsage().tables).toBe(0);
    });
  }

  test('the clock, in the second frame of a block', () => {
    const bench = boot('6.1');
    const { read } = bench.clock;
    let reads = 0;
    bench.clock.read = (into) => (++reads > 2 ? fail() : read.call(bench.clock, into));
    expect(() => bench.owner.hooks!.allocated(8, 2, 0xcc0)).toThrow('not now');
    expect(bench.ext.offline(0, 4096)).toBe(0);
  });

  test('who allocates the list of stacks', () => {
    let fails = false;
    const bench = boot('6.12', { allocateNode: () => (fails ? fail() : true) });
    bench.stacks.id = 1;
    fails = true;
    expect(() => bench.owner.hooks!.allocated(8, 0, 0xcc0)).toThrow('not now');
    expect(bench.task.inPageOwner).toBe(false);
    expect(bench.ext.offline(0, 4096)).toBe(0);
  });

  test('who tells frames apart, in a walk', () => {
    const bench = boot('6.12');
    bench.frames.use(0, 10);
    bench.owner.hooks!.allocated(8, 0, 0xcc0);
    bench.frames.buddyOrder = (pfn) => (pfn > 6 ? fail() : -1);
    expect(() => bench.owner.open().next()).toThrow('not now');
    expect(() => bench.owner.mixedBlocks(0)).toThrow('not now');
    expect(bench.ext.offline(0, 4096)).toBe(0);
  });
});

test('names of tasks: 15 bytes, any of them', () => {
  const bench = boot('6.12');
  const names: [string | Uint8Array, string][] = [
    ['kworker/u8:1-flush', 'kworker/u8:1-fl'],
    ['', ''],
    ['a), ts 5 ns', 'a), ts 5 ns'],
    ['x\ny', 'x\ny'],
    [Uint8Array.of(0x61, 0xff, 0x62, 0, 0x63), 'a\ufffdb'],
    ['ütfüns', 'ütfüns'],
  ];
  for (const [name, text] of names) {
    bench.task.rename(name);
    bench.owner.hooks!.allocated(3, 0, 0);
    const record = recordOf(bench, 3);
    expect(record.commText).toBe(text);
    expect(record.comm[15]).toBe(0);
  }
  expect(new Task(1, 1, 'swapper/0').comm.length).toBe(16);
  bench.task.rename(Uint8Array.of(0x61, 0xff, 0x62, 0, 0x63));
  bench.owner.hooks!.allocated(3, 0, 0);
  expect([...recordOf(bench, 3).comm.subarray(0, 4)]).toEqual([0x61, 0xff, 0x62, 0]);
});

test('orders and reasons at the ends of their fields', () => {
  const bench = boot('6.12');
  bench.owner.hooks!.allocated(0, 10, 0xffffffff);
  bench.owner.hooks!.split(0, 10, 0xffff);
  bench.owner.hooks!.migrated(0, 5, 0, 32767);
  expect([recordOf(bench, 7).order, recordOf(bench, 7).gfp]).toEqual([0xffff, 0xffffffff]);
});

test('3.19 keeps eight frames in page_ext', () => {
  const bench = boot('3.19');
  bench.stacks.depth = 12;
  bench.stacks.id = 5;
  bench.owner.hooks!.allocated(2, 1, 0xd0);
  const { depth, frames, handle, owned, allocated } = recordOf(bench, 2);
  expect([depth, handle, owned, allocated]).toEqual([8, 0, true, true]);
  expect([...frames.subarray(0, 4)]).toEqual([0x81000510, 0xffffffff, 0x81000110, 0xffffffff]);
  expect(recordOf(bench, 3).owned).toBe(false);
  bench.owner.hooks!.freed(2, 1);
  expect(recordOf(bench, 2).owned).toBe(false);
});
