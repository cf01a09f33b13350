import { describe, expect, test } from '@jest/globals';
import { breakdown, ProfileBuilder, profileDump, tells } from '@page-owner/profile';
import type { Dimension, Profile } from '@page-owner/profile';
import { readInput } from '@page-owner/dump-format/node';

const fixture = (name: string) =>
  readInput(new URL(`fixtures/${name}.page_owner.txt.zst`, import.meta.url).pathname);

/** What page_owner_sort makes of a dump: PFN lines and times go, records of the same text are counted. */
function sorted(
  dump: string,
  head = (times: number, pages: number) => `${times} times, ${pages} pages, allocated by OTHERS :`,
): string {
  const groups = new Map<string, { times: number; pages: number }>();
  for (const block of dump.split('\n\n')) {
    if (!block) continue;
    const text = block.replace(/^PFN .*\n/m, '').replace(/ts \d+ ns/g, 'ts  ns');
    const group = groups.get(text) ?? { times: 0, pages: 0 };
    group.times++;
    group.pages += 2 ** Number(/order (\d+)/.exec(block)![1]);
    groups.set(text, group);
  }
  return [...groups].map(([text, { times, pages }]) => `${head(times, pages)}\n${text}\n\n`).join('');
}

async function profileSorted(text: string): Promise<Profile> {
  const builder = new ProfileBuilder();
  await builder.addSortedDump(Buffer.from(text));
  return builder.finish();
}

const TOLD: Dimension[] = ['stack', 'owner', 'task', 'order', 'gfpMask', 'gfpType', 'cgroup', 'migrated'];

const rowsOf = (profile: Profile, by: Dimension) =>
  breakdown(profile, [by])
    .map(({ names, records, pages }) => `${names[0]} ${records} ${pages}`)
    .sort();

describe('a file of page_owner_sort', () => {
  test.each(['6.12-t2', '6.12-t3', '6.1-t2'])(
    '%s: counts as its dump, in all that it tells',
    async (name) => {
      const dump = (await fixture(name)).toString('utf8');
      const [whole, summed] = [await profileDump(Buffer.from(dump)), await profileSorted(sorted(dump))];
      expect([summed.records, summed.pages]).toEqual([whole.records, whole.pages]);
      for (const by of TOLD) expect([by, rowsOf(summed, by)]).toEqual([by, rowsOf(whole, by)]);
      expect(summed.sources).toEqual(['sorted dump']);
      expect(summed.reports).toEqual([]);
      expect(summed.timeNs).toBeUndefined();
      for (const by of TOLD) expect([by, tells(summed, by)]).toEqual([by, true]);
      for (const by of ['zone', 'node', 'blockType'] as const) {
        expect([by, tells(whole, by)]).toEqual([by, true]);
        expect([by, tells(summed, by)]).toEqual([by, false]);
      }
    },
  );

  test('of older tools as well', async () => {
    const dump = (await fixture('6.1-t1')).toString('utf8');
    const now = await profileSorted(sorted(dump));
    for (const head of [
      (times: number) => `${times} times:`,
      (times: number, pages: number) => `${times} times, ${pages} pages:`,
    ])
      expect(await profileSorted(sorted(dump, head))).toEqual(now);
  });

  test('times that stayed in the text are those of all its records', async () => {
    const text =
      '3 times, 6 pages, allocated by SLAB :\nPage allocated via order 1, mask 0x1(GFP_KERNEL|__GFP_RECLAIMABLE), pid 5, tgid 6 (x), ts 9000000000 ns\n f+0x1/0x2\n\n';
    const builder = new ProfileBuilder({ select: { until: 9_000_000_000n } });
    await builder.addSortedDump(Buffer.from(text));
    const profile = builder.finish();
    expect([profile.records, profile.pages, profile.timeNs]).toEqual([3, 6, 9_000_000_000n]);
    expect(profile.ages.pages.reduce((sum, pages) => sum + pages, 0)).toBe(6);
    expect(breakdown(profile, ['reclaim', 'gfpType'])[0]!.names).toEqual(['shrinker', 'Reclaimable']);
    const before = new ProfileBuilder({ select: { until: 8_999_999_999n } });
    await before.addSortedDump(Buffer.from(text));
    expect(before.finish()).toMatchObject({ records: 0, pages: 0, timeNs: 9_000_000_000n });
  });

  const RECORD = 'Page allocated via order 1, mask 0x0()\n f+0x1/0x2\n\n';
  test.each([
    [
      'keys in place of records',
      '3 times, 6 pages, PID 1, TGID 1\n\n2 times, 2 pages, PID 2\n\n',
      /^line 1 is not the/,
    ],
    [
      'stacks in place of records',
      '3 times, 6 pages:\n f+0x1/0x2\n\n',
      /^line 1 is not the "N times, M pages" of a group/,
    ],
    [
      'a record that is not counted',
      `3 times, 6 pages:\n${RECORD}${RECORD}`,
      /^no "N times" is before the record at byte \d+$/,
    ],
    [
      'a group of keys between',
      `3 times, 6 pages:\n${RECORD}1 times, 2 pages\n\n4 times, 8 pages:\n${RECORD}`,
      /^line 5 is not/,
    ],
    ['something at the end', `3 times, 6 pages:\n${RECORD}noise\n`, /^line 5 is not/],
    [
      'other pages than its records have',
      `3 times, 4 pages:\n${RECORD}`,
      /^line 1 counts 3 times, 4 pages, of a record of order 1/,
    ],
    [
      'a group of nothing',
      `0 times, 0 pages:\n${RECORD}`,
      /^line 1 counts 0 times, which page_owner_sort never writes$/,
    ],
  ])('with %s is refused', async (_, text, sentence) => {
    await expect(profileSorted(text)).rejects.toThrow(sentence);
  });

  test('that stops inside its last record says so', async () => {
    const whole = `3 times, 6 pages:\n${RECORD}`;
    expect((await profileSorted(whole)).warnings).toEqual([]);
    const { pages, warnings } = await profileSorted(whole.slice(0, -4));
    expect([pages, warnings]).toEqual([6, [expect.stringMatching(/^the last group is cut off/)]]);
  });
});
