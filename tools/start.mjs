#!/usr/bin/env node
// `npm start`: unpacks a real dump, sorts it with page_owner_sort, and prints who owns the memory; then what grew since the
// dump before it, and who stops huge pages from forming, by page-owner. Then boots a machine of its own, in which a module
// leaks, and finds the leak in the machine's dumps.
import { spawnSync } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { openInput } from '@page-owner/dump-format/node';
import { sortInput } from '@page-owner/page-owner-sort/node';
import { describeOwner } from '@page-owner/page-owner-sort';

const EXAMPLE = 'examples/linux-6.12-page_owner.txt.zst';
const BEFORE = 'examples/linux-6.12-page_owner-before.txt.zst';
const PAGETYPEINFO = 'examples/linux-6.12-pagetypeinfo.txt';
const DUMP = 'out/page_owner.txt';
const SORTED = 'out/sorted_page_owner.txt';
const PPROF = 'out/owners.pb.gz';
const SPEEDSCOPE = 'out/owners.speedscope.json';
const MACHINE = 'out/machine';
const DEBUGFS = 'sys/kernel/debug/page_owner';
const SNAPSHOTS = ['--snapshots', '3', '--output', MACHINE, '--quiet'];
const PAGE = 4096;
const OWNERS = 5;
const SORT = join('node_modules', '.bin', 'page_owner_sort');
const PAGE_OWNER = join('node_modules', '.bin', 'page-owner');

process.chdir(join(dirname(fileURLToPath(import.meta.url)), '..'));
mkdirSync('out', { recursive: true });

const dump = await unpack(EXAMPLE, DUMP);
const start = performance.now();
run(SORT, '-m', DUMP, SORTED);
const seconds = (performance.now() - start) / 1000;
const { owners, pages, records } = await ownersOf(DUMP);

console.log(
  `page-owner: a real dump of Linux 6.12, 2 GiB, ${records} records (${(dump / 1e6).toFixed(0)} MB), sorted in ${seconds.toFixed(2)} s\n`,
);
console.log(`Who holds the memory (${size(pages)} in all)`);
row('pages', 'size', 'share', 'who', 'what');
for (const owner of owners.slice(0, OWNERS)) {
  row(
    owner.pages,
    size(owner.pages),
    `${((100 * owner.pages) / pages).toFixed(1)} %`,
    who(owner.tasks),
    owner.frames[0],
  );
  for (const frame of owner.frames.slice(1, 4)) row('', '', '', '', `  ${frame}`);
}

console.log('\nWhat grew since the dump before it');
run(PAGE_OWNER, 'diff', '--limit', '2', BEFORE, DUMP);
console.log('\nWho stops huge pages from forming');
run(PAGE_OWNER, 'fragmentation', '--limit', '2', '--pagetypeinfo', PAGETYPEINFO, DUMP);
run(PAGE_OWNER, 'export', '-o', PPROF, DUMP);
run(PAGE_OWNER, 'export', '-o', SPEEDSCOPE, DUMP);

console.log('\nA machine of our own: 2 GiB, page_owner=on, ten seconds of work with a leaking module');
run(PAGE_OWNER, 'boot', '--memory', '2G', '--cmdline', 'page_owner=on', ...['--run', 'leak'], ...SNAPSHOTS);
const log = readFileSync(join(MACHINE, 'dmesg.txt'), 'utf8');
for (const line of log.split('\n').filter((text) => /page_ext|early allocated [^0]/.test(text)))
  console.log(line);
run(SORT, '-m', join(MACHINE, DEBUGFS), join(MACHINE, 'sorted_page_owner.txt'));
run(PAGE_OWNER, 'diff', '--limit', '1', ...[1, 2, 3].map((n) => join(MACHINE, `page_owner-${n}.txt`)));

console.log(`
Wrote ${SORTED} (the whole result, largest first), ${PPROF} (go tool pprof), ${SPEEDSCOPE}
Next, with B=${PAGE_OWNER}
  $B summary ${DUMP}                  who holds the memory, on one screen
  $B top --by task,allocator ${DUMP}  which task, with what
  $B top --module leaky --tree ${DUMP}
  $B sort --cull=module,name -m ${DUMP} -
  $B boot --memory 2G --cmdline page_owner=on --run fragmenter --cat page_owner | $B fragmentation -
  $B --help`);

/** A command of this repository; its words are those of the start, and so is its failure. */
function run(command, ...args) {
  const { status } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) process.exit(status ?? 1);
}

async function unpack(from, to) {
  const input = await openInput(from);
  const out = createWriteStream(to);
  const chunk = Buffer.alloc(1 << 20);
  for (let count; (count = await input.read(chunk)) > 0;) {
    if (!out.write(Buffer.from(chunk.subarray(0, count))))
      await new Promise((resolve) => out.once('drain', resolve));
  }
  out.end();
  await finished(out);
  input.close();
  return out.bytesWritten;
}

/** Owners by memory: the records whose stacks are the same behind the page allocator's own functions. */
async function ownersOf(path) {
  const input = await openInput(path);
  const sorted = await sortInput(input, { cull: ['stacktrace', 'name'] });
  input.close();
  const byFrames = new Map();
  let pages = 0;
  for (const group of sorted.groups()) {
    const { frames, task } = describeOwner(group);
    const key = frames.join('\n');
    const owner = byFrames.get(key) ?? { pages: 0, tasks: new Map(), frames };
    owner.pages += group.pages;
    owner.tasks.set(task, (owner.tasks.get(task) ?? 0) + group.pages);
    byFrames.set(key, owner);
    pages += group.pages;
  }
  const owners = [...byFrames.values()].sort((a, b) => b.pages - a.pages);
  return { owners, pages, records: sorted.report.records };
}

function who(tasks) {
  const names = [...tasks].sort(([, a], [, b]) => b - a).map(([name]) => name);
  return names.length > 2 ? `${names.slice(0, 2).join(', ')}, +${names.length - 2}` : names.join(', ');
}

function size(pages) {
  const mib = (pages * PAGE) / 2 ** 20;
  return mib < 1024 ? `${mib.toFixed(1)} MiB` : `${(mib / 1024).toFixed(2)} GiB`;
}

function row(pages, bytes, share, tasks, what) {
  console.log(
    `${String(pages).padStart(8)} ${bytes.padStart(11)} ${share.padStart(7)}  ${tasks.padEnd(24)}  ${what}`,
  );
}
