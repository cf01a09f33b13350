import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readInput } from '@page-owner/dump-format/node';

export const FIXTURES = new URL('fixtures/', import.meta.url).pathname;

/** The bytes of a dump among the fixtures, unpacked. */
export const readDump = (name: string): Promise<Buffer> => readInput(join(FIXTURES, `${name}.txt.zst`));

/** A table of recorded results among the fixtures; its bytes as letters. */
export function readTable(name: string): string {
  return readFileSync(join(FIXTURES, name), 'latin1');
}

/** The same bytes in pieces of `size` bytes. */
export function* inPieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
