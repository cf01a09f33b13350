import { BIT_TS } from '@page-owner/dump-format';
import type { PageOwnerRecord, ScannedRecord } from '@page-owner/dump-format';
import { isWithin, selectsRecord } from '../analysis/selection.js';
import type { Selection } from '../analysis/selection.js';
import { TextTriples } from './text-triples.js';

/** More than real dumps have; few texts can make many triples. */
const MOST_TRIPLES = 1 << 17;

/**
 * Chooses among the records of a scan as `selectsRecord` does, which is asked once for each distinct triple of header line,
 * stack text and page text; only the time is looked at in every record. The scanner has to read pages.
 */
export class RecordSelector {
  readonly #texts: Selection;
  readonly #span: Pick<Selection, 'after' | 'until'> | undefined;
  readonly #join: (record: PageOwnerRecord) => PageOwnerRecord;
  readonly #triples = new TextTriples();
  #selected: boolean[] = [];

  /** @param join what makes a record whole before it is judged: the stack of its handle */
  constructor(
    { after, until, ...texts }: Selection,
    join = (record: PageOwnerRecord): PageOwnerRecord => record,
  ) {
    this.#join = join;
    this.#texts = texts;
    if (after !== undefined || until !== undefined) this.#span = { after, until };
  }

  /** Whether a record of its scan counts. */
  selects(record: ScannedRecord): boolean {
    if (this.#triples.length === MOST_TRIPLES) this.forget();
    const triple = this.#triples.indexOf(record.line, record.stack, record.page);
    const selected = (this.#selected[triple] ??= this.#read(record));
    return selected && (!this.#span || isWithin(this.#span, timeOf(record)));
  }

  /** To be called whenever the scanner forgets its texts. */
  forget(): void {
    this.#triples.clear();
    this.#selected = [];
  }

  #read(record: ScannedRecord): boolean {
    const whole = record.parse();
    return whole !== undefined && selectsRecord(this.#texts, this.#join(whole));
  }
}

function timeOf({ bits, tsHigh, tsLow }: ScannedRecord): bigint | undefined {
  return bits & BIT_TS ? (BigInt(tsHigh) << 32n) | BigInt(tsLow) : undefined;
}
