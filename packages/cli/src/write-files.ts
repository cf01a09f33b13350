import { openOutput } from '@page-owner/page-owner-sort/node';
import type { Output } from '@page-owner/page-owner-sort/node';

/** A file to be written: its place, and its content in pieces. */
export interface FileContent {
  readonly path: string;
  readonly pieces: Iterable<string | Uint8Array>;
}

/** Writes files beside their places, and puts all of them there when all are complete. @throws Error of one sentence */
export function writeFiles(files: readonly FileContent[]): void {
  const outputs: Output[] = [];
  try {
    for (const { path, pieces } of files) {
      const output = openOutput(path);
      outputs.push(output);
      for (const piece of pieces) output.write(typeof piece === 'string' ? Buffer.from(piece) : piece);
    }
    for (const output of outputs) output.commit();
  } catch (error) {
    for (const output of outputs) output.discard();
    throw error;
  }
}
