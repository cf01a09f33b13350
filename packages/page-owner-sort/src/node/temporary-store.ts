import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { memoryRun } from '../run.js';
import { writeAll } from './output.js';
import type { RunSink, RunSource, RunStore } from '../run.js';

/** A run in a form that can be sent to another thread: file descriptors belong to the whole process. */
export type StoredRun = { readonly bytes: Uint8Array } | { readonly fd: number; readonly length: number };

/** A run that can be sent to another thread. */
export interface StoredRunSource extends RunSource {
  readonly stored: StoredRun;
}

interface StoredRunSink extends RunSink {
  done(): StoredRunSource;
}

/** Up to here a run stays in memory. */
const SMALL_RUN = 1 << 20;

/**
 * Runs in temporary files of a directory. Each file loses its name as soon as it is open, so that nothing is left
 * behind however the process ends; where the system does not allow that, it goes when it is closed.
 */
export class TemporaryStore implements RunStore {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** A run in a temporary file. */
  create(): StoredRunSink {
    const blocks: Uint8Array[] = [];
    let length = 0;
    let file: { fd: number; leftover: string | undefined } | undefined;
    const spill = () => {
      if (!file) {
        file = openNameless(this.#directory);
        for (const block of blocks.splice(0)) writeAll(file.fd, block);
      }
      return file.fd;
    };
    const directory = this.#directory;
    return {
      write(bytes) {
        length += bytes.length;
        if (length <= SMALL_RUN) {
          blocks.push(bytes.slice());
          return;
        }
        try {
          writeAll(spill(), bytes);
        } catch (error) {
          throw unusable(directory, error);
        }
      },
      done() {
        const stored: StoredRun = file ? { fd: file.fd, length } : { bytes: Buffer.concat(blocks) };
        return { ...openStoredRun(stored, file?.leftover), stored };
      },
    };
  }
}

export function openStoredRun(stored: StoredRun, leftover?: string): RunSource {
  if ('bytes' in stored) return memoryRun(stored.bytes);
  const { fd, length } = stored;
  let open = true;
  return {
    length,
    read: (into, at) => readSync(fd, into, 0, into.length, at),
    close() {
      if (!open) return;
      open = false;
      closeSync(fd);
      if (leftover) unlinkSync(leftover);
    },
  };
}

function openNameless(directory: string): { fd: number; leftover: string | undefined } {
  const path = join(directory, `page_owner_sort-${randomBytes(8).toString('hex')}.run`);
  const fd = openSync(path, 'wx+', 0o600);
  try {
    unlinkSync(path);
    return { fd, leftover: undefined };
  } catch {
    return { fd, leftover: path };
  }
}

function unusable(directory: string, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  const reasons: Record<string, string> = {
    ENOENT: 'there is no such directory',
    ENOSPC: 'no space is left on the device',
    EACCES: 'permission denied',
  };
  const reason = (code && reasons[code]) ?? message;
  return new Error(`cannot keep temporary files in ${directory}: ${reason}`, { cause: error });
}
