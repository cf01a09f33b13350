import { randomBytes } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { isatty } from 'node:tty';
import { TerminalText } from './terminal-text.js';

/** Where a result goes. Nothing is seen of it before `commit`, unless it goes to a pipe or a device. */
export interface Output {
  /** The next bytes. */
  write(bytes: Uint8Array): void;
  /** Puts the result in its place. */
  commit(): void;
  /** Leaves everything as it was. Does nothing after `commit`. */
  discard(): void;
}

const STDIN = 0;
const STDOUT = 1;

/**
 * Opens `path` for a result; `-` is standard output. What goes to a terminal can do nothing to it (`TerminalText`). A file
 * is written beside its place, under another name, and renamed when it is complete; one that is there keeps its permissions,
 * a link stays a link.
 *
 * @throws Error of one sentence that names the path
 */
export function openOutput(path: string): Output {
  if (path === '-') return directOutput(STDOUT, 'standard output');
  const place = realPath(path);
  const old = statOf(place);
  if (old?.isDirectory()) throw new Error(`cannot write ${path}: it is a directory`);
  try {
    if (old && !old.isFile()) {
      const fd = openSync(place, 'w');
      const output = directOutput(fd, path);
      const commit = (): void => {
        output.commit();
        closeSync(fd);
      };
      return { ...output, commit };
    }
    return fileOutput(path, place, old);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/**
 * Fails as `openOutput` would, without making or changing anything, as far as that can be known.
 *
 * @throws Error of one sentence that names the path
 */
export function checkOutput(path: string): void {
  if (path === '-') return;
  const place = realPath(path);
  const old = statOf(place);
  if (old?.isDirectory()) throw new Error(`cannot write ${path}: it is a directory`);
  try {
    accessSync(old && !old.isFile() ? place : dirname(place), constants.W_OK);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** Whether an input and an output are the same file; `-` is standard input, and standard output. */
export function isSameFile(input: string, output: string): boolean {
  const one = input === '-' ? fstatSync(STDIN) : statOf(input);
  const other = output === '-' ? fstatSync(STDOUT) : statOf(output);
  return one?.isFile() === true && other?.isFile() === true && one.dev === other.dev && one.ino === other.ino;
}

function fileOutput(path: string, place: string, old: Stats | undefined): Output {
  const beside = join(dirname(place), `.${basename(place)}.${randomBytes(6).toString('hex')}.tmp`);
  const fd = openSync(beside, 'wx');
  let open = true;
  const discard = () => {
    if (!open) return;
    open = false;
    closeSync(fd);
    unlinkSync(beside);
  };
  return {
    write(bytes) {
      try {
        writeAll(fd, bytes);
      } catch (error) {
        discard();
        throw unwritable(path, error);
      }
    },
    commit() {
      open = false;
      try {
        closeSync(fd);
        if (old) chmodSync(beside, old.mode & 0o7777);
        renameSync(beside, place);
      } catch (error) {
        unlinkSync(beside);
        throw unwritable(path, error);
      }
    },
    discard,
  };
}

function directOutput(fd: number, name: string): Output {
  const write = (bytes: Uint8Array): void => {
    try {
      writeAll(fd, bytes);
    } catch (error) {
      throw unwritable(name, error);
    }
  };
  if (!isatty(fd)) return { write, commit() {}, discard() {} };
  const text = new TerminalText(write);
  return { write: (bytes) => text.add(bytes), commit: () => text.end(), discard() {} };
}

/** Writes all of it, however the other side takes it. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      // A pipe that does not wait is full: wait for its reader.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/**
 * Where a path leads, a link to what is not there yet included. A pipe or a device is itself: /dev/stdout can be a link that
 * leads nowhere.
 */
function realPath(path: string): string {
  if (statOf(path)?.isFile() === false) return path;
  try {
    return realpathSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return path;
  }
  try {
    return realPath(resolve(realpathSync(dirname(path)), readlinkSync(path)));
  } catch {
    return path;
  }
}

/** undefined: there is none, or none that may be seen; opening it tells why. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** What to say when `path` cannot be written; the error's code stays. */
export function unwritable(path: string, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  const reasons: Record<string, string> = {
    ENOENT: 'no such directory',
    EACCES: 'permission denied',
    EROFS: 'the file system is read-only',
    ENOSPC: 'no space is left on the device',
    ENOTDIR: 'a part of the path is not a directory',
  };
  return Object.assign(new Error(`cannot write ${path}: ${(code && reasons[code]) ?? message}`), { code });
}
