import { CR, NEWLINE, viewOf } from '../bytes.js';

/** Takes the lines of a trace. */
export interface LineSink {
  /**
   * The line at `start` when it is one whose end is found by reading it, as most are: the offset behind its newline, or 0,
   * and then nothing has happened. The bytes go to the end of the chunk.
   */
  usual(bytes: Uint8Array, view: DataView, start: number, number: number): number;
  /**
   * A line is bytes[start, end), without its newline; `view` shows the same bytes, to compare four at a time; `number`
   * counts from 1. The bytes stay until it returns.
   */
  line(bytes: Uint8Array, view: DataView, start: number, end: number, number: number): void;
}

/** No tracer writes longer lines; of one that is as long or longer, so much is taken. */
export const LONGEST_LINE = 1 << 16;

/** Cuts a stream of bytes, however it is chunked, into lines. */
export class LineSplitter {
  /** Bytes and lines (newlines) so far. */
  bytes = 0;
  lines = 0;
  readonly #sink: LineSink;
  /** The beginning of a line whose end is in a later chunk. */
  readonly #carry = new Uint8Array(LONGEST_LINE);
  readonly #carryView = viewOf(this.#carry);
  #carried = 0;

  constructor(sink: LineSink) {
    this.#sink = sink;
  }

  push(bytes: Uint8Array): void {
    // A Buffer would make each function on the way deal with two kinds of arrays.
    const chunk = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    const view = viewOf(chunk);
    this.bytes += chunk.length;
    let start = 0;
    if (this.#carried > 0) {
      const newline = chunk.indexOf(NEWLINE);
      this.#keep(chunk, 0, newline < 0 ? chunk.length : newline);
      if (newline < 0) return;
      const length = this.#carried;
      this.#carried = 0;
      this.#take(this.#carry, this.#carryView, 0, length);
      start = newline + 1;
    }
    this.#keep(chunk, this.#takeAll(bytes, chunk, view, start), chunk.length);
  }

  /** Takes the lines from `start` on, in `bytes` and in its other view `chunk`; the offset behind the last of them. */
  #takeAll(bytes: Uint8Array, chunk: Uint8Array, view: DataView, start: number): number {
    const sink = this.#sink;
    for (;;) {
      for (let behind; (behind = sink.usual(chunk, view, start, this.lines + 1)) > 0; start = behind)
        this.lines++;
      // A Buffer's own search, when it is one, takes a quarter of the time.
      const newline = bytes.indexOf(NEWLINE, start);
      if (newline < 0) return start;
      this.#take(chunk, view, start, newline);
      start = newline + 1;
    }
  }

  /** The bytes after the last newline, when there are any: a line that was cut off. */
  rest(): Uint8Array {
    return this.#carry.subarray(0, this.#carried);
  }

  #take(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    const last = end > start && bytes[end - 1] === CR ? end - 1 : end;
    this.#sink.line(bytes, view, start, Math.min(last, start + LONGEST_LINE), ++this.lines);
  }

  #keep(chunk: Uint8Array, start: number, end: number): void {
    const count = Math.min(end - start, LONGEST_LINE - this.#carried);
    this.#carry.set(chunk.subarray(start, start + count), this.#carried);
    this.#carried += count;
  }
}
