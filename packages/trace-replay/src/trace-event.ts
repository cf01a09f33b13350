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
export const EVENT_KINDS = EVENT_COMPACT + 1;

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
  /** Migratetype that was asked for. */
  migratetype = ABSENT;
  fallbackOrder = ABSENT;
  fallbackMigratetype = ABSENT;
  pageblockOrder = ABSENT;
  changeOwnership = ABSENT;
}
