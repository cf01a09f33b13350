import { BIT_TS, DumpScanner, feed, type ByteSource } from '@page-owner/dump-format';

/**
 * The latest allocation of a dump, ns since boot: about when it was read. Undefined where it tells no times. Ages are
 * counted from it, so whoever selects by age reads a dump twice.
 */
export async function latestTime(source: ByteSource): Promise<bigint | undefined> {
  let high = -1;
  let low = 0;
  const scanner: DumpScanner = await DumpScanner.create({
    record(record) {
      if (!(record.bits & BIT_TS)) return;
      if (record.tsHigh < high || (record.tsHigh === high && record.tsLow <= low)) return;
      high = record.tsHigh;
      low = record.tsLow;
    },
    pause() {
      if (scanner.hasManyTexts) scanner.forgetTexts();
    },
  });
  await feed(scanner, source);
  scanner.finish();
  return high < 0 ? undefined : (BigInt(high) << 32n) | BigInt(low);
}
