/** Page owner without a reboot: kmem traces played to a page_owner dump and a report. */

export { replay, TracePlayer } from './replay.js';
export type { DumpOptions, Replay, ReplayOptions } from './replay.js';
