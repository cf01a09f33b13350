export type {
  PageLetters,
  PageOwnerRecord,
  RecordBody,
  RecordHeader,
  RecordMemcg,
  RecordPage,
} from './record.js';
export { fieldText, VARIANTS, variantOf } from './variant.js';
export type { Variant, VariantLayout } from './variant.js';
export { HEADER_START } from './header-line.js';
export { parseBody, parseHeader, parseRecord } from './parse-record.js';
export { formatRecord, formatRecordBytes } from './format-record.js';
export { RecordWriter } from './record-writer.js';
export type { RecordEnd, RecordNumbers, RecordTexts } from './record-writer.js';
export { parseDump, records } from './parse-dump.js';
export type { Garbage, ParsedDump } from './parse-dump.js';
export { decodeText, encodeText } from './text-bytes.js';
export { feed, type ByteSink, type ByteSource } from './byte-source.js';

export { formatStackList, formatStackListBytes, parseStackList, stackListEntries } from './stack-lists.js';
export type { CountLabel, StackList, StackListEnd, StackListEntry, StackListKind } from './stack-lists.js';
export { formatDumpedOwner, parseDumpedOwners } from './dump-page.js';
export type { DumpedAllocation, DumpedFree, DumpedOwner, TrackedPage, UntrackedPage } from './dump-page.js';

export {
  isOfVmalloc,
  isPageAllocator,
  isPlumbing,
  plainName,
  SLAB_FUNCTION,
  VMALLOC_FUNCTION,
} from './plumbing.js';

export { DumpScanner, ScannedRecord } from './scanner.js';
export type { GarbagePiece, RecordSink, ScanOptions, ScanReport } from './scanner.js';
export { BIT_CMA, BIT_FREE_TS, BIT_SLAB, BIT_TS, CUT_FREE_TS, CUT_NOTHING, CUT_TS } from './record-window.js';
export type { LineId, PageTextId, StackId } from './record-window.js';
export { NO_NUMBER } from './page-text.js';
