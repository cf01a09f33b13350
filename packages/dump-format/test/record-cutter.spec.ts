import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatRecord, formatRecordBytes } from '../src/format-record.js';
import { parseRecord } from '../src/parse-record.js';
import { LONGEST_PIECE, cutPiece, emptyPiece } from '../src/record-cutter.js';
import type { Piece } from '../src/record-cutter.js';
import { FRAME_LINE, isRecordLine } from '../src/record-line.js';
import { decodeText, encodeText } from '../src/text-bytes.js';
import { HOSTILE_NAMES, anyRecord, soup } from './arbitraries.js';

interface Cut extends Omit<Piece, 'text'> {
  from: number;
  text: string;
}

/** All pieces of `bytes` from `from` on, arriving in chunks of the given sizes, and then the rest. */
function cutAll(bytes: Uint8Array, from = 0, chunks: readonly number[] = []): Cut[] {
  const cuts: Cut[] = [];
  const piece = emptyPiece();
  const take = (to: number, final: boolean): void => {
    while (cutPiece(bytes.subarray(0, to), from, to, final, piece)) {
      cuts.push({ ...piece, from, text: decodeText(piece.text) });
      from = piece.end;
    }
  };
  let to = from;
  for (const chunk of chunks) {
    to = Math.min(to + chunk, bytes.length);
    take(to, false);
  }
  take(bytes.length, true);
  return cuts;
}

const cutText = (text: string): Cut[] => cutAll(encodeText(text));
const outline = (cuts: readonly Cut[]): unknown[] => cuts.map(({ kind, text }) => [kind, text]);

const H = 'Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 5, tgid 5 (x), ts 1 ns\n';
const BODY = 'PFN 0x1 type Movable Block 0 type Movable Flags 0x0()\n f+0x1/0x2\n';
const PREFIX = '[   12.345678] ';

const prefixed = (text: string, prefix = PREFIX): string => text.replace(/^(?!$(?![^]))/gm, prefix);

describe('cutPiece', () => {
  test('records, blanks and garbage', () => {
    const cuts = cutText(`noise\n\n${H}${BODY}\n\n${H}\nPFN 5\nPage allocated via order x\n${H}${BODY}`);
    expect(outline(cuts)).toEqual([
      ['garbage', 'noise\n'],
      ['blank', '\n'],
      ['record', H + BODY],
      ['blank', '\n'],
      ['record', H],
      ['garbage', 'PFN 5\n'],
      ['garbage', 'Page allocated via order x\n'],
      ['record', H + BODY],
    ]);
    expect(cuts.map((cut) => cut.truncated)).toEqual([false, false, false, false, false, false, false, true]);
    expect(cuts.map((cut) => cut.lines)).toEqual([1, 1, 4, 1, 2, 1, 1, 3]);
    expect(cuts[2]?.headerEnd).toBe(H.length);
  });

  test('the text of a plain record is a view of the input', () => {
    const bytes = encodeText(`${H}${BODY}\n`);
    const piece = emptyPiece();
    expect(cutPiece(bytes, 0, bytes.length, false, piece)).toBe(true);
    expect(piece.text.buffer).toBe(bytes.buffer);
  });

  test('the next header ends a record, and so does a broken one', () => {
    expect(outline(cutText(`${H}${BODY}${H}\n`))).toEqual([
      ['record', H + BODY],
      ['record', H],
    ]);
    expect(outline(cutText(`${H} f+0x1/0x2\nPage allocated via order 0, ma\n g+0x1/0x2\n`))).toEqual([
      ['record', `${H} f+0x1/0x2\n`],
      ['garbage', 'Page allocated via order 0, ma\n g+0x1/0x2\n'],
    ]);
  });

  test('the input may end anywhere', () => {
    expect(outline(cutText(`${H} f+0x1/0x2`))).toEqual([['record', `${H} f+0x1/0x2\n`]]);
    expect(outline(cutText(H.trimEnd()))).toEqual([['garbage', H.trimEnd()]]);
    expect(outline(cutText(H.replace('(x)', '(x\ny)').trimEnd()))).toMatchObject([
      ['garbage', expect.anything()],
    ]);
    expect(outline(cutText(''))).toEqual([]);
    expect(outline(cutText('\r'))).toEqual([['blank', '\r']]);
  });

  test('a task name may hold newlines, even an empty line', () => {
    const header = H.replace('(x)', '(x\n\ny), ts 5 ns\n)');
    const [cut, ...rest] = cutText(`${header}${BODY}\n`);
    expect(cut).toMatchObject({ kind: 'record', text: header + BODY, headerEnd: header.length, lines: 7 });
    expect(rest).toEqual([]);
  });

  test('CRLF goes, a CR in a text of LF stays', () => {
    const header = H.replace('(x)', '(x\ny)');
    const [crlf] = cutText(`${header}${BODY}\n`.replaceAll('\n', '\r\n'));
    expect(crlf).toMatchObject({ text: header + BODY, headerEnd: header.length, truncated: false });
    const odd = `${H}Charged to memcg x\r\n`;
    expect(outline(cutText(`${odd}\n`))).toEqual([['record', odd]]);
  });

  test('console prefixes and lines of other messages go', () => {
    const header = H.replace('(x)', '(x\n\ny)');
    const log = prefixed(`boot\n${header}${BODY}usb 1-1: new device\n ? g+0x1/0x2\nhandle: 5\n\nnoise\n`);
    const [noise, cut, rest] = cutText(log);
    expect(noise).toMatchObject({ kind: 'garbage', text: `${PREFIX}boot\n` });
    expect(cut).toMatchObject({
      kind: 'record',
      text: `${header}${BODY}handle: 5\n`,
      headerEnd: header.length,
      droppedLines: 2,
      truncated: false,
    });
    expect(rest).toMatchObject({ kind: 'garbage' });
  });

  test('a record of a log whose empty line lost the blank of its prefix', () => {
    const log = `${prefixed(H + BODY)}${PREFIX.trimEnd()}\n${prefixed(H)}`;
    expect(outline(cutText(log))).toEqual([
      ['record', H + BODY],
      ['record', H],
    ]);
  });

  test('a record is cut after a MiB, at the end of a line', () => {
    const line = ` ${'f'.repeat(1022)}\n`;
    const [record, garbage, blank, next] = cutText(`${H}${line.repeat(1500)}\n${H}`);
    expect(record).toMatchObject({ kind: 'record', truncated: true });
    expect(record?.end).toBeLessThanOrEqual(LONGEST_PIECE);
    expect(record?.end).toBeGreaterThan(LONGEST_PIECE - line.length);
    expect(((record?.end ?? 0) - H.length) % line.length).toBe(0);
    expect(garbage).toMatchObject({ kind: 'garbage', insideLine: false });
    expect(blank).toMatchObject({ kind: 'blank' });
    expect(next).toMatchObject({ kind: 'record', text: H });
  });

  test('no header is found inside a line, however long', () => {
    const bytes = encodeText(`${'x'.repeat(LONGEST_PIECE)}${H}${H}`);
    expect(cutAll(bytes).map(({ kind, insideLine }) => [kind, insideLine])).toEqual([
      ['garbage', true],
      ['garbage', false],
      ['record', false],
    ]);
  });

  test.each(HOSTILE_NAMES)('byte after byte, with the name %j', (name) => {
    const bytes = encodeText(`${H.replace('(x)', `(${name})`)}${BODY}\n`.repeat(2));
    const cuts = cutAll(bytes, 0, Array<number>(bytes.length).fill(1));
    expect(cuts).toEqual(cutAll(bytes));
    expect(cuts.map((cut) => parseRecord(encodeText(cut.text))?.comm)).toEqual([name, name]);
  });

  test('a piece that may be the longest waits for what follows', () => {
    const bytes = encodeText('x'.repeat(LONGEST_PIECE));
    expect(cutPiece(bytes, 0, bytes.length, false, emptyPiece())).toBe(false);
    expect(cutAll(bytes)).toMatchObject([{ kind: 'garbage', insideLine: false }]);
  });

  test('never asks for more than it may', () => {
    for (const filler of [
      'x',
      ' f\n',
      `${H} f+0x1/0x2`,
      H.slice(0, 60),
      `${H.slice(0, H.indexOf('x)'))}\n`,
    ]) {
      const bytes = encodeText(filler.repeat(LONGEST_PIECE / filler.length + 2));
      const piece = emptyPiece();
      expect(cutPiece(bytes, 0, LONGEST_PIECE + 1, false, piece)).toBe(true);
      expect(piece.end).toBeGreaterThan(0);
    }
  });
});

describe('cutPiece, for any input', () => {
  const document = fc
    .array(
      fc.oneof(
        anyRecord.map((record) => formatRecordBytes(record)),
        soup,
      ),
      { maxLength: 5 },
    )
    .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));

  test('pieces join, records can be parsed, nothing throws', () => {
    fc.assert(
      fc.property(fc.oneof(document, fc.uint8Array({ maxLength: 300 })), (bytes) => {
        let at = 0;
        for (const cut of cutAll(bytes)) {
          expect(cut.from).toBe(at);
          expect(cut.end).toBeGreaterThan(at);
          expect(cut.lines).toBe(bytes.subarray(at, cut.end).filter((byte) => byte === 10).length);
          if (cut.kind === 'record') {
            expect(parseRecord(encodeText(cut.text))).toBeDefined();
            expect(cut.text.endsWith('\n')).toBe(true);
          }
          at = cut.end;
        }
        expect(at).toBe(bytes.length);
      }),
      { numRuns: 300 },
    );
  });

  test('chunks never change the pieces', () => {
    fc.assert(
      fc.property(document, fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 30 }), (bytes, chunks) => {
        expect(cutAll(bytes, 0, chunks)).toEqual(cutAll(bytes));
      }),
      { numRuns: 300 },
    );
  });

  test('cutting from any readable header gives the pieces that follow it', () => {
    fc.assert(
      fc.property(document, (bytes) => {
        const cuts = cutAll(bytes);
        for (let at = 0; at < bytes.length; at++) {
          if (at > 0 && bytes[at - 1] !== 10) continue;
          const later = cutAll(bytes, at);
          if (later[0]?.kind !== 'record') continue;
          expect(later).toEqual(cuts.filter((cut) => cut.from >= at));
        }
      }),
      { numRuns: 300 },
    );
  });

  test('a record between others, whatever its names, comes back', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { maxLength: 5 }), (records) => {
        const cuts = cutText(records.map((record) => formatRecord(record)).join(''));
        expect(cuts.map(({ text }) => parseRecord(encodeText(text)))).toStrictEqual(records);
      }),
      { numRuns: 300 },
    );
  });

  test('CRLF and console prefixes change nothing but dropped vendor lines', () => {
    const plain = anyRecord.map(({ extraLines: _, ...record }) => record);
    fc.assert(
      fc.property(
        plain,
        fc.constantFrom(PREFIX, `<4>${PREFIX}`, 'Nov 22 18:42:01 host kernel: [    1.2][    T1] '),
        (record, prefix) => {
          const text = formatRecord(record);
          const [crlf] = cutText(text.replaceAll('\n', '\r\n'));
          expect(crlf?.text).toBe(text.slice(0, -1));
          const [log] = cutText(
            text
              .split('\n')
              .slice(0, -1)
              .map((line) => `${prefix}${line}\n`)
              .join(''),
          );
          expect(log).toMatchObject({ text: text.slice(0, -1), droppedLines: 0, truncated: false });
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('isRecordLine', () => {
  test('knows frames as the pattern does', () => {
    const parts = [
      ' ',
      'f',
      '?',
      '+0x',
      '/0x',
      '+',
      '/',
      '0x',
      '1f',
      'g',
      'A',
      '\t',
      '\x7f',
      'é',
      '\u00a0',
      '\udcff',
      '[m]',
    ];
    const anyFrame = fc.oneof(
      fc.array(fc.constantFrom(...parts), { maxLength: 8 }).map((line) => line.join('')),
      fc
        .tuple(fc.constantFrom('', '', '?', 'é', ' ', 'B'), fc.constantFrom('', '', ' [m]', ' ', 'F', 'x'))
        .map(([before, after]) => ` ${before}f.g+0x1f/0x2a${after}`),
    );
    fc.assert(
      fc.property(anyFrame, (line) => {
        const bytes = encodeText(`xx${line}1+0x1/0x1`);
        expect(isRecordLine(bytes, 2, bytes.length - '1+0x1/0x1'.length)).toBe(FRAME_LINE.test(line));
      }),
      { numRuns: 2000 },
    );
  });
});
