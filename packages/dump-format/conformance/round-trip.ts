/**
 * Reads every page_owner dump and every list of stacks under a directory and checks that formatting what was parsed
 * gives the same bytes, record for record. One line a file and a total; exits with 1 when anything differs.
 *
 *   npx tsx --conditions=@page-owner/source packages/dump-format/conformance/round-trip.ts DIRECTORY
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { formatRecordBytes } from '../src/format-record.js';
import { parseRecord } from '../src/parse-record.js';
import { cutPiece, emptyPiece } from '../src/record-cutter.js';
import { formatStackList, parseStackList } from '../src/stack-lists.js';
import { encodeText } from '../src/text-bytes.js';
import { variantOf } from '../src/variant.js';

const DUMP = /^page_owner.*\.txt(\.gz)?$/;
const STACK_LIST = /^show_(stacks|handles|stacks_handles).*\.txt(\.gz)?$/;

let differences = 0;
let dumps = 0;
let lists = 0;
let records = 0;
let bytes = 0;

const directory = process.argv[2];
if (directory === undefined) {
  console.error('usage: round-trip.ts DIRECTORY');
  process.exit(2);
}
for (const path of readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()) {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (DUMP.test(name)) checkDump(join(directory, path));
  else if (STACK_LIST.test(name)) checkStackList(join(directory, path));
}
console.log(`${dumps} dumps, ${lists} lists, ${records} records, ${bytes} bytes, ${differences} differences`);
process.exit(differences > 0 || dumps === 0 ? 1 : 0);

function checkDump(path: string): void {
  const dump = read(path);
  const piece = emptyPiece();
  const variants = new Map<string, number>();
  let same = 0;
  let different = 0;
  let garbage = 0;
  let truncated = 0;
  for (let from = 0; cutPiece(dump, from, dump.length, true, piece); from = piece.end) {
    if (piece.kind === 'garbage') garbage += piece.text.length;
    if (piece.kind !== 'record') continue;
    const record = parseRecord(piece.text);
    const variant = record === undefined ? undefined : variantOf(record);
    variants.set(variant ?? 'mixed', (variants.get(variant ?? 'mixed') ?? 0) + 1);
    if (piece.truncated) truncated++;
    const text = record === undefined ? undefined : formatRecordBytes(record, variant);
    const wanted = piece.truncated ? piece.text : dump.subarray(from, piece.end);
    const written = piece.truncated ? text?.subarray(0, -1) : text;
    if (written !== undefined && Buffer.compare(written, wanted) === 0) {
      same++;
    } else if (different++ === 0) {
      console.error(
        `${path}: offset ${from} reads\n${Buffer.from(wanted)}but is written\n${text && Buffer.from(text)}`,
      );
    }
  }
  const found = [...variants].map(([variant, count]) => `${variant} ${count}`).join(', ');
  const rest = `${truncated} truncated, ${garbage} bytes of garbage`;
  report(path, `${same} of ${same + different} records the same (${found}), ${rest}`, different);
  dumps++;
  records += same + different;
  bytes += dump.length;
}

function checkStackList(path: string): void {
  const text = read(path);
  const list = parseStackList(text);
  const same = Buffer.compare(encodeText(formatStackList(list)), text) === 0;
  report(
    path,
    `${list.kind}, ${list.entries.length} entries, ${same ? 'the same' : 'DIFFERENT'}`,
    same ? 0 : 1,
  );
  lists++;
}

function read(path: string): Uint8Array {
  const file = readFileSync(path);
  return path.endsWith('.gz') ? gunzipSync(file) : file;
}

function report(path: string, text: string, different: number): void {
  console.log(`${relative(directory as string, path)}: ${text}`);
  differences += different;
}
