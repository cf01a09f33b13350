import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatDumpedOwner, parseDumpedOwners } from '../src/dump-page.js';
import type { DumpedOwner } from '../src/dump-page.js';
import { encodeText } from '../src/text-bytes.js';
import { frame, taskName } from './arbitraries.js';

const MASK = 'migratetype Movable, gfp_mask 0xcc0(GFP_KERNEL)';
const ALLOCATION = { order: 0, migratetype: 'Movable', gfpMask: 0xcc0, gfpNames: 'GFP_KERNEL' };

/** What the kernels write, oldest first. */
const TEXTS: readonly [kernels: string, text: string, owner: DumpedOwner][] = [
  ['4.6 - 5.3', 'page_owner info is not active (free page?)\n', { kind: 'not-active' }],
  [
    '4.6 - 5.3',
    `page allocated via order 0, ${MASK}\n [<ffffffff8116147e>] f+0x1/0x2\npage has been migrated, last migrate reason: compaction\n`,
    {
      kind: 'tracked',
      allocation: { ...ALLOCATION, stack: ['[<ffffffff8116147e>] f+0x1/0x2'] },
      migrateReason: 'compaction',
    },
  ],
  ['5.4 and later', 'page_owner info is not present (never set?)\n', { kind: 'never-set' }],
  ['5.4 and later', 'There is not page extension available.\n', { kind: 'no-extension' }],
  [
    '5.4 - 5.10',
    `page_owner tracks the page as allocated\npage last allocated via order 0, ${MASK}\n f+0x1/0x2\n`,
    { kind: 'tracked', state: 'allocated', allocation: { ...ALLOCATION, stack: ['f+0x1/0x2'] } },
  ],
  [
    '5.11 - 5.12',
    `page_owner tracks the page as allocated\npage last allocated via order 0, ${MASK}, pid 8, ts 9\n f+0x1/0x2\npage_owner free stack trace missing\n`,
    {
      kind: 'tracked',
      state: 'allocated',
      allocation: { ...ALLOCATION, pid: 8, tsNs: 9n, stack: ['f+0x1/0x2'] },
      free: 'missing',
    },
  ],
  [
    '5.13 - 5.17',
    `page_owner tracks the page as freed\npage last allocated via order 0, ${MASK}, pid 8, ts 9, free_ts 18446744073709551615\npage_owner allocation stack trace missing\npage last free stack trace:\n g+0x1/0x2\n`,
    {
      kind: 'tracked',
      state: 'freed',
      allocation: { ...ALLOCATION, pid: 8, tsNs: 9n, freeTsNs: 18446744073709551615n, stack: 'missing' },
      free: { stack: ['g+0x1/0x2'] },
    },
  ],
  [
    '6.12',
    `page_owner tracks the page as freed\npage last allocated via order 0, ${MASK}, pid 8, tgid 7 (dd), ts 9, free_ts 7\n f+0x1/0x2\npage last free pid 812 tgid 811 stack trace:\n g+0x1/0x2 [xfs]\npage has been migrated, last migrate reason: damon\n`,
    {
      kind: 'tracked',
      state: 'freed',
      allocation: {
        ...ALLOCATION,
        pid: 8,
        tgid: 7,
        comm: 'dd',
        tsNs: 9n,
        freeTsNs: 7n,
        stack: ['f+0x1/0x2'],
      },
      free: { pid: 812, tgid: 811, stack: ['g+0x1/0x2 [xfs]'] },
      migrateReason: 'damon',
    },
  ],
  [
    'newest',
    `page_owner tracks the page as freed\npage last allocated via order 0, ${MASK}, pid 8, tgid 7 (dd), ts 9\n f+0x1/0x2\npage last free pid 812 tgid 811 ts 10 stack trace:\n 0xffffffffa0001234\n`,
    {
      kind: 'tracked',
      state: 'freed',
      allocation: { ...ALLOCATION, pid: 8, tgid: 7, comm: 'dd', tsNs: 9n, stack: ['f+0x1/0x2'] },
      free: { pid: 812, tgid: 811, tsNs: 10n, stack: ['0xffffffffa0001234'] },
    },
  ],
];

describe('the owner text of dump_page()', () => {
  test.each(TEXTS)('%s: %s', (_, text, owner) => {
    expect(parseDumpedOwners(text)).toEqual([owner]);
    expect(formatDumpedOwner(owner)).toBe(text);
  });

  test('all of them in one log', () => {
    const body = 'page: refcount:0 mapcount:0\npage dumped because: test\n';
    const log = TEXTS.map(([, text]) => body + text).join('Call Trace:\n not_ours+0x1/0x2\n');
    const owners = TEXTS.map(([, , owner]) => owner);
    expect(parseDumpedOwners(log)).toEqual(owners);
    expect(parseDumpedOwners(log.replaceAll('\n', '\r\n'))).toEqual(owners);
    expect(parseDumpedOwners(log.replace(/^(?=.)/gm, '<1>[   12.345678][ T1234] '))).toEqual(owners);
  });

  test('allocations without a state line are pages of their own', () => {
    const [, text, owner] = TEXTS[1] as (typeof TEXTS)[number];
    expect(parseDumpedOwners(text + text)).toEqual([owner, owner]);
  });

  test('messages between the lines', () => {
    const log = new Uint8Array(readFileSync(new URL('fixtures/dump-page.log', import.meta.url)));
    expect(parseDumpedOwners(log)).toEqual([
      {
        kind: 'tracked',
        state: 'freed',
        allocation: {
          order: 0,
          migratetype: 'Movable',
          gfpMask: 0x140cca,
          gfpNames: 'GFP_HIGHUSER_MOVABLE|__GFP_COMP',
          pid: 812,
          tgid: 812,
          comm: 'dd',
          tsNs: 91234567890n,
          freeTsNs: 91300000001n,
          stack: ['post_alloc_hook+0x1f4/0x210', 'get_page_from_freelist+0x9c1/0x1810'],
        },
        free: {
          pid: 812,
          tgid: 812,
          stack: ['free_unref_folios+0x3a1/0x6f0', 'folios_put_refs+0x11b/0x1e0'],
        },
        migrateReason: 'compaction',
      },
      {
        kind: 'tracked',
        state: 'allocated',
        allocation: {
          order: 2,
          migratetype: 'Unmovable',
          gfpMask: 0xcc0,
          gfpNames: 'GFP_KERNEL',
          pid: 813,
          tgid: 813,
          comm: 'a), ts 5',
          tsNs: 92000000000n,
          freeTsNs: 0n,
          stack: ['post_alloc_hook+0x1f4/0x210'],
        },
        free: 'missing',
      },
      { kind: 'never-set' },
      { kind: 'no-extension' },
    ]);
  });

  test('frames that syzbot has rewritten', () => {
    const frames = [
      'set_page_owner include/linux/page_owner.h:32 [inline]',
      'post_alloc_hook+0x1f4/0x210 mm/page_alloc.c:1551',
    ];
    const text = `page last allocated via order 0, ${MASK}, pid 8, tgid 7 (dd), ts 9, free_ts 7\n ${frames.join('\n ')}\n`;
    expect(parseDumpedOwners(text)).toMatchObject([{ allocation: { stack: frames } }]);
  });

  test('a log that begins or ends inside', () => {
    const [, text] = TEXTS[7] as (typeof TEXTS)[number];
    const lines = text.split('\n');
    expect(parseDumpedOwners(lines.slice(1).join('\n'))).toMatchObject([
      { allocation: { pid: 8 }, free: { pid: 812 } },
    ]);
    expect(parseDumpedOwners(lines.slice(2).join('\n'))).toEqual([]);
    expect(parseDumpedOwners(lines.slice(0, 1).join('\n'))).toEqual([{ kind: 'tracked', state: 'freed' }]);
  });

  test('every owner comes back', () => {
    const stack = fc.array(frame, { maxLength: 4 });
    fc.assert(
      fc.property(taskName, stack, stack, fc.boolean(), (comm, frames, freeFrames, freed) => {
        // A CR before a newline is the console's.
        fc.pre(!comm.includes('\r\n'));
        const owner: DumpedOwner = {
          kind: 'tracked',
          state: freed ? 'freed' : 'allocated',
          allocation: { ...ALLOCATION, pid: 1, tgid: -2, comm, tsNs: 3n, freeTsNs: 4n, stack: frames },
          free: { pid: 5, tgid: 6, stack: freeFrames },
        };
        const text = formatDumpedOwner(owner);
        expect(parseDumpedOwners(encodeText(text))).toEqual([owner]);
        const log = text
          .split('\n')
          .slice(0, -1)
          .map((line) => `[   12.345678] ${line}\n`);
        expect(parseDumpedOwners(encodeText(log.join('')))).toEqual([owner]);
      }),
    );
  });

  test('no bytes make it throw', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constantFrom(...TEXTS.map(([, text]) => text)))),
        (parts) => {
          expect(() => parseDumpedOwners(parts.join('\n'))).not.toThrow();
        },
      ),
    );
  });

  test('what no kernel logs is refused', () => {
    const tracked = (fields: object): DumpedOwner => ({
      kind: 'tracked',
      allocation: { ...ALLOCATION, stack: [], ...fields },
    });
    expect(() => formatDumpedOwner(tracked({ pid: 5 }))).toThrow(
      'pid is 5, but tsNs, printed with it, is undefined',
    );
    expect(() => formatDumpedOwner(tracked({ pid: 5, tsNs: 5n, comm: 'x' }))).toThrow(/^tgid is undefined/);
    expect(() => formatDumpedOwner(tracked({ tgid: 5, comm: 'x' }))).toThrow(
      'tgid cannot be printed without pid',
    );
    expect(() => formatDumpedOwner(tracked({ freeTsNs: 5n }))).toThrow(
      'freeTsNs cannot be printed without tsNs',
    );
    expect(() => formatDumpedOwner({ kind: 'tracked', free: { tsNs: 5n, stack: [] } })).toThrow(
      /^tsNs cannot/,
    );
    expect(() => formatDumpedOwner(tracked({ stack: ['a\nb'] }))).toThrow(/^stack is "a\\nb"/);
  });
});
