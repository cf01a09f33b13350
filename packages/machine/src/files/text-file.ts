/** A file whose text is made when it is read. */
import type { Errno } from '@page-owner/page-owner';
import type { MachineFile, OpenFile } from './file-tree.js';

const READ = 0o444;
const UTF8 = new TextEncoder();

interface TextFileOptions {
  readonly mode?: number | undefined;
  /** What writing does; `EINVAL` unless given. */
  readonly write?: ((text: string) => number | Errno) | undefined;
}

/** @param make makes the text, at the first read and after each return to the beginning */
export function textFile(path: string, make: () => string, options: TextFileOptions = {}): MachineFile {
  return {
    path,
    mode: options.mode ?? READ,
    open: () => new OpenText(make, options.write ?? (() => 'EINVAL')),
  };
}

class OpenText implements OpenFile {
  readonly #make: () => string;
  readonly write: (text: string) => number | Errno;
  #bytes = new Uint8Array(0);
  #position = 0;

  constructor(make: () => string, write: (text: string) => number | Errno) {
    this.#make = make;
    this.write = write;
  }

  read(into: Uint8Array): number {
    if (this.#position === 0) this.#bytes = UTF8.encode(this.#make());
    const piece = this.#bytes.subarray(this.#position, this.#position + into.length);
    into.set(piece);
    this.#position += piece.length;
    return piece.length;
  }

  seek(offset: number, whence: 'SET' | 'CUR' | 'END'): number | Errno {
    if (!Number.isSafeInteger(offset)) throw new RangeError(`an offset is a whole number, got ${offset}`);
    const position = whence === 'SET' ? offset : this.#position + offset;
    if (whence === 'END' || position < 0) return 'EINVAL';
    this.#position = position;
    return position;
  }
}
