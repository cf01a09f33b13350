/** A dump as the allocations that led to it. */
import { encodeText, records, variantOf, VARIANTS } from '@page-owner/dump-format';
import type { PageOwnerRecord, Variant } from '@page-owner/dump-format';
import { migrateReasonNumber, MIGRATE_REASON_NEVER, type Era } from '@page-owner/kernel-abi';
import { Task } from '@page-owner/page-owner';
import type { PageNote } from '../pages/page-notes.js';

/** One allocation that is alive in the dump. */
export interface Recorded {
  /** Its first frame. */
  readonly pfn: number;
  /** It has 2^order pages. */
  readonly order: number;
  /** Its mask, as the dump's kernel numbers the flags. */
  readonly gfp: number;
  /** Who allocated. */
  readonly task: Task;
  /** Innermost first. */
  readonly stack: readonly string[];
  /** Nanoseconds since boot. */
  readonly ts: bigint;
  /** When the first frame was freed before; 0 for never, and where the dump does not say. */
  readonly freeTs: bigint;
  /** Why it was migrated last; -1 for never. */
  readonly reason: number;
  /** The page's flags word and control group. */
  readonly note: PageNote;
}

export interface Recording {
  /** In use before page_owner ran; by frame number. */
  readonly early: readonly Recorded[];
  /** All others; by time. */
  readonly later: readonly Recorded[];
  /** The type of each pageblock the dump tells of, by the number of the block. */
  readonly blockTypes: ReadonlyMap<number, string>;
  /** Flags words of the dump and how it names them, a word for each set of names. */
  readonly flagWords: ReadonlyMap<string, bigint>;
}

const EARLY = 'register_early_stack+';

/**
 * Reads a dump of 5.18 or later.
 *
 * @param variant whose text it has to be
 * @throws RangeError if a record lacks what a kernel of that time prints, or is another kernel's
 */
export function readRecording(dump: Uint8Array, era: Era, variant: Variant): Recording {
  const early: Recorded[] = [];
  const later: Recorded[] = [];
  const blockTypes = new Map<number, string>();
  const flagWords = new Map<string, bigint>();
  const texts = new SharedTexts();
  let checked = false;
  for (const record of records(dump)) {
    if (!checked) checkVariant(record, variant);
    checked = true;
    const recorded = recordedOf(record, texts, era);
    (recorded.stack[0]?.startsWith(EARLY) ? early : later).push(recorded);
    blockTypes.set(record.block!, record.pageblockMigratetype!);
    flagWords.set(record.flagNames!, record.flags!);
  }
  const byPfn = (a: Recorded, b: Recorded): number => a.pfn - b.pfn;
  early.sort(byPfn);
  later.sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : byPfn(a, b)));
  return { early, later, blockTypes, flagWords };
}

/** Dumps of another kernel are told by their first record. @throws RangeError */
function checkVariant(record: PageOwnerRecord, variant: Variant): void {
  const found = variantOf(record);
  // A record without a handle is as V8 prints it, too.
  if (found === undefined || found === variant || (found === 'V7' && variant === 'V8')) return;
  throw new RangeError(
    `the dump is of Linux ${VARIANTS[found].kernels}, the boot of Linux ${VARIANTS[variant].kernels}`,
  );
}

/** Tasks, stacks and notes that records share. */
class SharedTexts {
  readonly #tasks = new Map<string, Task>();
  readonly #stacks = new Map<string, readonly string[]>();
  readonly #notes = new Map<string, PageNote>();

  task(pid: number, tgid: number, comm: string): Task {
    const key = `${pid} ${tgid} ${comm}`;
    let task = this.#tasks.get(key);
    if (task === undefined) {
      task = new Task(pid, tgid, encodeText(comm));
      this.#tasks.set(key, task);
    }
    return task;
  }

  stack(frames: readonly string[]): readonly string[] {
    const key = frames.join('\n');
    const known = this.#stacks.get(key);
    if (known === undefined) this.#stacks.set(key, frames);
    return known ?? frames;
  }

  note(flags: bigint, memcg: PageOwnerRecord['memcg']): PageNote {
    const key = `${flags}${memcg === undefined ? '' : JSON.stringify(memcg)}`;
    let note = this.#notes.get(key);
    if (note === undefined) {
      note = memcg === undefined ? { flags } : { flags, memcg };
      this.#notes.set(key, note);
    }
    return note;
  }
}

function recordedOf(record: PageOwnerRecord, texts: SharedTexts, era: Era): Recorded {
  const { pfn, order, gfpMask, pid, tgid, comm, tsNs, flags, migrateReason, memcg } = record;
  if (
    pfn === undefined ||
    gfpMask === undefined ||
    pid === undefined ||
    tgid === undefined ||
    comm === undefined ||
    tsNs === undefined ||
    flags === undefined
  ) {
    throw new RangeError(
      `a record of 5.18 or later has mask, pid, tgid, name, time, frame and flags; one of order ${order} lacks some`,
    );
  }
  const reason = migrateReason === undefined ? MIGRATE_REASON_NEVER : migrateReasonNumber(migrateReason, era);
  return {
    ...{ pfn, order, gfp: gfpMask, ts: tsNs, freeTs: record.freeTsNs ?? 0n, reason },
    task: texts.task(pid, tgid, comm),
    stack: texts.stack(record.stack),
    note: texts.note(flags, memcg),
  };
}
