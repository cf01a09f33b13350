import { decodeText, feed, parseStackList, variantOf } from '@page-owner/dump-format';
import type { ByteSource, PageOwnerRecord, ScanReport, StackList } from '@page-owner/dump-format';
import { AgeTableBuilder } from '../tables/age-table.js';
import { classOfStack } from '../facts/allocator-class.js';
import { DumpReader } from './dump-reader.js';
import { parseFrames } from '../facts/frame-text.js';
import type { FrameText } from '../facts/frame-text.js';
import { UNKNOWN } from '../indices.js';
import { CgroupTableBuilder, TaskTableBuilder } from '../tables/name-tables.js';
import { PageblockBuilder } from '../tables/pageblocks.js';
import { factsOfPage } from '../facts/page-facts.js';
import type { Profile, ProfileSource } from '../tables/profile.js';
import type { ProfileTables } from './profile-tables.js';
import { RecordCounter } from './record-counter.js';
import type { StackFacts } from './record-counter.js';
import { SampleTableBuilder } from '../tables/sample-table.js';
import { selectsPage, selectsStack } from '../analysis/selection.js';
import type { Selection } from '../analysis/selection.js';
import { SortedReader } from './sorted-reader.js';
import { StackTableBuilder } from '../tables/stack-table.js';

/** What is known of a dump from elsewhere. */
export interface ProfileOptions {
  /**
   * show_stacks_handles of the same boot, its bytes, its text or what `parseStackList` makes of them: turns the handles of
   * dumps in mode=handle and of show_handles into stacks. Without it such a stack is one frame, `handle N`.
   */
  readonly handles?: Uint8Array | string | StackList | undefined;
  /** Whether to collect `Profile.pageblocks`; the default is true. Its size goes with the machine's memory. */
  readonly pageblocks?: boolean | undefined;
  /** Only these records count, in all tables. The default is all. */
  readonly select?: Selection | undefined;
}

/** The profile of one dump. @throws Error as {@link ProfileBuilder.addDump} does */
export async function profileDump(source: ByteSource, options: ProfileOptions = {}): Promise<Profile> {
  const builder = new ProfileBuilder(options);
  await builder.addDump(source);
  return builder.finish();
}

/** Builds one {@link Profile} from any number of dumps and lists of stacks, which count together. */
export class ProfileBuilder {
  readonly #tables: ProfileTables;
  readonly #reports: ScanReport[] = [];
  readonly #warnings: string[] = [];
  readonly #sources: ProfileSource[] = [];

  /** @throws Error when `handles` is not a show_stacks_handles */
  constructor(options: ProfileOptions = {}) {
    const handles = options.handles === undefined ? undefined : readHandles(options.handles);
    this.#tables = {
      stacks: new StackTableBuilder(),
      tasks: new TaskTableBuilder(),
      cgroups: new CgroupTableBuilder(),
      samples: new SampleTableBuilder(),
      gfpNames: new Map(),
      ages: new AgeTableBuilder(),
      pageblocks: (options.pageblocks ?? true) ? new PageblockBuilder() : undefined,
      select: options.select,
      clock: { high: -1, low: 0 },
      variant: undefined,
      framesOfHandle: (handle) => framesOfHandle(handle, handles),
    };
  }

  /**
   * Adds a whole dump.
   *
   * @throws Error when there are bytes, but no record in them, and when a handle has no stack
   */
  async addDump(source: ByteSource): Promise<ScanReport> {
    const reader = await this.openDump();
    await feed(reader, source);
    const report = reader.finish();
    if (!report.records && report.bytes) {
      const first = decodeText(report.garbage[0]?.sample ?? new Uint8Array());
      const hint = /^(handle: \d| \S+\+0x)/.test(first) ? '; it looks like a list of page_owner_stacks' : '';
      throw new Error(`no page_owner record in ${report.bytes} bytes${hint}`);
    }
    return report;
  }

  /** For callers that feed a dump themselves; what it has read counts at once, its report from `finish()` on. */
  async openDump(): Promise<DumpReader> {
    this.#sources.push('dump');
    return DumpReader.create(this.#tables, (report) => this.#reports.push(report));
  }

  /**
   * Adds a file that page_owner_sort wrote, one whose groups have the whole text of a record: without `--cull`.
   *
   * @throws Error that names the line which is no such group
   */
  async addSortedDump(source: ByteSource): Promise<void> {
    const reader = await this.openSortedDump();
    await feed(reader, source);
    reader.finish();
  }

  /** For callers that feed a file of page_owner_sort themselves; what it has read counts at once. */
  async openSortedDump(): Promise<SortedReader> {
    this.#sources.push('sorted dump');
    return SortedReader.create(this.#tables, (sentence) => this.#warnings.push(sentence));
  }

  /**
   * Adds records that are in memory already, such as those of a replayed trace; they count as their text would. One whose
   * stack is the very array of another's costs less.
   *
   * @throws Error when a handle has no stack
   */
  addRecords(records: Iterable<PageOwnerRecord>): void {
    this.#sources.push('records');
    const tables = this.#tables;
    const counter = new RecordCounter(tables);
    const known = new WeakMap<readonly string[], { of: PageOwnerRecord; facts: StackFacts }>();
    for (const record of records) {
      tables.variant ??= variantOf(record);
      const last = known.get(record.stack);
      let facts = last?.facts;
      if (!facts || !last || !sameBehindStack(last.of, record)) {
        facts = counter.readStack(record);
        known.set(record.stack, { of: record, facts });
      }
      const { tsNs = 0n, pfn = UNKNOWN, block = UNKNOWN } = record;
      const timed = record.tsNs !== undefined;
      const [high, low] = [Number(tsNs >> 32n), Number(tsNs & 0xffff_ffffn)];
      counter.add(counter.read(record, facts, factsOfPage(record)), timed, high, low, pfn, block);
    }
  }

  /**
   * Adds a show_stacks or show_handles: samples that know a stack and its pages, nothing else.
   *
   * @throws Error when it is something else
   */
  addStackList(source: Uint8Array | string | StackList): void {
    const list = isText(source) ? parseStackList(source) : source;
    if (list.kind === 'show_stacks_handles') {
      throw new Error(
        'show_stacks_handles counts no pages; give it as `handles` (of the command line: --handles) beside a dump or show_handles',
      );
    }
    this.#sources.push('list of stacks');
    if (isText(source) && (list as { truncated?: boolean }).truncated) {
      this.#warnings.push(`${list.kind} stops inside an entry, which is left out`);
    }
    const countsRecords = list.countLabel === 'stack_count';
    if (countsRecords) {
      this.#warnings.push(
        'stack_count (6.9-rc1) counts allocations, not pages: an allocation counts as one page here',
      );
    }
    const { select, stacks, samples } = this.#tables;
    for (const { stack, handle, count = 0 } of list.entries) {
      const frames = stack ? parseFrames(stack) : this.#tables.framesOfHandle(handle ?? 0);
      const allocator = classOfStack(frames);
      if (select && !(selectsStack(select, frames, undefined) && selectsPage(select, { allocator })))
        continue;
      if (select?.until !== undefined || select?.after !== undefined) continue;
      const row = stacks.indexOf(frames);
      if (handle !== undefined) stacks.setHandle(row, handle);
      const sample = samples.indexOf({
        stack: row,
        task: 0,
        order: UNKNOWN,
        gfpMask: UNKNOWN,
        gfpType: UNKNOWN,
        blockType: UNKNOWN,
        zone: UNKNOWN,
        node: UNKNOWN,
        cgroup: 0,
        allocator,
        migrated: 0,
      });
      samples.add(sample, countsRecords ? count : 0, count);
    }
  }

  /** The profile of all that was added. */
  finish(): Profile {
    const { stacks, tasks, cgroups, gfpNames, ages, clock, variant } = this.#tables;
    const pageblocks = this.#tables.pageblocks?.finish();
    const samples = this.#tables.samples.finish();
    return {
      ...stacks.finish(),
      tasks: tasks.finish(),
      cgroups: cgroups.finish(),
      samples,
      gfpNames: new Map(gfpNames),
      ages: ages.finish(),
      ...(pageblocks?.length && { pageblocks }),
      records: samples.records.reduce((sum, records) => sum + records, 0),
      pages: samples.pages.reduce((sum, pages) => sum + pages, 0),
      ...(clock.high >= 0 && { timeNs: (BigInt(clock.high) << 32n) | BigInt(clock.low) }),
      ...(variant && { variant }),
      sources: [...this.#sources],
      reports: [...this.#reports],
      warnings: [...this.#warnings],
    };
  }
}

/** What stands behind the stacks of two records is the same, as far as a profile reads it. */
function sameBehindStack(a: PageOwnerRecord, b: PageOwnerRecord): boolean {
  return a.handle === b.handle && a.memcg === b.memcg && a.migrateReason === b.migrateReason;
}

const isText = (source: Uint8Array | string | StackList): source is Uint8Array | string =>
  typeof source === 'string' || source instanceof Uint8Array;

function readHandles(source: Uint8Array | string | StackList): Map<number, readonly FrameText[]> {
  const list = isText(source) ? parseStackList(source) : source;
  if (list.kind !== 'show_stacks_handles') {
    throw new Error(`handles are joined by show_stacks_handles, and this is ${list.kind}`);
  }
  return new Map(list.entries.map(({ handle, stack }) => [handle ?? 0, parseFrames(stack ?? [])]));
}

function framesOfHandle(
  handle: number,
  handles: ReadonlyMap<number, readonly FrameText[]> | undefined,
): readonly FrameText[] {
  if (!handles) return [{ name: `handle ${handle}`, isAddress: false }];
  const frames = handles.get(handle);
  if (!frames) {
    throw new Error(
      `handle ${handle} is not in show_stacks_handles: the two files are not from the same boot`,
    );
  }
  return frames;
}
