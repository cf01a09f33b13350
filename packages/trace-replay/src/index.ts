/** Page owner without a reboot: kmem traces played to a page_owner dump and a report. */

export { replay, TracePlayer } from './replay.js';
export type { Replay, ReplayOptions } from './replay.js';
export type { DumpOptions } from './dump-writer.js';
export type { ByteSource } from '@page-owner/dump-format';
export { parseZoneSpans, type ZoneSpan } from './zone-spans.js';

// What a replay found out
export type { EventCounts, LiveCounts, NeverFreed, Peak, ReplayReport } from './replay-report.js';
export { LIFETIME_COLUMNS } from './accounts.js';
export type { AccountTable } from './accounts.js';
export type { Count, FailedRow, FallbackRow } from './replayer.js';
export type { Losses } from './losses.js';
export type { TraceFormat } from './event-line.js';
export type { OtherEvents } from './event-names.js';
export { NO_STACK_ID } from './stack-table.js';
export type { StackId } from './stack-table.js';
export type { TaskId, TraceTask } from './task-table.js';
