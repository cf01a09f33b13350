import { DumpScanner, formatRecordBytes } from '@page-owner/dump-format';
import type { ScanReport } from '@page-owner/dump-format';
import type { DumpInput } from '@page-owner/dump-format/node';
import { redactRecord } from './redact.js';
import type { Redaction } from './redact.js';

/**
 * A dump whose records have pseudonyms in place of names, as they are read. What is no record does not come through:
 * `done` is told of it at the end.
 */
export async function redactedInput(
  input: DumpInput,
  redact: Redaction,
  done: (report: ScanReport) => void,
): Promise<DumpInput> {
  let pieces: Uint8Array[] = [];
  let ended = false;
  const scanner: DumpScanner = await DumpScanner.create({
    record(scanned) {
      const record = scanned.parse();
      if (record) pieces.push(formatRecordBytes(redactRecord(record, redact)));
    },
    pause() {
      if (scanner.textBytes > MOST_TEXT_BYTES) scanner.forgetTexts();
    },
  });
  let left: Uint8Array = new Uint8Array();
  return {
    path: input.path,
    packing: 'none',
    size: undefined,
    fd: undefined,
    get bytesRead() {
      return input.bytesRead;
    },
    async read(into) {
      while (!left.length) {
        if (ended) return 0;
        const count = await input.read(scanner.space());
        if (count) scanner.filled(count);
        else {
          ended = true;
          done(scanner.finish());
        }
        left = Buffer.concat(pieces);
        pieces = [];
      }
      const count = Math.min(left.length, into.length);
      into.set(left.subarray(0, count));
      left = left.subarray(count);
      return count;
    },
    close: () => input.close(),
  };
}

const MOST_TEXT_BYTES = 24 << 20;
