import { readFileSync, readdirSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';
import { expect, test } from '@jest/globals';
import { profileDump } from '@page-owner/profile';
import { pprof } from '@page-owner/profile/export';
import { inHome, json, read, run, snapshot, text, unpacked } from './page-owner.js';

const T1 = snapshot('6.12-t1');
const T2 = snapshot('6.12-t2');

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

test('filters choose what is in it; nothing is written where reading fails', async () => {
  await text('export', '--task', 'init', '-o', inHome('a.json'), T2);
  const { tasks } = JSON.parse(read('a.json'));
  expect(new Set(tasks.map(({ name }: { name: string }) => name))).toEqual(new Set(['init']));
  expect(await run(['export', '-o', inHome('b.json'), inHome('missing')])).toMatchObject({ code: 1 });
  expect(readdirSync(inHome())).toEqual(['a.json']);
});
