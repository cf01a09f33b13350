/** Page owner without a reboot: kmem traces played to a page_owner dump and a report. */

export { replay, TracePlayer } from './replay.js';
export type { Replay, ReplayOptions } from './replay.js';
export type { DumpOptions } from './report/dump-writer.js';
export type { ByteSource } from '@page-owner/dump-format';
export { parseZoneSpans, type ZoneSpan } from './tables/zone-spans.js';

// What a replay found out
export type { EventCounts, LiveCounts, NeverFreed, Peak, ReplayReport } from './report/replay-report.js';
export { LIFETIME_COLUMNS } from './playing/accounts.js';
export type { AccountTable } from './playing/accounts.js';
export type { Count, FailedRow, FallbackRow } from './playing/replayer.js';
export type { Losses } from './reading/losses.js';
export type { TraceFormat } from './reading/event-line.js';
export type { OtherEvents } from './reading/event-names.js';
export { NO_STACK_ID } from './tables/stack-table.js';
export type { StackId } from './tables/stack-table.js';
export type { TaskId, TraceTask } from './tables/task-table.js';
