import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DuckDBConnection } from '@duckdb/node-api';
import { breakdown, ProfileBuilder, ownerTexts, stackTexts } from '@page-owner/profile';
import type { Profile } from '@page-owner/profile';
import {
  growthRows,
  parquetDiff,
  parquetTables,
  printableName,
  sampleRows,
} from '@page-owner/profile/export';
import type { SnapshotInfo } from '@page-owner/profile/export';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { profileOf } from './fixtures.js';
import { anyOddMemory, oddNames, oddProfileOf } from './odd-profile.js';

/** The lockfile has DuckDB's binary for Linux on x64 alone; elsewhere these tests are skipped, and jest says so. */
const LOCKED = process.platform === 'linux' && process.arch === 'x64';
const duckdb = await import('@duckdb/node-api').catch((error: unknown) => {
  if (LOCKED) throw error;
  return null;
});
const [describeReader, testReader] = duckdb === null ? [describe.skip, test.skip] : [describe, test];

/** The snapshots of docs/sql.md. */
const SNAPSHOTS: readonly (SnapshotInfo & { fixture: string })[] = [
  ['6.12-t1', 'vm-a', '6.12.117', '10:00:00'],
  ['6.12-t2', 'vm-a', '6.12.117', '10:00:29'],
  ['6.12-t3', 'vm-a', '6.12.117', '10:00:52'],
  ['6.1-t1', 'vm-b', '6.1.192', '11:00:00'],
  ['6.1-t2', 'vm-b', '6.1.192', '11:00:26'],
].map(([fixture = '', host = '', kernelRelease = '', time]) => ({
  ...{ fixture, host, kernelRelease, bootId: `boot of ${host}` },
  capturedAt: new Date(`2026-11-22T${time}Z`),
}));

let folder: string;
let db: DuckDBConnection;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parquet-'));
  if (duckdb !== null) db = await (await duckdb.DuckDBInstance.create()).connect();
});

afterAll(() => {
  if (duckdb !== null) db.closeSync();
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, profile: Profile, info: SnapshotInfo): string {
  for (const [table, source] of Object.entries(parquetTables(profile, info)))
    writeFileSync(join(folder, `${name}.${table}.parquet`), new Uint8Array(parquetWriteBuffer(source)));
  return join(folder, name);
}

async function rows(sql: string): Promise<unknown[][]> {
  return (await db.runAndReadAll(sql)).getRowsJS() as unknown[][];
}

/** The samples as DuckDB reads them, beside the rows that CSV is made of: the same columns without Parquet between. */
async function expectSame(name: string, profile: Profile, info: SnapshotInfo): Promise<void> {
  const path = write(name, profile, info);
  const [header, ...expected] = sampleRows(profile, info);
  const columns = header!.slice(0, -2);
  const read = await rows(`
    SELECT samples.* REPLACE (printf('0x%016x', stack_id) AS stack_id, printf('0x%016x', exact_stack_id) AS exact_stack_id),
      coalesce(owner, ''), array_to_string(frames, ' < ')
    FROM '${path}.samples.parquet' samples JOIN '${path}.stacks.parquet' USING (stack_id)`);
  const text = (row: readonly unknown[]) =>
    row.map((value) => (value instanceof Date ? value.toISOString() : String(value ?? ''))).join('|');
  expect(columns).toEqual((await db.runAndReadAll(`FROM '${path}.samples.parquet' LIMIT 0`)).columnNames());
  expect(read.map(text).sort()).toEqual(expected.map(text).sort());
}

describeReader('DuckDB reads', () => {
  test('every column of every sample of real dumps', async () => {
    const { fixture, ...info } = SNAPSHOTS[2]!;
    await expectSame('t3', await profileOf(fixture), info);
    await expectSame('odd', await oddNames(), {});
    const list = new ProfileBuilder();
    list.addStackList({ kind: 'show_handles', entries: [{ handle: 2 ** 32 - 1, count: 12 }] });
    await expectSame('list', list.finish(), {});
    expect(await rows(`SELECT handle, gfp_mask FROM '${join(folder, 'list')}.samples.parquet'`)).toEqual([
      [4294967295n, null],
    ]);
  });

  test('types, order and version', async () => {
    const path = write('types', await profileOf('6.12-t1'), {});
    const types = async (table: string) =>
      Object.fromEntries(
        await rows(`SELECT column_name, column_type FROM (DESCRIBE FROM '${path}.${table}.parquet')`),
      );
    expect(await types('samples')).toMatchObject({
      ...{ host: 'VARCHAR', captured_at: 'TIMESTAMP', stack_id: 'UBIGINT', exact_stack_id: 'UBIGINT' },
      ...{
        order: 'INTEGER',
        gfp_mask: 'INTEGER',
        handle: 'BIGINT',
        migrated: 'BOOLEAN',
        pages: 'BIGINT',
        min_ts_ns: 'UBIGINT',
        comm: 'VARCHAR',
      },
    });
    expect(await types('stacks')).toEqual({
      ...{
        stack_id: 'UBIGINT',
        frames: 'VARCHAR[]',
        depth: 'INTEGER',
        owner: 'VARCHAR',
        top_module: 'VARCHAR',
      },
    });
    const ids = (await rows(`SELECT stack_id FROM '${path}.samples.parquet'`)).map(([id]) => id as bigint);
    expect(ids).toEqual([...ids].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
    const [version] = await rows(
      `SELECT decode(key), decode(value) FROM parquet_kv_metadata('${path}.samples.parquet')`,
    );
    expect(version).toEqual(['page-owner-schema', '1']);
  });

  test('pages, and stacks once each, ids above 2^63 as well', async () => {
    const profile = await profileOf('6.12-t3');
    const path = write('sums', profile, { pageBytes: 16384 });
    const [sums] = await rows(`SELECT sum(pages), sum(records), sum(bytes) FROM '${path}.samples.parquet'`);
    expect(sums!.map(Number)).toEqual([profile.pages, profile.records, profile.pages * 16384]);
    const joined = await rows(`
      SELECT owner, sum(pages) FROM '${path}.samples.parquet' JOIN '${path}.stacks.parquet' USING (stack_id) GROUP BY owner`);
    const expected = breakdown(profile, ['owner']).map(({ names, pages }) => [names[0], pages]);
    expect(new Map(joined.map(([owner, pages]) => [owner, Number(pages)]))).toEqual(
      new Map(expected as never),
    );
    const stack = profile.samples.stack.find((row) => profile.stacks.id[row]! >= 1n << 63n)!;
    const [row] = await rows(
      `SELECT frames, owner, depth FROM '${path}.stacks.parquet' WHERE stack_id = ${profile.stacks.id[stack]}`,
    );
    const frames = stackTexts(profile, stack);
    expect(row).toEqual([frames, ownerTexts(profile, stack)[0], frames.length]);
  });

  test('two profiles side by side, what shrank with a sign', async () => {
    const [before, after] = [await profileOf('6.12-t2'), await profileOf('6.12-t3')];
    const { fixture: _, ...info } = SNAPSHOTS[2]!;
    for (const [table, source] of Object.entries(parquetDiff(before, after, info)))
      writeFileSync(join(folder, `diff.${table}.parquet`), new Uint8Array(parquetWriteBuffer(source)));
    const path = join(folder, 'diff');
    const read = await rows(`
      SELECT growth.* REPLACE (printf('0x%016x', stack_id) AS stack_id), coalesce(owner, ''), array_to_string(frames, ' < ')
      FROM '${path}.growth.parquet' growth JOIN '${path}.stacks.parquet' USING (stack_id)`);
    const [header, ...expected] = growthRows(before, after, info);
    const text = (row: readonly unknown[]) =>
      row.map((value) => (value instanceof Date ? value.toISOString() : String(value ?? ''))).join('|');
    expect(header!.slice(0, -2)).toEqual(
      (await db.runAndReadAll(`FROM '${path}.growth.parquet' LIMIT 0`)).columnNames(),
    );
    expect(read.map(text).sort()).toEqual(expected.map(text).sort());
    const [shrunk] = await rows(`SELECT min(pages_delta), sum(pages_delta) FROM '${path}.growth.parquet'`);
    expect(Number(shrunk![0])).toBeLessThan(0);
    expect(Number(shrunk![1])).toBe(after.pages - before.pages);
  });

  test('any name, any memory, none at all', async () => {
    await fc.assert(
      fc.asyncProperty(anyOddMemory, async (memory) => {
        const profile = await oddProfileOf(memory);
        await expectSame('any', profile, { host: '\u001b\ud800' });
        const [hosts] = await rows(
          `SELECT list(DISTINCT host) FROM '${join(folder, 'any')}.samples.parquet'`,
        );
        expect(hosts).toEqual([[printableName('\u001b\ud800')]]);
      }),
      { numRuns: 25 },
    );
    const { samples: all } = await profileOf('6.12-t1');
    const none = { ...(await profileOf('6.12-t1')), samples: { ...all, length: 0, stack: new Int32Array() } };
    const path = write('none', none, {});
    expect(await rows(`SELECT count(*) FROM '${path}.samples.parquet'`)).toEqual([[0n]]);
    expect(await rows(`SELECT count(*) FROM '${path}.stacks.parquet'`)).toEqual([[0n]]);
  });
});

testReader('the latest snapshot of docs/sql.md is there without a time, and without a host', async () => {
  const doc = readFileSync(new URL('../../../docs/sql.md', import.meta.url), 'utf8');
  const [view] = /CREATE VIEW latest AS .*?;/s.exec(doc)!;
  const profile = await profileOf('6.12-t1');
  for (const info of [{ host: 'vm' }, {}]) {
    const path = write('timeless', profile, info);
    const latest = view
      .replace('FROM samples', `FROM read_parquet('${path}.samples.parquet')`)
      .replace('VIEW latest', 'OR REPLACE VIEW newest');
    await db.run(latest);
    expect(await rows('SELECT sum(pages)::INT FROM newest')).toEqual([[profile.pages]]);
  }
});

testReader('the queries of docs/sql.md give the rows that stand there', async () => {
  for (const [i, { fixture, ...info }] of SNAPSHOTS.entries())
    write(`snapshot-${info.host}-${i}`, await profileOf(fixture), info);
  const doc = readFileSync(new URL('../../../docs/sql.md', import.meta.url), 'utf8');
  const blocks = [...doc.matchAll(/```sql\n(.*?)```\n(?:\n((?:\|[^\n]*\n)+))?/gs)];
  expect(blocks.length).toBeGreaterThan(5);
  const cells = (line: string) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  for (const [, sql = '', table] of blocks) {
    const result = await db.runAndReadAll(sql.replaceAll('snapshots/', `${folder}/snapshot-`));
    if (sql.startsWith('CREATE')) continue;
    const texts = result
      .getRowsJson()
      .map((row) => row.map((value) => (Array.isArray(value) ? value.join(', ') : String(value))));
    const [header, , ...body] = (table ?? '').trim().split('\n').map(cells);
    expect([header, ...body]).toEqual([result.columnNames(), ...texts]);
  }
});
