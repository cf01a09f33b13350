import type { PageOwnerRecord } from '@page-owner/dump-format';
import { classOfPage, classOfStack } from '../facts/allocator-class.js';
import { parseFrames } from '../facts/frame-text.js';
import type { CgroupIndex, SampleIndex, StackIndex } from '../indices.js';
import { UNKNOWN } from '../indices.js';
import { knownMask, MOVABLE, typesOf } from '../facts/page-facts.js';
import type { PageFacts } from '../facts/page-facts.js';
import type { PageClass } from '../tables/pageblocks.js';
import type { ProfileTables } from './profile-tables.js';
import { selectsPage, selectsStack } from '../analysis/selection.js';
import { EMPTY_STACK } from '../tables/stack-table.js';

/** What the stack of a record, and the lines behind it, say. */
export interface StackFacts {
  readonly selected: boolean;
  readonly stack: StackIndex;
  readonly allocator: number;
  readonly cgroup: CgroupIndex;
  readonly migrated: boolean;
  readonly slab: boolean;
}

/** What header line, stack and PFN line say together. */
export interface RecordFacts extends PageClass {
  /** UNKNOWN: such records are not selected. */
  readonly sample: SampleIndex;
}

/** What a header line says. */
interface HeaderFacts {
  readonly order: number;
  readonly gfpMask?: number | undefined;
  readonly gfpNames?: string | undefined;
  readonly pid?: number | undefined;
  readonly tgid?: number | undefined;
  readonly comm?: string | undefined;
}

/** Counts records in the tables of a profile, whatever they are read from. */
export class RecordCounter {
  readonly #tables: ProfileTables;
  /** Whether only records of some time count: those later than one moment, up to another. */
  readonly #isTimed: boolean;
  readonly #afterHigh: number;
  readonly #afterLow: number;
  readonly #untilHigh: number;
  readonly #untilLow: number;

  constructor(tables: ProfileTables) {
    this.#tables = tables;
    const { after, until } = tables.select ?? {};
    this.#isTimed = after !== undefined || until !== undefined;
    this.#afterHigh = after === undefined ? -Infinity : Number(after >> 32n);
    this.#afterLow = after === undefined ? 0 : Number(after & 0xffff_ffffn);
    this.#untilHigh = until === undefined ? Infinity : Number(until >> 32n);
    this.#untilLow = until === undefined ? 0 : Number(until & 0xffff_ffffn);
  }

  /** What a combination means that comes for the first time. */
  read(header: HeaderFacts, onStack: StackFacts, page: PageFacts): RecordFacts {
    const { tasks, samples, gfpNames, select } = this.#tables;
    const { stack, cgroup, migrated } = onStack;
    const { zone, node, differs, reserved } = page;
    const { gfpType, blockType } = typesOf(page, header.gfpMask);
    const gfpMask = knownMask(header.gfpMask);
    const { order } = header;
    const slab = page.slab || onStack.slab;
    const allocator = classOfPage(onStack.allocator, { ...page, slab });
    const selected =
      onStack.selected &&
      (!select || selectsPage(select, { ...header, gfpMask, gfpType, blockType, zone, node, allocator }));
    if (selected && gfpMask >= 0 && header.gfpNames !== undefined && !gfpNames.has(gfpMask))
      gfpNames.set(gfpMask, header.gfpNames);
    const sample = !selected
      ? UNKNOWN
      : samples.indexOf({
          stack,
          task: tasks.indexOf(header.pid, header.tgid, header.comm ?? ''),
          order,
          gfpMask,
          gfpType,
          blockType,
          zone,
          node,
          cgroup,
          allocator,
          migrated: migrated ? 1 : 0,
        });
    // Written out: an object made by spreading another is slow to read, and these are read for each record.
    return {
      sample,
      order,
      pages: 2 ** order,
      gfpType,
      blockType,
      differs,
      reserved,
      fixed: gfpType !== MOVABLE && !page.lru,
      zone,
      node,
      stack,
    };
  }

  /** What a stack, and the lines behind it, mean that come for the first time. @throws Error when a handle has no stack */
  readStack(record: Pick<PageOwnerRecord, 'stack' | 'handle' | 'memcg' | 'migrateReason'>): StackFacts {
    const { stack, handle, memcg, migrateReason } = record;
    const { stacks, cgroups, select, framesOfHandle } = this.#tables;
    const frames = stack.length || handle === undefined ? parseFrames(stack) : framesOfHandle(handle);
    const cgroup = memcg?.kind === 'charged' ? memcg : undefined;
    const selected = !select || selectsStack(select, frames, cgroup);
    const at = selected ? stacks.indexOf(frames) : EMPTY_STACK;
    if (handle !== undefined) stacks.setHandle(at, handle);
    return {
      selected,
      stack: at,
      allocator: classOfStack(frames),
      cgroup: selected && cgroup ? cgroups.indexOf(cgroup.name, cgroup.offline) : 0,
      migrated: migrateReason !== undefined,
      slab: memcg?.kind === 'slab',
    };
  }

  /**
   * Counts a record; its time is in two words. -1 as page frame number or pageblock is one that the record does not have.
   */
  add(facts: RecordFacts, timed: boolean, tsHigh: number, tsLow: number, pfn: number, block: number): void {
    const { ages, clock, pageblocks, samples } = this.#tables;
    if (timed && (tsHigh > clock.high || (tsHigh === clock.high && tsLow > clock.low))) {
      clock.high = tsHigh;
      clock.low = tsLow;
    }
    const { sample, pages } = facts;
    if (sample < 0) return;
    if (timed) {
      if (this.#isTimed && !this.#isWithin(tsHigh, tsLow)) return;
      samples.addRecord(sample, pages, tsHigh, tsLow);
      ages.add(facts.stack, tsHigh, tsLow, pages);
    } else {
      if (this.#isTimed) return;
      samples.add(sample, 1, pages);
    }
    if (!pageblocks || block < 0) return;
    if (pageblocks.order < 0 && pfn >= 0) pageblocks.learnOrder(pfn, block);
    pageblocks.add(block, facts);
  }

  /** Counts records that are alike in all that is known of them, their time included. */
  addAlike(facts: RecordFacts, records: number, timed: boolean, tsHigh: number, tsLow: number): void {
    if (!records) return;
    const before = facts.sample < 0 ? 0 : this.#tables.samples.recordsOf(facts.sample);
    this.add(facts, timed, tsHigh, tsLow, UNKNOWN, UNKNOWN);
    const { samples, ages } = this.#tables;
    if (records === 1 || facts.sample < 0 || samples.recordsOf(facts.sample) === before) return;
    const pages = (records - 1) * facts.pages;
    samples.add(facts.sample, records - 1, pages);
    if (timed) ages.add(facts.stack, tsHigh, tsLow, pages);
  }

  #isWithin(high: number, low: number): boolean {
    return (
      (high > this.#afterHigh || (high === this.#afterHigh && low > this.#afterLow)) &&
      (high < this.#untilHigh || (high === this.#untilHigh && low <= this.#untilLow))
    );
  }
}
