import { DumpScanner, formatRecordBytes } from '@page-owner/dump-format';
import type { ScanReport } from '@page-owner/dump-format';
import type { DumpInput } from '@page-owner/dump-format/node';
import type { PartialInput } from '@page-owner/page-owner-sort/node';
import { RecordSelector } from '@page-owner/profile';
import type { Selection } from '@page-owner/profile';
import { redactRecord, redactReport } from './redact.js';
import type { Redaction } from './redact.js';

export interface SieveOptions {
  readonly select: Selection;
  readonly redact?: Redaction | undefined;
  /** How many records come through at most. */
  readonly limit?: number;
  readonly keepGarbage?: number | undefined;
}

const MOST_TEXT_BYTES = 24 << 20;
const NEWLINE = 10;

/**
 * A dump goes in, and the records that are selected come out: byte for byte, or with pseudonyms. What is no record stays behind,
 * and is in the report.
 */
export class RecordSieve {
  /** Records that have come through, and their pages. */
  records = 0;
  pages = 0;
  readonly #redacted: boolean;
  #scanner!: DumpScanner;
  #pieces: Uint8Array[] = [];

  private constructor(redacted: boolean) {
    this.#redacted = redacted;
  }

  static async create(options: SieveOptions): Promise<RecordSieve> {
    const { select, redact, limit = Infinity, keepGarbage } = options;
    const sieve = new RecordSieve(redact !== undefined);
    const selector = Object.keys(select).length ? new RecordSelector(select) : undefined;
    const scanner: DumpScanner = await DumpScanner.create(
      {
        record(scanned) {
          if (sieve.records >= limit || (selector && !selector.selects(scanned))) return;
          const { bytes, start, end } = scanned;
          if (redact) {
            const record = scanned.parse();
            if (!record) return;
            sieve.#pieces.push(formatRecordBytes(redactRecord(record, redact)));
          } else {
            const piece = new Uint8Array(end - start + 1);
            piece.set(bytes.subarray(start, end));
            piece[end - start] = NEWLINE;
            sieve.#pieces.push(piece);
          }
          sieve.records++;
          sieve.pages += 2 ** scanner.header(scanned.line).order;
        },
        pause() {
          if (scanner.textBytes < MOST_TEXT_BYTES) return;
          scanner.forgetTexts();
          selector?.forget();
        },
      },
      { pages: selector !== undefined, ...(keepGarbage !== undefined && { keepGarbage }) },
    );
    sieve.#scanner = scanner;
    return sieve;
  }

  /** What has been read so far. */
  get report(): ScanReport {
    const { report } = this.#scanner;
    return this.#redacted ? redactReport(report) : report;
  }

  /** Room for the next bytes; say how many came with `filled`. */
  space(): Uint8Array {
    return this.#scanner.space();
  }

  filled(count: number): void {
    this.#scanner.filled(count);
  }

  /** Says that the dump has ended. */
  finish(): void {
    this.#scanner.finish();
  }

  /** What has come out since this was asked last. */
  take(): Uint8Array {
    const bytes = Buffer.concat(this.#pieces);
    this.#pieces = [];
    return bytes;
  }
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
        if (count) sieve.filled(count);
        else {
          ended = true;
          sieve.finish();
        }
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
