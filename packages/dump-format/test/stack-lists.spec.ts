import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  formatStackList,
  formatStackListBytes,
  parseStackList,
  stackListEntries,
} from '../src/stack-lists.js';
import type { CountLabel, StackList, StackListEntry, StackListKind } from '../src/stack-lists.js';
import { encodeText } from '../src/text-bytes.js';
import { frame } from './arbitraries.js';

const parse = (text: string): ReturnType<typeof parseStackList> => parseStackList(encodeText(text));

const STACKS =
  ' post_alloc_hook+0x177/0x1a0\n igmp_net_init+0xc1/0x130\nnr_base_pages: 16\n\n f+0x1/0x2 [xfs]\nnr_base_pages: 1\n\n';
const HANDLES = 'handle: 42\nnr_base_pages: 20824\n\nhandle: 7\nnr_base_pages: 1\n\n';
const STACKS_HANDLES = ' f+0x1/0x2\nhandle: 42\n\n g+0x1/0x2\n 0xffffffffa0001234\nhandle: 7\n\n';

describe('lists of page_owner_stacks', () => {
  test('show_stacks', () => {
    expect(parse(STACKS)).toEqual({
      kind: 'show_stacks',
      countLabel: 'nr_base_pages',
      truncated: false,
      entries: [
        { stack: ['post_alloc_hook+0x177/0x1a0', 'igmp_net_init+0xc1/0x130'], count: 16 },
        { stack: ['f+0x1/0x2 [xfs]'], count: 1 },
      ],
    });
  });

  test('the stack_count of 6.9-rc1', () => {
    const text = STACKS.replaceAll('nr_base_pages', 'stack_count');
    expect(parse(text).countLabel).toBe('stack_count');
    expect(formatStackList(parse(text))).toBe(text);
  });

  test('show_handles and show_stacks_handles', () => {
    expect(parse(HANDLES)).toMatchObject({
      kind: 'show_handles',
      entries: [{ handle: 42, count: 20824 }, { handle: 7 }],
    });
    expect(parse(STACKS_HANDLES)).toEqual({
      kind: 'show_stacks_handles',
      truncated: false,
      entries: [
        { stack: ['f+0x1/0x2'], handle: 42 },
        { stack: ['g+0x1/0x2', '0xffffffffa0001234'], handle: 7 },
      ],
    });
  });

  test('a file of 6.12 comes back byte for byte', () => {
    const bytes = new Uint8Array(readFileSync(new URL('fixtures/show_stacks-6.12.txt', import.meta.url)));
    const list = parseStackList(bytes);
    expect(list.entries).toHaveLength(22);
    expect(formatStackListBytes(list)).toEqual(bytes);
  });

  test.each([STACKS, HANDLES, STACKS_HANDLES])('CRLF, prefixes, missing empty lines: %j', (text) => {
    const list = parse(text);
    expect(parse(text.replaceAll('\n', '\r\n'))).toEqual(list);
    expect(parse(text.replace(/^(?=.|\n)/gm, '[   12.345678] '))).toEqual(list);
    expect(parse(text.replaceAll('\n\n', '\n'))).toEqual(list);
    expect(parse(text.slice(0, -1))).toEqual(list);
    expect(parse(text.slice(0, -2))).toEqual(list);
    expect(parse(text.replaceAll('\n\n', '\n\n\n'))).toEqual(list);
  });

  test('lines of other messages in a console log are passed over', () => {
    const log = STACKS.replace(/^(?=.|\n)/gm, '[   12.345678] ');
    for (const message of ['usb 1-1: new device', ' <TASK>', ' ? g+0x1/0x2']) {
      expect(parse(log.replace('\n', `\n[    0.100000] ${message}\n`))).toEqual(parse(STACKS));
    }
  });

  test('a text that stops inside an entry', () => {
    expect(parse(`${STACKS} f+0x1/0x2\n`)).toEqual({ ...parse(STACKS), truncated: true });
    expect(parse(`${HANDLES}handle: 5\n`)).toEqual({ ...parse(HANDLES), truncated: true });
  });

  test('an empty text is a show_stacks without entries', () => {
    expect(parse('')).toEqual({
      kind: 'show_stacks',
      countLabel: 'nr_base_pages',
      truncated: false,
      entries: [],
    });
    expect([...stackListEntries(new Uint8Array())]).toEqual([]);
  });

  test.each([
    ['Page allocated via order 0, mask 0x0()\n', /line 1 reads "Page allocated .*as a page_owner dump does$/],
    [`${STACKS}MemTotal: 5 kB\n`, /^not a list of page_owner_stacks: line 8 reads "MemTotal: 5 kB"$/],
    [' f+0x1/0x2\n\n', 'line 2 ends a stack that has neither a count nor a handle'],
    [STACKS + HANDLES, 'line 10 ends an entry of show_handles in a text of show_stacks'],
    [`${STACKS} f+0x1/0x2\nstack_count: 5\n\n`, 'line 9 counts stack_count, the lines before nr_base_pages'],
    ['handle: 4294967296\n', 'line 1 holds a number out of range: handle: 4294967296'],
  ])('refuses %j', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  test('what a file has no place for is refused', () => {
    expect(() => formatStackList({ kind: 'show_stacks', entries: [{ stack: [] }] })).toThrow(
      'show_stacks needs count',
    );
    expect(() =>
      formatStackList({ kind: 'show_handles', entries: [{ stack: [], handle: 1, count: 1 }] }),
    ).toThrow('show_handles has no place for stack');
    expect(() => formatStackList({ kind: 'show_stacks', entries: [{ stack: ['a\nb'], count: 1 }] })).toThrow(
      /^stack is/,
    );
    expect(() => formatStackList({ kind: 'show_stacks', entries: [{ stack: [], count: 0.5 }] })).toThrow(
      /^count is 0.5/,
    );
  });

  test('every list comes back', () => {
    const stack = fc.array(frame);
    const handle = fc.integer({ min: 0, max: 0xffff_ffff });
    const count = fc.integer({ min: -5, max: 0x7fff_ffff });
    const entryOf: Record<StackListKind, fc.Arbitrary<StackListEntry>> = {
      show_stacks: fc.record({ stack, count }, { noNullPrototype: true }),
      show_handles: fc.record({ handle, count }, { noNullPrototype: true }),
      show_stacks_handles: fc.record({ stack, handle }, { noNullPrototype: true }),
    };
    for (const kind of Object.keys(entryOf) as StackListKind[]) {
      const label = fc.constantFrom<CountLabel>('nr_base_pages', 'stack_count');
      const entries = fc.array(entryOf[kind], { minLength: 1 });
      fc.assert(
        fc.property(entries, label, (made, countLabel) => {
          const list: StackList = {
            kind,
            ...(kind === 'show_stacks_handles' ? {} : { countLabel }),
            entries: made,
          };
          expect(parseStackList(formatStackListBytes(list))).toEqual({ ...list, truncated: false });
        }),
      );
    }
  });
});
