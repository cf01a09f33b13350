import { expect, test } from '@jest/globals';
import { eraOf, formatGfp } from '@page-owner/kernel-abi';
import { boot, symbols } from './machine.js';

const STACK = ' function_7+0x10/0x100\n function_1+0x10/0x100\n';
const FREE_STACK = ' function_8+0x10/0x100\n function_1+0x10/0x100\n';

/** Allocated as order 1 by function_7 and, perhaps, freed by function_8. */
const dump = (kernel: string, freed: boolean): string => {
  const { owner, stacks, task, clock } = boot(kernel);
  stacks.depth = 2;
  stacks.id = 7;
  clock.now = 91234567889n;
  owner.hooks!.allocated(40, 1, 0x140cca);
  stacks.id = 8;
  task.pid = task.tgid = 99;
  clock.now = 91300000000n;
  if (freed) owner.hooks!.freed(40, 1);
  return owner.dumpPage(40, symbols);
};
const maskOf = (kernel: string): string => {
  const names = formatGfp(0x140cca, kernel === 'newest' ? kernel : eraOf(kernel));
  return `order 1, migratetype Movable, gfp_mask 0x140cca(${names})`;
};
const lines = (...text: string[]): string => text.join('\n');

test.each([
  [
    'newest',
    ', pid 812, tgid 810 (dd), ts 91234567890',
    'page last free pid 99 tgid 99 ts 91300000001 stack trace:',
  ],
  [
    '6.12',
    ', pid 812, tgid 810 (dd), ts 91234567890, free_ts 91300000001',
    'page last free pid 99 tgid 99 stack trace:',
  ],
  [
    '6.8',
    ', pid 812, tgid 810 (dd), ts 91234567891, free_ts 91300000001',
    'page last free pid 99 tgid 99 stack trace:',
  ],
  ['6.1', ', pid 812, tgid 810 (dd), ts 91234567891, free_ts 91300000001', 'page last free stack trace:'],
  ['5.15', ', pid 812, ts 91234567891, free_ts 91300000001', 'page last free stack trace:'],
  ['5.12', ', pid 812, ts 91234567891', 'page last free stack trace:'],
])('Linux %s, freed', (kernel, who, free) => {
  expect(dump(kernel, true)).toBe(
    lines(
      'page_owner tracks the page as freed',
      `page last allocated via ${maskOf(kernel)}${who}`,
      `${STACK}${free}`,
      FREE_STACK,
    ),
  );
});

test('allocated, never freed', () => {
  expect(dump('6.12', false)).toBe(
    lines(
      'page_owner tracks the page as allocated',
      `page last allocated via ${maskOf('6.12')}, pid 812, tgid 810 (dd), ts 91234567890, free_ts 0`,
      `${STACK}page_owner free stack trace missing`,
      '',
    ),
  );
});

test('migrated', () => {
  const { owner } = boot('6.12');
  owner.hooks!.allocated(1, 0, 0xcc0);
  owner.hooks!.allocated(2, 0, 0xcc0);
  owner.hooks!.migrated(2, 1, 0, 8);
  expect(owner.dumpPage(2, symbols)).toMatch(/\npage has been migrated, last migrate reason: demotion\n$/);
  expect(owner.dumpPage(1, symbols)).not.toContain('migrated');
});

test('never set', () => {
  for (const kernel of ['5.4', '6.12', 'newest']) {
    expect(boot(kernel).owner.dumpPage(9, symbols)).toBe('page_owner info is not present (never set?)\n');
  }
});

test('5.10 ends after the mask', () => {
  expect(dump('5.10', false)).toContain('__GFP_COMP)\n function_7');
});

test('4.14 knows nothing of freed pages', () => {
  const text = dump('4.14', false);
  expect(text).toMatch(/^page allocated via order 1, migratetype \w+, gfp_mask 0x140cca\([^)]+\)\n/);
  expect(text.endsWith(STACK)).toBe(true);
  expect(dump('4.14', true)).toBe('page_owner info is not active (free page?)\n');
});

test('4.6 shows addresses, and stacks from page_ext', () => {
  expect(dump('4.6', false)).toMatch(
    /\n \[<ffffffff81000710>\] function_7\+0x10\/0x100\n \[<ffffffff81000110>\] function_1\+0x10\/0x100\n$/,
  );
});

test('before 4.6 dump_page says nothing about owners', () => {
  expect(dump('4.4', false)).toBe('');
});
