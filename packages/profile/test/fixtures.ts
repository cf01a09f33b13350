import { readFileSync } from 'node:fs';
import { openInput } from '@page-owner/dump-format/node';
import { profileDump } from '@page-owner/profile';
import type { Profile } from '@page-owner/profile';

const pathOf = (name: string) => new URL(`fixtures/${name}`, import.meta.url).pathname;

/** A text of /proc among the fixtures. */
export function readText(name: string): string {
  return readFileSync(pathOf(`${name}.txt`), 'utf8');
}

/** The bytes of a packed file among the fixtures. */
export async function readBytes(name: string): Promise<Uint8Array> {
  const input = await openInput(pathOf(`${name}.txt.zst`));
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

const profiles = new Map<string, Promise<Profile>>();

/** The profile of a dump among the fixtures, as the README beside them tells. */
export function profileOf(snapshot: string): Promise<Profile> {
  let profile = profiles.get(snapshot);
  if (!profile)
    profiles.set(
      snapshot,
      (profile = readBytes(`${snapshot}.page_owner`).then((bytes) => profileDump(bytes))),
    );
  return profile;
}
