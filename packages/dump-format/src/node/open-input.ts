import { closeSync, fstatSync, open, openSync, read, readSync, statSync } from 'node:fs';
import { promisify } from 'node:util';
import { LONGEST_MAGIC, packingOf } from './packing.js';
import type { Packing } from './packing.js';

/** A dump that is open for reading. */
export interface DumpInput {
  /** The path it was opened by; `-` is standard input. */
  readonly path: string;
  /** How its bytes are packed. */
  readonly packing: Packing;
  /** Size in bytes of the file, packed or not; undefined for a pipe, or a file that tells none (debugfs, procfs). */
  readonly size: number | undefined;
  /** The file descriptor of a file whose bytes can be read from anywhere: not packed, no pipe, no debugfs. */
  readonly fd: number | undefined;
  /** How many bytes have been read, of `size`. */
  readonly bytesRead: number;
  /**
   * Reads the next bytes, unpacked, into `into`; returns how many, 0 only at the end.
   *
   * @throws Error of one sentence that names the path, when they cannot be read or unpacked
   */
  read(into: Uint8Array): Promise<number>;
  /** Ends reading; a program that unpacks is ended as well. */
  close(): void;
}

const STDIN = 0;
const readSome = promisify(read);
const CHUNK = 1 << 20;
/** What a pipe holds. */
const PIPE_CHUNK = 64 << 10;
/** A descriptor of the caller's: closing it is not ours. */
const isStandard = (path: string) => path === '-';

/**
 * Opens a dump: a file, a pipe, debugfs's own file, or `-` for standard input. .gz, .zst and .xz are recognised by
 * their content.
 *
 * @throws Error of one sentence that names the path, when it cannot be opened or is a directory
 */
export async function openInput(path: string): Promise<DumpInput> {
  let fd = STDIN;
  try {
    if (!isStandard(path)) fd = await descriptorOf(path);
    const input = await inputOf(path, fd);
    return input;
  } catch (error) {
    if (fd !== STDIN) closeSync(fd);
    throw unreadable(path, error);
  }
}

/** A named pipe opens when someone writes to it: meanwhile signals have to be heard. */
async function descriptorOf(path: string): Promise<number> {
  const isPipe = statSync(path, { throwIfNoEntry: false })?.isFIFO();
  return isPipe ? promisify(open)(path, 'r') : openSync(path, 'r');
}

async function inputOf(path: string, fd: number): Promise<DumpInput> {
  const stat = fstatSync(fd);
  if (stat.isDirectory()) throw new Error('it is a directory');
  // Files of debugfs have the size 0 and offsets that count no bytes: they are read from front to back, like a pipe.
  const size = stat.isFile() && stat.size > 0 ? stat.size : undefined;
  if (size !== undefined) {
    const front = new Uint8Array(LONGEST_MAGIC);
    if (packingOf(front.subarray(0, readSync(fd, front, 0, LONGEST_MAGIC, 0))) === 'none') {
      return plainFile(path, fd, size);
    }
  }
  return pieceByPiece(path, fd, size, stat.isFile() ? fileChunks(fd) : pipeChunks(fd));
}

/**
 * What comes through a pipe; each piece is overwritten by the next. A stream would make a buffer for each, however little
 * comes.
 */
async function* pipeChunks(fd: number): AsyncGenerator<Uint8Array> {
  const chunk = Buffer.allocUnsafeSlow(PIPE_CHUNK);
  for (let count: number; (count = (await readSome(fd, chunk, 0, PIPE_CHUNK, null)).bytesRead) > 0;)
    yield chunk.subarray(0, count);
}

function plainFile(path: string, fd: number, size: number): DumpInput {
  let bytesRead = 0;
  let closed = false;
  return {
    path,
    packing: 'none',
    size,
    fd,
    get bytesRead() {
      return bytesRead;
    },
    async read(into) {
      if (closed) return 0;
      try {
        const count = readSync(fd, into, 0, into.length, null);
        bytesRead += count;
        if (!count && into.length && bytesRead < size) refuseShorter(fd, size);
        return count;
      } catch (error) {
        throw unreadable(path, error);
      }
    },
    close() {
      if (!closed) close(path, fd);
      closed = true;
    },
  };
}

/** A file may end before its size (sysfs, standard input that others have read from); not one that had it and lost it. */
function refuseShorter(fd: number, size: number): void {
  const left = fstatSync(fd).size;
  if (left < size) throw new Error(`it became shorter while it was read, ${left} bytes of ${size}`);
}

async function pieceByPiece(
  path: string,
  fd: number,
  size: number | undefined,
  source: AsyncIterable<Uint8Array>,
): Promise<DumpInput> {
  const pieces = source[Symbol.asyncIterator]();
  // Enough is read ahead to see how it is packed.
  let front: Uint8Array = new Uint8Array();
  while (front.length < LONGEST_MAGIC) {
    const { value, done } = await pieces.next();
    if (done) break;
    front = Buffer.concat([front, value]);
  }
  const packing = packingOf(front);

  let bytesRead = 0;
  let closed = false;
  async function* allPieces(): AsyncGenerator<Uint8Array> {
    for (let piece: Uint8Array | undefined = front; piece;) {
      bytesRead += piece.length;
      yield piece;
      // By now the descriptor may be another file's.
      if (closed) return;
      const next = await pieces.next();
      piece = next.done ? undefined : next.value;
    }
  }
  const bytes = packing === 'none' ? allPieces() : (await import('./unpack.js')).unpack(allPieces(), packing);
  let left: Uint8Array = new Uint8Array();
  return {
    path,
    packing,
    size,
    fd: undefined,
    get bytesRead() {
      return bytesRead;
    },
    async read(into) {
      try {
        while (!left.length) {
          const { value, done } = await bytes.next();
          if (done) return 0;
          left = value;
        }
      } catch (error) {
        throw unreadable(path, error);
      }
      const count = Math.min(left.length, into.length);
      into.set(left.subarray(0, count));
      left = left.subarray(count);
      return count;
    },
    close() {
      if (closed) return;
      closed = true;
      // An unpacker that is not told would wait for its bytes to be taken, and the process for it.
      bytes.return(undefined).catch(() => {});
      close(path, fd);
    },
  };
}

function close(path: string, fd: number): void {
  if (!isStandard(path)) closeSync(fd);
}

/** The chunks of a file, from front to back; each is overwritten by the next. */
async function* fileChunks(fd: number): AsyncGenerator<Uint8Array> {
  const chunk = Buffer.allocUnsafe(CHUNK);
  for (let count: number; (count = readSync(fd, chunk, 0, CHUNK, null)) > 0;) yield chunk.subarray(0, count);
}

function unreadable(path: string, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  const reasons: Record<string, string> = {
    ENOENT: 'no such file',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EISDIR: 'it is a directory',
    ENOTDIR: 'a part of the path is not a directory',
  };
  const name = isStandard(path) ? 'standard input' : path;
  return new Error(`cannot read ${name}: ${(code && reasons[code]) ?? message}`, { cause: error });
}
