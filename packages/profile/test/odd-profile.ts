import { readFileSync } from 'node:fs';
import { ProfileBuilder, profileDump } from '@page-owner/profile';
import type { Profile } from '@page-owner/profile';
import fc from 'fast-check';
import { anyMemory, dumpOf } from './simulated-dump.js';

const ODD_NAMES = new URL('../../dump-format/test/fixtures/odd-names-6.12.txt', import.meta.url);

/** A real dump with tasks called `(sd-pam)`, `x\ny`, `caf\u00e9`, nothing at all, bytes that are no UTF-8, and so on. */
export function oddNames(): Promise<Profile> {
  return profileDump(readFileSync(ODD_NAMES));
}

/** What breaks one format or another, and any letters, lone surrogates included. */
const anyName = fc.oneof(
  fc.constantFrom(
    ...['', ' ', ';', '#x', 'a;b', 'a_b', 'a b', 'handle 9', 'x 1 2', '"', ',', 'a\r\nb', '\u001b[31m'],
    ...['=1+1', '+1', '-1', '@x', '\t=1', "'=1", '\uff1d1', '<script>', '\\', '\\x1b', '\udcff', '\ud800'],
    ...['\u009b1m', '\u202e', '\u2028', '\0', '__proto__', 'constructor', 'caf\u00e9', '\u{1f4be}'],
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.array(fc.nat(0xffff), { maxLength: 4 }).map((codes) => String.fromCharCode(...codes)),
);

/** Distinct names for all rows but those before `from`. */
const renamed = (names: readonly string[], from: number, odd: readonly string[]) =>
  names.map((name, i) => (i < from ? name : (odd[i] ?? name)));

/** The profile of a simulated memory, and of a list of stacks besides, in which everything has an odd name. */
export async function oddProfileOf({ records, names }: OddMemory): Promise<Profile> {
  const builder = new ProfileBuilder();
  if (records.length) await builder.addDump(dumpOf(records));
  const entries = names.map((_, i) => ({
    stack: [`f${i}+0x1/0x2`, `f${names.length - i}+0x1/0x2`],
    count: i + 1,
  }));
  builder.addStackList({ kind: 'show_stacks', entries });
  const profile = builder.finish();
  const { tasks, cgroups, functions, modules } = profile;
  return {
    ...profile,
    tasks: { ...tasks, name: renamed(tasks.name, 1, names) },
    cgroups: { ...cgroups, name: renamed(cgroups.name, 1, names) },
    modules: { ...modules, name: renamed(modules.name, 1, names) },
    functions: { ...functions, name: renamed(functions.name, 0, names) },
  };
}

export const anyOddMemory = fc
  .record({ memory: anyMemory, names: fc.uniqueArray(anyName, { minLength: 1, maxLength: 12 }) })
  .map(({ memory, names }) => ({ records: memory.records, names }));
export type OddMemory = typeof anyOddMemory extends fc.Arbitrary<infer T> ? T : never;
