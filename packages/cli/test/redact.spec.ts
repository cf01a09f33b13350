import { writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { formatRecord, parseRecord } from '@page-owner/dump-format';
import { redactRecord, redaction } from '../src/rewriting/redact.js';
import { inHome, run, spawned } from './page-owner.js';

const SECRET = 'secrettask';
const GROUP = 'secretgroup';

/** A dump in which every record has names to hide, and noise that has them too. */
function secretDump(name: string, seconds: number): string {
  const records = Array.from({ length: 40 }, (_, i) =>
    formatRecord({
      order: i % 2 ? 0 : 3,
      gfpMask: 0xcc0,
      gfpNames: 'GFP_KERNEL',
      pid: 7,
      tgid: 7,
      comm: SECRET,
      tsNs: BigInt(seconds + i) * 10n ** 9n,
      pfn: 512 + 8 * i,
      pfnRadix: 16,
      migratetype: 'Unmovable',
      block: 1 + ((8 * i) >> 9),
      pageblockMigratetype: 'Movable',
      flags: 0n,
      flagNames: 'node=0|zone=1',
      stack: [`f${i % 3}+0x1/0x2`, 'g+0x1/0x2'],
      memcg: { kind: 'charged', name: GROUP, viaObjcg: false, offline: i % 2 === 0 },
      extraLines: [`Owner note: ${SECRET}`],
    }),
  );
  writeFileSync(inHome(name), `noise about ${SECRET}\n\n${records.join('')}`);
  return inHome(name);
}

test('no name comes out of any subcommand', async () => {
  const early = secretDump('early', 10);
  const dump = secretDump('late', 100);
  const commands = [
    ['summary', dump],
    ['top', '--by', 'task,cgroup', dump],
    ['top', '--by', 'pid', dump],
    ['top', dump],
    ['diff', '--all', early, dump],
    ['ages', dump],
    ['fragmentation', dump],
    ['show', '0x200', dump],
  ];
  for (const args of [...commands, ...commands.map((words) => [...words, '--json'])]) {
    const { code, stdout, stderr } = await run([...args, '--redact']);
    expect([args, code]).toEqual([args, 0]);
    expect(stdout.length).toBeGreaterThan(0);
    expect(stdout + stderr).not.toMatch(/secret/);
  }
  const { stdout } = await run(['top', '--by', 'task,cgroup', '--redact', dump]);
  expect(stdout).toMatch(/ task-[0-9a-f]{8} +(offline )?cgroup-[0-9a-f]{8} /);
});

test('nor out of files', async () => {
  const early = secretDump('early', 10);
  const dump = secretDump('late', 100);
  for (const file of ['a.pb.gz', 'a.folded', 'a.speedscope.json', 'a.json', 'a.csv', 'a.parquet'])
    expect(await run(['export', '--redact', '-o', inHome(file), dump])).toMatchObject({ code: 0 });
  await run(['export', '--redact', '--before', early, '-o', inHome('b.pb.gz'), dump]);
  await run(['convert', '--redact', '--to', 'V7', '-o', inHome('a.txt'), dump]);
  const sorted = await spawned(['sort', '--redact', '-m', dump, inHome('sorted.txt')]);
  expect(sorted).toMatchObject({ code: 0 });
  expect(sorted.stderr).not.toMatch(/secret/);
  const files = [
    'a.folded',
    'a.speedscope.json',
    'a.json',
    'a.csv',
    'a.samples.parquet',
    'a.stacks.parquet',
    'a.txt',
    'sorted.txt',
  ];
  const texts = files.map((name) => readFileSync(inHome(name), 'latin1'));
  texts.push(
    ...['a.pb.gz', 'b.pb.gz'].map((name) => gunzipSync(readFileSync(inHome(name))).toString('latin1')),
  );
  for (const text of texts) {
    expect(text.length).toBeGreaterThan(0);
    expect(text).not.toMatch(/secret/);
  }
});

test('nor where lines of a damaged dump run together', async () => {
  const frames = ` f+0x1/0x2\n g+0xCharged to memcg ${GROUP}\n h+0x1/0x2 [m]\n`;
  const header = 'Page allocated via order 0, mask 0x0(), pid 1, tgid 1 (init), ts 5 ns\n';
  writeFileSync(
    inHome('dump'),
    `${header}PFN 0x2 type Movable Block 0 type Movable Flags 0x0()\n${frames}\n`,
  );
  const options = ['--redact', inHome('dump')];
  for (const args of [
    ['top', '--full-stacks'],
    ['show', '2'],
    ['export', '--format', 'json', '-o', inHome('o')],
    ['convert', '--to', 'V7', '-o', inHome('o')],
  ]) {
    const { code, stdout: screen } = await run([...args, ...options]);
    const stdout = screen || readFileSync(inHome('o'), 'utf8');
    expect([args, code]).toEqual([args, 0]);
    expect(stdout).not.toContain(GROUP);
    expect(stdout).toContain('(no frame)');
  }
  const { stdout } = await spawned(['sort', ...options, '-']);
  expect(stdout).toContain(' f+0x1/0x2\n (no frame)\n h+0x1/0x2 [m]\n');
});

test('frames of a program stay', async () => {
  const frames = [
    'Atlas.#grow+0x42/0x7 [src/atlas.js]',
    'Map.<anonymous>+0x3/0x1 [@scope/index.mjs]',
    'Array.map+0x0/0x0 [native]',
    'blit+0x4f/0x0 [wasm/0a1b]',
    'process.tick+0x95/0x5 [node:internal/process/task_queues]',
  ];
  const header = `Page allocated via order 0, mask 0x0(), pid 1, tgid 1 (${SECRET}), ts 5 ns\n`;
  const place = 'PFN 0x2 type Movable Block 0 type Movable Flags 0x0()\n';
  writeFileSync(
    inHome('dump'),
    `${header}${place}${frames.map((frame) => ` ${frame}\n`).join('')}\n`.repeat(2),
  );
  await run(['convert', '--redact', '--to', 'V7', '-o', inHome('o'), inHome('dump')]);
  const top = await run(['top', '--redact', '--full-stacks', inHome('dump')]);
  for (const text of [readFileSync(inHome('o'), 'utf8'), top.stdout]) {
    expect(text).not.toMatch(/secret|no frame/);
    for (const frame of frames) {
      expect(text).toContain(frame.replace(/\+.*/, ''));
      expect(text).toContain(frame.replace(/.* /, ''));
    }
  }
});

test.each([
  [
    'frames',
    '',
    ` ${GROUP}\n f+0x1/0x2 [m ${GROUP} [x]\n f+0x1/0x2 [${GROUP}-x]\n f+0x1/0x2 [a.js ${GROUP}]\n`,
  ],
  [
    'a migrate reason',
    '',
    `Page has been migrated, last migrate reason: compactionCharged to memcg ${GROUP}\n`,
  ],
  ['gfp names', `GFP_KERNEL|__GFP_, pid 1, tgid 1 (${SECRET}`, ''],
  ['flag names', '', '', `uptotgid 1 (${SECRET}), ts 5 ns, pid 5, tgid 5 (${SECRET}), ts 6 ns, (x`],
])(
  'nor where bytes of a damaged dump are lost, in %s',
  async (_, gfpNames, stack, flagNames = 'uptodate') => {
    const header = `Page allocated via order 0, mask 0xcc0(${gfpNames}), pid 1, tgid 1 (init), ts 5 ns\n`;
    const page = `PFN 0x2 type Movable Block 0 type Movable Flags 0x0(${flagNames})\n`;
    writeFileSync(inHome('dump'), `${header}${page} f+0x1/0x2\n${stack}\n`.repeat(3));
    for (const args of [
      ['top', '--full-stacks'],
      ['top', '--by', 'module'],
      ['show', '2'],
      ['show', '--json', '2'],
      ['export', '--format', 'json', '-o', inHome('o')],
      ['convert', '--to', 'V5', '--lossy', '-o', inHome('o')],
      ['sort', '-'],
    ]) {
      const last =
        args[0] === 'sort'
          ? ['--redact', inHome('dump'), '-']
          : [...args.slice(1), '--redact', inHome('dump')];
      const { stdout: screen, stderr } = await (args[0] === 'sort' ? spawned : run)([args[0]!, ...last]);
      const stdout = screen || readFileSync(inHome('o'), 'utf8');
      expect(stdout.length).toBeGreaterThan(20);
      expect(stdout + stderr).not.toMatch(/secret/);
    }
  },
);

describe('a function without its place in it', () => {
  const record = (...frames: string[]) =>
    'Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 1, tgid 1 (init), ts 5 ns\n' +
    `PFN 0x2 type Movable Block 0 type Movable Flags 0x0()\n${frames.map((frame) => ` ${frame}\n`).join('')}\n`;
  const outputs = async (dump: string): Promise<string[]> => {
    writeFileSync(inHome('dump'), dump);
    await run(['convert', '--redact', '--to', 'V7', '-o', inHome('o'), inHome('dump')]);
    const top = await run(['top', '--redact', '--full-stacks', '--limit', '100', inHome('dump')]);
    return [readFileSync(inHome('o'), 'utf8'), top.stdout];
  };

  test('is kept where a trace tells of an allocation', async () => {
    const frames = ['__alloc_pages', 'alloc_slab_page.isra.0', 'leaky_alloc', '0xffffffff81000000'];
    for (const text of await outputs(record(...frames))) {
      for (const frame of frames) expect(text).toContain(frame);
      expect(text).not.toContain('(no frame)');
    }
  });

  test.each([
    ['is the rest of a line', [SECRET]],
    ['stands further in than the allocator', [SECRET, '__alloc_pages', 'vfs_read']],
    ['is no identifier', ['__alloc_pages', `/${GROUP}`, `${GROUP}.slice/${SECRET}-1`, `${SECRET}), ts`]],
    ['stands among frames with places', ['__alloc_pages+0x1/0x2', SECRET]],
    ['has a place that is not its own', ['f+0x1/0x2', `/${GROUP}+0x1/0x2`]],
  ])('is not where it %s', async (_, frames) => {
    for (const text of await outputs(record(...frames) + record('__alloc_pages+0x1/0x2', 'g+0x1/0x2'))) {
      expect(text).toContain('g');
      expect(text).not.toMatch(/secret/);
    }
  });
});

test('what kernels print is left as it is', async () => {
  const stack = ' f+0x1/0x2 [m]\n g.cold+0x1/0x2 [m 0123abcd]\n 0xffffffff81000000\n 0xffffffff\n';
  const rest = 'Page has been migrated, last migrate reason: compaction\nSlab cache page\n';
  const text =
    'Page allocated via order 0, mask 0xcc0(GFP_KERNEL|__GFP_ZERO|0x100000)\n' +
    `PFN 0x2 type Unmovable Block 0 type HighAtomic Flags 0x0(lru|node=0|lastcpupid=0x3ff)\n${stack}${rest}\n`;
  const record = parseRecord(Buffer.from(text))!;
  expect(redactRecord(record, redaction('key'))).toEqual(record);
  writeFileSync(inHome('handles'), text.replace(stack, 'handle: 5\n'));
  expect((await run(['top', '--redact', inHome('handles')])).stdout).toContain('handle 5');
});

test('nor where lines of a damaged trace do', async () => {
  const head = `${SECRET.padStart(16)}-7       [001] .....    `;
  const event = `${head}1.000000: mm_page_alloc: page=0 pfn=0x5 order=0 migratetype=0 gfp_flags=GFP_KERNEL\n`;
  writeFileSync(inHome('t'), `${event}${head}1.000001: <stack trace>\n => f\n => g${event} => h\n${event}`);
  for (const more of [[], ['--json'], ['--pid', '7'], ['--doubtful']]) {
    const args = ['replay', '--report', '--tolerant', '--without-frees', '--full-stacks', '--redact'];
    const { code, stdout } = await run([...args, ...more, inHome('t')]);
    expect(code).toBe(0);
    expect(stdout).not.toContain(SECRET);
  }
});

test('sort --redact takes real names in --name, and gives pseudonyms', async () => {
  const dump = secretDump('dump', 10);
  const { stdout } = await spawned(['sort', '--redact', '--cull=name', '--name', SECRET, dump, '-']);
  expect(stdout).toContain(`task-`);
  expect((await spawned(['sort', '--redact', '--name=other', dump, '-'])).stderr).toContain(
    'none of 40 records is selected',
  );
});

test('pseudonyms depend on the name and the key only', async () => {
  const [one, again, other] = [redaction('page-owner'), redaction('page-owner'), redaction('hush')];
  expect(one.task('a')).toBe(again.task('a'));
  expect(one.task('a')).toMatch(/^task-[0-9a-f]{8}$/);
  expect(one.task('a').length).toBeLessThanOrEqual(15);
  expect(one.cgroup('a')).toMatch(/^cgroup-[0-9a-f]{8}$/);
  expect(
    new Set([one.task('a'), one.task('b'), other.task('a'), one.task('\udcff'), one.task('\udcfe')]).size,
  ).toBe(5);
  expect(one.cgroup('/')).toBe('/');
  const dump = secretDump('dump', 10);
  const screens = await Promise.all(
    [[], ['--redact-key', 'hush'], ['--redact-key', 'page-owner']].map((key) =>
      run(['top', '--by', 'task', '--redact', ...key, dump]),
    ),
  );
  expect(screens[0]!.stdout).toBe(screens[2]!.stdout);
  expect(screens[0]!.stdout).not.toBe(screens[1]!.stdout);
});

test('the key may come from the environment', async () => {
  const dump = secretDump('dump', 10);
  const args = ['top', '--by', 'task', '--redact'];
  const byOption = await run([...args, '--redact-key', 'hush', dump]);
  const byEnvironment = await spawned([...args, dump], '', { PAGE_OWNER_REDACT_KEY: 'hush' });
  expect(byEnvironment.stdout).toBe(byOption.stdout);
});

test('without a key pseudonyms are of one run, which one line on standard error says', async () => {
  const [dump, early] = [secretDump('dump', 10), secretDump('early', 5)];
  const given = process.env.PAGE_OWNER_REDACT_KEY;
  delete process.env.PAGE_OWNER_REDACT_KEY;
  try {
    const args = ['top', '--by', 'task', '--redact', dump];
    const [first, second] = [await run(args), await run(args)];
    expect(first.stdout).not.toBe(second.stdout);
    const note = /^page-owner: --redact: pseudonyms are of this run alone; to compare files, [^\n]*$/m;
    expect([first.code, first.stderr]).toEqual([0, expect.stringMatching(note)]);
    expect((await run([...args, '--json'])).stderr).toMatch(note);
    // Of several files names are the same in all.
    const diff = await run(['diff', '--all', '--redact', early, dump]);
    expect(diff.stderr.match(/pseudonyms/g)).toHaveLength(1);
    expect((await run([...args, '--redact-key', 'hush'])).stderr).not.toContain('pseudonyms');
    const sorted = ['sort', '--redact', '--cull=name', dump, '-'];
    const env = { PAGE_OWNER_REDACT_KEY: '' };
    const [one, other] = [await spawned(sorted, '', env), await spawned(sorted, '', env)];
    expect(one.stderr).toMatch(note);
    expect(one.stdout).toMatch(/task-[0-9a-f]{8}/);
    expect(one.stdout).not.toBe(other.stdout);
  } finally {
    process.env.PAGE_OWNER_REDACT_KEY = given;
  }
});
