import fc from 'fast-check';
import { formatRecord } from '../src/format-record.js';
import { cutTimes } from '../src/header-times.js';
import { cutPage } from '../src/page-text.js';
import { parseRecord } from '../src/parse-record.js';
import type { PageOwnerRecord } from '../src/record.js';
import { cutPiece, emptyPiece } from '../src/record-cutter.js';
import { BIT_CMA, BIT_SLAB, CUT_FREE_TS, CUT_TS } from '../src/record-window.js';
import { DumpScanner } from '../src/scanner.js';
import type { ScanOptions, ScanReport } from '../src/scanner.js';
import { decodeText, encodeText } from '../src/text-bytes.js';
import { HOSTILE_NAMES, anyRecord, soup } from './arbitraries.js';

/** What a scanner's sink is told of a record. */
export interface Seen {
  line: string;
  stack: string;
  ts: bigint;
  freeTs: bigint;
  bits: number;
  offset: number;
  record: PageOwnerRecord | undefined;
  /** Only when pages are read. */
  page?: { text: string; pfn: number; block: number };
}

export interface Scan {
  seen: Seen[];
  report: ScanReport;
}

export interface Feeding extends ScanOptions {
  /** Sizes of the first chunks, then it starts over; the default is one chunk. */
  readonly chunks?: readonly number[];
  /** By `space` and `filled` in place of `push`. */
  readonly inPlace?: boolean;
  /** Calls `forgetTexts` in each pause in which there are more distinct texts than this. */
  readonly forgetAbove?: number;
}

/** Reads `bytes` with a DumpScanner. */
export async function scan(bytes: Uint8Array, feeding: Feeding = {}): Promise<Scan> {
  const seen: Seen[] = [];
  const scanner: DumpScanner = await DumpScanner.create(
    {
      record(record) {
        seen.push({
          line: decodeText(scanner.lineText(record.line)),
          stack: decodeText(scanner.stackText(record.stack)),
          ts: BigInt(record.tsLow) | (BigInt(record.tsHigh) << 32n),
          freeTs: BigInt(record.freeTsLow) | (BigInt(record.freeTsHigh) << 32n),
          bits: record.bits,
          offset: record.offset,
          record: record.parse(),
          ...(feeding.pages && {
            page: {
              text: decodeText(scanner.pageText(record.page)),
              pfn: record.pfn,
              block: record.block,
            },
          }),
        });
      },
      pause() {
        if (scanner.lineCount + scanner.stackCount > (feeding.forgetAbove ?? Infinity)) scanner.forgetTexts();
      },
    },
    feeding,
  );
  feed(scanner, bytes, feeding);
  return { seen, report: scanner.finish() };
}

function feed(scanner: DumpScanner, bytes: Uint8Array, feeding: Feeding = {}): void {
  const chunks = feeding.chunks?.length ? feeding.chunks : [bytes.length];
  for (let from = 0, turn = 0; from < bytes.length; turn++) {
    const chunk = bytes.subarray(from, from + Math.max(1, chunks[turn % chunks.length] ?? 1));
    if (feeding.inPlace) {
      const space = scanner.space();
      const count = Math.min(space.length, chunk.length);
      space.set(chunk.subarray(0, count));
      scanner.filled(count);
      from += count;
    } else {
      scanner.push(chunk);
      from += chunk.length;
    }
  }
}

/** What a scan of `bytes` has to give: every piece cut and read the slow way, one after the other. */
export function expectedScan(bytes: Uint8Array, options: ScanOptions = {}): Scan {
  const { cut = CUT_TS | CUT_FREE_TS, offset = 0, keepGarbage = 5, pages = false } = options;
  const seen: Seen[] = [];
  const report: ScanReport = {
    records: 0,
    bytes: bytes.length,
    lines: 0,
    garbagePieces: 0,
    garbageBytes: 0,
    garbage: [],
    truncatedRecords: 0,
    droppedLines: 0,
  };
  const piece = emptyPiece();
  for (let at = 0; cutPiece(bytes, at, bytes.length, true, piece); at = piece.end) {
    if (piece.kind === 'record') {
      const times = cutTimes(piece.text.subarray(0, piece.headerEnd), cut);
      const lines = decodeText(piece.text.subarray(piece.headerEnd)).split(/(?<=\n)/);
      const pfnLine = lines.filter((line) => line.startsWith('PFN')).at(-1) ?? '';
      const pfnBits = (pfnLine.includes('CMA') ? BIT_CMA : 0) | (pfnLine.includes('slab') ? BIT_SLAB : 0);
      seen.push({
        line: decodeText(times.line),
        stack: `${lines.filter((line) => !line.startsWith('PFN')).join('')}\n`,
        ts: times.ts,
        freeTs: times.freeTs,
        bits: times.bits | pfnBits,
        offset: offset + at,
        record: parseRecord(piece.text),
        ...(pages && { page: pageOf(pfnLine) }),
      });
      report.records++;
      if (piece.truncated) report.truncatedRecords++;
      report.droppedLines += piece.droppedLines;
    } else if (piece.kind === 'garbage') {
      report.garbagePieces++;
      report.garbageBytes += piece.end - at;
      if (report.garbage.length < keepGarbage) {
        const sample = bytes.slice(at, Math.min(piece.end, at + 80));
        report.garbage.push({ offset: offset + at, line: report.lines + 1, bytes: piece.end - at, sample });
      }
    }
    report.lines += piece.lines;
  }
  return { seen, report };
}

function pageOf(pfnLine: string): NonNullable<Seen['page']> {
  const { text, pfn, block } = cutPage(encodeText(pfnLine));
  const numberOf = (value: bigint) => (value < 2n ** 53n ? Number(value) : -1);
  return { text: decodeText(text), pfn: numberOf(pfn), block: numberOf(block) };
}

const H = 'Page allocated via order 0, mask 0xcc0(GFP_KERNEL)';
const PREFIX = '[   12.345678] ';
const PFN = 'PFN 0x1 type Movable Block 0 type Movable Flags 0x0()\n';
const lineOf = (...lines: string[]) => fc.constantFrom(...lines);

const nearHeader = fc.oneof(
  lineOf(
    `${H}, pid 5, tgid 5 (x), ts 1 ns\n`,
    `${H}, pid 5, tgid 5 (x), ts 18446744073709551615 ns, free_ts 18446744073709551614 ns\n`,
    `${H}, pid 5, tgid 5 (x), ts 9999999999999999999 ns, free_ts 00000000000000000007 ns\n`,
    `${H}, pid 5, tgid 5 (x), ts 18446744073709551616 ns\n`,
    `${H}, pid 5, tgid 5 (x), ts 4294967296 ns, free_ts 4294967295 ns\n`,
    `${H}, pid 5, tgid 5 (x), ts 1 ns\r\n`,
    `${H}, pid 5, tgid 5 (x), ts  ns\n`,
    `${H}, pid 5, tgid 5 (x), ts 5 ns, free_ts  ns\n`,
    `${H}, pid 5, tgid 5 (x), ts  ns, free_ts 5 ns\n`,
    `${H}, free_ts 5 ns\n`,
    `${H}, ts 5 ns, tgid 5 ()\n`,
    `${H}, tgid 5 ()\n`,
    `${H}, tgid 5 (), ts  ns\n`,
    `${H}, tgid 5 (), ts 5 ns\n`,
    `${H}, tgid 5 (x), vendor 7\n`,
    'Page allocated via order 3\n',
    'Page allocated via order 5 ns\n',
    'Page allocated via order , ts 5 ns\n',
    'Page allocated via order ns, free_ts 5 ns\n',
    'Page allocated via order 0, ma\n',
    'Page allocated via order 1, mask 0x1(GFP\n',
    `${PREFIX}${H}, pid 1, ts 5 ns\n`,
  ),
  fc.constantFrom(...HOSTILE_NAMES).map((name) => `${H}, pid 5, tgid 5 (${name}), ts 123 ns\n`),
);
const nearPfnLine = fc.oneof(
  { weight: 6, arbitrary: fc.constant(PFN) },
  {
    weight: 4,
    arbitrary: lineOf(
      'PFN 1 type CMA Block 0 type CMA Flags 0x0(slab|head)\n',
      'PFN 1 slCsMAlab\n',
      'PFN 1 Cslab\n',
      'PFN 1 sla\n',
      'PFN 1 CM\n',
      'PFN 0), ts 5 ns\n',
      'PFN x\n',
      'PFN \n',
      'PFN 1\r\n',
      'PFN',
      '',
    ),
  },
);
const nearLine = fc.oneof(
  { weight: 3, arbitrary: lineOf(' f+0x1/0x2\n', ' g+0x1/0x2 [xfs]\n', ' 0xffffffff81000000\n') },
  {
    weight: 2,
    arbitrary: lineOf(
      PFN,
      'PFN CMA\n',
      'PFNx slab\n',
      'handle: 5\n',
      'Charged to memcg x\r\n',
      'Charged to memcg \udcff\udcc3\udca9\n',
      '\r\n',
      '\r\r\n',
      PREFIX,
      `${PREFIX}\n`,
      `${PREFIX.trimEnd()}\n`,
      `<4>${PREFIX}\r\n`,
      `${PREFIX}Page allocated via order 7\n`,
      `${PREFIX}${H}, pid 1, ts 5 ns\n`,
      `${PREFIX} h+0x1/0x2\n`,
      `${PREFIX}usb 1-1: new device\n`,
      'Page allocated via order x\n',
      'Page allocated via order 1\n',
      'Page allocated\n',
      '<4>\n',
    ),
  },
);

/** What looks like a record of the shape that kernels write, and mostly is one. */
const nearRecord = fc
  .tuple(
    nearHeader,
    nearPfnLine,
    fc.array(nearLine, { maxLength: 4 }),
    lineOf('\n', '\n', '\n', '\n\n', '\r\n', ''),
  )
  .map(([header, pfnLine, lines, end]) => header + pfnLine + lines.join('') + end);

const written = anyRecord.map((record) => formatRecord(record));
const twiceOrMore = written.chain((text) =>
  fc.integer({ min: 2, max: 5 }).map((times) => text.repeat(times)),
);
const crlf = written.map((text) => text.replaceAll('\n', '\r\n'));
const prefixed = fc
  .tuple(written, lineOf(PREFIX, `<4>${PREFIX}`, 'Nov 22 18:42:01 host kernel: '))
  .map(([text, prefix]) => text.replace(/^(?!$(?![^]))/gm, prefix));
const cutOff = fc
  .tuple(written, fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([text, part]) => text.slice(0, Math.floor(text.length * part)));
const noise = lineOf(
  '\n',
  '\n\n',
  'noise\n',
  '\0\n',
  'usb 1-1: new device',
  'Page allocated via order ',
  '\udcff\n',
);

/** Dumps whole, damaged and hostile. */
export const anyDump: fc.Arbitrary<Uint8Array> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: written },
      { weight: 2, arbitrary: twiceOrMore },
      { weight: 6, arbitrary: nearRecord },
      { weight: 1, arbitrary: crlf },
      { weight: 1, arbitrary: prefixed },
      { weight: 2, arbitrary: cutOff },
      { weight: 2, arbitrary: noise },
      { weight: 1, arbitrary: soup.map(decodeText) },
    ),
    { maxLength: 40, size: 'max' },
  )
  .map((parts) => encodeText(parts.join('')));

export const anyChunks: fc.Arbitrary<number[]> = fc.array(
  fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 2000 })),
  { maxLength: 12 },
);
