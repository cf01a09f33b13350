import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { DumpScanner, feed, formatRecord, parseDump, parseStackList, records } from '@page-owner/dump-format';
import type { ByteSource } from '@page-owner/dump-format';

const RECORD = formatRecord(
  {
    order: 0,
    gfpMask: 0xcc0,
    gfpNames: 'GFP_KERNEL',
    pid: 7,
    tgid: 7,
    comm: 'naïve',
    tsNs: 5n,
    stack: ['f+0x1/0x2'],
  },
  'V7',
);
const DUMP = RECORD.repeat(3);
const BYTES = new TextEncoder().encode(DUMP);
const CUT = DUMP.indexOf('ï') + 1;

async function* stream<T>(...pieces: T[]): AsyncGenerator<T> {
  for (const piece of pieces) yield await Promise.resolve(piece);
}

/** As `openInput` gives it, a few bytes at a time. */
function input(bytes: Uint8Array): { read(into: Uint8Array): Promise<number> } {
  let from = 0;
  return {
    read(into) {
      const piece = bytes.subarray(from, from + Math.min(7, into.length));
      into.set(piece);
      from += piece.length;
      return Promise.resolve(piece.length);
    },
  };
}

const SOURCES: Record<string, () => ByteSource> = {
  text: () => DUMP,
  bytes: () => BYTES,
  'a Buffer': () => Buffer.from(BYTES),
  'pieces of text': () => [DUMP.slice(0, CUT), DUMP.slice(CUT)],
  'pieces of both': () => new Set([BYTES.subarray(0, 10), DUMP.slice(10)]),
  'a stream of text': () => stream(RECORD, RECORD, RECORD),
  'a stream of bytes': () => stream(BYTES.subarray(0, CUT + 1), BYTES.subarray(CUT + 1)),
  'a stream of Node': () => Readable.from([BYTES.subarray(0, CUT + 1), BYTES.subarray(CUT + 1)]),
  'a web stream': () => new Blob([BYTES]).stream(),
  'an input': () => input(BYTES),
};

describe('a source of bytes', () => {
  test.each(Object.keys(SOURCES))('%s', async (name) => {
    const scanner = await DumpScanner.create({ record() {} });
    await feed(scanner, SOURCES[name]!());
    expect(scanner.finish()).toMatchObject({ records: 3, bytes: BYTES.length });
  });

  test('ends where the sink wants no more', async () => {
    let taken = 0;
    const sink = {
      space: () => new Uint8Array(10),
      filled: (count: number) => (taken += count),
      get stopped() {
        return taken >= 20;
      },
    };
    for (const name of ['text', 'pieces of both', 'an input']) {
      taken = 0;
      await feed(sink, SOURCES[name]!());
      expect(taken).toBeGreaterThanOrEqual(20);
      expect(taken).toBeLessThan(30);
    }
  });

  test.each([
    [undefined, 'Undefined'],
    [null, 'Null'],
    [7, 'Number'],
    [{}, 'Object'],
    [[7], 'Number'],
    [new ArrayBuffer(8), 'ArrayBuffer'],
  ])('is not %p', async (source, what) => {
    const scanner = await DumpScanner.create({ record() {} });
    await expect(feed(scanner, source as ByteSource)).rejects.toThrow(
      new TypeError(`bytes come from text, a Uint8Array, an iterable of these or an input, not from ${what}`),
    );
  });
});

test('what is read at once is text as well as bytes', () => {
  expect(parseDump(DUMP)).toEqual(parseDump(BYTES));
  expect([...records(DUMP)]).toEqual([...records(BYTES)]);
  const list = ' f+0x1/0x2\nnr_base_pages: 16\n\n';
  expect(parseStackList(list)).toEqual(parseStackList(new TextEncoder().encode(list)));
  expect(parseStackList(list).entries).toEqual([{ stack: ['f+0x1/0x2'], count: 16 }]);
});
