import { openInput } from '@page-owner/dump-format/node';

/** A whole file of modest size, unpacked. @throws Error of one sentence that names it */
export async function bytesOf(path: string): Promise<Uint8Array> {
  const input = await openInput(path);
  const pieces: Uint8Array[] = [];
  try {
    for (;;) {
      const piece = new Uint8Array(1 << 18);
      const count = await input.read(piece);
      if (!count) return Buffer.concat(pieces);
      pieces.push(piece.subarray(0, count));
    }
  } finally {
    input.close();
  }
}

/** What a parser makes of a file of /proc. @throws Error of one sentence that names it */
export async function parseFile<T>(path: string, parse: (text: string) => T): Promise<T> {
  const text = Buffer.from(await bytesOf(path)).toString('utf8');
  try {
    return parse(text);
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}
