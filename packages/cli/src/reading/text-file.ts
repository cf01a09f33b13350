import { openWatched, watch } from './open-selected.js';
import type { Reading } from './open-selected.js';
import type { Source } from './source.js';
import type { Run } from '../run.js';

const PIECE_BYTES = 1 << 18;

/** A whole file of modest size, unpacked. @throws Error of one sentence that names it */
export async function bytesOf(run: Reading, path: string): Promise<Uint8Array> {
  const input = await openWatched(run, path);
  try {
    return await watch(run, input, allBytes);
  } finally {
    input.close();
  }
}

/** All that is left to be read. */
export async function allBytes(source: Source): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for (;;) {
    const piece = new Uint8Array(PIECE_BYTES);
    const count = await source.read(piece);
    if (!count) return Buffer.concat(pieces);
    pieces.push(piece.subarray(0, count));
  }
}

/** What a parser makes of a file of /proc. @throws Error of one sentence that names it */
export async function parseFile<T>(run: Run, path: string, parse: (text: string) => T): Promise<T> {
  const text = Buffer.from(await bytesOf(run, path)).toString('utf8');
  try {
    return parse(text);
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}
