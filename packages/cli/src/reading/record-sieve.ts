import { DumpScanner, formatRecord, HEADER_START, variantOf } from '@page-owner/dump-format';
import type { ScannedRecord, ScanReport, Variant } from '@page-owner/dump-format';
import type { DumpInput } from '@page-owner/dump-format/node';
import type { PartialInput } from '@page-owner/page-owner-sort/node';
import { RecordSelector } from '@page-owner/profile';
import type { Selection } from '@page-owner/profile';
import { ByteBuffer } from '../rewriting/byte-buffer.js';
import type { JoinHandles } from './joined-handles.js';
import { named } from './named.js';
import { RecordRewriter } from '../rewriting/record-rewriter.js';
import type { Rewrite } from '../rewriting/record-rewriter.js';
import { redactRecord, redactReport } from '../rewriting/redact.js';
import type { Redaction } from '../rewriting/redact.js';

interface SieveOptions {
  readonly select: Selection;
  readonly redact?: Redaction | undefined;
  /** What records are made whole by, before they are chosen. */
  readonly join?: JoinHandles | undefined;
  /** What else becomes of records, with pseudonyms if there are to be any. */
  readonly rewrite?: Rewrite;
  /** How many records come through at most. */
  readonly limit?: number;
  readonly keepGarbage?: number | undefined;
}

const NEWLINE = 10;

/**
 * A dump goes in, and the records that are selected come out: byte for byte, or with pseudonyms. What is no record stays
 * behind, and is in the report.
 */
export class RecordSieve {
  /** Records that have come through, and their pages. */
  records = 0;
  pages = 0;
  /** That of the first record read; undefined as well when no mainline kernel prints such a one. */
  variant: Variant | undefined;
  readonly #redacted: boolean;
  readonly #rewriter: RecordRewriter | undefined;
  readonly #output: ByteBuffer;
  #scanner!: DumpScanner;

  private constructor(redacted: boolean, rewriter: RecordRewriter | undefined) {
    this.#redacted = redacted;
    this.#rewriter = rewriter;
    this.#output = rewriter?.output ?? new ByteBuffer();
  }

  static async create(options: SieveOptions): Promise<RecordSieve> {
    const { select, redact, join, limit = Infinity, keepGarbage } = options;
    const rewrite = options.rewrite ?? (redact ? redacting(redact) : join && asItIs);
    const rewriter = rewrite && new RecordRewriter(join ? (record) => rewrite(join(record)) : rewrite);
    const sieve = new RecordSieve(redact !== undefined, rewriter);
    const selector = Object.keys(select).length ? new RecordSelector(select, join) : undefined;
    const scanner: DumpScanner = await DumpScanner.create(
      {
        record(scanned) {
          if (scanner.report.records === 1) sieve.variant = variantOfScanned(scanned);
          if (sieve.records >= limit || (selector && !selector.selects(scanned))) return;
          if (rewriter) {
            if (!taken(rewriter, scanned)) return;
          } else {
            sieve.#output.append(scanned.bytes, scanned.start, scanned.end);
            sieve.#output.appendByte(NEWLINE);
          }
          sieve.records++;
          sieve.pages += 2 ** orderOf(scanned);
        },
        pause() {
          if (!scanner.hasManyTexts) return;
          scanner.forgetTexts();
          selector?.forget();
          rewriter?.forget();
        },
      },
      {
        pages: selector !== undefined || rewriter !== undefined,
        ...(keepGarbage !== undefined && { keepGarbage }),
      },
    );
    sieve.#scanner = scanner;
    return sieve;
  }

  /** What has been read so far. */
  get report(): ScanReport {
    const { report } = this.#scanner;
    return this.#redacted ? redactReport(report) : report;
  }

  /** How many records a rewrite had which note for. */
  get notes(): ReadonlyMap<string, number> {
    return this.#rewriter?.notes ?? new Map();
  }

  /** Room for the next bytes; say how many came with `filled`. */
  space(): Uint8Array {
    return this.#scanner.space();
  }

  /** @throws Error that tells where the record is which cannot be rewritten */
  filled(count: number): void {
    this.#scanner.filled(count);
  }

  /** Says that the dump has ended. */
  finish(): void {
    this.#scanner.finish();
  }

  /** What has come out since this was asked last; a view that holds until more bytes come. */
  take(): Uint8Array {
    const bytes = this.#output.view;
    this.#output.clear();
    return bytes;
  }
}

function variantOfScanned(scanned: ScannedRecord): Variant | undefined {
  const record = scanned.parse();
  return record && variantOf(record);
}

const asItIs: Rewrite = (record) => ({ text: formatRecord(record), notes: [] });

function redacting(redact: Redaction): Rewrite {
  return (record) => ({ text: formatRecord(redactRecord(record, redact)), notes: [] });
}

function taken(rewriter: RecordRewriter, scanned: ScannedRecord): boolean {
  try {
    return rewriter.take(scanned);
  } catch (error) {
    throw new Error(`the record at byte ${scanned.offset}: ${(error as Error).message}`, { cause: error });
  }
}

const ZERO = 48;

/** The order, read from the record itself: of the dump's header lines none is to be kept as an object. */
function orderOf({ bytes, start }: ScannedRecord): number {
  let order = 0;
  for (let at = start + HEADER_START.length; bytes[at]! >= ZERO && bytes[at]! <= ZERO + 9; at++)
    order = 10 * order + bytes[at]! - ZERO;
  return order;
}

/** An input of which only that comes through which the sieve lets through. */
export function sievedInput(input: DumpInput, sieve: RecordSieve): PartialInput {
  let ended = false;
  let left: Uint8Array = new Uint8Array();
  return {
    path: input.path,
    packing: 'none',
    size: input.size,
    fd: undefined,
    get bytesRead() {
      return input.bytesRead;
    },
    get report() {
      return sieve.report;
    },
    async read(into) {
      while (!left.length) {
        if (ended) return 0;
        const count = await input.read(sieve.space());
        ended = count === 0;
        named(input.path, () => (ended ? sieve.finish() : sieve.filled(count)));
        left = sieve.take();
      }
      const count = Math.min(left.length, into.length);
      into.set(left.subarray(0, count));
      left = left.subarray(count);
      return count;
    },
    close: () => input.close(),
  };
}

/** The same for bytes that are there already. */
export function* sieved(pieces: Iterable<Uint8Array>, sieve: RecordSieve): Generator<Uint8Array> {
  for (const piece of pieces) {
    for (let at = 0; at < piece.length;) {
      const space = sieve.space();
      const count = Math.min(space.length, piece.length - at);
      space.set(piece.subarray(at, at + count));
      sieve.filled(count);
      at += count;
    }
    yield sieve.take();
  }
  sieve.finish();
  yield sieve.take();
}
