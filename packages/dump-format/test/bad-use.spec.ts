import { describe, expect, test } from '@jest/globals';
import {
  encodeText,
  formatRecord,
  parseBody,
  parseDump,
  parseDumpedOwners,
  parseHeader,
  parseRecord,
  parseStackList,
  records,
  RecordWriter,
  stackListEntries,
} from '@page-owner/dump-format';

const any = <T>(value: unknown): T => value as T;

const TEXT = `Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 5, tgid 5 (x), ts 1 ns
PFN 0x5 type Unmovable Block 0 type Unmovable Flags 0x0()
 post_alloc_hook+0x77/0xf0

`;

describe('bad use is one sentence', () => {
  test('a variant that there is none of', () => {
    const sentence = new RangeError('no variant "V99"; there are V0, V1, V2, V3, V4, V5, V6, V7, V8');
    const record = parseRecord(TEXT)!;
    expect(() => formatRecord(record, any('V99'))).toThrow(sentence);
    expect(() => new RecordWriter(any('V99'))).toThrow(sentence);
    expect(() => formatRecord(record, any('constructor'))).toThrow('no variant "constructor"');
  });

  test.each([
    ['parseDump', parseDump],
    ['records', (source: string) => [...records(source)]],
    ['parseRecord', parseRecord],
    ['parseHeader', parseHeader],
    ['parseBody', parseBody],
    ['parseStackList', parseStackList],
    ['stackListEntries', (source: string) => [...stackListEntries(source)]],
    ['parseDumpedOwners', parseDumpedOwners],
  ])('%s of what holds no bytes', (_, parse) => {
    for (const [source, kind] of [
      [undefined, 'Undefined'],
      [null, 'Null'],
      [5, 'Number'],
      [{}, 'Object'],
      [new ArrayBuffer(8), 'ArrayBuffer'],
    ]) {
      expect(() => parse(any(source))).toThrow(
        new TypeError(`text or a Uint8Array is expected, got ${String(kind)}`),
      );
    }
  });

  test('what reads bytes reads text', () => {
    const header = TEXT.slice(0, TEXT.indexOf('\n') + 1);
    const body = TEXT.slice(header.length);
    expect(parseRecord(TEXT)).toEqual(parseRecord(encodeText(TEXT)));
    expect(parseRecord(TEXT)).toMatchObject({ comm: 'x', pfn: 5, stack: ['post_alloc_hook+0x77/0xf0'] });
    expect(parseHeader(header)).toEqual(parseHeader(encodeText(header)));
    expect(parseBody(body)).toEqual(parseBody(encodeText(body)));
  });
});
