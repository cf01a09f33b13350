import { BIT_CMA, BIT_SLAB, BIT_FREE_TS, BIT_TS, DumpScanner } from '@page-owner/dump-format';
import type { ScannedRecord, ScanReport } from '@page-owner/dump-format';
import { Collector } from './collector.js';
import type { MemoryLimits } from './collector.js';
import { DumpFacts } from './facts.js';
import { ALLOCATOR_CMA, ALLOCATOR_SLAB } from './group.js';
import type { Plan } from './plan.js';
import type { RunSource, RunStore } from './run.js';

/** Takes the bytes of a dump and turns them into runs of groups. */
export interface Reader {
  /** Room for the next bytes; say how many came with `filled`. */
  space(): Uint8Array;
  filled(count: number): void;
  /** True when nothing that may still come can change the result. */
  readonly stopped: boolean;
  /** The input has ended. */
  finish(): ReadResult;
}

export interface ReadResult {
  readonly runs: readonly RunSource[];
  readonly report: ScanReport;
  /** Records that were selected. */
  readonly selected: number;
}

export interface ReaderOptions {
  readonly plan: Plan;
  readonly store: RunStore;
  /** Offset in the input of the first byte that will come. */
  readonly offset?: number | undefined;
  readonly limits?: MemoryLimits | undefined;
  /** How many pieces of garbage the report keeps. */
  readonly keepGarbage?: number | undefined;
}

/** The reader for all but `compat`: what the documents promise. */
export async function createDumpReader(options: ReaderOptions): Promise<Reader> {
  const { plan, store } = options;
  let selected = 0;
  const scanner: DumpScanner = await DumpScanner.create(
    {
      record(record) {
        const released = isReleased(record);
        if (released && plan.unreleased) return;
        const { line, stack, bits } = record;
        const pfnAllocator = (bits & BIT_CMA ? ALLOCATOR_CMA : 0) | (bits & BIT_SLAB ? ALLOCATOR_SLAB : 0);
        if (collector.add(record, facts.line(line), facts.stack(stack), pfnAllocator, released)) selected++;
      },
      pause() {
        if (!collector.putAwayIfLarge(scanner.textBytes)) return;
        scanner.forgetTexts();
        facts.clear();
      },
    },
    {
      ...(options.offset && { offset: options.offset }),
      ...(options.keepGarbage !== undefined && { keepGarbage: options.keepGarbage }),
    },
  );
  const facts = new DumpFacts(plan, scanner);
  const texts = {
    lineText: (id: number) => scanner.lineText(id),
    stackText: (id: number) => scanner.stackText(id).subarray(0, -1),
  };
  const collector = new Collector(plan, store, texts, options.limits);
  return {
    space: () => scanner.space(),
    filled: (count) => scanner.filled(count),
    stopped: false,
    finish() {
      const report = scanner.finish();
      collector.putAway();
      return { runs: collector.runs, report, selected };
    },
  };
}

/** Freed after it was allocated: the dump caught the page in between. A free before the allocation is an older one. */
function isReleased(record: ScannedRecord): boolean {
  if ((record.bits & (BIT_TS | BIT_FREE_TS)) !== (BIT_TS | BIT_FREE_TS)) return false;
  if (record.freeTsHigh !== record.tsHigh) return record.freeTsHigh > record.tsHigh;
  return record.freeTsLow > record.tsLow;
}
