import { decodeText, encodeText, parseDump } from '@page-owner/dump-format';
import type { PageOwnerRecord } from '@page-owner/dump-format';
import { openInput } from '@page-owner/dump-format/node';
import { replay } from '@page-owner/trace-replay';
import type { DumpOptions, Replay, ReplayOptions } from '@page-owner/trace-replay';

/** The bytes of a packed file among the fixtures. */
export async function readBytes(name: string): Promise<Uint8Array> {
  const input = await openInput(new URL(`fixtures/${name}.txt.zst`, import.meta.url).pathname);
  const chunks: Uint8Array[] = [];
  try {
    for (;;) {
      const chunk = new Uint8Array(1 << 20);
      const count = await input.read(chunk);
      if (!count) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, count));
    }
  } finally {
    input.close();
  }
}

/** A trace written as a text. */
export function replayText(text: string, options?: ReplayOptions): Promise<Replay> {
  return replay(encodeText(text), options);
}

export function dumpText(played: Replay, options?: DumpOptions): string {
  return decodeText(Buffer.concat([...played.dump(options)]));
}

export function recordsOf(played: Replay, options?: DumpOptions): PageOwnerRecord[] {
  const dump = parseDump(dumpText(played, options));
  if (dump.garbage.length > 0) throw new Error('the dump holds garbage');
  return [...dump.records];
}
