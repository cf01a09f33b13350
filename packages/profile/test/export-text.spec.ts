import { describe, expect, test } from '@jest/globals';
import type { PageOwnerRecord } from '@page-owner/dump-format';
import { breakdown, profileDump, ProfileBuilder, stackTexts, tells } from '@page-owner/profile';
import type { Profile } from '@page-owner/profile';
import { csv, growthRows, jsonProfile, parquetTables, pprof, sampleRows } from '@page-owner/profile/export';
import type { CsvValue, JsonProfile } from '@page-owner/profile/export';
import fc from 'fast-check';
import { profileOf } from './fixtures.js';
import { anyOddMemory, oddNames, oddProfileOf } from './odd-profile.js';
import { dumpOf } from './simulated-dump.js';

/** Rows of a CSV text, by the grammar of RFC 4180. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  for (let row: string[] = []; cell.lastIndex < text.length;) {
    const at = cell.lastIndex;
    const found = cell.exec(text);
    if (!found) throw new Error(`no cell at ${at}: ${JSON.stringify(text.slice(at, at + 40))}`);
    row.push(found[1]?.replaceAll('""', '"') ?? found[2]!);
    if (found[3] === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

const written = (rows: readonly (readonly CsvValue[])[]) => [...csv(rows)].join('');

describe('csv', () => {
  test.each<[CsvValue, string]>([
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ['a\r\nb', '"a\r\nb"'],
    [null, ''],
    [undefined, ''],
    [-5, '-5'],
    [-5n, '-5'],
    [true, 'true'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    ['=1+1', "'=1+1"],
    ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(1)', "'@SUM(1)"],
    ['\t=1', "'\t=1"],
    ['\r=1', '"\'\r=1"'],
    ['\n=1', '"\'\n=1"'],
    ['\uff1d1', "'\uff1d1"],
    ["'=1", "'=1"],
    ['1-1', '1-1'],
    ['', ''],
  ])('%j', (value, cell) => expect(written([[value, 1]])).toBe(`${cell},1\r\n`));

  test('any cells are read back, and no text begins like a formula', () => {
    const text = fc.string({ unit: fc.constantFrom(...'=+-@\t\r\n",\'ab;\uff1d') });
    const value = fc.oneof(text, fc.double({ noNaN: true }), fc.bigInt(), fc.boolean());
    fc.assert(
      fc.property(fc.array(fc.array(value, { minLength: 1, maxLength: 4 }), { minLength: 1 }), (rows) => {
        const cells = readCsv(written(rows));
        expect(cells.map((row) => row.length)).toEqual(rows.map((row) => row.length));
        for (const [i, row] of rows.entries()) {
          for (const [j, original] of row.entries()) {
            const cell = cells[i]![j]!;
            if (typeof original !== 'string') expect(cell).toBe(String(original));
            else {
              expect(cell).not.toMatch(/^[=+\-@\t\r\n\uff1d]/);
              expect([original, `'${original}`]).toContain(cell);
            }
          }
        }
      }),
    );
  });

  test('comes in pieces of whole lines', () => {
    const rows = Array.from({ length: 10_000 }, (_, i) => [i, 'x'.repeat(50)]);
    const chunks = [...csv(rows)];
    expect(chunks.length).toBeGreaterThan(5);
    for (const chunk of chunks) expect(chunk.endsWith('\r\n')).toBe(true);
    expect(readCsv(chunks.join(''))).toHaveLength(rows.length);
  });
});

function table(profile: Profile): Record<string, string>[] {
  const [header, ...rows] = readCsv(written([...sampleRows(profile, { host: '=vm' })]));
  return rows.map((row) => {
    expect(row).toHaveLength(header!.length);
    return Object.fromEntries(row.map((cell, i) => [header![i]!, cell]));
  });
}

/** What columns tell that not all sources do. */
const DIMENSION_OF = {
  order: 'order',
  gfp_mask: 'gfpMask',
  migratetype: 'gfpType',
  pageblock_migratetype: 'blockType',
  migrated: 'migrated',
  zone: 'zone',
  nid: 'node',
  pid: 'pid',
  tgid: 'tgid',
  comm: 'taskName',
  memcg: 'cgroup',
  memcg_offline: 'cgroup',
} as const;

describe('two profiles side by side as CSV', () => {
  const tableOf = (before: Profile, after: Profile) => {
    const [header, ...rows] = readCsv(
      written([...growthRows(before, after, { host: 'vm', pageBytes: 8192 })]),
    );
    return rows.map((row): Record<string, string> =>
      Object.fromEntries(row.map((cell, i) => [header![i]!, cell])),
    );
  };
  const sum = (rows: readonly Record<string, string>[], column: string) =>
    rows.reduce((total, row) => total + Number(row[column]), 0);

  test('of real dumps', async () => {
    const [before, after] = [await profileOf('6.12-t2'), await profileOf('6.12-t3')];
    const rows = tableOf(before, after);
    expect([sum(rows, 'pages_before'), sum(rows, 'pages_after')]).toEqual([before.pages, after.pages]);
    expect(sum(rows, 'records_delta')).toBe(after.records - before.records);
    expect(sum(rows, 'bytes_delta')).toBe((after.pages - before.pages) * 8192);
    const leak = rows.filter(({ owner }) => owner === 'leaky_alloc_buffers [leaky]');
    expect([sum(leak, 'pages_before'), sum(leak, 'pages_delta')]).toEqual([3800, 4384]);
    const gone = rows.filter(({ pages_after }) => pages_after === '0');
    expect(gone.length).toBeGreaterThan(0);
    for (const row of gone) {
      expect(Number(row.pages_delta)).toBe(-Number(row.pages_before));
      expect(row.stack).not.toBe('');
    }
    expect(rows[0]).not.toHaveProperty('exact_stack_id');
  });

  test('any two: rows agree in what they are of, and are what the samples of each say', async () => {
    await fc.assert(
      fc.asyncProperty(anyOddMemory, anyOddMemory, async (one, two) => {
        const [before, after] = [await oddProfileOf(one), await oddProfileOf(two)];
        const rows = tableOf(before, after);
        const NUMBERS = /^(records|pages|bytes)(_|$)|^(exact_stack_id|handle|m.._ts_ns|owner|stack)$/;
        // Where one of the two does not tell it, it is empty in all rows.
        const isTold = (name: string) =>
          !(name in DIMENSION_OF) ||
          [before, after].every((profile) => tells(profile, DIMENSION_OF[name as keyof typeof DIMENSION_OF]));
        const keyOf = (row: Record<string, string>) =>
          JSON.stringify(
            Object.entries(row)
              .filter(([name]) => !NUMBERS.test(name))
              .map(([name, cell]) => [name, isTold(name) ? cell : '']),
          );
        const pagesOf = (profile: Profile) => {
          const [header, ...cells] = readCsv(written([...sampleRows(profile, { host: 'vm' })]));
          const sums = new Map<string, number>();
          for (const row of cells) {
            const named = Object.fromEntries(row.map((cell, i) => [header![i]!, cell]));
            sums.set(keyOf(named), (sums.get(keyOf(named)) ?? 0) + Number(named.pages));
          }
          return sums;
        };
        const [was, is] = [pagesOf(before), pagesOf(after)];
        expect(new Set(rows.map(keyOf)).size).toBe(rows.length);
        for (const row of rows)
          for (const name of Object.keys(DIMENSION_OF)) if (!isTold(name)) expect(row[name]).toBe('');
        expect(new Set(rows.map(keyOf))).toEqual(new Set([...was.keys(), ...is.keys()]));
        for (const row of rows) {
          const pages = [was.get(keyOf(row)) ?? 0, is.get(keyOf(row)) ?? 0] as const;
          expect([row.pages_before, row.pages_after].map(Number)).toEqual(pages);
          expect(Number(row.pages_delta)).toBe(pages[1] - pages[0]);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('samples as CSV', () => {
  test('of a real dump', async () => {
    const profile = await profileOf('6.12-t3');
    const rows = table(profile);
    expect(rows.reduce((sum, { pages }) => sum + Number(pages), 0)).toBe(profile.pages);
    expect(rows.reduce((sum, { bytes }) => sum + Number(bytes), 0)).toBe(profile.pages * 4096);
    const leak = rows.filter(({ owner }) => owner === 'leaky_alloc_buffers [leaky]');
    expect(leak.reduce((sum, { pages }) => sum + Number(pages), 0)).toBe(8184);
    const largest = breakdown(profile, ['stack'])[0]!;
    const stack = profile.samples.stack[largest.sample]!;
    expect(rows.find(({ stack_id }) => stack_id === largest.names[0])).toMatchObject({
      host: "'=vm",
      stack: stackTexts(profile, stack).join(' < '),
      captured_at: '',
    });
  });

  test('every column', async () => {
    const record: PageOwnerRecord = {
      ...{
        order: 2,
        gfpMask: 0xcc0,
        gfpNames: 'GFP_KERNEL',
        pid: 5,
        tgid: 4,
        comm: 'a,b',
        pfn: 0x204,
        pfnRadix: 16,
      },
      ...{ migratetype: 'Unmovable', block: 1, pageblockMigratetype: 'Movable', migrateReason: 'compaction' },
      ...{ flags: 0n, flagNames: 'head|node=1|zone=2|lastcpupid=0x3ff' },
      memcg: { kind: 'charged', name: 'job', viaObjcg: true, offline: true },
      stack: ['alloc_pages_noprof+0x1/0x2', 'f+0x1/0x2 [m]', 'g+0x3/0x4'],
    };
    const profile = await profileDump(
      dumpOf([
        { ...record, tsNs: 7n },
        { ...record, pfn: 0x208, tsNs: 1n << 63n },
      ]),
    );
    const stack = profile.samples.stack[0]!;
    const capturedAt = new Date(0);
    const info = { host: 'h', bootId: 'b', kernelRelease: '6.12', capturedAt, pageBytes: 8192 };
    const [header, ...rows] = [...sampleRows(profile, info)];
    expect(rows.map((row) => Object.fromEntries(row.map((value, i) => [header![i], value])))).toEqual([
      {
        ...{ host: 'h', boot_id: 'b', kernel_release: '6.12', captured_at: capturedAt },
        stack_id: `0x${profile.stacks.id[stack]!.toString(16).padStart(16, '0')}`,
        exact_stack_id: `0x${profile.stacks.exactId[stack]!.toString(16).padStart(16, '0')}`,
        ...{
          module: 'm',
          allocator: 'other',
          reclaim: 'none',
          order: 2,
          gfp_mask: record.gfpMask,
          migrated: true,
        },
        handle: null,
        ...{ migratetype: 'Unmovable', pageblock_migratetype: 'Movable', zone: 2, nid: 1 },
        ...{ pid: 5, tgid: 4, comm: 'a,b', memcg: 'job', memcg_offline: true },
        ...{ records: 2, pages: 8, bytes: 65536, min_ts_ns: 7n, max_ts_ns: 1n << 63n },
        ...{ owner: 'f [m]', stack: 'alloc_pages_noprof < f [m] < g' },
      },
    ]);
  });

  test('of a list of stacks: what it does not say is empty', () => {
    const builder = new ProfileBuilder();
    builder.addStackList({ kind: 'show_stacks', entries: [{ stack: ['f+0x1/0x2'], count: 12 }] });
    const [row] = table(builder.finish());
    for (const name of [
      'records',
      'migrated',
      'order',
      'gfp_mask',
      'handle',
      'migratetype',
      'zone',
      'nid',
      'pid',
      'comm',
      'memcg',
      'memcg_offline',
      'min_ts_ns',
    ])
      expect([name, row![name]]).toEqual([name, '']);
    expect(row).toMatchObject({ pages: '12', owner: 'f' });
  });

  test('odd names', async () => {
    const rows = table(await oddNames());
    const tasks = new Set(rows.map(({ comm }) => comm));
    for (const name of ['a), ts 5 ns', 'x\\x0ay', '\\xff\\xfe', '']) expect(tasks).toContain(name);
  });
});

/** Pages by a name, from the document alone. */
function sumsOf(document: JsonProfile, nameOf: (sample: JsonProfile['samples'][number]) => string) {
  const sums = new Map<string, number>();
  for (const sample of document.samples)
    sums.set(nameOf(sample), (sums.get(nameOf(sample)) ?? 0) + sample.pages);
  return sums;
}

const expectedSums = (profile: Profile, dimension: 'stack' | 'owner' | 'taskName' | 'cgroup' | 'gfpType') =>
  new Map(breakdown(profile, [dimension]).map(({ names, pages }) => [names[0]!, pages]));

describe('JSON', () => {
  test('holds what the profile does', async () => {
    const profile = await profileOf('6.12-t3');
    const capturedAt = new Date('2026-11-22T10:00:00Z');
    const document = JSON.parse(
      JSON.stringify(
        jsonProfile(profile, { host: 'vm', bootId: 'b', kernelRelease: '6.12.117', capturedAt }),
      ),
    ) as JsonProfile;
    expect(document).toMatchObject({
      format: 'page-owner-profile',
      version: 1,
      host: 'vm',
      bootId: 'b',
      kernelRelease: '6.12.117',
      capturedAt: '2026-11-22T10:00:00.000Z',
      pageBytes: 4096,
      records: profile.records,
      pages: profile.pages,
      timeNs: String(profile.timeNs),
      warnings: [],
    });
    const { stacks, tasks, cgroups } = document;
    expect(sumsOf(document, ({ stack }) => stacks[stack]!.id)).toEqual(expectedSums(profile, 'stack'));
    expect(sumsOf(document, ({ stack }) => stacks[stack]!.owner ?? '?')).toEqual(
      expectedSums(profile, 'owner'),
    );
    expect(sumsOf(document, ({ task }) => tasks[task!]!.name)).toEqual(expectedSums(profile, 'taskName'));
    expect(sumsOf(document, ({ migratetype }) => migratetype!)).toEqual(expectedSums(profile, 'gfpType'));
    const nameOf = (cgroup: number | null) =>
      cgroup === null ? '' : (cgroups[cgroup]!.offline ? 'offline ' : '') + cgroups[cgroup]!.name;
    expect(sumsOf(document, ({ cgroup }) => nameOf(cgroup))).toEqual(expectedSums(profile, 'cgroup'));
    for (const [i, { stack, minTs, records }] of document.samples.entries()) {
      expect(stacks[stack]!.frames).toEqual(stackTexts(profile, profile.samples.stack[i]!));
      expect([minTs, records]).toEqual([String(profile.samples.minTs[i]), profile.samples.records[i]]);
    }
  });

  test('any name, any memory', async () => {
    await fc.assert(
      fc.asyncProperty(anyOddMemory, async (memory) => {
        const profile = await oddProfileOf(memory);
        const unprintable: string[] = [];
        const document = JSON.parse(JSON.stringify(jsonProfile(profile)), (_, value: unknown) => {
          if (typeof value === 'string' && /[\p{Cc}\p{Cs}]/u.test(value)) unprintable.push(value);
          return value;
        }) as JsonProfile;
        expect(unprintable).toEqual([]);
        expect(document.samples.reduce((sum, { pages }) => sum + pages, 0)).toBe(profile.pages);
        expect(new Set(document.tasks.map((task) => JSON.stringify(task))).size).toBe(document.tasks.length);
        const rows = table(profile);
        expect(rows.reduce((sum, { pages }) => sum + Number(pages), 0)).toBe(profile.pages);
      }),
      { numRuns: 60 },
    );
  });
});

test('a date that is none', async () => {
  const profile = await oddNames();
  const info = { capturedAt: new Date('yesterday') };
  for (const make of [jsonProfile, parquetTables, pprof])
    expect(() => make(profile, info)).toThrow('capturedAt is not a valid date');
});
