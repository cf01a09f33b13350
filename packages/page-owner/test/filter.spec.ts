import { describe, expect, test } from '@jest/globals';
import { parseNumberList } from '../src/node-list.js';
import { textFormatter, type PageOwnerFile } from '@page-owner/page-owner';
import { boot, Frames } from './machine.js';

/** Nodes 0, 2 and 3, a page of each of four tasks in each. */
const open = (): PageOwnerFile => {
  const frames = new Frames([
    ['Normal', 0, 0, 1024],
    ['Normal', 2, 1024, 2048],
    ['Normal', 3, 2048, 3072],
  ]);
  for (let pfn = 0; pfn < 3072; pfn += 1024) frames.free(pfn, 10);
  const { owner, task } = boot('newest', { frameView: frames, maxNodes: 8 });
  for (const first of [0, 1024, 2048]) {
    frames.use(first, 10);
    for (let i = 0; i < 4; i++) {
      task.pid = 10 + i;
      task.tgid = 10 + (i & ~1);
      owner.hooks!.allocated(first + i, 0, 0xcc0);
    }
  }
  return owner.open();
};
const shown = (file: PageOwnerFile): number[] => {
  file.seek(0, 'SET');
  const pfns = [];
  while (file.next()) pfns.push(file.record.pfn);
  return pfns;
};
const ALL = [0, 1, 2, 3, 1024, 1025, 1026, 1027, 2048, 2049, 2050, 2051];

describe('selection', () => {
  test.each([
    ['', ALL],
    ['mode=stack', ALL],
    ['nid=0', [0, 1, 2, 3]],
    ['nid=0,3', [0, 1, 2, 3, 2048, 2049, 2050, 2051]],
    ['nid=2-3', ALL.slice(4)],
    ['pid=11', [1, 1025, 2049]],
    ['pid=13,11', [1, 3, 1025, 1027, 2049, 2051]],
    ['tgid=12', [2, 3, 1026, 1027, 2050, 2051]],
    ['pid=10 tgid=12', [0, 2, 3, 1024, 1026, 1027, 2048, 2050, 2051]],
    ['nid=2\tpid=11\n', [1025]],
    ['pid=10 pid=11', [1, 1025, 2049]],
    ['nid=0 nid=2', [1024, 1025, 1026, 1027]],
    ['pid=999', []],
  ])('%j', (command, pfns) => {
    const file = open();
    expect(file.write(command)).toBe(command.length);
    expect(shown(file)).toEqual(pfns);
  });

  test('commands add up, and belong to one open file', () => {
    const file = open();
    file.write('nid=0');
    file.write('pid=11');
    file.write('mode=handle');
    expect(shown(file)).toEqual([1]);
    expect(file.mode).toBe('handle');
    expect(shown(open())).toEqual(ALL);
    expect(open().mode).toBe('stack');
  });

  test('an empty list of ids is off until the next command', () => {
    const file = open();
    file.write('pid=11');
    expect(file.write('pid=')).toBe(4);
    expect(shown(file)).toEqual(ALL);
    file.write('mode=stack');
    expect(shown(file)).toEqual([1, 1025, 2049]);
  });

  test('the formatter is told the mode', () => {
    const file = open();
    const into = new Uint8Array(100);
    const read = (): string => {
      const bytes = file.read(
        into,
        textFormatter(({ handle }, mode) => `${mode} ${handle}\n`),
      );
      return new TextDecoder().decode(into.subarray(0, bytes as number));
    };
    expect(read()).toMatch(/^stack \d+\n$/);
    file.write('mode=stack_handle');
    expect(read()).toMatch(/^stack_handle \d+\n$/);
  });
});

describe('errors change nothing', () => {
  test.each([
    ['mode=', 'EINVAL'],
    ['mode=Stack', 'EINVAL'],
    ['mode=handles', 'EINVAL'],
    ['nid=', 'EINVAL'],
    ['nid=1', 'EINVAL'],
    ['nid=0-3', 'EINVAL'],
    ['nid=8', 'ERANGE'],
    ['nid=x', 'EINVAL'],
    ['nid=4294967296', 'EOVERFLOW'],
    ['pid=x', 'EINVAL'],
    ['pid=1,', 'EINVAL'],
    ['pid=-1', 'EINVAL'],
    ['pid=4194305', 'EINVAL'],
    ['tgid=4194305', 'EINVAL'],
    ['pid=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17', 'E2BIG'],
    ['pid=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,x', 'E2BIG'],
    ['order=0', 'EINVAL'],
    ['mode', 'EINVAL'],
    ['nid=2 pid=12 nonsense', 'EINVAL'],
    [' '.repeat(32 + 6 * 8 + 132 + 133 + 1), 'EINVAL'],
  ])('%j', (command, error) => {
    const file = open();
    file.write('nid=0 mode=handle pid=11');
    expect(file.write(command)).toBe(error);
    expect(shown(file)).toEqual([1]);
    expect(file.mode).toBe('handle');
  });

  test('at the limits it goes', () => {
    const file = open();
    const longest = ' '.repeat(32 + 6 * 8 + 132 + 133);
    expect(file.write(longest)).toBe(longest.length);
    expect(file.write('pid=4194304,0,2,3,4,5,6,7,8,9,10,11,12,13,14,15')).toBe(47);
  });

  test('kernels before the development tree have no write', () => {
    expect(boot('6.19').owner.open().write('mode=stack')).toBe('EINVAL');
  });
});

test.each([
  ['0', [0]],
  ['0,2', [0, 2]],
  ['2,0,,1-1', [0, 1, 2]],
  ['0-7:2/4', [0, 1, 4, 5]],
  ['1-6:1/2', [1, 3, 5]],
  ['all', [0, 1, 2, 3, 4, 5, 6, 7]],
  ['All:1/3', [0, 3, 6]],
  ['6-N', [6, 7]],
  ['N', [7]],
  ['', []],
  ['n', 'EINVAL'],
  ['3-1', 'EINVAL'],
  ['1-', 'EINVAL'],
  ['0-7:2', 'EINVAL'],
  ['0-7:0/0', 'EINVAL'],
  ['0-7:5/4', 'EINVAL'],
  ['3:1/2', 'EINVAL'],
  ['0x1', 'EINVAL'],
  ['0-8', 'ERANGE'],
  ['99999999999', 'EOVERFLOW'],
])('a list of numbers below 8: %j', (text, numbers) => {
  expect(parseNumberList(text, 8)).toEqual(numbers);
});
