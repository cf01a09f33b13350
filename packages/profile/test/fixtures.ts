import { readFileSync } from 'node:fs';
import { readInput } from '@page-owner/dump-format/node';
import { profileDump } from '@page-owner/profile';
import type { Profile } from '@page-owner/profile';

const pathOf = (name: string) => new URL(`fixtures/${name}`, import.meta.url).pathname;

/** A text of /proc among the fixtures. */
export function readText(name: string): string {
  return readFileSync(pathOf(`${name}.txt`), 'utf8');
}

/** The bytes of a packed file among the fixtures. */
export const readBytes = (name: string): Promise<Uint8Array> => readInput(pathOf(`${name}.txt.zst`));

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
