import { decodeText, encodeText, parseDump } from '@page-owner/dump-format';
import type { PageOwnerRecord } from '@page-owner/dump-format';
import { readInput } from '@page-owner/dump-format/node';
import { replay } from '@page-owner/trace-replay';
import type { DumpOptions, Replay, ReplayOptions } from '@page-owner/trace-replay';

/** The bytes of a packed file among the fixtures. */
export const readBytes = (name: string): Promise<Uint8Array> =>
  readInput(new URL(`fixtures/${name}.txt.zst`, import.meta.url).pathname);

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
