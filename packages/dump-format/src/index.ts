export type { PageLetters, PageOwnerRecord, RecordHeader, RecordMemcg, RecordPage } from './record.js';
export { VARIANTS, variantOf } from './variant.js';
export type { Variant, VariantLayout } from './variant.js';
export { parseHeader, parseRecord } from './parse-record.js';
export { formatRecord, formatRecordBytes } from './format-record.js';
export { parseDump, records } from './parse-dump.js';
export type { Garbage, ParsedDump } from './parse-dump.js';
export { decodeText, encodeText } from './text-bytes.js';

export { formatStackList, formatStackListBytes, parseStackList, stackListEntries } from './stack-lists.js';
export type { CountLabel, StackList, StackListEnd, StackListEntry, StackListKind } from './stack-lists.js';
export { formatDumpedOwner, parseDumpedOwners } from './dump-page.js';
export type { DumpedAllocation, DumpedFree, DumpedOwner, TrackedPage, UntrackedPage } from './dump-page.js';

export { DumpScanner, ScannedRecord } from './scanner.js';
export type { GarbagePiece, RecordSink, ScanOptions, ScanReport } from './scanner.js';
export { cutPiece, emptyPiece } from './record-cutter.js';
export type { Piece } from './record-cutter.js';
export { cutTimes, fillTimes } from './header-times.js';
export type { HeaderTimes } from './header-times.js';
export { cutPage, NO_NUMBER } from './page-text.js';
export type { PageText } from './page-text.js';
export { findRecordStart } from './record-start.js';

export {
  BIT_CMA,
  BIT_FREE_TS,
  BIT_SLAB,
  BIT_TS,
  BIT_WIDE,
  CUT_FREE_TS,
  CUT_NOTHING,
  CUT_TS,
  RecordWindow,
  ROW_BITS,
  ROW_BLOCK,
  ROW_END,
  ROW_FREE_TS,
  ROW_LINE,
  ROW_PAGE,
  ROW_PAGE_PFN,
  ROW_PFN,
  ROW_STACK,
  ROW_STACK_START,
  ROW_START,
  ROW_TS,
  ROW_WORDS,
  STOP_FULL,
  STOP_MORE,
  STOP_ODD,
} from './record-window.js';
export type { LineId, PageTextId, StackId } from './record-window.js';
