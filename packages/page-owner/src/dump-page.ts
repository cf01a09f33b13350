/**
 * What dump_page() says about a page's owner:
 *
 * ```
 *   4.6 to 5.3                                 5.4 and later
 *   page_owner info is not active (free page?) page_owner info is not present (never set?)
 * or                                         or
 *   page allocated via order ...               page_owner tracks the page as allocated        or: as freed
 *    stack                                     page last allocated via order ..., pid ..., ts ...
 *   page has been migrated, ...                 stack                       or: page_owner allocation stack trace missing
 *                                              page last free pid ... stack trace:
 *                                               stack                       or: page_owner free stack trace missing
 *                                              page has been migrated, last migrate reason: ...
 * ```
 */
import {
  formatGfp,
  gfpMigratetype,
  migrateReasonName,
  MIGRATE_REASON_NEVER,
  migratetypeName,
  type Era,
  type KernelConfig,
} from '@page-owner/kernel-abi';
import { NO_STACK } from '@page-owner/stackdepot';
import type { OwnerRecord } from './owner-record.js';
import type { DumpWording } from './tracker-rules.js';

/** What the text needs to know besides the record. */
interface DumpContext {
  readonly era: Era;
  readonly config: KernelConfig | undefined;
  readonly wording: DumpWording;
  /** Stacks are in the depot. */
  readonly depot: boolean;
  stack(handle: number): string;
  /** The stack kept in the record, before 4.8. */
  inlineStack(record: OwnerRecord): string;
}

/**
 * The lines, each with its newline; none before 4.6.
 *
 * @param record null if the page has no page_ext
 */
export function dumpPageText(record: OwnerRecord | null, context: DumpContext): string {
  const { style } = context.wording;
  if (style === 'none') return '';
  if (record === null) return 'There is not page extension available.\n';
  return style === 'active' ? activeText(record, context) : lastText(record, context);
}

function activeText(record: OwnerRecord, context: DumpContext): string {
  if (!record.owned || (context.depot && record.handle === NO_STACK)) {
    return 'page_owner info is not active (free page?)\n';
  }
  const stack = context.depot ? context.stack(record.handle) : context.inlineStack(record);
  return `page allocated via ${requestText(record, context)}\n${stack}${migratedText(record, context)}`;
}

function lastText(record: OwnerRecord, context: DumpContext): string {
  if (!record.owned) return 'page_owner info is not present (never set?)\n';
  const { handle, freeHandle, freePid, freeTgid, freeTs, allocated } = record;
  const { freed } = context.wording;
  let text = `page_owner tracks the page as ${allocated ? 'allocated' : 'freed'}\n`;
  text += `page last allocated via ${requestText(record, context)}${allocatorText(record, context.wording)}\n`;
  text += handle === NO_STACK ? 'page_owner allocation stack trace missing\n' : context.stack(handle);
  if (freeHandle === NO_STACK) {
    text += 'page_owner free stack trace missing\n';
  } else {
    const ids = freed === '' ? '' : ` pid ${freePid} tgid ${freeTgid}`;
    const time = freed === 'ids ts' ? ` ts ${freeTs}` : '';
    text += `page last free${ids}${time} stack trace:\n${context.stack(freeHandle)}`;
  }
  return text + migratedText(record, context);
}

function requestText({ order, gfp }: OwnerRecord, { era, config }: DumpContext): string {
  const type = migratetypeName(gfpMigratetype(gfp, era), era, config);
  return `order ${order}, migratetype ${type}, gfp_mask 0x${gfp.toString(16)}(${formatGfp(gfp, era, config)})`;
}

function allocatorText(record: OwnerRecord, { allocated }: DumpWording): string {
  if (allocated === '') return '';
  const { pid, tgid, commText, ts, freeTs } = record;
  const who = allocated.startsWith('tgid') ? `pid ${pid}, tgid ${tgid} (${commText})` : `pid ${pid}`;
  return `, ${who}, ts ${ts}${allocated.endsWith('free') ? `, free_ts ${freeTs}` : ''}`;
}

const migratedText = ({ reason }: OwnerRecord, { era }: DumpContext): string =>
  reason === MIGRATE_REASON_NEVER
    ? ''
    : `page has been migrated, last migrate reason: ${migrateReasonName(reason, era)}\n`;
