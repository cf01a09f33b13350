import { BIT_TS, decodeText, DumpScanner } from '@page-owner/dump-format';
import type { GarbagePiece, ScannedRecord } from '@page-owner/dump-format';
import { factsOfMask } from '../facts/page-facts.js';
import type { ProfileTables } from './profile-tables.js';
import { RecordCounter } from './record-counter.js';

/** Before the record of each group: 3.19 wrote `N times:`, 4.0 to 5.17 `N times, M pages:`. */
const TIMES_LINE = /^(\d{1,15}) times(?:, (\d{1,15}) pages)?(?:, allocated by [A-Z ]*)?:?\r?\n$/;

/**
 * Reads a file of page_owner_sort, in which each group is the text of a record behind a line that counts it:
 *
 *   33171 times, 33171 pages, allocated by OTHERS :
 *   Page allocated via order 0, mask 0x141cca(...), pid 962, tgid 962 (cat), ts  ns
 *    get_page_from_freelist+0x1462/0x15e0
 *
 * The records of a group have the same text, so they are alike in all that it tells; what it does not tell, page frames and
 * times that were cut out of it, is unknown.
 */
export class SortedReader {
  readonly #counter: RecordCounter;
  #scanner!: DumpScanner;

  readonly #warn: (sentence: string) => void;

  private constructor(tables: ProfileTables, warn: (sentence: string) => void) {
    this.#counter = new RecordCounter(tables);
    this.#warn = warn;
  }

  static async create(tables: ProfileTables, warn: (sentence: string) => void): Promise<SortedReader> {
    const reader = new SortedReader(tables, warn);
    reader.#scanner = await DumpScanner.create(
      {
        record: (record) => reader.#add(record),
        pause() {
          const { report, hasManyTexts } = reader.#scanner;
          if (report.garbage.length > 1) throw noGroup(report.garbage[0]!);
          if (hasManyTexts) reader.#scanner.forgetTexts();
        },
      },
      { pages: true, keepGarbage: Infinity },
    );
    return reader;
  }

  /** Room for the next bytes; say how many came with `filled`. */
  space(): Uint8Array {
    return this.#scanner.space();
  }

  /** @throws Error that names the line which is not as it should be */
  filled(count: number): void {
    this.#scanner.filled(count);
  }

  /** The next bytes. */
  push(bytes: Uint8Array): void {
    this.#scanner.push(bytes);
  }

  /** Says that the file has ended. @throws Error as {@link filled} does */
  finish(): void {
    const { garbage, records, truncatedRecords } = this.#scanner.finish();
    if (garbage.length) throw noGroup(garbage[0]!);
    if (!records) throw new Error('no group of page_owner_sort');
    if (truncatedRecords)
      this.#warn('the last group is cut off (no empty line at the end) and counted as far as there is text');
  }

  #add(record: ScannedRecord): void {
    const { garbage } = this.#scanner.report;
    const [counted, second] = garbage;
    garbage.length = 0;
    if (counted === undefined || second !== undefined || counted.offset + counted.bytes !== record.offset)
      throw counted
        ? noGroup(counted)
        : new Error(`no "N times" is before the record at byte ${record.offset}`);
    const [, timesText, pagesText] = TIMES_LINE.exec(decodeText(counted.sample)) ?? [];
    if (timesText === undefined) throw noGroup(counted);
    const { order, gfpMask, gfpNames, pid, tgid, comm } = this.#scanner.header(record.line);
    const times = Number(timesText);
    if (!times) throw new Error(`line ${counted.line} counts 0 times, which page_owner_sort never writes`);
    if (pagesText !== undefined && Number(pagesText) !== times * 2 ** order)
      throw new Error(
        `line ${counted.line} counts ${times} times, ${pagesText} pages, of a record of order ${order}: these are not the same records`,
      );
    const whole = record.parse();
    if (!whole) throw noGroup(counted);
    const onStack = this.#counter.readStack(whole);
    const facts = this.#counter.read(
      { order, gfpMask, gfpNames, pid, tgid, comm },
      onStack,
      factsOfMask(gfpNames),
    );
    this.#counter.addAlike(facts, times, (record.bits & BIT_TS) !== 0, record.tsHigh, record.tsLow);
  }
}

/** Without what the line says: names of tasks may be in it. */
function noGroup({ line }: GarbagePiece): Error {
  return new Error(
    `line ${line} is not the "N times, M pages" of a group with a whole record; give the dump that was sorted, or sort it without --cull`,
  );
}
