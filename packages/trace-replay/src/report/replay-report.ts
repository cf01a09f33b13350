import type { AccountTable } from '../playing/accounts.js';
import type { TraceFormat } from '../reading/event-line.js';
import type { OtherEvents } from '../reading/event-names.js';
import type { Losses } from '../reading/losses.js';
import type { Count, FailedRow, FallbackRow } from '../playing/replayer.js';
import type { StackId } from '../tables/stack-table.js';
import type { TaskId, TraceTask } from '../tables/task-table.js';

/** Events of the trace. */
export interface EventCounts {
  /** `mm_page_alloc`. */
  readonly allocations: number;
  /** Of these, allocations that got no page. */
  readonly failed: number;
  /** `mm_page_free`. */
  readonly frees: number;
  /** `mm_page_free_batched`. */
  readonly batchedFrees: number;
  /** `mm_page_alloc_extfrag`. */
  readonly fallbacks: number;
  /** `mm_page_pcpu_drain`. */
  readonly pcpuDrains: number;
  /** `mm_page_alloc_zone_locked`. */
  readonly zoneLocked: number;
  /** Changes of reference counts (page_ref). */
  readonly references: number;
  /** Stack traces. */
  readonly stacks: number;
  /** Stack traces whose event is not in the trace. */
  readonly strayStacks: number;
  /** Events of other kinds, most frequent first. */
  readonly others: readonly OtherEvents[];
}

/** What is allocated at the end. */
export interface LiveCounts {
  /** Records that the dump can have, of baseline and trace. */
  readonly records: number;
  /** Base pages of these records. */
  readonly pages: number;
  /** Of these records, those of the baseline. */
  readonly baselineRecords: number;
  /** Base pages of those. */
  readonly baselinePages: number;
  /** Of all of these: what may have been freed while events were lost. The dump has it only when asked for it. */
  readonly doubtfulRecords: number;
  /** Base pages of the records in doubt. */
  readonly doubtfulPages: number;
  /** Pages of the trace, none in doubt, of which the baseline does not tell node and zone; 0 without a baseline. */
  readonly unplacedPages: number;
}

/** What a stack allocated while the trace ran and nobody freed. */
export interface NeverFreed {
  /** Row of `ReplayReport.stacks`. */
  readonly stack: StackId;
  /** Allocations, or pieces of split ones. */
  readonly records: number;
  /** Base pages of these. */
  readonly pages: number;
  /** Of these: what may have been freed while events were lost. */
  readonly doubtfulRecords: number;
  /** Base pages of those in doubt. */
  readonly doubtfulPages: number;
  /** When the oldest of them was allocated, in nanoseconds on the trace's clock. */
  readonly oldestNs: number;
  /** When the newest of them was allocated, likewise. */
  readonly newestNs: number;
  /**
   * The oldest of those that are in no doubt; undefined: there is none. The newest of them, if any, is the newest of all.
   */
  readonly oldestCertainNs: number | undefined;
  /** Who allocated them, most pages first. */
  readonly tasks: readonly TaskId[];
}

/** When most pages that the trace allocated were in use. */
export interface Peak {
  /** Base pages. */
  readonly pages: number;
  /** When, in nanoseconds on the trace's clock. */
  readonly ns: number;
  /** Of these pages: what may have been freed by then, while events were lost. */
  readonly doubtfulPages: number;
  /** Whether events are missing before it: there may be pages that are not known then, and a higher peak. */
  readonly afterLoss: boolean;
}

/** What a replay found out, besides the dump. Times are nanoseconds on the trace's clock, as doubles. */
export interface ReplayReport {
  /** Which tool wrote the text. */
  readonly format: TraceFormat;
  /** Whether the trace's clock counts seconds; others (x86-tsc, counter) are read as if they counted nanoseconds. */
  readonly inSeconds: boolean;
  /** Bytes read. */
  readonly bytes: number;
  /** Lines read. */
  readonly lines: number;
  /** Time of the first event. */
  readonly firstNs: number;
  /** Time of the last event. */
  readonly lastNs: number;
  /** What was read. */
  readonly events: EventCounts;
  /** What is allocated at the end. */
  readonly live: LiveCounts;
  /** The most pages allocated at one time, baseline included, and when that was, as far as the events tell. */
  readonly peak: Peak;
  /** By stack; row 0 is what has no stack. */
  readonly stacks: AccountTable;
  /** By task; row 0 is nobody. */
  readonly tasks: AccountTable;
  /** The leak list: by pages, then by stack. */
  readonly neverFreed: readonly NeverFreed[];
  /** Most frequent first. */
  readonly failed: readonly FailedRow[];
  /** Who broke up blocks of another migratetype; by pages. */
  readonly fallbacks: readonly FallbackRow[];
  /** What the trace says of events that are not in it. */
  readonly losses: Losses;
  /** Frees of pages whose allocation is in neither trace nor baseline; pages count only what is not known. */
  readonly unknownFrees: Count;
  /** Allocations that were given out again without a free between: an event is missing, or sorted behind. */
  readonly superseded: Count;
  /**
   * The same of allocations of the baseline, which may have been freed before the trace began. Early pages
   * (`register_early_stack`) do not count: those of per-cpu lists were never given to anyone.
   */
  readonly supersededBaseline: Count;
  /** Frees that only `mm_page_free_batched` told. */
  readonly batchedOnly: Count;
  /** Allocations that were split: told by the free of a piece, or by a reference to it. */
  readonly splits: Count;
  /**
   * Pages that were migrated, as `mm_migrate_pages` or `mm_compaction_migratepages` says where they are recorded. The free
   * of the old place is an event. The new one has none in compaction, which takes free pages for itself; otherwise it was
   * allocated by who migrated. `followed` are those of which events of page_ref tell the new place: the dump has their
   * records there.
   */
  readonly moved: {
    readonly compaction: Count;
    readonly otherwise: Count;
    readonly followed: { readonly compaction: Count; readonly otherwise: Count };
  };
  /**
   * Blocks in use that got a first reference (page_ref) and no `mm_page_alloc`: `alloc_contig_range` and `alloc_pages_bulk`
   * give them out so, compaction sets them aside. No event tells order and mask of them, and the dump lacks them.
   */
  readonly untold: number;
  /** Lines that are neither event nor frame nor comment, and the first of them (0: none). */
  readonly unreadable: { readonly lines: number; readonly firstLine: number; readonly sample: string };
  /** What the reader of the dump has to know, a sentence each. Texts from the trace in them are escaped. */
  readonly warnings: readonly string[];

  /** Frames of a stack, innermost first. They are untrusted. */
  frames(stack: StackId): readonly string[];
  /** A task by its number. */
  task(task: TaskId): TraceTask;
  /** The text of a gfp mask of `failed`. */
  gfp(id: number): string;
  /** The name of a migratetype of `fallbacks`: `Movable`; `type 9` when the kernel has none of that number. */
  migratetype(type: number): string;
}
