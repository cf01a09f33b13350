import { BIT_TS, decodeText, DumpScanner, encodeText, parseRecord, variantOf } from '@page-owner/dump-format';
import type { ScannedRecord, ScanReport, Variant } from '@page-owner/dump-format';
import { classOfPage, classOfStack } from './allocator-class.js';
import { parseFrames } from './frame-text.js';
import type { CgroupIndex, SampleIndex, StackIndex } from './indices.js';
import { UNKNOWN } from './indices.js';
import { MOVABLE, oldGfpType, readPageText } from './page-facts.js';
import type { PageFacts } from './page-facts.js';
import type { PageClass } from './pageblocks.js';
import type { ProfileTables } from './profile-builder.js';
import { selectsPage, selectsStack } from './selection.js';
import { EMPTY_STACK } from './stack-table.js';
import { TextTriples } from './text-triples.js';

/** What a distinct stack text says. */
interface StackFacts {
  readonly selected: boolean;
  readonly stack: StackIndex;
  readonly allocator: number;
  readonly cgroup: CgroupIndex;
  readonly migrated: boolean;
  readonly slab: boolean;
}

/** What a distinct triple of texts says. */
interface TripleFacts extends PageClass {
  /** UNKNOWN: its records are not selected. */
  readonly sample: SampleIndex;
}

/** Distinct texts beyond these are forgotten: what they meant is in the tables. */
const MOST_TEXT_BYTES = 24 << 20;
const MOST_TRIPLES = 1 << 17;

/** A header to put before a stack text, so that it can be read as a record. */
const ANY_HEADER = encodeText('Page allocated via order 0, mask 0x0\n');

/** Reads a dump into the tables of a profile, record by record, in one pass over its bytes. */
export class DumpReader {
  readonly #tables: ProfileTables;
  readonly #done: (report: ScanReport) => void;
  readonly #triples = new TextTriples();
  #scanner!: DumpScanner;
  #facts: TripleFacts[] = [];
  #stacks: (StackFacts | undefined)[] = [];
  #pages: (PageFacts | undefined)[] = [];
  /** Records later than this do not count. */
  readonly #untilHigh: number;
  readonly #untilLow: number;

  private constructor(tables: ProfileTables, done: (report: ScanReport) => void) {
    this.#tables = tables;
    this.#done = done;
    const until = tables.select?.until;
    this.#untilHigh = until === undefined ? Infinity : Number(until >> 32n);
    this.#untilLow = until === undefined ? 0 : Number(until & 0xffff_ffffn);
  }

  static async create(tables: ProfileTables, done: (report: ScanReport) => void): Promise<DumpReader> {
    const reader = new DumpReader(tables, done);
    reader.#scanner = await DumpScanner.create(
      { record: (record) => reader.#add(record), pause: () => reader.#forgetIfLarge() },
      { pages: true },
    );
    return reader;
  }

  /** Room for the next bytes; say how many came with `filled`. It saves `push` a copy. */
  space(): Uint8Array {
    return this.#scanner.space();
  }

  /** @throws Error when a handle has no stack */
  filled(count: number): void {
    this.#scanner.filled(count);
  }

  /** Takes the next bytes of the dump, any number of them. */
  push(bytes: Uint8Array): void {
    this.#scanner.push(bytes);
  }

  /** Says that the dump has ended. */
  finish(): ScanReport {
    const report = this.#scanner.finish();
    this.#done(report);
    return report;
  }

  #add(record: ScannedRecord): void {
    const { ages, clock, pageblocks, samples } = this.#tables;
    const { tsHigh, tsLow } = record;
    const timed = record.bits & BIT_TS;
    if (timed && (tsHigh > clock.high || (tsHigh === clock.high && tsLow > clock.low))) {
      clock.high = tsHigh;
      clock.low = tsLow;
    }
    const triple = this.#triples.indexOf(record.line, record.stack, record.page);
    const facts = this.#facts[triple] ?? (this.#facts[triple] = this.#read(record));
    const { sample, pages } = facts;
    if (sample < 0) return;
    if (timed) {
      if (tsHigh > this.#untilHigh || (tsHigh === this.#untilHigh && tsLow > this.#untilLow)) return;
      samples.addRecord(sample, pages, tsHigh, tsLow);
      ages.add(facts.stack, tsHigh, tsLow, pages);
    } else {
      if (this.#untilHigh !== Infinity) return;
      samples.add(sample, 1, pages);
    }
    const { block } = record;
    if (!pageblocks || block < 0) return;
    if (pageblocks.order < 0 && record.pfn >= 0) pageblocks.learnOrder(record.pfn, block);
    pageblocks.add(block, facts);
  }

  #forgetIfLarge(): void {
    if (this.#scanner.textBytes < MOST_TEXT_BYTES && this.#triples.length < MOST_TRIPLES) return;
    this.#scanner.forgetTexts();
    this.#triples.clear();
    this.#facts = [];
    this.#stacks = [];
    this.#pages = [];
  }

  /** Works out what a triple of texts means that comes for the first time. */
  #read(record: ScannedRecord): TripleFacts {
    const tables = this.#tables;
    const { tasks, samples, stacks, select } = tables;
    tables.variant ??= this.#variantOf(record);
    const header = this.#scanner.header(record.line);
    const page = (this.#pages[record.page] ??= readPageText(this.#scanner.pageText(record.page)));
    const facts = (this.#stacks[record.stack] ??= this.#readStack(record.stack));
    const { stack, cgroup, migrated } = facts;
    const { zone, node, differs, reserved } = page;
    // Before 4.6 the PFN line has one type only, that of the block.
    const gfpType = page.gfpType < 0 && page.blockType >= 0 ? oldGfpType(header.gfpMask) : page.gfpType;
    const blockType = page.gfpType < 0 && !differs ? gfpType : page.blockType;
    const { order } = header;
    const allocator = classOfPage(facts.allocator, { ...page, slab: page.slab || facts.slab });
    const selected = facts.selected && (!select || selectsPage(select, { ...header, zone, node, allocator }));
    const key = {
      stack,
      task: selected ? tasks.indexOf(header.pid, header.tgid, header.comm ?? '') : 0,
      order,
      gfpType,
      blockType,
      zone,
      node,
      cgroup,
      allocator,
      migrated: migrated ? 1 : 0,
    };
    return {
      ...key,
      sample: selected ? samples.indexOf(key) : UNKNOWN,
      pages: 2 ** order,
      differs,
      reserved,
      fixed: gfpType !== MOVABLE && !page.lru,
      owner: stack === EMPTY_STACK ? UNKNOWN : stacks.functionOf(stacks.ownerOf(stack)),
    };
  }

  /** Tried on each new triple until a record fits a variant; so hardly ever on a second one. */
  #variantOf(record: ScannedRecord): Variant | undefined {
    const whole = record.parse();
    return whole && variantOf(whole);
  }

  #readStack(id: number): StackFacts {
    const text = this.#scanner.stackText(id);
    const whole = new Uint8Array(ANY_HEADER.length + text.length);
    whole.set(ANY_HEADER);
    whole.set(text, ANY_HEADER.length);
    const record = parseRecord(whole);
    if (!record) throw new Error(`a stack text cannot be read: ${decodeText(text.slice(0, 60))}`);
    const { stack, handle, memcg, migrateReason } = record;
    const frames =
      stack.length || handle === undefined ? parseFrames(stack) : this.#tables.framesOfHandle(handle);
    const { stacks, cgroups, select } = this.#tables;
    const cgroup = memcg?.kind === 'charged' ? memcg : undefined;
    const selected = !select || selectsStack(select, frames, cgroup);
    return {
      selected,
      stack: selected ? stacks.indexOf(frames) : EMPTY_STACK,
      allocator: classOfStack(frames),
      cgroup: selected && cgroup ? cgroups.indexOf(cgroup.name, cgroup.offline) : 0,
      migrated: migrateReason !== undefined,
      slab: memcg?.kind === 'slab',
    };
  }
}
