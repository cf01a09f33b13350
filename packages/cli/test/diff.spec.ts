import { copyFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { patternText } from '../src/commands/diff.js';
import { beside, inHome, json, run, snapshot, spawned, text, unpacked } from './page-owner.js';

const LEAK = 'leaky_alloc_buffers [leaky]';
const [T1, T2, T3] = ['6.12-t1', '6.12-t2', '6.12-t3'].map(snapshot) as [string, string, string];

interface Row {
  delta: number;
  pages: number[];
  pattern: string;
  frames: string[];
  ownerFrame: number;
  score: number;
  class: string | null;
}
const owner = ({ frames, ownerFrame }: Row) => frames[ownerFrame];

describe('a module that leaks a known number of pages', () => {
  test.each([
    ['6.12', T1, T2, 3800],
    ['6.1', snapshot('6.1-t1'), snapshot('6.1-t2'), 3800],
  ])('%s: named first, with exactly its growth', async (_, before, after, leaked) => {
    const { suspects, delta } = await json('diff', before, after);
    expect(owner(suspects[0])).toBe(LEAK);
    expect(suspects[0]).toMatchObject({ delta: leaked, pages: [0, leaked], pattern: 'new', reclaim: 'none' });
    expect(delta.none).toBeGreaterThanOrEqual(leaked);
    expect(JSON.stringify(suspects)).not.toContain('tidy');
    const screen = await text('diff', before, after);
    const lines = screen.split('\n');
    const first = lines.findIndex((line) => line.includes('leak suspect')) + 1;
    expect(lines[first]).toMatch(
      /^ +\+3800 +\+14\.8 MiB +\S+ MiB +0 +3800 {2}leaky_alloc_buffers \[leaky\]$/,
    );
    expect(screen).not.toContain('tidy');
  });

  test('by function, its three ways count as one', async () => {
    const { suspects } = await json('diff', '--by', 'function', T2, T3);
    expect(suspects[0]).toMatchObject({ function: LEAK, delta: 4384, pages: [3800, 8184] });
    const [module] = (await json('diff', '--by', 'module', T2, T3)).suspects;
    expect(module).toMatchObject({ module: 'leaky', delta: 4384 + 756 + 504 + 8 });
  });

  test('a pool grows when it is filled, and is no suspect once a third snapshot shows it standing still', async () => {
    const isPool = (row: Row) => owner(row) === 'pool_refill_buffers [leaky]';
    const two = await json('diff', T1, T2);
    expect(two.suspects.find(isPool)).toMatchObject({ delta: 256 });
    const three = await json('diff', T1, T2, T3, '--limit', 'all');
    expect(owner(three.suspects[0])).toBe(LEAK);
    expect(three.suspects.find(isPool)).toBeUndefined();
    expect(three.rows.find(isPool)).toMatchObject({
      pages: [0, 256, 256],
      pattern: 'new, grew once',
      score: 0,
    });
    expect(three.rows.every((row: Row) => !row.frames.join().includes('tidy'))).toBe(true);
  });

  test('three snapshots: what keeps growing, what is new, what stayed, page_owner itself', async () => {
    const screen = await text('diff', T1, T2, T3);
    const parts = screen.split(
      /\n(?=Keeps growing|New growth in the last|Grew, then slowed|Of page_owner itself|Kernel memory that shr)/,
    );
    const [, growing, fresh, settled, itself] = parts as [string, string, string, string, string, string];
    expect(growing).toMatch(
      /^Keeps growing: \+29\.6 MiB \(\+7584 pages\)\n.* leak suspect\n.*\+7584 .* ▁▅█ {2}new, grew each time {2}leaky_alloc_buffers/,
    );
    expect(growing.trimEnd().split('\n')).toHaveLength(4);
    expect(fresh).toMatch(
      /^New growth in the last interval, a further dump tells: \+7\.3 MiB \(\+1872 pages\)/,
    );
    const deltas = (part: string) => [...part.matchAll(/^ +\+(\d+) +\+/gm)].map((found) => Number(found[1]));
    expect(deltas(fresh)).toEqual([756, 504, 500, 100, 8, 2, 1, 1]);
    expect(deltas(settled).slice(0, 3)).toEqual([256, 49, 28]);
    expect(settled).toMatch(/\+256 .*new, grew once +pool_refill_buffers/);
    expect(itself).toBe('Of page_owner itself: +20 KiB (+5 pages)\n');
    expect(screen).not.toContain('register_dummy_stack');
    const { rows } = await json('diff', '--limit', 'all', T1, T2, T3);
    const sum = (name: string) =>
      rows.filter((row: Row) => row.class === name).reduce((total: number, row: Row) => total + row.delta, 0);
    expect(['growing', 'new', 'settled', 'tracker'].map(sum)).toEqual([7584, 1872, 349, 5]);
    expect(rows.filter((row: Row) => row.delta <= 0).every((row: Row) => row.class === null)).toBe(true);
  });

  test('--min-growth', async () => {
    const names = async (...options: string[]) =>
      (await json('diff', ...options, T1, T2, T3)).suspects.map(owner);
    expect(await names('--min-growth', '0')).toEqual([
      LEAK,
      'virtqueue_add_split',
      '__sg_alloc_table',
      'bio_alloc_bioset',
    ]);
    // It scores 6782 pages.
    expect(await names('--min-growth', '26M')).toEqual([LEAK]);
    expect(await text('diff', '--min-growth', '27M', T1, T2, T3)).toContain('\nKeeps growing\n  nothing\n');
    const { code, stderr } = await run(['diff', '--min-growth', '1M', T1, T2]);
    expect([code, stderr]).toEqual([
      2,
      'page-owner: --min-growth: two dumps cannot tell what keeps growing; give it a third\n',
    ]);
  });

  test('by what top takes', async () => {
    const { by, suspects } = await json('diff', '--by', 'task,allocator', '--limit', 'all', T2, T3);
    expect(by).toEqual(['task', 'allocator']);
    expect(suspects[0]).toMatchObject({
      task: 'leaker',
      allocator: 'other',
      pages: [0, 3400],
      tasks: ['leaker'],
      owners: [{ owner: LEAK, delta: 3400 }],
    });
    // Of each row the pages are those that top counts.
    const { top } = await json('top', '--by', 'task,allocator,reclaim', '--limit', 'all', T3);
    for (const row of suspects) {
      const same = top.find(
        (other: Record<string, unknown>) =>
          other.task === row.task && other.allocator === row.allocator && other.reclaim === 'none',
      );
      expect(same.pages).toBe(row.pages[1]);
      const grown = row.owners.reduce((sum: number, { delta }: { delta: number }) => sum + delta, 0);
      expect(grown).toBe(row.delta);
    }
    expect(await text('diff', '--by', 'task', T2, T3)).toMatch(
      /after {2}task +mostly\n.* 3400 {2}leaker +leaky_alloc_buffers \[leaky\]\n/,
    );
    const others = 'pid,cgroup,reclaim,order,gfp,type,block,zone,node';
    const [first] = (await json('diff', '--by', others, T1, T2)).suspects;
    for (const key of others.split(',')) expect(first).toHaveProperty(key);
    expect(await run(['diff', '--by', 'colour', T1, T2])).toMatchObject({ code: 2 });
  });

  test('--tree', async () => {
    const tree = await text('diff', '--tree', T1, T2);
    expect(tree).toMatch(
      /\n +\+3800 +\+14\.8 MiB +\d+\.\d % {2}leaky_alloc_buffers \[leaky\]\n +leaky_do_request/,
    );
    const { root } = await json('diff', '--tree=callees', T1, T2);
    const sum = root.children.reduce((total: number, child: { pages: number }) => total + child.pages, 0);
    expect(sum + root.self).toBe(root.pages);
  });

  test('from lists of stacks', async () => {
    const list = beside('6.12-t2.show_stacks.txt.zst');
    const { stdout, stderr } = await run(['diff', '--json', '--limit', 'all', T1, list]);
    expect(stderr).toMatch(/show_stacks\S+ is a list of stacks and \S+ a dump: what is reclaimed/);
    const { rows } = JSON.parse(stdout);
    const leak = rows.find((row: Row) => owner(row) === LEAK);
    expect(leak).toMatchObject({ pages: [0, 3800] });
  });
});

describe('--fail-on-growth', () => {
  test('status 3 and one sentence when it grew by more', async () => {
    const grown = await run(['diff', '--fail-on-growth', '8M', T1, T2]);
    expect(grown).toMatchObject({
      code: 3,
      stderr:
        'page-owner: kernel memory that nothing reclaims grew by 16.1 MiB, more than 8.0 MiB (--fail-on-growth)\n',
    });
    expect(grown.stdout).toContain(LEAK);
    expect(await run(['diff', '--json', '--fail-on-growth', '8M', T1, T2])).toMatchObject({ code: 3 });
  });

  test('the bound itself is not more', async () => {
    const exact = String(4117 * 4096);
    expect(await run(['diff', '--fail-on-growth', exact, T1, T2])).toMatchObject({ code: 0, stderr: '' });
    expect(await run(['diff', '--fail-on-growth', String(4117 * 4096 - 1), T1, T2])).toMatchObject({
      code: 3,
    });
  });

  test('counts what the filters leave, and with --all all memory', async () => {
    const options = ['diff', '--fail-on-growth', '1M'];
    expect(await run([...options, '--module', 'zram', T1, T2])).toMatchObject({ code: 0 });
    expect(await run([...options, '--module', 'leaky', T1, T2])).toMatchObject({ code: 3 });
    const all = await run(['diff', '--all', '--fail-on-growth', '16.5M', T1, T2]);
    expect(all).toMatchObject({ code: 3 });
    expect(all.stderr).toContain('memory grew by');
  });
});

describe('snapshots that do not go together', () => {
  test('in the wrong order', async () => {
    copyFileSync(T1, inHome('t1.zst'));
    copyFileSync(T2, inHome('t2.zst'));
    expect(await spawned(['diff', 't2.zst', 't1.zst'])).toEqual({
      code: 2,
      signal: null,
      stdout: '',
      stderr:
        'page-owner: t1.zst was taken 56.7 s after boot and t2.zst 86.2 s: give the oldest first, and snapshots of one boot\n',
    });
    expect(await run(['diff', T1, T1])).toMatchObject({ code: 2 });
  });

  test('of machines with another layout of pageblocks or zones', async () => {
    const other = (await unpacked(T2))
      .toString('latin1')
      .replaceAll(/ Block (\d+) /g, (_, block: string) => ` Block ${Number(block) >> 1} `)
      .replaceAll('zone=1', 'zone=2');
    writeFileSync(inHome('other.txt'), other, 'latin1');
    const { code, stderr } = await run(['diff', T1, inHome('other.txt')]);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^page-owner: pageblocks have order 10 in \S+other\.txt and 9 in \S+t1\.page_owner\.txt\.zst: another machine\?\n$/,
    );
  });

  test('standard input twice', async () => {
    expect(await run(['diff', '-', '-'])).toMatchObject({ code: 2, stdout: '' });
  });
});

test.each([
  [[0, 5], 'new'],
  [[5, 0], 'gone'],
  [[3, 5], 'grew'],
  [[5, 3], 'shrank'],
  [[0, 1, 2], 'new, grew each time'],
  [[1, 2, 3], 'grew each time'],
  [[1, 2, 2], 'grew once'],
  [[1, 2, 2, 3], 'grew 2 of 3 times'],
  [[1, 2, 1], 'up and down'],
  [[3, 2, 1], 'shrank each time'],
  [[3, 3, 1], 'shrank 1 of 2 times'],
  [[3, 0, 0], 'gone'],
  [[3, 3, 3], 'same'],
])('%j: %s', (pages, words) => expect(patternText(pages)).toBe(words));

test('a regression test that selects nothing is not passed', async () => {
  for (const args of [
    ['--module', 'nosuch'],
    ['--task', 'nobody', '--json'],
  ]) {
    const { code, stderr } = await run(['diff', ...args, '--fail-on-growth', '1M', T1, T2]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /--fail-on-growth: the filters select nothing in any snapshot, so there is nothing to judge\n$/,
    );
  }
  // The leak is new: there is nothing of it in the first.
  const { code } = await run(['diff', '--module', 'leaky', '--fail-on-growth', '1T', T1, T2]);
  expect(code).toBe(0);
  expect(await run(['diff', '--module', 'nosuch', T1, T2])).toMatchObject({ code: 0 });
});
