import { encodeText, formatRecord } from '@page-owner/dump-format';
import type { PageOwnerRecord } from '@page-owner/dump-format';
import { migratetypeName } from '@page-owner/kernel-abi';
import type { Era } from '@page-owner/kernel-abi';
import { FlagWords, fieldsOf } from '../tables/flag-words.js';
import type { PageFlags } from '../tables/flag-words.js';
import { gfpMask } from '../tables/gfp-masks.js';
import type { GfpMask } from '../tables/gfp-masks.js';
import { knownTypeName } from '../tables/known-type-name.js';
import { NO_FLAGS } from '../tables/live-table.js';
import type { LiveTable, Slot } from '../tables/live-table.js';
import { COMPACTION, NOT_MOVED } from '../playing/moves.js';
import type { ReplayParts } from './replay-parts.js';
import type { StackId } from '../tables/stack-table.js';

/** What a dump is to have. */
export interface DumpOptions {
  /** Whether to include what may have been freed while events were lost; the default is false. */
  readonly doubtful?: boolean | undefined;
  /** Whether to include what is left of the baseline; the default is true. */
  readonly baseline?: boolean | undefined;
}

const CHUNK_LETTERS = 1 << 16;
const UNMOVABLE = 0;
/**
 * What runs while page_owner keeps itself from being recorded; kernels that print what a baseline needs have these names.
 */
const TRACKER = /^(?:save_stack|__(?:re)?set_page_owner)(?:\+|$)/;

/** Writes live allocations as a page_owner dump of 6.7 and later (V7), by page frame number. */
export class DumpWriter {
  readonly #parts: ReplayParts;
  readonly #live: LiveTable;
  readonly #gfps: GfpMask[] = [];
  readonly #frames: (readonly string[])[] = [];
  readonly #words: FlagWords;

  constructor(parts: ReplayParts) {
    this.#parts = parts;
    this.#live = parts.replayer.live;
    this.#words = new FlagWords(parts.replayer.flagTexts, parts.era);
  }

  *records({ doubtful = false, baseline = true }: DumpOptions): Generator<PageOwnerRecord> {
    const { doubtBelow } = this.#parts.replayer;
    for (const slot of this.#live.sorted()) {
      if (!doubtful && (this.#live.serial[slot] as number) < doubtBelow) continue;
      if (!baseline && (this.#live.record[slot] as number) >= 0) continue;
      const first = this.#live.pfn[slot] as number;
      const end = first + 2 ** (this.#live.order[slot] as number);
      const pages = 2 ** (this.#live.piece[slot] as number);
      for (let pfn = first; pfn < end; pfn += pages) yield this.#record(slot, pfn);
    }
  }

  *chunks(which: DumpOptions): Generator<Uint8Array> {
    let text = '';
    for (const record of this.records(which)) {
      text += formatRecord(record, 'V7');
      if (text.length < CHUNK_LETTERS) continue;
      yield encodeText(text);
      text = '';
    }
    if (text !== '') yield encodeText(text);
  }

  #record(slot: Slot, pfn: number): PageOwnerRecord {
    const live = this.#live;
    const { baseline, replayer } = this.#parts;
    const block = replayer.pageblocks.blockOf(pfn);
    const type = replayer.pageblocks.typeOf(pfn);
    const flags = live.flags[slot] as number;
    const reason = live.reason[slot] as number;
    const migrateReason = replayer.moves.reasons[reason];
    const place = {
      order: live.piece[slot] as number,
      pfn,
      pfnRadix: 16 as const,
      block,
      ...(type !== undefined && { pageblockMigratetype: type }),
      ...(migrateReason !== undefined && { migrateReason }),
    };
    const where = baseline?.places.at(block, pfn);
    const seen = (fields: PageFlags | undefined) => flags !== NO_FLAGS && this.#words.with(flags, fields);
    const row = live.record[slot] as number;
    if (row >= 0 && baseline) {
      const record = baseline.record(row);
      // Compaction stays in the zone.
      const stays = reason === NOT_MOVED || reason === COMPACTION;
      const fields = stays ? fieldsOf(record, this.#parts.era) : where?.fields;
      return { ...record, ...seen(fields), ...place };
    }
    const { flags: word, flagNames } = where ?? { flags: 0n, flagNames: '' };
    return { ...this.#traced(slot), flags: word, flagNames, ...seen(where?.fields), ...place };
  }

  #traced(slot: Slot): Omit<PageOwnerRecord, 'flags' | 'flagNames'> {
    const live = this.#live;
    const { tasks, gfpTexts, baseline, era } = this.#parts;
    const gfp = live.gfp[slot] as number;
    const { mask, names } = (this.#gfps[gfp] ??= gfpMask(gfpTexts.text(gfp), era));
    const { comm, pid, tgid } = tasks.at(live.task[slot] as number);
    const stack = live.stack[slot] as number;
    const type = typeName(live.migratetype[slot] as number, era);
    return {
      order: live.piece[slot] as number,
      gfpMask: mask,
      gfpNames: names,
      pid,
      tgid: tgid ?? baseline?.tgidOf(pid) ?? pid,
      comm,
      tsNs: BigInt(live.seconds[slot] as number) * 1_000_000_000n + BigInt(live.nanoseconds[slot] as number),
      migratetype: type,
      pageblockMigratetype: type,
      stack: (this.#frames[stack] ??= this.#stack(stack)),
    };
  }

  /** While page_owner records an allocation it allocates itself, and writes down one stack for all of that. */
  #stack(id: StackId): readonly string[] {
    const frames = this.#parts.stacks.frames(id);
    return (frames.some((frame) => TRACKER.test(frame)) && this.#parts.baseline?.dummyStack) || frames;
  }
}

function typeName(type: number, era: Era): string {
  return knownTypeName(type < 0 ? UNMOVABLE : type, era) ?? migratetypeName(UNMOVABLE, era);
}
