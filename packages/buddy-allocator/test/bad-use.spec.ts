import { describe, expect, test } from '@jest/globals';
import { H_KERNEL, H_SPANS } from '../src/layout/header-layout.js';
import {
  attachAllocator,
  createAllocator,
  type AllocatorOptions,
  type PageAllocator,
} from '@page-owner/buddy-allocator';

/** Expects an error, and that not one byte of the allocator changed. */
function refused(a: PageAllocator, act: () => unknown, message: string | RegExp): void {
  const before = new Uint8Array(a.buffer.slice(0));
  expect(act).toThrow(message);
  expect(Buffer.compare(before, new Uint8Array(a.buffer))).toBe(0);
}

for (const cpus of [0, 1]) {
  describe(`bad use is an error that changes nothing (${cpus} cpus)`, () => {
    const make = (): PageAllocator =>
      createAllocator({ pages: 4000, cpus, reserved: [{ start: 3000, end: 3001 }] });

    test('double free', () => {
      const a = make();
      const pfn = a.allocPages(0, 2);
      a.freePages(pfn, 2);
      refused(a, () => a.freePages(pfn, 2), `cannot free pfn ${pfn} order 2: double free`);
    });

    test('double free of a block that has merged since', () => {
      const a = createAllocator({ pages: 2048, cpus: 0 });
      const [first, second] = [a.allocPages(0), a.allocPages(0)];
      a.freePages(first!);
      a.freePages(second!);
      refused(
        a,
        () => a.freePages(second!),
        /pfn 1 order 0: double free, it is inside the order 10 block at pfn 0/,
      );
    });

    test('a tail', () => {
      const a = make();
      const pfn = a.allocPages(0, 3);
      refused(
        a,
        () => a.freePages(pfn + 5, 0),
        `cannot free pfn ${pfn + 5} order 0: it is inside the order 3 block at pfn ${pfn}`,
      );
    });

    test('a wrong order', () => {
      const a = make();
      const pfn = a.allocPages(0, 1);
      refused(
        a,
        () => a.freePages(pfn, 0),
        `cannot free pfn ${pfn} order 0: it was allocated with order 1, not 0`,
      );
      refused(
        a,
        () => a.freePages(pfn, 2),
        `cannot free pfn ${pfn} order 2: it was allocated with order 1, not 2`,
      );
    });

    test('orders that do not exist', () => {
      const a = make();
      for (const order of [11, -1, 0.5, Number.NaN, 2 ** 32]) {
        refused(a, () => a.allocPages(0, order), `order must be an integer from 0 to 10, got ${order}`);
        refused(
          a,
          () => a.freePages(0, order),
          `order of pfn 0 must be an integer from 0 to 10, got ${order}`,
        );
      }
    });

    test('illegal masks', () => {
      const a = make();
      refused(
        a,
        () => a.allocPages(0x18, 1),
        'illegal gfp mask 0x18 (order 1): it asks both movable and reclaimable',
      );
      refused(
        a,
        () => a.allocPages(0x5, 0),
        'illegal gfp mask 0x5 (order 0): it asks for more than one zone',
      );
      refused(a, () => a.allocPages(-1, 0), 'a gfp mask is an unsigned 32-bit integer, got -1 (order 0)');
      refused(a, () => a.allocPages(1.5, 3), 'a gfp mask is an unsigned 32-bit integer, got 1.5 (order 3)');
    });

    test('frames that are no memory, reserved, or nowhere', () => {
      const a = make();
      refused(a, () => a.freePages(4050), 'cannot free pfn 4050 order 0: there is no memory');
      refused(a, () => a.freePages(3000), 'cannot free pfn 3000 order 0: the frame is reserved');
      refused(a, () => a.freePages(1e9), 'cannot free pfn 1000000000 order 0: frames run from 0 to 4095');
      refused(a, () => a.freePages(-1), 'cannot free pfn -1 order 0: frames run from 0 to 4095');
      refused(a, () => a.freePages(0.5), 'cannot free pfn 0.5 order 0: frames run from 0 to 4095');
    });

    test('a batch with one bad block frees none', () => {
      const a = make();
      const pfns = [a.allocPages(0), a.allocPages(0, 3), a.allocPages(0)];
      refused(
        a,
        () => a.freeBatch([...pfns, pfns[1]!]),
        `cannot free pfn ${pfns[1]} order 3: it occurs twice in the batch`,
      );
      refused(a, () => a.freeBatch([pfns[0]!, 3000]), 'cannot free pfn 3000 order 0: the frame is reserved');
      a.freeBatch(pfns);
      expect(a.check()).toEqual([]);
    });

    test('splitting what cannot be split', () => {
      const a = make();
      const compound = a.allocPages(0x40000, 2);
      const plain = a.allocPages(0, 2);
      refused(a, () => a.splitPage(compound, 2), `cannot split pfn ${compound} order 2: it is compound`);
      refused(a, () => a.splitFolio(plain, 2), `cannot split pfn ${plain} order 2: it is not compound`);
      refused(a, () => a.splitFolio(compound, 2, 2), `cannot split pfn ${compound} order 2 to order 2`);
      refused(
        a,
        () => a.splitPage(plain, 1),
        `cannot split pfn ${plain} order 1: it was allocated with order 2`,
      );
    });

    test('releasing, placing, freeing ranges', () => {
      const a = make();
      refused(a, () => a.releaseReserved(2999, 3001), 'cannot release pfn 2999 order 0: it is not reserved');
      refused(a, () => a.allocAt(3, 1, 0), 'a block of order 1 begins at a multiple of 2, got pfn 3');
      refused(a, () => a.allocRange(10, 10, 0), 'a range lies between pfn 0 and 4096, got 10 to 10');
      refused(a, () => a.freeRange(10, 12), 'cannot free pfn 10 order 0: double free');
      refused(a, () => a.allocPagesExact(0, 0), 'size must be from 1 to 4194304 bytes, got 0');
      refused(a, () => a.setPageblockType(0, 5), "a pageblock's type is from 0 to 4, got 5 for pfn 0");
    });
  });
}

describe('bad buffers and options', () => {
  test('what is not an allocator cannot be attached', () => {
    const bytes = new Uint8Array(createAllocator({ pages: 64 }).snapshot());
    expect(() => attachAllocator(bytes as unknown as ArrayBuffer)).toThrow('new Uint8Array(bytes).buffer');
    expect(attachAllocator(new Uint8Array(bytes).buffer).freePageCount).toBe(64);
    expect(() => attachAllocator(new ArrayBuffer(64))).toThrow(
      'not an allocator: a header has 128 bytes, got 64',
    );
    expect(() => attachAllocator(new ArrayBuffer(4096))).toThrow(
      'not an allocator: magic 0x0, expected 0x59445542',
    );
  });

  test('another version names both', () => {
    const { buffer } = createAllocator({ pages: 1024 });
    new Int32Array(buffer)[1] = 7;
    expect(() => attachAllocator(buffer)).toThrow('got layout version 7, expected 3');
  });

  test('a cut buffer names both lengths', () => {
    const { buffer } = createAllocator({ pages: 1024 });
    expect(() => attachAllocator(buffer.slice(0, 4096))).toThrow(
      `the header describes ${buffer.byteLength} bytes, got 4096`,
    );
  });

  test('options', () => {
    const nodes = [{ ranges: [{ start: 0, end: 10 }] }];
    for (const sizes of [{}, { pages: 10, bytes: 40960 }, { pages: 10, nodes }, { bytes: 40960, nodes }]) {
      expect(() => createAllocator(sizes as AllocatorOptions)).toThrow(
        new TypeError('an allocator needs exactly one of: pages, bytes, nodes'),
      );
    }
    expect(() => createAllocator({ pages: 0 })).toThrow('an allocator has from 1 to 536870912 pages, got 0');
    expect(() => createAllocator({ bytes: 4095 })).toThrow('got 4095 bytes');
    for (const cpus of [-1, 1.5, 1e9])
      expect(() => createAllocator({ pages: 10, cpus })).toThrow(
        `cpus must be a whole number from 0 to 8192, got ${cpus}`,
      );
    expect(() => createAllocator({ pages: 2048, cma: [{ start: 1, end: 512 }] })).toThrow(
      'whole pageblocks, got 1 to 512',
    );
    expect(() =>
      createAllocator({ nodes: [{ ranges: [{ start: 0, end: 10 }] }, { ranges: [{ start: 9, end: 20 }] }] }),
    ).toThrow('memory ranges overlap at pfn 9');
    const a = createAllocator({ pages: 10 });
    expect(() => (a.cpu = 3)).toThrow('no cpu 3');
    expect(() => a.drainPcp(3)).toThrow('no cpu 3');
    expect(() => (a.node = 1)).toThrow('no node 1');
    expect(() => (a.node = '0' as never)).toThrow('no node 0');
    expect(() => a.allocPages(0, 0, 1)).toThrow('no node 1');
  });
});

describe('mistakes that were found late', () => {
  const nodes = [{ ranges: [{ start: 0, end: 20000 }] }, { ranges: [{ start: 20480, end: 40000 }] }];

  test.each([-1, -2, 0.5, 2, NaN, 2 ** 32])('node %p changes nothing', (node) => {
    const a = createAllocator({ nodes, cpus: 2 });
    const before = new Uint8Array(a.buffer.slice(0));
    expect(() => a.allocPages(0xcc0, 0, node)).toThrow(`no node ${node} to allocate from`);
    expect(new Uint8Array(a.buffer)).toEqual(before);
  });

  test('upkeep of a node, zone type or order that does not exist', () => {
    const a = createAllocator({ nodes, cpus: 2 });
    a.mover = { move: () => true };
    for (const node of [-1, 2, 39, 0.5, NaN]) {
      refused(a, () => a.clearBoost(node), `no node ${node}`);
      refused(a, () => a.boostOf(node), `no node ${node}`);
      refused(a, () => a.isBalanced(node), `no node ${node}`);
      refused(a, () => a.compactNode(node, 9, 2), `no node ${node}`);
      refused(a, () => a.allocPagesExact(4096, 0xcc0, node), `no node ${node} `);
      refused(a, () => a.allocPagesBulk(0xcc0, [0, 0], node), `no node ${node} `);
    }
    for (const type of [-1, 4, 0.5, NaN]) {
      const sentence = `a zone type is from 0 to 3, got ${type}`;
      refused(a, () => a.clearBoost(0, type), sentence);
      refused(a, () => a.clearBoost(undefined, type), sentence);
      refused(a, () => a.boostOf(0, type), sentence);
      refused(a, () => a.isBalanced(0, 0, type), sentence);
      refused(a, () => a.compactNode(0, 9, type), sentence);
    }
    for (const order of [-1, 11, 0.5, NaN]) {
      const sentence = `order must be an integer from 0 to 10, got ${order}`;
      refused(a, () => a.isBalanced(0, order), sentence);
      refused(a, () => a.compactNode(0, order, 2), sentence);
    }
    a.clearBoost();
    a.clearBoost(1, 3);
    expect(a.check()).toEqual([]);
  });

  test('blocks are asked for up to any frame', () => {
    const a = createAllocator({ pages: 4096 });
    expect([...a.blocks(3072, Infinity)]).toEqual([...a.blocks(3072)]);
    expect([...a.blocks(-5, 1)]).toEqual([...a.blocks(0, 1)]);
  });

  test('a hook that frees the block it is told of', () => {
    const a = createAllocator({ pages: 4096 });
    const pfn = a.allocPages(0, 3);
    let depth = 0;
    a.hooks = {
      ...{ allocated() {}, split() {}, migrated() {} },
      freed: (block, order) => {
        if (depth++ === 0) a.freePages(block, order);
      },
    };
    expect(() => a.freePages(pfn, 3)).toThrow(`cannot free pfn ${pfn} order 3: double free`);
    expect(a.check()).toEqual([]);
    expect(a.freePageCount).toBe(4096);
  });

  test('a hook that frees another block of a batch', () => {
    const a = createAllocator({ pages: 4096 });
    const [p, q] = [a.allocPages(0, 0), a.allocPages(0, 2)];
    a.hooks = {
      ...{ allocated() {}, split() {}, migrated() {} },
      freed: (block) => {
        if (block === p) a.freePages(q, 2);
      },
    };
    expect(() => a.freeBatch([p, q])).toThrow(/double free/);
    expect(a.check()).toEqual([]);
    expect(a.freePageCount).toBe(4095);
  });

  test('a block twice in a batch', () => {
    const a = createAllocator({ pages: 4096 });
    const pfn = a.allocPages(0, 3);
    expect(() => a.freeBatch([pfn, pfn])).toThrow(
      `cannot free pfn ${pfn} order 3: it occurs twice in the batch`,
    );
    expect(a.check()).toEqual([]);
    a.freePages(pfn, 3);
  });

  test('options and ranges that make no sense', () => {
    expect(() => createAllocator({ pages: 10, kernel: 'six' })).toThrow('not a kernel release: "six"');
    for (const [release, rules] of [
      ['5.10.228', '6.1'],
      ['6.7.12', '6.1'],
      ['v6.8-rc1', '6.12'],
      ['6.12.117', '6.12'],
      ['newest', '6.12'],
    ])
      expect(createAllocator({ pages: 10, kernel: release }).kernel).toBe(rules);
    for (const [name, bad, range] of [
      ['minFreeKbytes', -5, 'a whole number from 0 to 2147483647'],
      ['minFreeKbytes', 2 ** 31, 'a whole number from 0 to 2147483647'],
      ['watermarkScaleFactor', 0, 'a whole number from 1 to 3000'],
      ['watermarkScaleFactor', 3001, 'a whole number from 1 to 3000'],
      ['watermarkBoostFactor', 2 ** 32, 'a whole number from 0 to 2147483647'],
      ['percpuPagelistHighFraction', 7, '0 or from 8 on'],
    ] as const) {
      expect(() => createAllocator({ pages: 10, [name]: bad })).toThrow(
        new RangeError(`${name} must be ${range}, got ${bad}`),
      );
    }
    expect(() => createAllocator({ pages: 50000, maxPfn: 10 })).toThrow(
      'memory goes up to pfn 50000, beyond maxPfn 10',
    );
    for (const maxPfn of [NaN, 2 ** 29 + 1, 60000.5])
      expect(() => createAllocator({ pages: 50000, maxPfn })).toThrow(
        `maxPfn must be a whole number up to 536870912, got ${maxPfn}`,
      );
    const a = createAllocator({ pages: 4096 });
    for (const pfn of [NaN, 1.5]) expect(() => a.setPageblockType(pfn, 1)).toThrow(`no memory at pfn ${pfn}`);
    expect(() => a.freeRange(10, 5)).toThrow(RangeError);
    expect(() => a.freeRange(NaN, 5)).toThrow(RangeError);
    expect(() => a.releaseReserved(10, 5)).toThrow(RangeError);
  });

  test('options that are none', () => {
    const make = (options: unknown) => () => createAllocator(options as AllocatorOptions);
    expect(make(undefined)).toThrow(
      new TypeError('createAllocator takes an object of options, got undefined'),
    );
    expect(make({ pages: 16, sharde: true })).toThrow(
      new TypeError('createAllocator has no option "sharde"; did you mean shared?'),
    );
    expect(make({ pages: 16, hooks: null })).toThrow(
      'no option "hooks"; there are pages, bytes, nodes, zones',
    );
    expect(make({ pages: 16, cpus: undefined, shared: undefined })).not.toThrow();
    const { buffer } = createAllocator({ pages: 16 });
    expect(() => attachAllocator(buffer, { cpus: 1 } as never)).toThrow(
      new TypeError('attachAllocator has no option "cpus"; did you mean cpu?'),
    );
  });

  test('no buffer to attach to', () => {
    expect(() => attachAllocator(undefined as never)).toThrow(
      new TypeError('not an allocator: a buffer is expected, got undefined'),
    );
  });

  test.each([-1, NaN, 1.5, 1024, 2 ** 40])('there is no zone of pfn %p', (pfn) => {
    expect(createAllocator({ pages: 16 }).zoneOf(pfn)).toBeUndefined();
  });

  test.each([
    [H_KERNEL, 5, 'the header says kernel 5'],
    [H_SPANS, 1000000, 'the header says 1000000 spans'],
  ])('a header whose word %p is %p', (word, value, sentence) => {
    const buffer = createAllocator({ pages: 4096 }).buffer.slice(0);
    new Int32Array(buffer)[word] = value;
    expect(() => attachAllocator(buffer)).toThrow(sentence);
  });
});

test('a hook that frees pages which allocPagesExact is about to give back', () => {
  const a = createAllocator({ pages: 1024 });
  const told: number[] = [];
  a.hooks = {
    allocated: () => undefined,
    freed: (pfn) => {
      if (told.push(pfn) === 1) a.freePages(pfn + 1);
    },
    ...{ split: () => undefined, migrated: () => undefined },
  };
  expect(() => a.allocPagesExact(5 * 4096, 0)).toThrow(/^cannot free pfn 6 order 0: double free/);
  expect(told).toEqual([5, 6]);
  expect(a.check()).toEqual([]);
});
