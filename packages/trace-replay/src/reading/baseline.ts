import { DumpScanner, encodeText, feed, parseBody } from '@page-owner/dump-format';
import type {
  ByteSource,
  PageOwnerRecord,
  RecordBody,
  RecordHeader,
  RecordPage,
  ScannedRecord,
} from '@page-owner/dump-format';
import { ascii, indexOfLiteral, NEWLINE, skipDigits, SPACE, startsWith, viewOf } from '../bytes.js';
import type { Era } from '@page-owner/kernel-abi';
import { MOST_ORDER } from '../tables/live-table.js';
import { PagePlaces } from '../tables/page-places.js';
import type { PlaceId } from '../tables/page-places.js';
import type { Pageblocks } from '../tables/pageblocks.js';
import { TextTable } from '../tables/text-table.js';
import type { ZoneSpan } from '../tables/zone-spans.js';

/** What a baseline tells a replay. */
interface BaselineSink {
  /** Of each of its records; `isEarly`: page_owner found the page allocated when it woke, and does not know by whom. */
  addBaseline(pfn: number, order: number, row: number, isEarly: boolean): void;
  readonly pageblocks: Pick<Pageblocks, 'learnOrder' | 'named' | 'order'>;
}

const FIRST_ROWS = 1 << 12;
const BLOCK = ascii(' Block ');
const PFN_BYTES = 'PFN '.length;
/** The stack of early pages begins with it (5.18 and later). */
const EARLY = ascii(' register_early_stack+');
const DUMMY = 'register_dummy_stack+';

/**
 * A page_owner dump from before a trace. Of each record it keeps four numbers: header line, stack text and the types and
 * flags of its page are few distinct texts.
 */
export class Baseline {
  /** Records, and their pages. */
  records = 0;
  pages = 0;
  /** Records without a PFN line that could be read: they have no place in a replay. */
  withoutPfn = 0;
  readonly places: PagePlaces;
  #knowsPageblockOrder = false;
  #scanner!: DumpScanner;
  readonly #sink: BaselineSink;
  readonly #tails = new TextTable();
  readonly #scratch = new Uint8Array(1 << 16);
  readonly #scratchView = viewOf(this.#scratch);
  #line = new Uint32Array(FIRST_ROWS);
  #stack = new Uint32Array(FIRST_ROWS);
  #tail = new Uint32Array(FIRST_ROWS);
  #ts = new Uint32Array(2 * FIRST_ROWS);
  readonly #tailFacts: RecordPage[] = [];
  readonly #tailPlaces: PlaceId[] = [];
  readonly #stackFacts: RecordBody[] = [];
  /** By stack: whether it is that of early pages. */
  readonly #early: boolean[] = [];
  readonly #tgids = new Map<number, number>();
  #seenLines = 0;
  /** What was found, once it was looked for. */
  #dummy: [(readonly string[])?] | undefined;

  private constructor(sink: BaselineSink, places: PagePlaces) {
    this.#sink = sink;
    this.places = places;
  }

  /**
   * Reads a whole dump, of a kernel of `era` and a machine with these zones.
   *
   * @throws Error when there is no record in it, or records lack what a record of 6.7 and later has
   */
  static async read(
    source: ByteSource,
    sink: BaselineSink,
    era: Era,
    zones?: readonly ZoneSpan[],
  ): Promise<Baseline> {
    const baseline = new Baseline(sink, new PagePlaces(era, zones));
    const scanner = await DumpScanner.create({ record: (record) => baseline.#add(record) }, { pages: true });
    baseline.#scanner = scanner;
    await feed(scanner, source);
    const { records, bytes } = scanner.finish();
    if (records === 0) throw new Error(`the baseline has no page_owner record in ${bytes} bytes`);
    return baseline;
  }

  /** The thread group of a task, when a record has told it. */
  tgidOf(pid: number): number | undefined {
    return this.#tgids.get(pid);
  }

  /** The stack that page_owner writes down for its own allocations, if a record has it. */
  get dummyStack(): readonly string[] | undefined {
    this.#dummy ??= this.#findDummy();
    return this.#dummy[0];
  }

  #findDummy(): [(readonly string[])?] {
    const stacks = new Set(this.#stack.subarray(0, this.records));
    for (const id of stacks) {
      const { stack } = (this.#stackFacts[id] ??= this.#readStack(id));
      if (stack[0]?.startsWith(DUMMY)) return [stack];
    }
    return [];
  }

  /** The record of a row, but for its order and its place. */
  record(row: number): Omit<PageOwnerRecord, 'order' | 'pfn' | 'block'> {
    const header = this.#header(this.#line[row] as number);
    const tail = this.#tailFacts[this.#tail[row] as number];
    const stack = (this.#stackFacts[this.#stack[row] as number] ??= this.#readStack(
      this.#stack[row] as number,
    ));
    const tsNs = (BigInt(this.#ts[2 * row + 1] as number) << 32n) | BigInt(this.#ts[2 * row] as number);
    // What 6.7 and later no longer print, free_ts, goes.
    const { gfpMask, gfpNames, pid, tgid, comm } = header;
    return { ...tail, ...stack, ...{ gfpMask, gfpNames, pid, tgid, comm, tsNs } } as PageOwnerRecord;
  }

  #add(record: ScannedRecord): void {
    if (record.line >= this.#seenLines) this.#look(record);
    if (record.pfn < 0 || record.block < 0) {
      this.withoutPfn++;
      return;
    }
    const row = this.records++;
    if (row === this.#line.length) this.#grow();
    this.#line[row] = record.line;
    this.#stack[row] = record.stack;
    const tail = (this.#tail[row] = this.#tailOf(record));
    this.#ts[2 * row] = record.tsLow;
    this.#ts[2 * row + 1] = record.tsHigh;
    const { order } = this.#header(record.line);
    if (record.pfn % 2 ** order !== 0) {
      throw new Error(
        `the record of the baseline at byte ${record.offset} is of order ${order}, and its PFN ${record.pfn} no multiple of ${2 ** order}`,
      );
    }
    this.pages += 2 ** order;
    this.#sink.addBaseline(
      record.pfn,
      order,
      row,
      (this.#early[record.stack] ??= this.#isEarly(record.stack)),
    );
    this.#learn(record, order, tail);
  }

  #isEarly(stack: number): boolean {
    const text = this.#scanner.stackText(stack);
    return startsWith(text, EARLY, 0, text.length);
  }

  /** What a record says of its pageblock. */
  #learn({ pfn, block }: ScannedRecord, order: number, tail: number): void {
    const { pageblocks } = this.#sink;
    if (!this.#knowsPageblockOrder && block > 0) {
      const pageblockOrder = Math.floor(Math.log2(pfn / block));
      if (Math.floor(pfn / 2 ** pageblockOrder) !== block) return;
      this.#knowsPageblockOrder = true;
      pageblocks.learnOrder(pageblockOrder);
    }
    pageblocks.named(block, (this.#tailFacts[tail] as RecordPage).pageblockMigratetype as string);
    const place = this.#tailPlaces[tail] as PlaceId;
    const blocks = 2 ** Math.max(order - pageblocks.order, 0);
    for (let at = block; at < block + blocks; at++) this.places.add(at, place);
  }

  #header(line: number): RecordHeader {
    return this.#scanner.header(line);
  }

  /** A header line that comes for the first time. */
  #look(record: ScannedRecord): void {
    this.#seenLines = record.line + 1;
    const header = this.#header(record.line);
    const missing = (['gfpMask', 'gfpNames', 'pid', 'tgid', 'comm'] as const).find(
      (field) => header[field] === undefined,
    );
    if (missing !== undefined) {
      throw new Error(
        `a record of the baseline, at byte ${record.offset}, has no ${missing}; a baseline is a page_owner dump of Linux 5.18 or later`,
      );
    }
    const { order, pid, tgid } = header;
    if (order > MOST_ORDER) {
      throw new Error(
        `a record of the baseline, at byte ${record.offset}, is of order ${order}; no kernel allocates 2^${order} pages at once`,
      );
    }
    if (pid !== undefined && tgid !== undefined) this.#tgids.set(pid, tgid);
  }

  /** What stands behind the number of the block: types and flags, with the word that differs from page to page. */
  #tailOf({ bytes, start, end, offset }: ScannedRecord): number {
    const pfnLine = bytes.indexOf(NEWLINE, start) + 1;
    const newline = bytes.indexOf(NEWLINE, pfnLine);
    const lineEnd = newline < 0 ? end : newline;
    const type = bytes.indexOf(SPACE, pfnLine + PFN_BYTES);
    const block = indexOfLiteral(bytes, BLOCK, pfnLine, lineEnd) + BLOCK.length;
    const rest = skipDigits(bytes, block, lineEnd);
    const head = block - type;
    const length = head + lineEnd - rest;
    const unreadable = (): Error =>
      new Error(`the record of the baseline at byte ${offset} has a PFN line that cannot be read`);
    if (type < 0 || head < 0 || length > this.#scratch.length) throw unreadable();
    this.#scratch.set(bytes.subarray(type, block));
    this.#scratch.set(bytes.subarray(rest, lineEnd), head);
    const tail = this.#tails.idOf(this.#scratchView, 0, length);
    if (tail === this.#tailFacts.length) {
      const facts = readTail(this.#tails.text(tail));
      if (facts.migratetype === undefined) throw unreadable();
      this.#tailFacts.push(facts);
      this.#tailPlaces.push(this.places.placeOf(facts.flags ?? 0n, facts.flagNames ?? ''));
    }
    return tail;
  }

  #readStack(id: number): RecordBody {
    // 6.7 and later print no handle beside a stack.
    const { handle: _, ...facts } = parseBody(this.#scanner.stackText(id));
    return facts;
  }

  #grow(): void {
    this.#line = grown(this.#line);
    this.#stack = grown(this.#stack);
    this.#tail = grown(this.#tail);
    this.#ts = grown(this.#ts);
  }
}

/** Types and flags from ` type Movable Block  type Movable Flags 0x...(...)`. */
function readTail(text: string): RecordPage {
  const { migratetype, pageblockMigratetype, flags, flagNames } = parseBody(
    encodeText(`PFN 0x0${text.replace(' Block ', ' Block 0')}\n`),
  );
  return { migratetype, pageblockMigratetype, flags, flagNames } as RecordPage;
}

function grown(column: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const longer = new Uint32Array(2 * column.length);
  longer.set(column);
  return longer;
}
