/** From owner records to the text of debugfs page_owner. What records share is turned into text once. */
import type { PageAllocator } from '@page-owner/buddy-allocator';
import { encodeText, RecordWriter, type RecordTexts } from '@page-owner/dump-format';
import {
  formatGfp,
  formatPageFlagColumns,
  formatPageFlags,
  gfpMigratetype,
  migrateReasonName,
  MIGRATE_REASON_NEVER,
  migratetypeName,
  pageFlagsLayout,
  parsePageFlags,
  setPageFlagsField,
  X86_64_LAYOUT,
  type PageFlagsBuild,
  type PageFlagsLayout,
} from '@page-owner/kernel-abi';
import { trackerRules, type OwnerRecord, type PrintMode, type RecordFormatter } from '@page-owner/page-owner';
import { toAddress, type StackDepot, type Symbolizer } from '@page-owner/stackdepot';
import { isBefore, type Kernel } from '../kernel/kernel.js';
import type { NoteId, PageNotes } from './page-notes.js';

interface RecordTextOptions {
  readonly kernel: Kernel;
  readonly allocator: PageAllocator;
  readonly depot: StackDepot;
  readonly symbols: Symbolizer;
  readonly notes: PageNotes;
  /** What decides where in the flags word node and zone are; an x86-64 distribution kernel's unless given. */
  readonly flagsBuild?: PageFlagsBuild | undefined;
}

interface MaskTexts {
  readonly mask: Uint8Array;
  readonly type: Uint8Array;
  /** Number of the migratetype. */
  readonly migratetype: number;
}

const TYPES = 8;
const NOTHING = new Uint8Array(0);

/** Writes owner records as the machine's kernel prints them. */
export class RecordText {
  readonly #options: RecordTextOptions;
  readonly #layout: PageFlagsLayout;
  readonly #writer: RecordWriter;
  readonly #zones: readonly { node: number; type: number }[];
  readonly #bracketed: boolean;
  readonly #inline: boolean;
  readonly #masks = new Map<number, MaskTexts>();
  readonly #pages = new Map<number, Uint8Array>();
  readonly #stacks = new Map<number, Uint8Array>();
  readonly #ends = new Map<number, Uint8Array>();
  readonly #texts: RecordTexts = {
    mask: NOTHING,
    type: NOTHING,
    page: NOTHING,
    stack: NOTHING,
    end: NOTHING,
  };
  // What the record before had.
  #gfp = -1;
  #maskTexts: MaskTexts = { mask: NOTHING, type: NOTHING, migratetype: 0 };
  #handle = -1;

  constructor(options: RecordTextOptions) {
    const { kernel, allocator, flagsBuild } = options;
    const rules = trackerRules(kernel.release);
    this.#options = options;
    this.#layout = flagsBuild === undefined ? X86_64_LAYOUT : pageFlagsLayout(flagsBuild);
    this.#writer = new RecordWriter(kernel.variant);
    const zones = allocator.zones();
    const types = zones.filter(({ node }) => node === 0).length;
    this.#zones = zones.map(({ node }, index) => ({ node, type: index % types }));
    this.#bracketed = rules.bracketedStacks;
    this.#inline = !rules.depot;
  }

  /** For `PageOwnerFile.read`. */
  readonly format: RecordFormatter = (record, into, mode) => {
    const { allocator, notes } = this.#options;
    const { pfn, gfp } = record;
    const texts = this.#texts;
    if (gfp !== this.#gfp) {
      this.#maskTexts = this.#masks.get(gfp) ?? this.#newMask(gfp);
      this.#gfp = gfp;
      texts.mask = this.#maskTexts.mask;
      texts.type = this.#maskTexts.type;
    }
    const note = notes.at(pfn);
    texts.page = this.#pageText(note, allocator.zoneIndexOf(pfn), allocator.pageblockType(pfn));
    if (this.#inline) texts.stack = this.#frameText(record.frames, record.depth);
    else if (mode === 'handle') texts.stack = NOTHING;
    else if (record.handle !== this.#handle || texts.stack === NOTHING) {
      texts.stack = this.#stackText(record.handle);
      this.#handle = record.handle;
    }
    texts.end = this.#endText(record, note, mode);
    return this.#writer.write(record, texts, into);
  };

  /** Names of the flags that a note gives its pages. */
  flagNames(note: NoteId): readonly string[] {
    const { era } = this.#options.kernel;
    return formatPageFlags(this.#flagsWord(note, 0), { era, layout: this.#layout }).split('|');
  }

  #newMask(gfp: number): MaskTexts {
    const { era } = this.#options.kernel;
    const migratetype = gfpMigratetype(gfp, era);
    const texts = {
      mask: this.#writer.maskText(gfp, formatGfp(gfp, era)),
      type: this.#writer.typeText(migratetypeName(migratetype, era)),
      migratetype,
    };
    this.#masks.set(gfp, texts);
    return texts;
  }

  #pageText(note: NoteId, zone: number, blockType: number): Uint8Array {
    const { migratetype } = this.#maskTexts;
    const key = ((note * this.#zones.length + zone) * TYPES + blockType) * TYPES + migratetype;
    let text = this.#pages.get(key);
    if (text === undefined) {
      text = this.#newPage(note, zone, blockType, migratetype);
      this.#pages.set(key, text);
    }
    return text;
  }

  #newPage(note: NoteId, zone: number, blockType: number, migratetype: number): Uint8Array {
    const { era } = this.#options.kernel;
    const flags = this.#flagsWord(note, zone);
    if (isBefore(era, '4.6')) {
      const letters = formatPageFlagColumns(flags, era);
      return RecordWriter.lettersText({
        pageblockType: blockType,
        fallback: blockType !== migratetype,
        flags: letters,
      });
    }
    const names = formatPageFlags(flags, { era, layout: this.#layout });
    return RecordWriter.pageText(migratetypeName(blockType, era), flags, names);
  }

  /** The flags word: what the note says, and unless that is the whole word, node, zone and an unset lastcpupid. */
  #flagsWord(note: NoteId, zone: number): bigint {
    const { kernel, notes } = this.#options;
    const { flags = '' } = notes.noteOf(note);
    if (typeof flags === 'bigint') return flags;
    const layout = this.#layout;
    const { node, type } = this.#zones[zone]!;
    let word = parsePageFlags(flags, { era: kernel.era, layout });
    word = setPageFlagsField(word, 'node', node, layout);
    word = setPageFlagsField(word, 'zone', type, layout);
    return setPageFlagsField(word, 'lastcpupid', 2 ** layout.lastcpupid - 1, layout);
  }

  #stackText(handle: number): Uint8Array {
    let text = this.#stacks.get(handle);
    if (text === undefined) {
      const { depot, symbols } = this.#options;
      if (this.#bracketed) {
        const frames = new Uint32Array(2 * depot.maxFrames);
        text = this.#frameText(frames, depot.fetch(handle, frames));
      } else text = encodeText(depot.print(handle, symbols));
      this.#stacks.set(handle, text);
    }
    return text;
  }

  #frameText(frames: Uint32Array, depth: number): Uint8Array {
    const { symbols } = this.#options;
    let text = '';
    for (let frame = 0; frame < depth; frame++) {
      const lo = frames[2 * frame]!;
      const hi = frames[2 * frame + 1]!;
      const address = toAddress(lo, hi).toString(16).padStart(16, '0');
      text += ` [<${address}>] ${symbols.symbolize(lo, hi)}\n`;
    }
    return encodeText(text);
  }

  #endText({ reason, handle }: OwnerRecord, note: NoteId, mode: PrintMode): Uint8Array {
    if (mode !== 'stack') return this.#newEnd(reason, note, handle);
    // Reasons begin with -1.
    const key = note * 256 + reason - MIGRATE_REASON_NEVER;
    let text = this.#ends.get(key);
    if (text === undefined) {
      text = this.#newEnd(reason, note);
      this.#ends.set(key, text);
    }
    return text;
  }

  #newEnd(reason: number, note: NoteId, handle?: number): Uint8Array {
    const { kernel, notes } = this.#options;
    const migrated = reason !== MIGRATE_REASON_NEVER && !isBefore(kernel.era, '4.6');
    return RecordWriter.endText({
      handle,
      migrateReason: migrated ? migrateReasonName(reason, kernel.era) : undefined,
      memcg: isBefore(kernel.era, '5.18') ? undefined : notes.noteOf(note).memcg,
    });
  }
}
