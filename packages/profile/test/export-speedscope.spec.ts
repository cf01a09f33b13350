import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { breakdown, DIMENSIONS, profileDump } from '@page-owner/profile';
import type { Profile } from '@page-owner/profile';
import { folded, foldedDiff, pprof, speedscope, speedscopeDiff } from '@page-owner/profile/export';
import type { SpeedscopeFile, SpeedscopeProfile } from '@page-owner/profile/export';
import fc from 'fast-check';
import { profileOf } from './fixtures.js';
import { anyOddMemory, oddNames, oddProfileOf } from './odd-profile.js';
import { anyMemory, dumpOf } from './simulated-dump.js';
import { SPEEDSCOPE_SCHEMA, speedscopeImporters } from './speedscope-importer.js';
import type { ImportedProfile } from './speedscope-importer.js';

const fits = new Ajv().compile(SPEEDSCOPE_SCHEMA);

/** Checked against the schema, and opened by speedscope's importer. */
async function open(file: SpeedscopeFile): Promise<readonly ImportedProfile[]> {
  const text = JSON.stringify(file);
  expect(fits(JSON.parse(text)) || fits.errors).toBe(true);
  const group = await speedscopeImporters.importText('x.speedscope.json', text);
  expect(group?.name).toBe(file.name);
  return group!.profiles;
}

function selfWeights(profile: ImportedProfile): Map<string, number> {
  const weights = new Map<string, number>();
  profile.forEachFrame((frame) => {
    if (frame.getSelfWeight()) weights.set(frame.name, frame.getSelfWeight());
  });
  return weights;
}

const ownerBytes = async (name: string) =>
  new Map(breakdown(await profileOf(name), ['owner']).map(({ names, pages }) => [names[0]!, pages * 4096]));

describe('speedscope', () => {
  test('opens all memory, and each allocator class', async () => {
    const profile = await profileOf('6.12-t3');
    const [all, ...parts] = await open(speedscope(profile, { host: 'vm' }));
    expect([all!.getName(), all!.getTotalWeight(), all!.getWeightUnit()]).toEqual([
      'all memory',
      profile.pages * 4096,
      'bytes',
    ]);
    expect(selfWeights(all!)).toEqual(await ownerBytes('6.12-t3'));
    const classes = breakdown(profile, ['allocator']);
    expect(parts.map((part) => [part.getName(), part.getTotalWeight()])).toEqual(
      classes.map(({ names, pages }) => [names[0], pages * 4096]),
    );
  });

  test('parts by any dimension are all of it', async () => {
    const profile = await profileOf('6.12-t1');
    for (const by of DIMENSIONS) {
      const [all, ...parts] = speedscope(profile, { by }).profiles;
      expect(parts.reduce((sum, { endValue }) => sum + endValue, 0)).toBe(all!.endValue);
    }
  });

  test('full stacks and other pages', async () => {
    const profile = await profileOf('6.12-t1');
    const [all] = await open(speedscope(profile, { fullStacks: true, pageBytes: 65536 }));
    expect(all!.getTotalWeight()).toBe(profile.pages * 65536);
    expect(selfWeights(all!).has('get_page_from_freelist')).toBe(true);
  });

  test('odd names', async () => {
    const profiles = await open(speedscope(await oddNames(), { by: 'taskName', name: 'a\u001b' }));
    const names = profiles.map((profile) => profile.getName());
    for (const name of ['x\\x0ay', 'tab\\x09here', '\\xff\\xfe', '?']) expect(names).toContain(name);
  });

  test('any name, any memory', async () => {
    await fc.assert(
      fc.asyncProperty(anyOddMemory, async (memory) => {
        const profile = await oddProfileOf(memory);
        const profiles = await open(speedscope(profile, { by: 'task' }));
        expect(profiles[0]!.getTotalWeight()).toBe(profile.pages * 4096);
        for (const { name } of speedscope(profile).shared.frames) expect(name).not.toMatch(/[\p{Cc}\p{Cs}]/u);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a difference', () => {
  const named = async (file: SpeedscopeFile) =>
    new Map((await open(file)).map((one) => [one.getName(), one] as const));

  test('of real dumps: what grew and what shrank, in all and in each class', async () => {
    const [before, after] = [await profileOf('6.12-t2'), await profileOf('6.12-t3')];
    const file = speedscopeDiff(before, after, { host: 'vm' });
    const profiles = await named(file);
    expect([...profiles.keys()].slice(0, 2)).toEqual(['grew', 'shrank']);
    expect(file.name).toBe('growth in page_owner of vm');
    const total = (name: string) => profiles.get(name)?.getTotalWeight() ?? 0;
    expect(total('grew') - total('shrank')).toBe((after.pages - before.pages) * 4096);
    expect(total('shrank')).toBeGreaterThan(0);
    expect(selfWeights(profiles.get('grew')!).get('leaky_alloc_buffers [leaky]')).toBe(4384 * 4096);
    for (const [name, pages] of classPages(after)) {
      const was = classPages(before).get(name) ?? 0;
      expect(total(`grew: ${name}`) - total(`shrank: ${name}`)).toBe((pages - was) * 4096);
    }
    for (const { weights } of file.profiles) expect(weights.every((weight) => weight > 0)).toBe(true);
  });

  const classPages = (profile: Profile) =>
    new Map(breakdown(profile, ['allocator']).map(({ names, pages }) => [names[0]!, pages]));

  test('of a profile with itself, or with nothing', async () => {
    const [profile, nothing] = [await profileOf('6.12-t1'), await profileDump(dumpOf([]))];
    const none = speedscopeDiff(profile, profile);
    expect(none.profiles.map(({ name, endValue }) => [name, endValue])).toEqual([
      ['grew', 0],
      ['shrank', 0],
    ]);
    await open(none);
    const { profiles: whole } = speedscope(profile);
    const weightsOf = ({ samples, weights }: SpeedscopeProfile) => [samples, weights];
    expect(
      speedscopeDiff(nothing, profile)
        .profiles.filter(({ endValue }) => endValue)
        .map(weightsOf),
    ).toEqual(whole.map(weightsOf));
    expect(speedscopeDiff(profile, nothing).profiles[1]).toEqual({ ...whole[0], name: 'shrank' });
  });

  test('any two: stack by stack what folded stacks say', async () => {
    await fc.assert(
      fc.asyncProperty(anyMemory, anyMemory, async (one, two) => {
        const [before, after] = await Promise.all(
          [one, two].map(({ records }) => profileDump(dumpOf(records))),
        );
        const { shared, profiles } = speedscopeDiff(before!, after!, { fullStacks: true });
        const textOf = (stack: readonly number[]) =>
          stack.map((frame) => shared.frames[frame]!.name.replaceAll(' ', '_')).join(';') || '?';
        const pages = profiles
          .slice(0, 2)
          .map(
            ({ samples, weights }) => new Map(samples.map((stack, i) => [textOf(stack), weights[i]! / 4096])),
          );
        const lines = [...foldedDiff(before!, after!, { fullStacks: true })]
          .join('')
          .split('\n')
          .slice(0, -1);
        for (const line of lines) {
          const [text, was, is] = line.split(' ') as [string, string, string];
          const change = Number(is) - Number(was);
          expect(pages.map((sums) => sums.get(text) ?? 0)).toEqual([
            Math.max(0, change),
            Math.max(0, -change),
          ]);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('the importers for other formats', () => {
  test('read the pprof file', async () => {
    const profile = await profileOf('6.12-t3');
    const bytes = pprof(profile);
    const group = await speedscopeImporters.importBytes('x.pb', bytes.slice().buffer as ArrayBuffer);
    expect(group!.profiles.map((one) => [one.getTotalWeight(), one.getWeightUnit()])).toContainEqual([
      profile.pages * 4096,
      'bytes',
    ]);
    expect(selfWeights(group!.profiles[0]!)).toEqual(await ownerBytes('6.12-t3'));
  });

  test('read the folded stacks', async () => {
    const profile = await profileOf('6.12-t3');
    const group = await speedscopeImporters.importText('x.txt', [...folded(profile)].join(''));
    expect(group!.profiles.map((one) => one.getTotalWeight())).toEqual([profile.pages]);
    const expected = [...(await ownerBytes('6.12-t3'))].map(([name, bytes]) => [
      name.replace(' ', '_'),
      bytes / 4096,
    ]);
    expect(selfWeights(group!.profiles[0]!)).toEqual(new Map(expected as [string, number][]));
  });
});
