import { describe, expect, test } from '@jest/globals';
import { boot, symbols, type Bench } from './machine.js';

const text = (id: number): string =>
  ` function_${id}+0x10/0x100\n function_1+0x10/0x100\n function_2+0x10/0x100\n`;

/** Stacks 10, 11 and 12 with 1, 4 and 16 pages. */
const three = (kernel: string, options = {}): Bench => {
  const bench = boot(kernel, options);
  [10, 11, 12].forEach((id, i) => {
    bench.stacks.id = id;
    bench.owner.hooks!.allocated(64 * i, 2 * i, 0xcc0);
  });
  return bench;
};

describe('show_stacks', () => {
  test('pages by stack, newest stack first', () => {
    const { owner, stacks } = three('6.12');
    const expected = `${text(12)}nr_base_pages: 16\n\n${text(11)}nr_base_pages: 4\n\n${text(10)}nr_base_pages: 1\n\n`;
    expect(owner.stacks!.showStacks(symbols)).toBe(expected);
    stacks.id = 10;
    owner.hooks!.allocated(300, 0, 0xcc0);
    expect(owner.stacks!.showStacks(symbols)).toBe(expected.replace('pages: 1\n', 'pages: 2\n'));
  });

  test('6.9-rc1 counts allocations', () => {
    expect(three('6.9-rc1').owner.stacks!.showStacks(symbols)).toBe(
      [12, 11, 10].map((id) => `${text(id)}stack_count: 1\n\n`).join(''),
    );
  });

  test('before 6.9 there is none', () => {
    expect(three('6.8').owner.stacks).toBeNull();
  });

  test('a stack whose pages are all free is not shown, but remembered', () => {
    const { owner } = three('6.12');
    owner.hooks!.freed(64, 2);
    expect(owner.stacks!.showStacks(symbols)).not.toContain('function_11+');
    expect([...owner.stacks!.handles()]).toHaveLength(5);
  });

  test('the dummy stack comes last', () => {
    const { owner, task, stacks } = boot('6.12');
    task.inPageOwner = true;
    owner.hooks!.allocated(0, 1, 0xcc0);
    task.inPageOwner = false;
    stacks.id = 10;
    owner.hooks!.allocated(8, 0, 0xcc0);
    expect(owner.stacks!.showStacks(symbols)).toBe(
      `${text(10)}nr_base_pages: 1\n\n register_dummy_stack+0x10/0x100\n function_1+0x10/0x100\nnr_base_pages: 2\n\n`,
    );
  });
});

test('show_handles and show_stacks_handles', () => {
  const { owner } = three('newest');
  const [h12, h11, h10, dummy, failure] = [...owner.stacks!.handles()] as [
    number,
    number,
    number,
    number,
    number,
  ];
  owner.stacks!.writeThreshold('4');
  expect(owner.stacks!.showHandles()).toBe(
    `handle: ${h12}\nnr_base_pages: 16\n\nhandle: ${h11}\nnr_base_pages: 4\n\n`,
  );
  expect(owner.stacks!.showStacksHandles(symbols)).toBe(
    `${text(12)}handle: ${h12}\n\n${text(11)}handle: ${h11}\n\n${text(10)}handle: ${h10}\n\n` +
      ` register_dummy_stack+0x10/0x100\n function_1+0x10/0x100\nhandle: ${dummy}\n\n` +
      ` register_failure_stack+0x10/0x100\n function_1+0x10/0x100\nhandle: ${failure}\n\n`,
  );
});

describe('count_threshold', () => {
  test.each([
    ['4', 1, 4n],
    ['5\n', 2, 5n],
    ['0x10', 4, 16n],
    ['010', 3, 8n],
    ['0', 1, 0n],
    ['+7', 2, 7n],
    ['18446744073709551615', 20, 2n ** 64n - 1n],
    ['18446744073709551616', 'ERANGE', 0n],
    ['', 'EINVAL', 0n],
    ['-1', 'EINVAL', 0n],
    ['08', 'EINVAL', 0n],
    ['0x', 'EINVAL', 0n],
    ['1 ', 'EINVAL', 0n],
    ['ten', 'EINVAL', 0n],
    ['1\n\n', 'EINVAL', 0n],
  ])('%j', (written, returned, threshold) => {
    const { stacks } = boot('6.12').owner;
    expect(stacks!.writeThreshold(written)).toBe(returned);
    expect(stacks!.threshold).toBe(threshold);
    expect(stacks!.readThreshold()).toBe(String(threshold));
  });

  test('hides stacks with fewer pages', () => {
    const { stacks } = three('6.12').owner;
    stacks!.writeThreshold('4');
    expect(stacks!.showStacks(symbols).match(/nr_base_pages: \d+/g)).toEqual([
      'nr_base_pages: 16',
      'nr_base_pages: 4',
    ]);
    stacks!.writeThreshold('5');
    expect(stacks!.showStacks(symbols).match(/nr_base_pages: \d+/g)).toEqual(['nr_base_pages: 16']);
  });

  test('ends with a newline in the development tree only', () => {
    expect(boot('newest').owner.stacks!.readThreshold()).toBe('0\n');
  });
});

describe('the list', () => {
  test('grows on the heap', () => {
    const { owner, stacks } = boot('6.12', { listCapacity: 2 });
    for (let id = 0; id < 100; id++) {
      stacks.id = id;
      owner.hooks!.allocated(id, 0, 0xcc0);
    }
    expect([...owner.stacks!.handles()]).toHaveLength(102);
  });

  test('ends where a shared buffer ends; what has no place is counted all the same', () => {
    const bench = boot('6.12', { listCapacity: 3, shared: true });
    const { owner, stacks } = bench;
    for (const id of [10, 11]) {
      stacks.id = id;
      owner.hooks!.allocated(id, 0, 0xcc0);
    }
    expect(owner.stacks!.showStacks(symbols)).toBe(`${text(10)}nr_base_pages: 1\n\n`);
    owner.hooks!.freed(11, 0);
    expect(bench.log.filter((line) => line.includes('refcount'))).toEqual([]);
  });

  test('a node that cannot be allocated: the stack is counted, never shown', () => {
    const masks: number[] = [];
    const bench: Bench = three('6.12', {
      allocateNode: (gfp: number) => masks.push(gfp) !== 2,
    });
    expect(masks).toHaveLength(3);
    expect(bench.owner.stacks!.showStacks(symbols)).not.toContain('function_11+');
    expect(bench.owner.stacks!.showStacks(symbols)).toContain('function_12+');
    bench.stacks.id = 11;
    bench.owner.hooks!.allocated(500, 0, 0xcc0);
    expect(masks).toHaveLength(3);
  });

  test('an allocation for a node is an allocation of the tracker itself', () => {
    const pages: number[] = [];
    let bench: Bench | undefined = undefined as Bench | undefined;
    bench = boot('6.12', {
      allocateNode: (gfp) => {
        pages.push(700 + pages.length);
        bench!.owner.hooks!.allocated(pages.at(-1)!, 0, gfp);
        return true;
      },
    });
    bench.stacks.id = 10;
    bench.owner.hooks!.allocated(1, 0, 0xcc0);
    expect(pages).toEqual([700]);
    expect(bench.owner.stacks!.pagesOf(bench.owner.image().handles.dummy)).toBe(1);
    expect(bench.task.inPageOwner).toBe(false);
  });

  test('the development tree lists no stack under a mask that forbids to spin', () => {
    for (const kernel of ['6.12', 'newest']) {
      const { owner, stacks } = boot(kernel);
      stacks.id = 10;
      owner.hooks!.allocated(1, 0, 0x2000); // __GFP_NOWARN alone
      expect(owner.stacks!.showStacks(symbols)).toBe(
        kernel === 'newest' ? '' : `${text(10)}nr_base_pages: 1\n\n`,
      );
    }
  });
});

test('a count that loses its own 1 is warned about', () => {
  const { owner, log } = boot('6.12');
  owner.hooks!.allocated(8, 0, 0xcc0);
  const [handle] = [...owner.stacks!.handles()];
  owner.hooks!.freed(8, 0);
  log.length = 0;
  owner.hooks!.freed(8, 0);
  expect(log).toEqual([`dec_stack_record_count: refcount went to 0 for ${handle} handle`]);
});
