import type { DumpParts } from './dump-writer.js';
import type { AccountTable } from './accounts.js';
import type { TraceFormat, TraceReader } from './trace-reader.js';
import type { Losses } from './losses.js';

export interface ReplayReport {
  readonly format: TraceFormat | undefined;
  readonly losses: Losses;
  readonly byStack: AccountTable;
}
export function reportOf(reader: TraceReader, parts: DumpParts): ReplayReport {
  return { format: reader.format, losses: reader.losses, byStack: parts.replayer.byStack };
}
