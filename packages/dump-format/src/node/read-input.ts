import { openInput } from './open-input.js';

const CHUNK = 1 << 20;

/**
 * All bytes of what {@link openInput} opens, unpacked: for `parseDump`, where a dump fits into memory.
 *
 * @throws Error of one sentence that names the path, when it cannot be read or unpacked
 */
export async function readInput(path: string): Promise<Buffer> {
  const input = await openInput(path);
  try {
    const chunks: Uint8Array[] = [];
    for (;;) {
      const chunk = new Uint8Array(CHUNK);
      const count = await input.read(chunk);
      if (count === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, count));
    }
  } finally {
    input.close();
  }
}
