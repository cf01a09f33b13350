import type { PageOwnerRecord } from '@page-owner/dump-format';
import { classOfPage, classOfStack } from './allocator-class.js';
import { parseFrames } from './frame-text.js';
import type { CgroupIndex, SampleIndex, StackIndex } from './indices.js';
import { UNKNOWN } from './indices.js';
import { MOVABLE, oldGfpType } from './page-facts.js';
import type { PageFacts } from './page-facts.js';
import type { PageClass } from './pageblocks.js';
import type { ProfileTables } from './profile-builder.js';
import { selectsPage, selectsStack } from './selection.js';
import { EMPTY_STACK } from './stack-table.js';

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
  readonly pid?: number | undefined;
  readonly tgid?: number | undefined;
  readonly comm?: string | undefined;
}

/** Counts records in the tables of a profile, whatever they are read from. */
export class RecordCounter {
  readonly #tables: ProfileTables;
  /** Records later than this do not count. */
  readonly #untilHigh: number;
  readonly #untilLow: number;

  constructor(tables: ProfileTables) {
    this.#tables = tables;
    const until = tables.select?.until;
    this.#untilHigh = until === undefined ? Infinity : Number(until >> 32n);
    this.#untilLow = until === undefined ? 0 : Number(until & 0xffff_ffffn);
  }

  /** What a combination means that comes for the first time. */
  read(header: HeaderFacts, onStack: StackFacts, page: PageFacts): RecordFacts {
    const { tasks, samples, select } = this.#tables;
    const { stack, cgroup, migrated } = onStack;
    const { zone, node, differs, reserved } = page;
    // Before 4.6 the PFN line has one type only, that of the block.
    const gfpType = page.gfpType < 0 && page.blockType >= 0 ? oldGfpType(header.gfpMask) : page.gfpType;
    const blockType = page.gfpType < 0 && !differs ? gfpType : page.blockType;
    const { order } = header;
    const slab = page.slab || onStack.slab;
    const allocator = classOfPage(onStack.allocator, { ...page, slab });
    const selected =
      onStack.selected && (!select || selectsPage(select, { ...header, zone, node, allocator }));
    const sample = !selected
      ? UNKNOWN
      : samples.indexOf({
          stack,
          task: tasks.indexOf(header.pid, header.tgid, header.comm ?? ''),
          order,
          gfpMask: knownMask(header.gfpMask),
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

  /** Counts a record; its time is in two words. -1 as page frame number or pageblock is one that the record does not have. */
  add(facts: RecordFacts, timed: boolean, tsHigh: number, tsLow: number, pfn: number, block: number): void {
    const { ages, clock, pageblocks, samples } = this.#tables;
    if (timed && (tsHigh > clock.high || (tsHigh === clock.high && tsLow > clock.low))) {
      clock.high = tsHigh;
      clock.low = tsLow;
    }
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
    if (!pageblocks || block < 0) return;
    if (pageblocks.order < 0 && pfn >= 0) pageblocks.learnOrder(pfn, block);
    pageblocks.add(block, facts);
  }
}

const MOST_MASK = 2 ** 31 - 1;

function knownMask(mask: number | undefined): number {
  return mask === undefined || mask > MOST_MASK ? UNKNOWN : mask;
}
