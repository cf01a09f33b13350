import { BIT_TS, DumpScanner, parseBody, variantOf } from '@page-owner/dump-format';
import type { ScannedRecord, ScanReport, Variant } from '@page-owner/dump-format';
import { readPageText } from '../facts/page-facts.js';
import type { PageFacts } from '../facts/page-facts.js';
import type { ProfileTables } from './profile-tables.js';
import { RecordCounter } from './record-counter.js';
import type { RecordFacts, StackFacts } from './record-counter.js';
import { TextTriples } from './text-triples.js';

/** Beyond these texts are forgotten: what they meant is in the tables. */
const MOST_TRIPLES = 1 << 17;

/** Reads a dump into the tables of a profile, record by record, in one pass over its bytes. */
export class DumpReader {
  readonly #tables: ProfileTables;
  readonly #done: (report: ScanReport) => void;
  readonly #counter: RecordCounter;
  readonly #triples = new TextTriples();
  #scanner!: DumpScanner;
  /** By triple. */
  #facts: RecordFacts[] = [];
  #stacks: (StackFacts | undefined)[] = [];
  #pages: (PageFacts | undefined)[] = [];

  private constructor(tables: ProfileTables, done: (report: ScanReport) => void) {
    this.#tables = tables;
    this.#done = done;
    this.#counter = new RecordCounter(tables);
  }

  static async create(tables: ProfileTables, done: (report: ScanReport) => void): Promise<DumpReader> {
    const reader = new DumpReader(tables, done);
    reader.#scanner = await DumpScanner.create(
      { record: (record) => reader.#add(record), pause: () => reader.#forgetIfLarge() },
      { pages: true },
    );
    return reader;
  }

  /** Room for the next bytes; say how many came with `filled`. It saves `push` a copy. */
  space(): Uint8Array {
    return this.#scanner.space();
  }

  /** @throws Error when a handle has no stack */
  filled(count: number): void {
    this.#scanner.filled(count);
  }

  /** Takes the next bytes of the dump, any number of them. */
  push(bytes: Uint8Array): void {
    this.#scanner.push(bytes);
  }

  /** Says that the dump has ended. */
  finish(): ScanReport {
    const report = this.#scanner.finish();
    this.#done(report);
    return report;
  }

  #add(record: ScannedRecord): void {
    const triple = this.#triples.indexOf(record.line, record.stack, record.page);
    const facts = this.#facts[triple] ?? (this.#facts[triple] = this.#read(record));
    const { tsHigh, tsLow, pfn, block } = record;
    this.#counter.add(facts, (record.bits & BIT_TS) !== 0, tsHigh, tsLow, pfn, block);
  }

  #forgetIfLarge(): void {
    if (!this.#scanner.hasManyTexts && this.#triples.length < MOST_TRIPLES) return;
    this.#scanner.forgetTexts();
    this.#triples.clear();
    this.#facts = [];
    this.#stacks = [];
    this.#pages = [];
  }

  /** Works out what a triple of texts means that comes for the first time. */
  #read(record: ScannedRecord): RecordFacts {
    this.#tables.variant ??= this.#variantOf(record);
    const header = this.#scanner.header(record.line);
    const page = (this.#pages[record.page] ??= readPageText(this.#scanner.pageText(record.page)));
    const stack = (this.#stacks[record.stack] ??= this.#readStack(record.stack));
    return this.#counter.read(header, stack, page);
  }

  /** Tried on each new triple until a record fits a variant; so hardly ever on a second one. */
  #variantOf(record: ScannedRecord): Variant | undefined {
    const whole = record.parse();
    return whole && variantOf(whole);
  }

  #readStack(id: number): StackFacts {
    return this.#counter.readStack(parseBody(this.#scanner.stackText(id)));
  }
}
