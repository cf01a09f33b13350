import { openOutput } from '@page-owner/page-owner-sort/node';
import type { Output } from '@page-owner/page-owner-sort/node';

/** A file to be written: its place, and its content in pieces. */
export interface FileContent {
  readonly path: string;
  readonly pieces: Iterable<string | Uint8Array>;
}

/**
 * Writes files beside their places, and puts all of them there when all are complete. Returns how many bytes each has.
 *
 * @throws Error of one sentence
 */
export function writeFiles(files: readonly FileContent[]): number[] {
  const outputs: Output[] = [];
  const sizes: number[] = [];
  try {
    for (const { path, pieces } of files) {
      const output = openOutput(path);
      let bytes = 0;
      outputs.push(output);
      for (const piece of pieces) {
        const text = typeof piece === 'string' ? Buffer.from(piece) : piece;
        output.write(text);
        bytes += text.length;
      }
      sizes.push(bytes);
    }
    for (const output of outputs) output.commit();
    return sizes;
  } catch (error) {
    for (const output of outputs) output.discard();
    throw error;
  }
}
