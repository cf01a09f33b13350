import { describe, expect, test } from '@jest/globals';
import { textFormatter, type PageOwnerFile } from '@page-owner/page-owner';
import { ABSENT, boot, Frames } from './machine.js';

const pfnsOf = (file: PageOwnerFile): number[] => {
  const pfns = [];
  while (file.next()) pfns.push(file.record.pfn);
  return pfns;
};

/** Memory from frame 100 to 8192 with a hole; nothing of it in use. */
const gappy = (): Frames => {
  const frames = new Frames([['DMA32', 0, 100, 8192]]);
  for (let pfn = 100; pfn < 1024; pfn++) frames.free(pfn, 0);
  for (let pfn = 1024; pfn < 8192; pfn += 1024) frames.free(pfn, 10);
  frames.state.fill(ABSENT, 2048, 4096);
  return frames;
};

describe('positions', () => {
  const used = [101, 200, 1030, 5000];
  const open = (kernel: string): PageOwnerFile => {
    const { owner, frames } = boot(kernel, { frameView: gappy() });
    for (const pfn of used) {
      frames.state.fill(-2, pfn - (pfn % 1024 === 0 ? 0 : 0), pfn + 1);
      owner.hooks!.allocated(pfn, 0, 0xcc0);
    }
    // The free blocks in front of them are no longer heads.
    for (const head of [1024, 4096]) {
      frames.state.fill(-1, head, head + 1024);
    }
    for (const pfn of used) frames.state[pfn] = -2;
    return owner.open();
  };

  test('6.1 and later: the frame number plus 1', () => {
    const file = open('6.1');
    const positions = [file.position];
    while (file.next()) positions.push(file.position);
    expect(positions).toEqual([0, 102, 201, 1031, 5001]);
    expect(file.next()).toBe(false);
    expect(file.position).toBe(5001);
  });

  test('up to 6.0: less the first frame of memory', () => {
    const file = open('5.15');
    const positions = [file.position];
    while (file.next()) positions.push(file.position);
    expect(positions).toEqual([0, 2, 101, 931, 4901]);
  });

  test('seeking', () => {
    const file = open('6.12');
    expect(file.seek(200, 'SET')).toBe(200);
    expect(pfnsOf(file)).toEqual([200, 1030, 5000]);
    expect(file.seek(201, 'SET')).toBe(201);
    expect(pfnsOf(file)).toEqual([1030, 5000]);
    expect(file.seek(0, 'SET')).toBe(0);
    expect(file.next()).toBe(true);
    expect(file.record.pfn).toBe(101);
    expect(file.seek(928, 'CUR')).toBe(1030);
    expect(pfnsOf(file)).toEqual([1030, 5000]);
    // In the hole, which is passed over in steps of one frame, then of 1024.
    expect(file.seek(2500, 'SET')).toBe(2500);
    expect(pfnsOf(file)).toEqual([5000]);
    expect(file.seek(99999999, 'SET')).toBe(99999999);
    expect(file.read(new Uint8Array(100), () => 1)).toBe(0);
    expect(file.position).toBe(99999999);
    expect(file.seek(0, 'END')).toBe('EINVAL');
    expect(file.seek(-5, 'SET')).toBe(-5);
    expect(file.read(new Uint8Array(100), () => 1)).toBe('EINVAL');
    expect(open('5.15').seek(0, 'SET')).toBe('ESPIPE');
  });

  test('each open file has its own', () => {
    const { owner, frames } = boot('6.12');
    frames.use(0, 10);
    owner.hooks!.allocated(0, 0, 0);
    const [one, two] = [owner.open(), owner.open()];
    expect(pfnsOf(one)).toEqual([0]);
    expect(pfnsOf(two)).toEqual([0]);
  });
});

describe('reading', () => {
  const format = textFormatter((record) => `PFN ${record.pfn}\n`.padEnd(100, '.'));
  const open = (kernel: string): PageOwnerFile => {
    const { owner, frames } = boot(kernel);
    frames.use(0, 10);
    for (const pfn of [3, 4, 5]) owner.hooks!.allocated(pfn, 0, 0xcc0);
    return owner.open();
  };

  test('one read, one record; 0 at the end', () => {
    const file = open('6.12');
    const into = new Uint8Array(65536);
    const read = (): string | number => {
      const bytes = file.read(into, format);
      return typeof bytes === 'string'
        ? bytes
        : new TextDecoder().decode(into.subarray(0, bytes)).slice(0, 5);
    };
    expect([read(), read(), read(), read(), read()]).toEqual(['PFN 3', 'PFN 4', 'PFN 5', '', '']);
  });

  test('a buffer must have room for the text and one byte more, or the record is lost', () => {
    const file = open('6.12');
    expect(file.read(new Uint8Array(100), format)).toBe('ENOMEM');
    expect(file.read(new Uint8Array(101), format)).toBe(100);
    expect(file.record.pfn).toBe(4);
    expect(file.read(new Uint8Array(0), format)).toBe('ENOMEM');
    expect(file.read(new Uint8Array(101), format)).toBe(0);
  });

  test('from 5.1 on no read returns more than 4095 bytes', () => {
    const long = textFormatter(() => new Uint8Array(4096));
    expect(open('6.12').read(new Uint8Array(65536), long)).toBe('ENOMEM');
    expect(open('4.14').read(new Uint8Array(65536), long)).toBe(4096);
    expect(
      open('6.12').read(
        new Uint8Array(65536),
        textFormatter(() => new Uint8Array(4095)),
      ),
    ).toBe(4095);
  });

  test('old kernels drain the per-cpu lists before each', () => {
    const { owner, frames } = boot('5.10');
    const before = frames.drained;
    pfnsOf(owner.open());
    expect(frames.drained).toBe(before + 1);
    const later = boot('6.1');
    pfnsOf(later.owner.open());
    expect(later.frames.drained).toBe(0);
  });
});

describe('what is passed over', () => {
  test('free blocks, whole: a record inside is not looked at', () => {
    for (const kernel of ['6.12', 'newest']) {
      const { owner, frames } = boot(kernel);
      frames.use(0, 10);
      for (const pfn of [0, 9, 512, 1023]) owner.hooks!.allocated(pfn, 0, 0xcc0);
      frames.state[8] = 9;
      // Read without the lock, an order may be stale: 8 + 512 frames are passed over, to the boundary at most.
      expect(pfnsOf(owner.open())).toEqual([0, 1023]);
      frames.state[8] = 12;
      expect(pfnsOf(owner.open())).toEqual([0, 9, 512, 1023]);
      frames.state[1000] = 10;
      frames.use(1024, 10);
      owner.hooks!.allocated(1500, 0, 0xcc0);
      expect(pfnsOf(owner.open()).includes(1500)).toBe(kernel === 'newest');
    }
  });

  test('tails, by the alignment of the frame and its own order', () => {
    const { owner, frames } = boot('6.12');
    frames.use(0, 10);
    owner.hooks!.allocated(16, 3, 0xcc0);
    expect(pfnsOf(owner.open())).toEqual([16]);
    // The head is no multiple of 2^order here, so that no frame of this block shows but the aligned one.
    owner.hooks!.allocated(36, 3, 0xcc0);
    expect(pfnsOf(owner.open())).toEqual([16, 40]);
  });

  test('freed pages, but not their records', () => {
    const { owner, frames } = boot('6.12');
    frames.use(0, 10);
    owner.hooks!.allocated(16, 0, 0xcc0);
    owner.hooks!.allocated(17, 0, 0xcc0);
    owner.hooks!.freed(16, 0);
    expect(pfnsOf(owner.open())).toEqual([17]);
  });

  test('before 5.4 only heads have a record, whatever their alignment', () => {
    const { owner, frames } = boot('4.14');
    frames.use(0, 10);
    owner.hooks!.allocated(36, 3, 0xcc0);
    expect(pfnsOf(owner.open())).toEqual([36]);
  });
});
