/** debugfs page_owner: what open, read, lseek and write do. The text itself is somebody else's. */
import type { Errno } from './errno.js';
import { FileFilter, type PrintMode } from './file-filter.js';
import { OwnerRecord } from './owner-record.js';
import { findOwner, type OwnerSpace } from './walk.js';

/**
 * Writes a record's text into `into`, as much as there is room for.
 *
 * @returns bytes of the whole text, whether there was room or not
 */
export type RecordFormatter = (record: OwnerRecord, into: Uint8Array, mode: PrintMode) => number;

const UTF8 = new TextEncoder();

/** A formatter from a function that returns text. */
export const textFormatter =
  (format: (record: OwnerRecord, mode: PrintMode) => string | Uint8Array): RecordFormatter =>
  (record, into, mode) => {
    const text = format(record, mode);
    const bytes = typeof text === 'string' ? UTF8.encode(text) : text;
    into.set(bytes.length > into.length ? bytes.subarray(0, into.length) : bytes);
    return bytes.length;
  };

/**
 * One open file.
 *
 * ```
 *   position   0         pfn of the first record + 1      pfn of the last record + 1
 *              |             |                                |
 *   read       first record  second record          ...      end: 0
 *
 *              6.1 and later. Before, less the machine's first frame number.
 * ```
 */
export class PageOwnerFile {
  /** The record read last; the same object each time. */
  readonly record = new OwnerRecord();
  readonly #space: OwnerSpace;
  readonly #filter: FileFilter | null;
  #position = 0;

  constructor(space: OwnerSpace, maxNodes: number) {
    this.#space = space;
    this.#filter = space.rules.filters ? new FileFilter(space.frames, maxNodes) : null;
  }

  /** Where the next read begins: not a number of bytes, see above. */
  get position(): number {
    return this.#position;
  }

  /** What to print of each record; `stack` unless the kernel knows others and was told. */
  get mode(): PrintMode {
    return this.#filter?.mode ?? 'stack';
  }

  /** Goes on to the next record and fills {@link record}; false at the end. */
  next(): boolean {
    const { frames, rules } = this.#space;
    const absolute = rules.position === 'absolute';
    const base = absolute ? 0 : frames.minPfn;
    const start = absolute && this.#position === 0 ? frames.minPfn : base + this.#position;
    if (rules.drainsAtRead) frames.drainPcp?.();
    if (!findOwner(this.#space, start, this.record, this.#filter)) return false;
    this.#position = this.record.pfn - base + 1;
    return true;
  }

  /**
   * One read(): at most one record.
   *
   * @returns bytes read, 0 at the end; `ENOMEM` if the text and one byte more do not fit, or do not fit 4096 bytes since
   * 5.1: that record is lost, for the position has moved on. `EINVAL` if the position is negative.
   */
  read(into: Uint8Array, format: RecordFormatter): number | Errno {
    if (this.#position < 0) return 'EINVAL';
    if (!this.next()) return 0;
    const { readLimit } = this.#space.rules;
    const room = into.length > readLimit ? into.subarray(0, readLimit) : into;
    const bytes = format(this.record, room, this.mode);
    return bytes < room.length ? bytes : 'ENOMEM';
  }

  /**
   * lseek(): any frame number goes, and 0 is the beginning.
   *
   * @returns the new position; `EINVAL` for SEEK_END, `ESPIPE` before 6.1
   * @throws RangeError if the offset is no whole number
   */
  seek(offset: number, whence: 'SET' | 'CUR' | 'END'): number | Errno {
    if (!Number.isSafeInteger(offset)) throw new RangeError(`an offset is a whole number, got ${offset}`);
    if (this.#space.rules.position === 'relative') return 'ESPIPE';
    if (whence === 'END') return 'EINVAL';
    this.#position = whence === 'SET' ? offset : this.#position + offset;
    return this.#position;
  }

  /**
   * write(): sets the print mode and filters of this open file, in the development tree; see file-filter.ts.
   *
   * @returns bytes written; `EINVAL` in kernels whose file cannot be written
   */
  write(command: string): number | Errno {
    return this.#filter === null ? 'EINVAL' : this.#filter.command(command, UTF8.encode(command).length);
  }
}
