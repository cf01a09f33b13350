import type { Reader } from '../src/dump-reader.js';

/** Hands `bytes` to a reader, at once. */
export function pushInto(reader: Reader, bytes: Uint8Array): void {
  for (let from = 0; from < bytes.length && !reader.stopped;) {
    const space = reader.space();
    const count = Math.min(space.length, bytes.length - from);
    space.set(bytes.subarray(from, from + count));
    reader.filled(count);
    from += count;
  }
}
