/**
 * Texts of frames, each once. A frame's address is the word at which its text begins, so equal frames have equal addresses,
 * and any thread can print what another one has met.
 *
 * ```
 *   word   0         1         2         3
 *        +---------+---------+---------+---------+
 *        | magic   | version | used    | full    |    used: word at which the next text begins
 *        +---------+---------+---------+---------+    full: 1 when one did not fit
 *      4 | bytes   | UTF-8, up to a whole word ...
 *        +---------+------------------------------
 *        | bytes   | ...
 * ```
 *
 * Nothing is ever changed but `used` and `full`. An ArrayBuffer grows by doubling; a SharedArrayBuffer cannot, and is as
 * large as it may get: the operating system backs only what is touched.
 */
import { RAW_ADDRESSES, type Symbolizer } from '@page-owner/stackdepot';

/** The letters `FRTX`. */
const MAGIC = 0x58545246;
/** Version of the buffer's format, not of the package. */
const VERSION = 1;

const MAGIC_WORD = 0;
const VERSION_WORD = MAGIC_WORD + 1;
const USED_WORD = VERSION_WORD + 1;
const FULL_WORD = USED_WORD + 1;
const FIRST_WORD = FULL_WORD + 1;

const WORD_BYTES = Int32Array.BYTES_PER_ELEMENT;

/** Where an ArrayBuffer begins. */
const HEAP_BYTES = 1 << 14;

/** What there is no room for has this address, and no text does. */
export const NO_ADDRESS = 0;

const UTF8 = new TextEncoder();
const FROM_UTF8 = new TextDecoder();

/** Of several threads on one SharedArrayBuffer one at a time may add; all may read meanwhile. */
export class FrameTexts implements Symbolizer {
  #words: Int32Array;
  readonly #log: (line: string) => void;
  /** Both ways, of the texts before word `#known`. */
  readonly #addresses = new Map<string, number>();
  readonly #texts = new Map<number, string>();
  #known = FIRST_WORD;

  private constructor(words: Int32Array, log: (line: string) => void) {
    this.#words = words;
    this.#log = log;
  }

  /** @param sharedBytes size of a SharedArrayBuffer; undefined: an ArrayBuffer that grows */
  static create(sharedBytes: number | undefined, log: (line: string) => void): FrameTexts {
    const buffer =
      sharedBytes === undefined ? new ArrayBuffer(HEAP_BYTES) : new SharedArrayBuffer(sharedBytes);
    const words = new Int32Array(buffer);
    words[MAGIC_WORD] = MAGIC;
    words[VERSION_WORD] = VERSION;
    words[USED_WORD] = FIRST_WORD;
    return new FrameTexts(words, log);
  }

  /**
   * The texts of another thread.
   *
   * @throws TypeError if the buffer has none; RangeError if it is of another version
   */
  static attach(buffer: ArrayBuffer | SharedArrayBuffer, log: (line: string) => void): FrameTexts {
    const words = new Int32Array(buffer);
    if (words[MAGIC_WORD] !== MAGIC)
      throw new TypeError(`no texts of frames: a buffer of ${buffer.byteLength} bytes`);
    if (words[VERSION_WORD] !== VERSION)
      throw new RangeError(
        `texts of frames have version ${words[VERSION_WORD]}, this code reads version ${VERSION}`,
      );
    return new FrameTexts(words, log);
  }

  get buffer(): ArrayBuffer | SharedArrayBuffer {
    return this.#words.buffer as ArrayBuffer | SharedArrayBuffer;
  }

  /** The text's address, which it is given now if it had none; {@link NO_ADDRESS} if there is no room. */
  addressOf(text: string): number {
    const known = this.#addresses.get(text);
    if (known !== undefined) return known;
    // Another thread may have added it.
    this.#learn();
    return this.#addresses.get(text) ?? this.#add(text);
  }

  symbolize(lo: number, hi = 0): string {
    if (!this.#texts.has(lo)) this.#learn();
    return this.#texts.get(lo) ?? RAW_ADDRESSES.symbolize(lo, hi);
  }

  #add(text: string): number {
    const bytes = UTF8.encode(text);
    const address = this.#known;
    const end = address + 1 + Math.ceil(bytes.length / WORD_BYTES);
    if (end > this.#words.length && !this.#grow(end)) {
      if (Atomics.exchange(this.#words, FULL_WORD, 1) === 0)
        this.#log('Texts of frames reached limit capacity');
      return NO_ADDRESS;
    }
    this.#words[address] = bytes.length;
    new Uint8Array(this.buffer, (address + 1) * WORD_BYTES).set(bytes);
    Atomics.store(this.#words, USED_WORD, end);
    this.#learn();
    return address;
  }

  /** Reads what was added since the last time. */
  #learn(): void {
    const words = this.#words;
    for (const used = Atomics.load(words, USED_WORD); this.#known < used;) {
      const length = words[this.#known]!;
      // A copy: decoders do not take shared bytes.
      const bytes = new Uint8Array(this.buffer, (this.#known + 1) * WORD_BYTES, length).slice();
      const text = FROM_UTF8.decode(bytes);
      this.#addresses.set(text, this.#known);
      this.#texts.set(this.#known, text);
      this.#known += 1 + Math.ceil(length / WORD_BYTES);
    }
  }

  #grow(words: number): boolean {
    if (Object.prototype.toString.call(this.buffer) === '[object SharedArrayBuffer]') return false;
    const longer = new Int32Array(Math.max(2 * this.#words.length, words));
    longer.set(this.#words);
    this.#words = longer;
    return true;
  }
}
