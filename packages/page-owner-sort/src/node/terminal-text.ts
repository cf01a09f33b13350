import { decodeText } from '@page-owner/dump-format';
import { printable } from '../printable.js';

const LF = 10;
/** What has no newline for so long is shown in pieces. */
const LONGEST_LINE = 1 << 20;

/** Text for a terminal: lines are shown as they are but for what would do something to it, which is shown as `\x1b`. */
export class TerminalText {
  readonly #write: (bytes: Uint8Array) => void;
  /** Bytes of a line that is not complete: a character may be cut. */
  #rest: Uint8Array = new Uint8Array(0);

  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write;
  }

  add(bytes: Uint8Array): void {
    const all = Buffer.concat([this.#rest, bytes]);
    const whole = all.length < LONGEST_LINE ? all.lastIndexOf(LF) + 1 : all.length;
    this.#show(all.subarray(0, whole));
    this.#rest = all.subarray(whole);
  }

  end(): void {
    this.#show(this.#rest);
    this.#rest = new Uint8Array(0);
  }

  #show(bytes: Uint8Array): void {
    if (!bytes.length) return;
    const cells = decodeText(bytes).split(/([\n\t])/);
    this.#write(Buffer.from(cells.map((cell, i) => (i % 2 ? cell : printable(cell))).join('')));
  }
}
