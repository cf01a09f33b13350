import { describe, expect, test } from '@jest/globals';
import { layoutEntry, type EntryRule } from '@page-owner/page-ext';
import { client, OWNER, OWNER_OFF } from './clients.js';

const RULES: readonly EntryRule[] = ['one-struct', 'flags-always', 'flags-on-demand'];
const CHECK = client('page_table_check', 8);

describe('entries', () => {
  test('page_owner alone, as in 6.12: 72 bytes, the owner behind the flags', () => {
    expect(layoutEntry([OWNER], 'flags-on-demand')).toEqual({
      needed: true,
      entryBytes: 72,
      offsets: new Map([['page_owner', 8]]),
    });
  });

  test('a client before the owner moves it', () => {
    const { entryBytes, offsets } = layoutEntry([CHECK, OWNER], 'flags-on-demand');
    expect([entryBytes, ...offsets.values()]).toEqual([80, 8, 16]);
  });

  test('the flags word without anyone to use it: in 6.1, not in 6.12', () => {
    expect(layoutEntry([CHECK], 'flags-on-demand')).toMatchObject({
      entryBytes: 8,
      offsets: new Map([[CHECK.name, 0]]),
    });
    expect(layoutEntry([CHECK], 'flags-always')).toMatchObject({
      entryBytes: 16,
      offsets: new Map([[CHECK.name, 8]]),
    });
  });

  test('who is not needed takes no room, but for the one structure of 3.19', () => {
    const clients = [OWNER_OFF, CHECK];
    expect(layoutEntry(clients, 'flags-always').entryBytes).toBe(16);
    expect(layoutEntry(clients, 'flags-on-demand').entryBytes).toBe(8);
    expect(layoutEntry(clients, 'one-struct').entryBytes).toBe(80);
  });

  test('a release stands for its rule', () => {
    const bytes = (release: string): number => layoutEntry([OWNER_OFF, CHECK], release).entryBytes;
    expect(bytes('4.8.17')).toBe(80);
    expect(bytes('v4.9-rc1')).toBe(16);
    expect(bytes('6.7')).toBe(16);
    expect(bytes('6.12.117-amd64')).toBe(8);
    expect(bytes('newest')).toBe(8);
    expect(() => bytes('flags')).toThrow(new TypeError('not a kernel release: "flags"'));
  });

  test('a client may want the flags only', () => {
    const idle = client('page_idle', 0, { needSharedFlags: true });
    expect(layoutEntry([idle], 'flags-on-demand').entryBytes).toBe(8);
  });

  test.each(RULES)('%s: nobody needed, nothing at all', (rule) => {
    const nothing = { needed: false, entryBytes: 0, offsets: new Map() };
    expect(layoutEntry([OWNER_OFF], rule)).toEqual(nothing);
    expect(layoutEntry([], rule)).toEqual(nothing);
  });

  test('every client is asked once', () => {
    let asked = 0;
    const counting = client('counting', 4, { need: () => asked++ === 0 });
    layoutEntry([counting], 'flags-on-demand');
    expect(asked).toBe(1);
  });

  test('refuses what cannot be laid out', () => {
    expect(() => layoutEntry([client('odd', 6)], 'flags-always')).toThrow(
      new RangeError('page_ext client "odd" asks for 6 bytes, not a multiple of 4'),
    );
    expect(() => layoutEntry([client('less', -4)], 'flags-always')).toThrow(RangeError);
    expect(() => layoutEntry([CHECK, CHECK], 'flags-always')).toThrow(
      new RangeError('two page_ext clients are named "page_table_check"'),
    );
  });
});
