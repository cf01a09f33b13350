import { skipConsolePrefix } from './console-prefix.js';
import {
  S32_MAX,
  S32_MIN,
  U16_MAX,
  U32_MAX,
  integer,
  namesText,
  oneLine,
  taskName,
  u64,
  word,
} from './field-text.js';
import { HEADER_START } from './header-line.js';
import { takeLine } from './parse-record.js';
import type { BodyDraft } from './parse-record.js';
import type { PageLetters, PageOwnerRecord, RecordMemcg } from './record.js';
import { SLAB_LINE } from './record-line.js';
import { decodeText, encodeText } from './text-bytes.js';
import { isBareFrame, misfit } from './variant.js';
import type { Variant } from './variant.js';

/**
 * Writes a record as the kernel does, with the empty line that ends it: every field that the record has, in the
 * kernel's order. With `variant` the record must be one that kernels of that variant print.
 *
 * `parseRecord` of the result gives the same record, so a value that would be read back as another one is refused.
 *
 * @throws RangeError if there is no such variant; naming a field of `record` that `variant` lacks, or wants, or that holds
 * what no such text can
 */
export function formatRecord(record: PageOwnerRecord, variant?: Variant): string {
  const reason = variant === undefined ? undefined : misfit(record, variant);
  if (reason !== undefined) throw new RangeError(reason);
  let text = headerText(record) + pfnText(record);
  for (const frame of record.stack) text += frameText(frame);
  if (record.handle !== undefined) text += `handle: ${integer('handle', record.handle, 0, U32_MAX)}\n`;
  if (record.migrateReason !== undefined) {
    text += `Page has been migrated, last migrate reason: ${oneLine('migrateReason', record.migrateReason)}\n`;
  }
  if (record.memcg !== undefined) text += memcgText(record.memcg);
  for (const line of record.extraLines ?? []) text += extraText(record, line);
  return text + '\n';
}

/** The bytes of {@link formatRecord}. */
export function formatRecordBytes(record: PageOwnerRecord, variant?: Variant): Uint8Array {
  return encodeText(formatRecord(record, variant));
}

function headerText(record: PageOwnerRecord): string {
  let text = HEADER_START + integer('order', record.order, 0, U16_MAX);
  if (record.gfpMask === undefined) {
    // A header without a mask must end here to be one.
    refuse(record, ['gfpNames', 'pid', 'tgid', 'comm', 'tsNs', 'freeTsNs'], 'without gfpMask');
    return text + '\n';
  }
  text += `, mask 0x${integer('gfpMask', record.gfpMask, 0, U32_MAX).toString(16)}`;
  if (record.gfpNames !== undefined) text += `(${namesText('gfpNames', record.gfpNames)})`;
  if (record.pid !== undefined) text += `, pid ${integer('pid', record.pid, S32_MIN, S32_MAX)}`;
  if (record.tgid !== undefined) text += `, tgid ${integer('tgid', record.tgid, S32_MIN, S32_MAX)}`;
  if (record.comm !== undefined) {
    if (record.tgid === undefined) throw new RangeError('comm cannot be printed without tgid');
    text += ` (${taskName(record.comm, record.tsNs !== undefined)})`;
  }
  if (record.tsNs !== undefined) text += `, ts ${u64('tsNs', record.tsNs)} ns`;
  if (record.freeTsNs !== undefined) text += `, free_ts ${u64('freeTsNs', record.freeTsNs)} ns`;
  return text + '\n';
}

const NAMES_FIELDS = ['migratetype', 'pageblockMigratetype', 'flags', 'flagNames'] as const;

function pfnText(record: PageOwnerRecord): string {
  if (record.pfn === undefined) {
    refuse(record, ['pfnRadix', 'block', 'letters', ...NAMES_FIELDS], 'without pfn');
    return '';
  }
  const pfn = integer('pfn', record.pfn, 0, Number.MAX_SAFE_INTEGER);
  const block = integer('block', record.block, 0, Number.MAX_SAFE_INTEGER);
  const radix = record.pfnRadix;
  if (radix !== 10 && radix !== 16) throw new RangeError(`pfnRadix is ${radix}, neither 10 nor 16`);
  if (record.letters !== undefined) {
    refuse(record, NAMES_FIELDS, 'beside letters');
    if (radix !== 10) throw new RangeError(`pfnRadix is ${radix}, but with letters pfn is decimal`);
    return `PFN ${pfn} Block ${block} ${lettersText(record.letters)}\n`;
  }
  const number = radix === 16 ? `0x${pfn.toString(16)}` : `${pfn}`;
  const own = word('migratetype', record.migratetype);
  const pageblock = word('pageblockMigratetype', record.pageblockMigratetype);
  const flags = u64('flags', record.flags).toString(16);
  const names = oneLine('flagNames', record.flagNames);
  return `PFN ${number} type ${own} Block ${block} type ${pageblock} Flags 0x${flags}(${names})\n`;
}

/** Some fields have a place in the text only with, or only without, another. */
function refuse(record: PageOwnerRecord, fields: readonly (keyof PageOwnerRecord)[], when: string): void {
  const field = fields.find((name) => record[name] !== undefined);
  if (field !== undefined) throw new RangeError(`${field} cannot be printed ${when}`);
}

/** The end of a PFN line of 3.19 to 4.5. */
export function lettersText(letters: PageLetters): string {
  if (!/^[KERUDLASWCBM ]{12}$/.test(letters.flags)) {
    throw new RangeError(`letters.flags is ${JSON.stringify(letters.flags)}, not 12 columns of flag letters`);
  }
  const type = integer('letters.pageblockType', letters.pageblockType, 0, U32_MAX);
  return `type ${type} ${letters.fallback ? 'Fallback' : '        '} Flags ${letters.flags}`;
}

function frameText(frame: string): string {
  oneLine('stack', frame);
  return isBareFrame(frame) ? `${frame}\n` : ` ${frame}\n`;
}

/** The line about the memory control group. */
export function memcgText(memcg: RecordMemcg): string {
  if (memcg.kind === 'slab') return `${SLAB_LINE}\n`;
  const via = memcg.viaObjcg ? '(via objcg) ' : '';
  const offline = memcg.offline ? 'offline ' : '';
  return `Charged ${via}to ${offline}memcg ${oneLine('memcg.name', memcg.name)}\n`;
}

/** An extra line must be one to the cutter and the parser too. */
function extraText(record: PageOwnerRecord, line: string): string {
  const bytes = encodeText(oneLine('extraLines', line));
  const content = decodeText(bytes.subarray(skipConsolePrefix(bytes, 0, bytes.length)));
  const { extraLines: _, ...known } = record;
  const draft: BodyDraft = { ...known, stack: [] };
  if (content === '' || content === '\r' || content.startsWith(HEADER_START) || takeLine(draft, line)) {
    throw new RangeError(`extraLines holds ${JSON.stringify(line)}, which would be read as something else`);
  }
  return `${line}\n`;
}
