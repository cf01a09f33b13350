import type { GarbagePiece, ScanReport } from '@page-owner/dump-format';
import { printable } from '../printable.js';

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

/** Why nothing could be sorted. */
export function noRecords(path: string, report: ScanReport): string {
  const name = nameOf(path);
  const [first] = report.garbage;
  if (!report.bytes) return `${name} is empty`;
  if (!first) return `${name}: no page_owner record in ${report.bytes} bytes, only empty lines`;
  const packing = PACKINGS.find(([, magic]) => magic.every((byte, i) => first.sample[i] === byte))?.[0];
  if (packing && first.offset === 0)
    return `${name}: no page_owner record in ${report.bytes} bytes; it is packed by ${packing}: unpack it first`;
  const text = printable(first.sample);
  const isSummed = /^( \S+\+0x|handle: \d)/.test(new TextDecoder().decode(first.sample));
  const hint = isSummed
    ? '; it looks like a file of page_owner_stacks, which the kernel has summed already: save debugfs page_owner'
    : '';
  return `${name}: no page_owner record in ${report.bytes} bytes; line ${first.line} begins "${text.slice(0, 60)}"${hint}`;
}

const nameOf = (path: string): string => (path === '-' ? 'standard input' : printable(path));

function describePiece({ line, offset, bytes, sample }: GarbagePiece): string {
  return `line ${line}, byte ${offset}, ${bytes} bytes, "${printable(sample)}"`;
}
