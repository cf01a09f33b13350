import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';
import { describe, expect, test } from '@jest/globals';
import { sortDump } from '@page-owner/page-owner-sort';
import { profileDump } from '@page-owner/profile';
import { pprof } from '@page-owner/profile/export';
import { beside, inHome, json, read, run, snapshot, text, unpacked } from './page-owner.js';

const T1 = snapshot('6.12-t1');
const T2 = snapshot('6.12-t2');
const LIST = beside('6.12-t2.show_stacks.txt.zst');

test('pprof, packed or not by the name', async () => {
  const wanted = pprof(await profileDump(await unpacked(T2)));
  await text('export', '-o', inHome('owners.pb.gz'), T2);
  expect(gunzipSync(readFileSync(inHome('owners.pb.gz'))).equals(wanted)).toBe(true);
  await text('export', '-o', inHome('owners.pb'), T2);
  expect(readFileSync(inHome('owners.pb')).equals(wanted)).toBe(true);
});

test('folded stacks, and their growth', async () => {
  const { pages } = await json('top', T2);
  await text('export', '-o', inHome('a.folded'), T2);
  const counts = read('a.folded')
    .trimEnd()
    .split('\n')
    .map((line) => Number(/ (\d+)$/.exec(line)![1]));
  expect(counts.reduce((a, b) => a + b)).toBe(pages);
  await text('export', '-o', inHome('b.folded'), '--before', T1, T2);
  expect(read('b.folded')).toMatch(
    /leaky_write_\[leaky\];leaky_do_request_\[leaky\];leaky_alloc_buffers_\[leaky\] 0 3800\n/,
  );
  await text('export', '--unit', 'bytes', '--full-stacks', '--module', 'leaky', '-o', inHome('c.folded'), T2);
  expect(read('c.folded')).toMatch(/;get_page_from_freelist 15564800\n/);
});

test('speedscope, JSON, CSV', async () => {
  const { pages } = await json('top', T2);
  await text('export', '-o', inHome('a.speedscope.json'), T2);
  expect(JSON.parse(read('a.speedscope.json')).profiles[0].endValue).toBe(pages * 4096);
  await text('export', '--host', 'vm', '--captured-at', '2026-11-22T21:46:00Z', '-o', inHome('a.json'), T2);
  expect(JSON.parse(read('a.json'))).toMatchObject({ host: 'vm', pages });
  await text('export', '-o', inHome('a.csv.gz'), T2);
  expect(gunzipSync(readFileSync(inHome('a.csv.gz'))).toString()).toMatch(/^host,boot_id,/);
});

test('Parquet: two tables that join', async () => {
  await text('export', '--host', 'vm', '-o', inHome('t2.parquet'), T2);
  expect(readdirSync(inHome()).sort()).toEqual(['t2.samples.parquet', 't2.stacks.parquet']);
  const table = async (name: string) => {
    const { buffer, byteOffset, length } = readFileSync(inHome(name));
    return parquetReadObjects({ file: buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer });
  };
  const samples = await table('t2.samples.parquet');
  const stacks = new Set((await table('t2.stacks.parquet')).map(({ stack_id }) => stack_id));
  const { pages } = await json('top', T2);
  expect(samples.reduce((sum, row) => sum + Number(row.pages), 0)).toBe(pages);
  expect(samples.every(({ stack_id, host }) => stacks.has(stack_id) && host === 'vm')).toBe(true);
});

describe('--before', () => {
  const grownPages = async () => (await json('top', T2)).pages - (await json('top', T1)).pages;

  test('speedscope: what grew, and what shrank', async () => {
    await text('export', '--before', T1, '-o', inHome('grown.speedscope.json'), T2);
    const [grew, shrank] = JSON.parse(read('grown.speedscope.json')).profiles;
    expect([grew.name, shrank.name]).toEqual(['grew', 'shrank']);
    expect(grew.endValue - shrank.endValue).toBe((await grownPages()) * 4096);
  });

  test('of two kinds of files: what one does not tell is empty, and the same memory is one row', async () => {
    const rowsOf = async (before: string, after: string) => {
      const { code, stderr } = await run(['export', '--before', before, '-o', inHome('grown.csv'), after]);
      expect(code).toBe(0);
      const [header, ...lines] = read('grown.csv').split('\r\n').slice(0, -1);
      const names = header!.split(',');
      const rows = lines.map((line) => {
        const values = line.split(',');
        return (name: string) => values[names.indexOf(name)]!;
      });
      return { rows, stderr };
    };
    const sums = async (...files: readonly [string, string]) =>
      Promise.all(files.map(async (file) => (await json('top', file)).pages));
    const totalOf = (rows: Awaited<ReturnType<typeof rowsOf>>['rows'], name: string) =>
      rows.reduce((sum, row) => sum + Number(row(name)), 0);
    const lists = await rowsOf(T1, LIST);
    expect(lists.stderr).toMatch(/show_stacks\S+ is a list of stacks and \S+ a dump/);
    for (const name of ['records_before', 'records_delta', 'comm', 'order', 'zone', 'migrated'])
      expect(lists.rows.every((row) => row(name) === '')).toBe(true);
    expect(['pages_before', 'pages_after'].map((name) => totalOf(lists.rows, name))).toEqual(
      await sums(T1, LIST),
    );
    expect(lists.rows.some((row) => row('pages_before') === row('pages_after'))).toBe(true);

    const sorted = await sortDump(await unpacked(T1));
    writeFileSync(inHome('sorted'), Buffer.concat([...sorted.text()]));
    const summed = await rowsOf(inHome('sorted'), T2);
    expect(summed.stderr).toMatch(/sorted is a file of page_owner_sort and \S+ a dump/);
    expect(summed.rows.every((row) => row('zone') === '' && row('records_delta') !== '')).toBe(true);
    const grown = (rows: typeof summed.rows) =>
      rows
        .map((row) => Number(row('pages_delta')))
        .filter(Boolean)
        .sort((a, b) => a - b);
    expect(grown(summed.rows)).toEqual(grown((await rowsOf(T1, T2)).rows));
  });

  test('CSV: before, after and the difference', async () => {
    await text('export', '--before', T1, '-o', inHome('grown.csv'), T2);
    const [header, ...lines] = read('grown.csv').trimEnd().split('\r\n');
    const at = header!.split(',').indexOf('pages_before');
    expect(header!.split(',').slice(at, at + 3)).toEqual(['pages_before', 'pages_after', 'pages_delta']);
    const leak = lines.filter((line) => line.includes(',leaky_alloc_buffers [leaky],'));
    const sum = (column: number) => leak.reduce((total, line) => total + Number(line.split(',')[column]), 0);
    expect([sum(at), sum(at + 1), sum(at + 2)]).toEqual([0, 3800, 3800]);
  });

  test('Parquet: a table of its own name, so that views of snapshots do not count it', async () => {
    await text('export', '--before', T1, '-o', inHome('grown.parquet'), T2);
    expect(readdirSync(inHome()).sort()).toEqual(['grown.growth.parquet', 'grown.stacks.parquet']);
    const { buffer, byteOffset, length } = readFileSync(inHome('grown.growth.parquet'));
    const file = buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer;
    const rows = await parquetReadObjects({ file });
    expect(rows.reduce((sum, row) => sum + Number(row.pages_delta), 0)).toBe(await grownPages());
    await text('export', '--before', T1, '--limit', '3', '-o', inHome('few.growth.parquet'), T2);
    expect(readdirSync(inHome()).sort().slice(0, 2)).toEqual(['few.growth.parquet', 'few.stacks.parquet']);
  });
});

test('filters choose what is in it; nothing is written where reading fails', async () => {
  await text('export', '--task', 'init', '-o', inHome('a.json'), T2);
  const { tasks } = JSON.parse(read('a.json'));
  expect(new Set(tasks.map(({ name }: { name: string }) => name))).toEqual(new Set(['init']));
  expect(await run(['export', '-o', inHome('b.json'), inHome('missing')])).toMatchObject({ code: 1 });
  expect(readdirSync(inHome())).toEqual(['a.json']);
});

describe('--limit', () => {
  test('tells the largest stacks apart and adds up the others', async () => {
    const { pages, top, rows } = await json('top', '--limit', '4', T2);
    // Here rows are stacks.
    await text('export', '--limit', '4', '-o', inHome('a.json'), T2);
    const document = JSON.parse(read('a.json'));
    expect(document.pages).toBe(pages);
    const byStack = new Map<string, number>();
    for (const { stack, pages: count } of document.samples) {
      const { id } = document.stacks[stack];
      byStack.set(id, (byStack.get(id) ?? 0) + count);
    }
    const largest = top.map(({ stack, pages: count }: { stack: string; pages: number }) => [stack, count]);
    expect([...byStack].sort(([, a], [, b]) => b - a).filter(([id]) => id !== restOf(document).id)).toEqual(
      largest,
    );
    expect(restOf(document).owner).toBe(`(${rows - 4} more stacks)`);
    expect([...byStack.values()].reduce((a, b) => a + b)).toBe(pages);
  });

  const restOf = ({ stacks }: { stacks: { id: string; owner: string }[] }) =>
    stacks.find(({ owner }) => owner.endsWith(' more stacks)'))!;

  test('in every format', async () => {
    for (const name of ['a.pb', 'a.folded', 'a.speedscope.json', 'a.json', 'a.csv', 'a.parquet']) {
      const whole = await json('export', '-o', inHome(name), T2);
      const some = await json('export', '--limit', '3', '-o', inHome(name), T2);
      expect(some).toMatchObject({ pages: whole.pages, records: whole.records, stacks: 3 });
      expect(some.moreStacks).toBe(whole.stacks - 3);
      const bytes = some.files.map(({ path }: { path: string }) => readFileSync(path));
      expect(some.files.map((file: { bytes: number }) => file.bytes)).toEqual(
        bytes.map(({ length }: Buffer) => length),
      );
      if (name !== 'a.parquet') expect(String(bytes[0])).toMatch(/\(\d+[ _]more[ _]stacks\)/);
    }
  });

  test('of growth, the same stacks before and after', async () => {
    await text('export', '--limit', '2', '--before', T1, '-o', inHome('grown.folded'), T2);
    const lines = read('grown.folded').trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    const sums = [1, 2].map((column) =>
      lines.reduce((sum, line) => sum + Number(line.split(' ')[column]), 0),
    );
    expect(sums).toEqual([(await json('top', T1)).pages, (await json('top', T2)).pages]);
  });
});

test('--json tells what was written', async () => {
  const { pages, records } = await json('top', '--task', 'init', T2);
  const done = await json('export', '--task', 'init', '-o', inHome('vm.parquet'), T2);
  expect(done).toMatchObject({
    format: 'page-owner/export',
    version: 1,
    input: T2,
    exportFormat: 'parquet',
    pages,
    records,
    moreStacks: 0,
    files: [{ path: inHome('vm.samples.parquet') }, { path: inHome('vm.stacks.parquet') }],
  });
});
