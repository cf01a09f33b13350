import { decodeText } from '@page-owner/dump-format';
import type { GarbagePiece, ScanReport } from '@page-owner/dump-format';
import { printable } from '../printable.js';
import { otherFile } from './other-files.js';

const letters = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0));

/** What a packed file begins with that is not unpacked here. */
const PACKINGS: readonly (readonly [program: string, magic: readonly number[]])[] = [
  ['bzip2', letters('BZh')],
  ['lz4', [0x04, 0x22, 0x4d, 0x18]],
  ['lzop', letters('\x89LZO')],
  ['lzip', letters('LZIP')],
  ['zip', letters('PK\x03\x04')],
  ['7-zip', letters('7z\xbc\xaf')],
];

/** Sentences about what was not as it should be in a dump. */
export function* describeFindings(path: string, report: ScanReport, everyPiece: boolean): Generator<string> {
  const name = nameOf(path);
  const { garbagePieces, garbageBytes, garbage, truncatedRecords, droppedLines } = report;
  if (everyPiece) {
    for (const piece of garbage) yield `${name}: no record: ${describePiece(piece)}`;
  } else if (garbagePieces) {
    const pieces = garbagePieces === 1 ? '1 piece' : `${garbagePieces} pieces`;
    yield `${name}: skipped ${pieces} (${garbageBytes} bytes) that are no record; the first: ${describePiece(garbage[0]!)}`;
  }
  if (droppedLines)
    yield `${name}: left out ${droppedLines} lines of other kernel messages between those of records`;
  if (truncatedRecords) {
    const records = truncatedRecords === 1 ? '1 record is' : `${truncatedRecords} records are`;
    yield `${name}: ${records} cut off (no empty line at the end) and counted as far as there is text`;
  }
}

/** Why nothing could be sorted. @param quotes whether its first line may be quoted, which may hold names */
export function noRecords(path: string, report: ScanReport, quotes = true): string {
  const name = nameOf(path);
  const [first] = report.garbage;
  if (!report.bytes) return `${name} is empty`;
  if (!first) return `${name}: no page_owner record in ${report.bytes} bytes, only empty lines`;
  const packing = PACKINGS.find(([, magic]) => magic.every((byte, i) => first.sample[i] === byte))?.[0];
  if (packing && first.offset === 0)
    return `${name}: no page_owner record in ${report.bytes} bytes; it is packed by ${packing}: unpack it first`;
  const other = otherFile(decodeText(first.sample));
  if (other) return `${name}: no page_owner record in ${report.bytes} bytes; ${other}`;
  const line = quotes ? lineOf(first).slice(0, 60) : '';
  return `${name}: no page_owner record in ${report.bytes} bytes${line && `; line ${first.line} begins "${line}"`}`;
}

/** Before the records of each group in a file of page_owner_sort. */
const TIMES_LINE = /^\d+ times[:,]/;

/** Why a dump is none, but a file of page_owner_sort; undefined when nothing in it looks like that. */
export function sortedAlready(path: string, { garbage }: ScanReport): string | undefined {
  const piece = garbage.find(({ sample }) => TIMES_LINE.test(decodeText(sample)));
  return (
    piece &&
    `${nameOf(path)}: line ${piece.line} begins "${lineOf(piece)}", so it is a file of page_owner_sort already; give the dump that it was made of`
  );
}

const nameOf = (path: string): string => (path === '-' ? 'standard input' : printable(path));

function describePiece(piece: GarbagePiece): string {
  const { line, offset, bytes } = piece;
  const text = lineOf(piece);
  return `line ${line}, byte ${offset}, ${bytes} bytes${text && `, "${text}"`}`;
}

/** The first line of what is kept of a piece. */
function lineOf({ sample }: GarbagePiece): string {
  return printable(decodeText(sample).split(/\r?\n/, 1)[0]!);
}
