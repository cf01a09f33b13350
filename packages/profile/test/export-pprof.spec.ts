import { describe, expect, test } from '@jest/globals';
import { breakdown, ownerTexts, stackTexts } from '@page-owner/profile';
import type { Dimension, Profile } from '@page-owner/profile';
import { pprof, PPROF_LABELS, pprofDiff } from '@page-owner/profile/export';
import type { PprofLabel } from '@page-owner/profile/export';
import fc from 'fast-check';
import { Profile as PprofFile } from 'pprof-format';
import { profileOf } from './fixtures.js';
import { anyOddMemory, oddNames, oddProfileOf } from './odd-profile.js';

interface Sample {
  frames: string[];
  labels: Record<string, string>;
  values: number[];
}

/** Reads a file back; checks all that a reader of the format relies on. */
function read(bytes: Uint8Array): {
  samples: Sample[];
  file: PprofFile;
  text: (id: number | bigint) => string;
} {
  const file = PprofFile.decode(bytes);
  const { strings } = file.stringTable;
  expect(strings[0]).toBe('');
  expect(new Set(strings).size).toBe(strings.length);
  expect(strings.filter((string) => /[\p{Cc}\p{Cs}]/u.test(string))).toEqual([]);
  const text = (id: number | bigint) => {
    const string = strings[Number(id)];
    if (string === undefined) throw new Error(`no string ${id} of ${strings.length}`);
    return string;
  };
  const byId = <T extends { id: number | bigint }>(rows: readonly T[]) => {
    const map = new Map(rows.map((row) => [Number(row.id), row]));
    expect(map.size).toBe(rows.length);
    expect(map.has(0)).toBe(false);
    return (id: number | bigint) => {
      const row = map.get(Number(id));
      if (!row) throw new Error(`no row with the id ${id}`);
      return row;
    };
  };
  const mapping = byId(file.mapping);
  const location = byId(file.location);
  const functionOf = byId(file.function);
  for (const { filename } of file.mapping) text(filename);
  for (const { name, systemName, filename } of file.function) [name, systemName, filename].forEach(text);
  const samples = file.sample.map(({ locationId, value, label }) => {
    if (value.length !== file.sampleType.length) throw new Error(`a sample has ${value.length} values`);
    return {
      frames: locationId.map((id) => {
        const { line, mappingId } = location(id);
        mapping(mappingId);
        if (line.length !== 1) throw new Error(`a location has ${line.length} lines`);
        return text(functionOf(line[0]!.functionId).name);
      }),
      labels: Object.fromEntries(
        label.map(({ key, str }) => {
          if (!Number(str)) throw new Error(`the label ${text(key)} has no text`); // it would be a number
          return [text(key), text(str)];
        }),
      ),
      values: value.map((number) => Number(BigInt.asIntN(64, BigInt(number)))),
    };
  });
  const keys = samples.map(({ frames, labels }) => JSON.stringify([frames, labels]));
  expect(new Set(keys).size).toBe(keys.length);
  return { samples, file, text };
}

const sums = (samples: readonly Sample[]) =>
  [0, 1, 2].map((type) => samples.reduce((sum, { values }) => sum + values[type]!, 0));
const sumsOf = ({ records, pages }: Profile) => [records, pages, pages * 4096];

const DIMENSION_OF: Partial<Record<PprofLabel, Dimension>> = {
  task: 'taskName',
  pid: 'pid',
  tgid: 'tgid',
  order: 'order',
  migratetype: 'gfpType',
  pageblock: 'blockType',
  zone: 'zone',
  node: 'node',
  allocator: 'allocator',
  reclaim: 'reclaim',
  module: 'module',
};

describe('a real dump', () => {
  test('all pages, by every label', async () => {
    const profile = await profileOf('6.12-t3');
    const { samples } = read(pprof(profile));
    expect(sums(samples)).toEqual(sumsOf(profile));
    for (const [label, dimension] of Object.entries(DIMENSION_OF)) {
      const byLabel = new Map<string, number>();
      for (const { labels, values } of samples)
        byLabel.set(labels[label]!, (byLabel.get(labels[label]!) ?? 0) + values[1]!);
      const expected = breakdown(profile, [dimension]).map(({ names, pages }) => [names[0], pages]);
      expect(byLabel).toEqual(new Map(expected as [string, number][]));
    }
    const groups = new Map<string, number>();
    for (const { labels, values } of samples) {
      const name = (labels.offline === 'true' ? 'offline ' : '') + (labels.cgroup ?? '');
      groups.set(name, (groups.get(name) ?? 0) + values[1]!);
    }
    expect([...groups.keys()]).toEqual(expect.arrayContaining(['', '/', 'jobA', 'offline jobB']));
    expect(groups).toEqual(
      new Map(breakdown(profile, ['cgroup']).map(({ names, pages }) => [names[0]!, pages])),
    );
    const leak = samples.filter(({ frames }) => frames[0] === 'leaky_alloc_buffers [leaky]');
    expect(sums(leak)[1]).toBe(8184);
  });

  test('stacks begin with the owner, or with the page allocator when asked', async () => {
    const profile = await profileOf('6.12-t1');
    for (const [options, textsOf] of [
      [{ labels: [] }, ownerTexts],
      [{ labels: [], fullStacks: true }, stackTexts],
    ] as const) {
      const expected = new Map<string, number>();
      for (let i = 0; i < profile.samples.length; i++) {
        const key = textsOf(profile, profile.samples.stack[i]!).join();
        expected.set(key, (expected.get(key) ?? 0) + profile.samples.pages[i]!);
      }
      const { samples } = read(pprof(profile, options));
      expect(new Map(samples.map(({ frames, values }) => [frames.join(), values[1]]))).toEqual(expected);
    }
  });

  test('what is known of the file', async () => {
    const profile = await profileOf('6.12-t2');
    const capturedAt = new Date('2026-11-22T10:00:00Z');
    const { file, text } = read(pprof(profile, { host: 'vm\u001b', capturedAt, pageBytes: 16384 }));
    expect(file.sampleType.map(({ type, unit }) => `${text(type)}/${text(unit)}`)).toEqual([
      'records/count',
      'pages/count',
      'space/bytes',
    ]);
    expect(text(file.defaultSampleType)).toBe('space');
    expect(BigInt(file.timeNanos)).toBe(BigInt(capturedAt.getTime()) * 1_000_000n);
    expect(file.comment.map(text)).toEqual([
      expect.stringMatching(
        `^${profile.records} allocations, ${profile.pages} pages, the latest 86.185 s after boot$`,
      ),
      'host vm\\x1b',
    ]);
    expect(text(file.mapping[0]!.filename)).toBe('vmlinux');
    expect(file.mapping.map(({ filename }) => text(filename))).toContain('leaky');
    expect(sums(read(pprof(profile, { pageBytes: 16384 })).samples)[2]).toBe(profile.pages * 16384);
  });
});

describe('a difference', () => {
  test('is the later profile less the earlier one, which is marked as pprof marks a base', async () => {
    const before = await profileOf('6.12-t2');
    const after = await profileOf('6.12-t3');
    const { samples } = read(pprofDiff(before, after));
    const isBase = ({ labels }: Sample) => labels['pprof::base'] === 'true';
    const base = samples.filter(isBase);
    expect(sums(base)).toEqual(sumsOf(before).map((sum) => -sum));
    expect(sums(samples.filter((sample) => !isBase(sample)))).toEqual(sumsOf(after));
    const leak = samples.filter(({ frames }) => frames[0] === 'leaky_alloc_buffers [leaky]');
    expect(sums(leak)[1]).toBe(8184 - 3800);
    const strip = ({ frames, labels: { 'pprof::base': _, ...labels }, values }: Sample) => ({
      frames,
      labels,
      values,
    });
    expect(base.map(strip)).toEqual(
      read(pprof(before)).samples.map(({ values, ...rest }) => ({
        ...rest,
        values: values.map((v) => 0 - v),
      })),
    );
  });
});

describe('names', () => {
  test('of a real dump', async () => {
    const { samples } = read(pprof(await oddNames()));
    const tasks = new Set(samples.map(({ labels }) => labels.task));
    for (const name of [
      '(sd-pam)',
      'a), ts 5 ns',
      'a b  c',
      'x\\x0ay',
      'tab\\x09here',
      'caf\u00e9',
      '\\xff\\xfe',
    ])
      expect(tasks).toContain(name);
    // The task without a name has a pid.
    expect(samples.filter(({ labels }) => labels.pid === '1134').map(({ labels }) => labels.task)).toContain(
      undefined,
    );
  });

  test('any name, any memory', async () => {
    await fc.assert(
      fc.asyncProperty(anyOddMemory, anyOddMemory, async (memory, other) => {
        const profile = await oddProfileOf(memory);
        expect(sums(read(pprof(profile)).samples)).toEqual(sumsOf(profile));
        const before = await oddProfileOf(other);
        const expected = sumsOf(profile).map((sum, i) => sum - sumsOf(before)[i]!);
        expect(sums(read(pprofDiff(before, profile)).samples)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });
});

describe('options', () => {
  test('fewer labels, fewer samples', async () => {
    const profile = await profileOf('6.12-t3');
    const all = read(pprof(profile)).samples;
    const few = read(pprof(profile, { labels: ['allocator'] })).samples;
    expect(few.length).toBeLessThan(all.length);
    expect(sums(few)).toEqual(sums(all));
    expect(new Set(few.flatMap(({ labels }) => Object.keys(labels)))).toEqual(new Set(['allocator']));
  });

  test('that cannot be', async () => {
    const profile = await oddNames();
    expect(() => pprof(profile, { labels: ['colour' as never] })).toThrow(
      `no label "colour"; there are ${PPROF_LABELS.join(', ')}`,
    );
    expect(() => pprof(profile, { pageBytes: 5000 })).toThrow('a page of 5000 bytes');
  });
});
