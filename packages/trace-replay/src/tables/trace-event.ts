import type { TextId } from './text-table.js';
import type { TaskId } from './task-table.js';

/** What an event is. */
export type EventKind = number;
export const EVENT_OTHER = 0;
export const EVENT_ALLOC = 1;
export const EVENT_FREE = 2;
export const EVENT_FREE_BATCHED = 3;
export const EVENT_EXTFRAG = 4;
export const EVENT_PCPU_DRAIN = 5;
export const EVENT_ZONE_LOCKED = 6;
export const EVENT_RENAME = 7;
export const EVENT_NEW_TASK = 8;
export const EVENT_KERNEL_STACK = 9;
export const EVENT_USER_STACK = 10;
export const EVENT_LOST = 11;
/** One of kmem, of which the line was cut off, or joined to another, before its payload. */
export const EVENT_DAMAGED = 12;
export const EVENT_MIGRATE = 13;
export const EVENT_COMPACT = 14;
// Of page_ref, each a change of a page's reference count
export const EVENT_REF_SET = 15;
export const EVENT_REF_MOD = 16;
export const EVENT_REF_UNFREEZE = 17;
/** Those from here on say what came of it (`ret=`). */
export const EVENT_REF_TEST = 18;
export const EVENT_REF_FREEZE = 19;
export const EVENT_KINDS = EVENT_REF_FREEZE + 1;

/** Whether an event tells of a page that is allocated or freed, or of its references, so that its loss matters. */
export const isOfPages = (kind: EventKind): boolean =>
  (kind >= EVENT_ALLOC && kind <= EVENT_EXTFRAG) || kind >= EVENT_REF_SET;

/**
 * Whether an event is one of kmem or page_ref, which all name a page; of those of lists of free pages the loss does not
 * matter.
 */
export const hasPage = (kind: EventKind): boolean =>
  isOfPages(kind) || kind === EVENT_PCPU_DRAIN || kind === EVENT_ZONE_LOCKED;

/** The events by the names that kernels have given them. */
export const EVENT_NAMES: ReadonlyMap<string, EventKind> = new Map([
  ['mm_page_alloc', EVENT_ALLOC],
  ['mm_page_free', EVENT_FREE],
  ['mm_page_free_batched', EVENT_FREE_BATCHED],
  // Before 3.3
  ['mm_page_free_direct', EVENT_FREE],
  ['mm_pagevec_free', EVENT_FREE_BATCHED],
  ['mm_page_alloc_extfrag', EVENT_EXTFRAG],
  ['mm_page_pcpu_drain', EVENT_PCPU_DRAIN],
  ['mm_page_alloc_zone_locked', EVENT_ZONE_LOCKED],
  ['task_rename', EVENT_RENAME],
  ['task_newtask', EVENT_NEW_TASK],
  ['mm_migrate_pages', EVENT_MIGRATE],
  ['mm_compaction_migratepages', EVENT_COMPACT],
  ['page_ref_set', EVENT_REF_SET],
  ['page_ref_mod', EVENT_REF_MOD],
  ['page_ref_unfreeze', EVENT_REF_UNFREEZE],
  ['page_ref_mod_and_test', EVENT_REF_TEST],
  // Of these two nothing is needed but the page's flags.
  ['page_ref_mod_and_return', EVENT_REF_MOD],
  ['page_ref_mod_unless', EVENT_REF_MOD],
  ['page_ref_freeze', EVENT_REF_FREEZE],
  // Stacks are events of their own, in tracefs and in trace-cmd's spelling.
  ['<stack trace>', EVENT_KERNEL_STACK],
  ['<stack trace >', EVENT_KERNEL_STACK],
  ['kernel_stack', EVENT_KERNEL_STACK],
  ['<user stack trace>', EVENT_USER_STACK],
  ['user_stack', EVENT_USER_STACK],
]);

/** A number that an event does not give. */
export const ABSENT = -1;

/**
 * The event under the reader's hand, in numbers only, so that none costs an object. Fields that the kind does not have are
 * {@link ABSENT}, or what the event before left.
 */
export class TraceEvent {
  kind: EventKind = EVENT_OTHER;
  /** Number of its line, from 1. */
  line = 0;
  task: TaskId = 0;
  pid = 0;
  cpu = 0;
  /** Its time: seconds, and nanoseconds below 10^9. */
  seconds = 0;
  nanoseconds = 0;
  /** Page frame number; {@link ABSENT} for an allocation that failed. */
  pfn = ABSENT;
  order = ABSENT;
  /** The text of the gfp mask, names or hex. */
  gfp: TextId = 0;
  /** Migratetype that was asked for; of page_ref that of the pageblock. */
  migratetype = ABSENT;
  fallbackOrder = ABSENT;
  fallbackMigratetype = ABSENT;
  pageblockOrder = ABSENT;
  changeOwnership = ABSENT;
  // Of page_ref
  /** The text of the page's flags, names or hex. */
  flags: TextId = 0;
  /** The low half of what was printed for its mapping; 0: it has none. */
  mapping = 0;
  /** What was added to the count, or what it was set to; and what came of it, 0 or 1 where that was tested. */
  val = 0;
  ret = 0;
}
