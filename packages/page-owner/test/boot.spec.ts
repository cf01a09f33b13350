import { describe, expect, test } from '@jest/globals';
import { frameMapOf, PageExt } from '@page-owner/page-ext';
import { StackDepot } from '@page-owner/stackdepot';
import {
  OwnerRecord,
  PageOwner,
  parsePageOwnerParam,
  TRACKER_CHANGES,
  trackerRules,
} from '@page-owner/page-owner';
import { ABSENT, boot, Frames, RESERVED, symbols } from './machine.js';

describe('page_owner=', () => {
  test.each([
    ['on', true, true],
    ['off', false, false],
    ['onion', false, true],
    ['of', false, false],
    ['yes', false, true],
    ['Y', false, true],
    ['1foo', false, true],
    ['true', false, true],
    ['ON', false, true],
    ['0', false, false],
    ['no', false, false],
    ['False', false, false],
    ['o', false, 'EINVAL'],
    ['ok', false, 'EINVAL'],
    ['2', false, 'EINVAL'],
    ['', false, 'EINVAL'],
    [' on', false, 'EINVAL'],
    [null, 'EINVAL', 'EINVAL'],
  ])('%j', (value, in510, in612) => {
    expect(parsePageOwnerParam(value, '5.10')).toBe(in510);
    expect(parsePageOwnerParam(value, '6.12')).toBe(in612);
    expect(parsePageOwnerParam(value, '3.19')).toBe(in510);
    expect(parsePageOwnerParam(value, 'newest')).toBe(in612);
  });

  test('letters t and f are not known to 5.15', () => {
    expect(['t', 'f', 'y', 'n', 'on'].map((value) => parsePageOwnerParam(value, '5.15'))).toEqual([
      'EINVAL',
      'EINVAL',
      true,
      false,
      true,
    ]);
  });

  test('a bad value is logged and leaves it disabled', () => {
    for (const parameter of ['maybe', null]) {
      const { owner, log } = boot('6.12', { parameter });
      expect(log).toEqual(["Malformed early option 'page_owner'"]);
      expect(owner.enabled).toBe(false);
    }
  });
});

describe('disabled', () => {
  test.each([undefined, 'off'])('by %p: no hooks, no memory, no files', (parameter) => {
    const { owner, ext, log, stacks } = boot('6.12', { parameter });
    expect(owner.hooks).toBeNull();
    expect(owner.stacks).toBeNull();
    expect(ext.memoryUsage().tableBytes).toBe(0);
    expect(owner.lateInit()).toEqual([]);
    expect(log).toEqual(['page_owner is disabled']);
    expect(owner.dumpPage(3, symbols)).toBe('');
    expect(owner.mixedBlocks(0)).toBeNull();
    expect(owner.recordAt(3, new OwnerRecord())).toBe(false);
    expect(stacks.captures).toBe(0);
    expect(() => owner.open()).toThrow(new Error('page_owner of Linux 6.12 does not run'));
    expect(() => owner.image()).toThrow(new Error('page_owner of Linux 6.12 does not run'));
  });

  test('its init does nothing when another client brought page_ext to life', () => {
    const { owner } = boot('6.12', { parameter: undefined });
    const other = { name: 'other', size: 8, needSharedFlags: false, need: () => true };
    const frames = frameMapOf([{ node: 0, startPfn: 0, endPfn: 4096 }]);
    new PageExt({ clients: [owner.client, other], frames }).boot();
    expect(owner.hooks).toBeNull();
  });
});

test('files and their modes', () => {
  const files = (kernel: string): string[] =>
    boot(kernel)
      .owner.lateInit()
      .map(({ path, mode }) => `${mode.toString(8)} ${path}`);
  expect(files('6.1')).toEqual(['400 page_owner']);
  expect(files('6.12')).toEqual([
    '400 page_owner',
    '400 page_owner_stacks/show_stacks',
    '600 page_owner_stacks/count_threshold',
  ]);
  expect(files('6.19')[0]).toBe('400 page_owner');
  expect(files('newest')).toEqual([
    '600 page_owner',
    '400 page_owner_stacks/show_stacks',
    '400 page_owner_stacks/show_handles',
    '400 page_owner_stacks/show_stacks_handles',
    '600 page_owner_stacks/count_threshold',
  ]);
});

describe('early pages', () => {
  /** Two zones: 100 frames used and 24 reserved in DMA; holes, free blocks of several orders in DMA32. */
  const layout = (): Frames => {
    const frames = new Frames([
      ['DMA', 0, 0, 1024],
      ['DMA32', 0, 1024, 8192],
    ]);
    for (let pfn = 124; pfn < 1024; pfn++) frames.free(pfn, 0);
    frames.state.fill(RESERVED, 100, 124);
    frames.state.fill(ABSENT, 3072, 6144);
    frames.free(1024, 10);
    frames.free(2048, 9);
    frames.free(2560, 3);
    frames.free(6144, 10);
    frames.free(7168, 10);
    return frames;
  };
  const early = 512 - 8;

  test.each(['6.12', 'newest', '6.1', '5.10', '4.14'])('Linux %s marks and reports them', (kernel) => {
    const { owner, log, frames, depot } = boot(kernel, { frameView: layout() });
    expect(log.slice(-2)).toEqual([
      'Node 0, zone      DMA: page owner found early allocated 100 pages',
      `Node 0, zone    DMA32: page owner found early allocated ${early} pages`,
    ]);
    expect(frames.drained).toBe(kernel === '4.14' ? 1 : 0);
    const file = owner.open();
    let shown = 0;
    while (file.next()) {
      const { pfn, order, gfp, reason, handle, allocated } = file.record;
      expect([order, gfp, reason, handle, allocated]).toEqual([0, 0, -1, owner.image().handles.early, true]);
      expect(frames.state[pfn]).toBe(-2);
      shown++;
    }
    expect(shown).toBe(100 + early);
    expect(depot.print(file.record.handle, symbols)).toBe(
      ' register_early_stack+0x10/0x100\n function_1+0x10/0x100\n',
    );
    if (owner.rules.dump.allocated !== '') expect(file.record.ts).toBe(BigInt(100 + early));
  });

  test('are not counted, nor is their being freed', () => {
    const { owner, log } = boot('6.12', { frameView: layout() });
    const { dummy, failure } = owner.image().handles;
    expect([...owner.stacks!.handles()]).toEqual([dummy, failure]);
    log.length = 0;
    owner.hooks!.freed(0, 2);
    expect([...owner.stacks!.handles()].map((handle) => owner.stacks!.pagesOf(handle))).toEqual([0, 0]);
    expect(log).toEqual([]);
  });

  test.each(['3.19', '4.8'])('Linux %s captures a stack for each', (kernel) => {
    const { stacks, owner, log } = boot(kernel, { frameView: layout() });
    expect(stacks.captures).toBe(100 + early);
    expect(log.at(-1)).toContain(`${early} pages`);
    const file = owner.open();
    expect(file.next()).toBe(true);
    expect(file.record.depth).toBe(kernel === '3.19' ? 3 : 0);
    expect(stacks.asked).toEqual(kernel === '3.19' ? [8, 3] : [16, 2]);
  });

  test('are passed over where they have an owner, or no page_ext', () => {
    const frames = layout();
    const { owner, depot, stacks, clock, task } = boot('6.12', { frameView: frames });
    const log: string[] = [];
    const again = new PageOwner({
      ...{ kernel: '6.12', parameter: 'on', depot, stacks, clock, frames },
      current: { current: () => task },
      log: (line) => void log.push(line),
    });
    // Sections begin at multiples of 32768 frames: none of these has a table.
    const elsewhere = frameMapOf([{ node: 0, startPfn: 65536, endPfn: 65537 }]);
    new PageExt({ clients: [again.client], frames: elsewhere }).boot();
    expect(log).toEqual([
      'Node 0, zone      DMA: page owner found early allocated 0 pages',
      'Node 0, zone    DMA32: page owner found early allocated 0 pages',
    ]);
    expect(again.hooks).not.toBeNull();
    again.hooks!.allocated(5, 0, 0xcc0);
    again.hooks!.freed(5, 0);
    again.hooks!.split(5, 1, 0);
    again.hooks!.migrated(5, 6, 0, 0);
    expect(again.dumpPage(5, symbols)).toBe('There is not page extension available.\n');
    expect(owner.dumpPage(5, symbols)).toContain('tracks the page as allocated');
  });
});

test('the depot is off: records have no stack, so that a dump is empty', () => {
  const { owner, frames } = boot('6.12', { depotOff: true });
  frames.use(0, 0);
  owner.hooks!.allocated(0, 0, 0xcc0);
  const record = new OwnerRecord();
  owner.recordAt(0, record);
  expect([record.allocated, record.handle]).toEqual([true, 0]);
  expect(owner.open().next()).toBe(false);
  // A slip of 6.9 and later: without a stack of the free the frame stays marked as allocated.
  owner.hooks!.freed(0, 0);
  owner.recordAt(0, record);
  expect([record.allocated, record.freePid]).toEqual([true, 812]);
  expect(owner.dumpPage(0, symbols)).toContain('page_owner free stack trace missing');
  const older = boot('6.1', { depotOff: true }).owner;
  older.hooks!.allocated(0, 0, 0xcc0);
  older.hooks!.freed(0, 0);
  older.recordAt(0, record);
  expect(record.allocated).toBe(false);
});

describe('a tracker that cannot work is refused', () => {
  const { stacks, clock, task, frames } = boot('6.12');
  const base = { stacks, clock, current: { current: () => task }, frames, parameter: 'on' };
  test.each([
    [{ kernel: '6.12' }, new Error('page_owner of Linux 6.12 needs a stack depot')],
    [
      { kernel: '6.12', depot: StackDepot.create({ layout: '6.1' }) },
      new Error('page_owner of Linux 6.12 counts in a depot of 6.12, not of 6.1'),
    ],
    [{ kernel: '3.18' }, new RangeError('page_owner begins with Linux 3.19, got "3.18"')],
    [{ kernel: 'Linux' }, new TypeError('not a kernel release: "Linux"')],
  ])('%j', (options, error) => {
    expect(() => new PageOwner({ ...base, ...options })).toThrow(error);
  });
});

describe('rules', () => {
  test('memory per page is what the kernel takes', () => {
    const bytes = (kernel: string): number => boot(kernel).ext.entryBytes;
    expect(['3.19', '4.4', '4.8', '5.4', '5.11', '5.13', '6.1', '6.8', '6.12', 'newest'].map(bytes)).toEqual([
      104, 88, 24, 24, 40, 48, 64, 72, 72, 72,
    ]);
  });

  test('6.9 and its candidates differ', () => {
    expect(
      ['6.8.12', '6.9-rc1', '6.9', '6.12.117-amd64'].map((kernel) => trackerRules(kernel).counts),
    ).toEqual(['nothing', 'allocations', 'pages', 'pages']);
  });

  test('every change names its source and changes something', () => {
    TRACKER_CHANGES.slice(1).forEach(({ since, source, rules }, i) => {
      const before = TRACKER_CHANGES.slice(0, i + 1).reduce(
        (all, change) => ({ ...all, ...change.rules }),
        {},
      );
      expect({ since, ...before, ...rules }).not.toEqual({ since, ...before });
      expect(source).not.toBe('');
    });
  });
});
