import { BIT_FREE_TS, BIT_TS, encodeText, parseRecord } from '@page-owner/dump-format';
import type { PageOwnerRecord, ScannedRecord } from '@page-owner/dump-format';
import { ByteBuffer } from './byte-buffer.js';
import { DECIMAL_BYTES, HEX_BYTES, cutHeaderLine, cutPageLine, recipeOf } from './line-cut.js';
import type { LineCut } from './line-cut.js';
import * as r from './recipes.js';
import { Recipes, Stretches } from './recipes.js';

/** What becomes of a record, with its empty line, and notes that are counted: which fields it lost, say. */
interface Rewritten {
  readonly text: string;
  readonly notes: readonly string[];
}

/**
 * Makes new texts of records. What it makes of the header line, with its notes, depends on nothing but the header line; so
 * for the PFN line, and for the rest. @throws Error when a record has no such text
 */
export type Rewrite = (record: PageOwnerRecord) => Rewritten;

const EMPTY_LINE = '\n';
/** A PFN line that is none to the parser would go behind it. */
const FRAME = ' f+0x1/0x2\n';
const SPACE = 32;
const OPENING_PARENTHESIS = 40;
const ZERO = 48;
const NS_BYTES = ' ns\n'.length;
const FREE_TS_BYTES = ' ns, free_ts '.length;
const MOST_HEX_DIGITS = 16;

/**
 * What is known of a PFN line: whether its PFN is hexadecimal, and how many bytes lie between PFN and block, block and
 * flags.
 *
 *   bit 26            14 13          1   0
 *     +-----------------+------------+-----+
 *     | flags, 0: none  |    block   | hex |
 *     +-----------------+------------+-----+
 */
const SHAPE_HEX = 1;
const SHAPE_BLOCK = 1;
const SHAPE_FLAGS = 14;
const SHAPE_MASK = (1 << 13) - 1;

/**
 * Rewrites the records of a scan that reads pages. A dump repeats few texts, so what becomes of a header line, PFN line or
 * stack text is worked out when it comes for the second time, and from then on is written from memory, with the numbers of
 * the record under way in their places; what stays the same is copied. All else is parsed and made anew.
 *
 * ```
 *   Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 5, tgid 5 (sh), ts 28441476044 ns, free_ts 0 ns
 *                                                                              '--- TS --'             ' FREE_TS
 *   PFN 0x5be8e type Unmovable Block 735 type Movable Flags 0x1fffc0000000000(node=0|zone=1|lastcpupid=0x3ff)
 *         'PFN'                   BLOCK                       '----------------- REST ---------------------'
 * ```
 */
export class RecordRewriter {
  readonly output = new ByteBuffer();
  readonly #rewrite: Rewrite;
  readonly #headers = new Recipes();
  readonly #pages = new Recipes();
  readonly #stacks = new Recipes();
  readonly #stretches = new Stretches();
  readonly #notes = new Map<string, number>();
  /** Sets of notes that texts have; how many texts of records had them. */
  readonly #noteSets: (readonly string[])[] = [[]];
  readonly #noteCounts: number[] = [0];

  constructor(rewrite: Rewrite) {
    this.#rewrite = rewrite;
  }

  /** Adds the new text of a record to `output`; false when the record's own is not readable. */
  take(scanned: ScannedRecord): boolean {
    const { line, page, stack, bytes, pageStart, stackStart } = scanned;
    if (pageStart < 0) return this.#takeWhole(scanned);
    const headers = this.#headers;
    const pages = this.#pages;
    const stacks = this.#stacks;
    const ofPage = pages.stateOf(page);
    const ofStack = stacks.stateOf(stack);
    if (ofPage < r.SAME || ofStack < r.SAME) return this.#takeWhole(scanned) && this.#learn(scanned);
    if (!this.#findStretches(scanned, pages.shapeOf(page))) return this.#takeWhole(scanned);

    const { output } = this;
    const counts = this.#noteCounts;
    const ofHeader = headers.stateOf(line);
    let kept = scanned.start;
    if (ofHeader < r.SAME || headers.shapeOf(line) !== timesOf(scanned)) {
      if (!this.#takeHeader(scanned)) return this.#takeWhole(scanned);
      kept = pageStart;
    } else {
      counts[headers.notesOf(line)]!++;
      if (ofHeader === r.OTHER) {
        headers.write(line, this.#stretches, output);
        kept = pageStart;
      }
    }
    if (ofPage === r.OTHER) {
      if (kept < pageStart) output.append(bytes, kept, pageStart);
      pages.write(page, this.#stretches, output);
      kept = stackStart;
    }
    if (ofStack === r.OTHER) {
      if (kept < stackStart) output.append(bytes, kept, stackStart);
      stacks.write(stack, this.#stretches, output);
    } else {
      output.append(bytes, kept, scanned.end + 1);
    }
    counts[pages.notesOf(page)]!++;
    counts[stacks.notesOf(stack)]!++;
    return true;
  }

  /** How many records had which note, in the order in which they came first. */
  get notes(): ReadonlyMap<string, number> {
    for (const [set, notes] of this.#noteSets.entries()) {
      this.#count(notes, this.#noteCounts[set]!);
      this.#noteCounts[set] = 0;
    }
    return this.#notes;
  }

  /** To be called whenever the scanner forgets its texts. */
  forget(): void {
    this.#headers.forget();
    this.#pages.forget();
    this.#stacks.forget();
  }

  #takeWhole(scanned: ScannedRecord): boolean {
    const record = scanned.parse();
    if (!record) return false;
    const { text, notes } = this.#rewrite(record);
    this.output.append(encodeText(text));
    this.#count(notes, 1);
    return true;
  }

  /** Adds what becomes of a header line that is not known: of dumps with many tasks most are of this kind. */
  #takeHeader(scanned: ScannedRecord): boolean {
    const record = parseRecord(scanned.bytes.subarray(scanned.start, scanned.pageStart));
    const made = record && this.#tryRewrite(record);
    if (!made) return false;
    this.output.append(encodeText(made.text.slice(0, -EMPTY_LINE.length)));
    this.#count(made.notes, 1);
    this.#learnHeader(scanned);
    return true;
  }

  #count(notes: readonly string[], records: number): void {
    for (const note of notes) this.#notes.set(note, (this.#notes.get(note) ?? 0) + records);
  }

  /** Finds the numbers of a record; false when they are not where its texts had them, or not written as kernels do. */
  #findStretches(scanned: ScannedRecord, pageShape: number): boolean {
    const { bytes, bits, pageStart, pfn } = scanned;
    const { from, to } = this.#stretches;
    if (pfn < 0 || scanned.block < 0) return false;
    this.#stretches.bytes = bytes;
    this.#stretches.pfn = pfn;

    let end = pageStart - NS_BYTES;
    if (bits & BIT_FREE_TS) {
      to[r.FREE_TS] = end;
      from[r.FREE_TS] = end = startOfDigits(bytes, end);
      end -= FREE_TS_BYTES;
    }
    if (bits & BIT_TS) {
      to[r.TS] = end;
      from[r.TS] = startOfDigits(bytes, end);
    }

    let at = pageStart + (pageShape & SHAPE_HEX ? HEX_BYTES : DECIMAL_BYTES);
    if (bytes[at] === ZERO && bytes[at + 1] !== SPACE) return false;
    from[r.PFN] = at;
    while (bytes[at] !== SPACE) at++;
    to[r.PFN] = at;
    at += (pageShape >> SHAPE_BLOCK) & SHAPE_MASK;
    if (bytes[at] === ZERO && bytes[at + 1] !== SPACE) return false;
    from[r.BLOCK] = at;
    while (bytes[at] !== SPACE) at++;
    to[r.BLOCK] = at;
    const flags = (pageShape >> SHAPE_FLAGS) & SHAPE_MASK;
    if (!flags) return true;
    at += flags;
    if (bytes[at] === ZERO && bytes[at + 1] !== OPENING_PARENTHESIS) return false;
    from[r.REST] = at;
    to[r.REST] = scanned.stackStart;
    while (bytes[at] !== OPENING_PARENTHESIS) at++;
    const digits = at - from[r.REST]!;
    return digits > 0 && digits <= MOST_HEX_DIGITS;
  }

  /** Works out what becomes of the texts of a record that have come before. */
  #learn(scanned: ScannedRecord): true {
    const { bytes, start, pageStart, stackStart, end, page, stack } = scanned;
    const header = latin1(bytes.subarray(start, pageStart));
    this.#learnHeader(scanned);
    if (isDue(this.#pages, page)) {
      const cut = cutPageLine(latin1(bytes.subarray(pageStart, stackStart)));
      if (cut) this.#learnLine(this.#pages, page, cut, pageShape(cut), header, FRAME + EMPTY_LINE);
    }
    if (isDue(this.#stacks, stack)) {
      const text = latin1(bytes.subarray(stackStart, end + 1));
      const made = this.#make(header, text, '');
      if (made?.text === text) this.#stacks.learn(stack, 0, made.notes);
      else if (made) this.#stacks.learn(stack, 0, made.notes, { literals: [made.text], slots: [] });
    }
    return true;
  }

  #learnHeader(scanned: ScannedRecord): void {
    const { bytes, start, pageStart, line } = scanned;
    if (!isDue(this.#headers, line)) return;
    const cut = cutHeaderLine(latin1(bytes.subarray(start, pageStart)));
    const shape = timesOf(scanned);
    if (headerShape(cut) === shape) this.#learnLine(this.#headers, line, cut, shape, '', EMPTY_LINE);
  }

  /** Learns a line by two samples of it with other numbers; when the one does not foretell the other, it stays odd. */
  #learnLine(recipes: Recipes, id: number, cut: LineCut, shape: number, before: string, after: string): void {
    const [one, other] = [cut.sample(0), cut.sample(1)];
    const made = this.#make(before, one.text, after);
    const check = this.#make(before, other.text, after);
    if (!made || !check) return;
    if (made.text === one.text && check.text === other.text) return recipes.learn(id, shape, made.notes);
    const recipe = recipeOf(cut, one, made.text);
    if (recipe && other.follow(recipe) === check.text) recipes.learn(id, shape, made.notes, recipe);
  }

  /** What becomes of `text` when it follows the header line `before` and is followed by `after`. */
  #make(before: string, text: string, after: string): { text: string; notes: number } | undefined {
    const whole = this.#rewriteText(before + text + after);
    const base = before ? this.#rewriteText(before + EMPTY_LINE) : { text: EMPTY_LINE, notes: [] };
    if (!whole || !base) return undefined;
    const from = base.text.length - EMPTY_LINE.length;
    if (!whole.text.startsWith(base.text.slice(0, from)) || !whole.text.endsWith(after)) return undefined;
    const notes = whole.notes.filter((note) => !base.notes.includes(note));
    return { text: whole.text.slice(from, whole.text.length - after.length), notes: this.#noteSet(notes) };
  }

  #rewriteText(text: string): Rewritten | undefined {
    const record = parseRecord(Buffer.from(text, 'latin1'));
    const made = record && this.#tryRewrite(record);
    return made && { ...made, text: latin1(encodeText(made.text)) };
  }

  #tryRewrite(record: PageOwnerRecord): Rewritten | undefined {
    try {
      return this.#rewrite(record);
    } catch {
      return undefined;
    }
  }

  #noteSet(notes: readonly string[]): number {
    const known = this.#noteSets.findIndex((set) => set.join() === notes.join());
    if (known >= 0) return known;
    this.#noteCounts.push(0);
    return this.#noteSets.push(notes) - 1;
  }
}

/** Whether a text comes for the second time; it is odd unless something better is learned. */
function isDue(recipes: Recipes, id: number): boolean {
  const state = recipes.stateOf(id);
  if (state === r.UNSEEN) recipes.mark(id, r.SEEN);
  if (state === r.SEEN) recipes.mark(id, r.ODD);
  return state === r.SEEN;
}

/** Which times a record has. */
function timesOf({ bits }: ScannedRecord): number {
  return bits & (BIT_TS | BIT_FREE_TS);
}

function headerShape({ slots }: LineCut): number {
  return (slots.includes(r.TS) ? BIT_TS : 0) | (slots.includes(r.FREE_TS) ? BIT_FREE_TS : 0);
}

function pageShape({ literals, hex }: LineCut): number {
  const [, block, flags] = literals.map((literal) => literal.length);
  const hasFlags = literals.length === 4;
  return (hex ? SHAPE_HEX : 0) | (block! << SHAPE_BLOCK) | (hasFlags ? flags! << SHAPE_FLAGS : 0);
}

function startOfDigits(bytes: Uint8Array, end: number): number {
  let start = end;
  while (bytes[start - 1]! >= ZERO && bytes[start - 1]! <= ZERO + 9) start--;
  return start;
}

/** One letter a byte. */
const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
