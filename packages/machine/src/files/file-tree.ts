/** The machine's files, by their absolute paths: what open, read, write and lseek do. */
import type { Errno } from '@page-owner/page-owner';

/** An open file. Results are those of the system calls, errors by name. */
export interface OpenFile {
  /** @returns bytes read; 0 at the end */
  read(into: Uint8Array): number | Errno;
  /** @returns bytes written */
  write(text: string): number | Errno;
  /**
   * @returns the new position
   * @throws RangeError if the offset is no whole number
   */
  seek(offset: number, whence: 'SET' | 'CUR' | 'END'): number | Errno;
}

/** A file that can be opened. */
export interface MachineFile {
  /** Absolute. */
  readonly path: string;
  /** Permissions, such as 0o400. */
  readonly mode: number;
  /** A new opening, at its beginning. */
  open(): OpenFile;
}

/** What a read is given: more than the kernel's page, which is the most that debugfs page_owner returns. */
const READ_BYTES = 1 << 16;
const BUFFER_BYTES = 1 << 20;
const READ_BITS = 0o444;

const UTF8_IN = new TextDecoder();

/** The machine's files in /proc and /sys. */
export class FileTree {
  readonly #files = new Map<string, MachineFile>();

  /** A file at its path, in place of one that was there. */
  add(file: MachineFile): void {
    this.#files.set(file.path, file);
  }

  /** All paths, in the order of the files' making. */
  get paths(): readonly string[] {
    return [...this.#files.keys()];
  }

  /** Those of them that may be read: some only take what is written. */
  get readable(): readonly string[] {
    return this.paths.filter((path) => (this.mode(path) & READ_BITS) !== 0);
  }

  /** @throws Error if there is no such file */
  open(path: string): OpenFile {
    return this.#find(path).open();
  }

  /** Permissions of the file at `path`. */
  mode(path: string): number {
    return this.#find(path).mode;
  }

  /**
   * Reads a file from its beginning to its end, as cat does. The bytes of a piece are overwritten by the next.
   *
   * @throws Error if there is no such file, or a read fails
   */
  *pieces(path: string): Generator<Uint8Array, void, undefined> {
    const file = this.open(path);
    const buffer = new Uint8Array(BUFFER_BYTES);
    let used = 0;
    for (;;) {
      const count = file.read(buffer.subarray(used, used + READ_BYTES));
      if (typeof count !== 'number') throw new Error(`cannot read ${path}: ${count}`);
      if (count === 0) break;
      used += count;
      if (used + READ_BYTES <= BUFFER_BYTES) continue;
      yield buffer.subarray(0, used);
      used = 0;
    }
    if (used > 0) yield buffer.subarray(0, used);
  }

  /** The bytes of a whole file. */
  read(path: string): Uint8Array {
    const pieces = Array.from(this.pieces(path), (piece) => piece.slice());
    const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }

  /** The text of a whole file; bytes that are no UTF-8 become U+FFFD. */
  text(path: string): string {
    return UTF8_IN.decode(this.read(path));
  }

  /**
   * Opens a file, writes to it once and closes it, as echo does.
   *
   * @returns bytes written; fewer than the text has are what a single write takes
   * @throws Error if there is no such file, or the write fails
   */
  write(path: string, text: string): number {
    const count = this.open(path).write(text);
    if (typeof count !== 'number') throw new Error(`cannot write ${path}: ${count}`);
    return count;
  }

  #find(path: string): MachineFile {
    const file = this.#files.get(path);
    if (file === undefined) throw new Error(`no such file: ${path}`);
    return file;
  }
}
