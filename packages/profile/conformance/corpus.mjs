#!/usr/bin/env node
// Holds profiles of real dumps against what is known of the same moment, and prints the figures of docs/growth.md and
// docs/fragmentation.md. Exit status 1 when one of the checks fails.
//
//   npx nx conformance profile CORPUS_DIR
//
// CORPUS_DIR holds BOOT/SNAPSHOT/page_owner.txt[.gz], and beside it what the kernel said then: show_stacks.txt,
// pagetypeinfo.txt, meminfo.txt, vmstat.txt, zoneinfo.txt, leaky.txt (pages leaked so far by a module that knows).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openInput, readInput } from '@page-owner/dump-format/node';
import {
  breakdown,
  DIMENSIONS,
  fragmentation,
  functionText,
  growth,
  mixedCounts,
  ownerTexts,
  parseMeminfo,
  parsePagetypeinfo,
  parseVmstat,
  parseZoneinfo,
  profileDump,
  ProfileBuilder,
  reconcile,
} from '@page-owner/profile';

const corpus = process.argv[2] ?? process.env.PAGE_OWNER_CORPUS;
if (!corpus) {
  console.error('usage: corpus.mjs CORPUS_DIR');
  process.exit(2);
}
/** In the order in which the kernel numbers them (x86-64). */
const ZONES = ['DMA', 'DMA32', 'Normal', 'Movable', 'Device'];
let failures = 0;
let checks = 0;

const profiles = new Map();
for (const boot of readdirSync(corpus).filter((name) => name.startsWith('linux-'))) {
  for (const snapshot of readdirSync(join(corpus, boot)).sort()) {
    const dump = find(boot, snapshot, 'page_owner');
    if (!dump) continue;
    const profile = await profileOf(dump);
    profiles.set(`${boot}/${snapshot}`, profile);
    const name = `${boot}/${snapshot}`;
    console.log(
      `\n${name}: ${profile.records} records, ${profile.pages} pages, ${profile.samples.length} samples`,
    );
    checkSums(name, profile);
    if (find(boot, snapshot, 'pagetypeinfo')) checkMixed(name, profile, text(boot, snapshot, 'pagetypeinfo'));
    if (find(boot, snapshot, 'show_stacks'))
      await checkStacks(name, profile, find(boot, snapshot, 'show_stacks'));
    if (profile.pageblocks) reportDenied(name, profile);
    if (find(boot, snapshot, 'zoneinfo')) report(boot, snapshot, profile);
  }
}
for (const [boot, series] of [
  ['linux-6.12-a', ['t1', 't2']],
  ['linux-6.12-a', ['t2', 't3']],
  ['linux-6.1-a', ['t1', 't2']],
  ['linux-6.12-a', ['t1', 't2', 't3']],
  ['linux-6.12-a', ['t0', 't1', 't2', 't3', 't4']],
  ['linux-6.1-a', ['t0', 't1', 't2', 't4']],
]) {
  if (series.every((snapshot) => profiles.has(`${boot}/${snapshot}`))) checkGrowth(boot, series);
}
console.log(`\n${checks} checks, ${failures} failed`);
process.exitCode = failures ? 1 : 0;

function checkSums(name, profile) {
  for (const dimension of DIMENSIONS) {
    const pages = breakdown(profile, [dimension]).reduce((sum, row) => sum + row.pages, 0);
    check(pages === profile.pages, `${name}: by ${dimension} ${pages} pages of ${profile.pages}`);
  }
}

function checkMixed(name, profile, pagetypeinfo) {
  const { mixed } = parsePagetypeinfo(pagetypeinfo);
  const counted = mixedCounts(profile.pageblocks);
  for (const { node, zone, count } of mixed) {
    const ours = counted.find((row) => row.node === node && ZONES[row.zone] === zone)?.count ?? [];
    const kernel = Object.values(count).join(' ');
    const dump = Object.keys(count)
      .map((_, i) => ours[i] ?? 0)
      .join(' ');
    // A dump that a crash of its reader cut off has not seen all blocks.
    if (!name.includes('oops'))
      check(kernel === dump, `${name}: mixed blocks of ${zone}: kernel ${kernel}, dump ${dump}`);
    console.log(
      `  mixed blocks, node ${node} ${zone}: kernel ${kernel}, dump ${dump}${kernel === dump ? '' : '   DIFFERS'}`,
    );
  }
}

async function checkStacks(name, profile, path) {
  const builder = new ProfileBuilder();
  builder.addStackList(await readInput(path));
  const list = builder.finish();
  const sums = (p) => {
    const byId = new Map();
    for (let i = 0; i < p.samples.length; i++) {
      const id = p.stacks.exactId[p.samples.stack[i]];
      byId.set(id, (byId.get(id) ?? 0) + p.samples.pages[i]);
    }
    return byId;
  };
  const [ofDump, ofList] = [sums(profile), sums(list)];
  let equal = 0;
  for (const [id, pages] of ofList) if (ofDump.get(id) === pages) equal++;
  console.log(
    `  show_stacks: ${ofList.size} stacks, ${equal} with the same pages in the dump (${((100 * equal) / ofList.size).toFixed(1)} %); ` +
      `${list.pages} pages against ${profile.pages}`,
  );
}

function report(boot, snapshot, profile) {
  const { managed, free, owned, explained, unexplained, comparisons } = reconcile(profile, {
    meminfo: parseMeminfo(text(boot, snapshot, 'meminfo')),
    vmstat: parseVmstat(text(boot, snapshot, 'vmstat')),
    zoneinfo: parseZoneinfo(text(boot, snapshot, 'zoneinfo')),
  });
  console.log(
    `  managed ${managed}, free ${free}, owned ${owned}: ${(100 * explained).toFixed(1)} % explained, ${unexplained} pages not`,
  );
  for (const { what, dump, kernel } of comparisons)
    console.log(`    ${what}: dump ${dump}, kernel ${kernel}`);
}

function reportDenied(name, profile) {
  const { all, sole, shared, blockers } = fragmentation(profile);
  const denied = blockers.reduce((sum, row) => sum + row.deniedPages, 0);
  check(denied === all.deniedPages, `${name}: ${denied} pages shared out of ${all.deniedPages} denied`);
  console.log(
    `  denied to huge pages: ${all.deniedPages} pages in ${all.blocks} blocks; ` +
      `${sole.deniedPages} by one owner (${sole.blocks}), ${shared.deniedPages} by several (${shared.blocks})`,
  );
  for (const row of blockers.slice(0, 5)) {
    console.log(
      `    ${row.deniedPages} in ${row.blocks} blocks (alone in ${row.soleBlocks}, ${row.movableBlocks} movable) ` +
        `with ${row.pages} pages: ${functionText(profile, profile.stacks.owner[row.stack])}`,
    );
  }
}

function checkGrowth(boot, series) {
  const snapshots = series.map((snapshot) => profiles.get(`${boot}/${snapshot}`));
  const { rows, suspects, delta, times } = growth(snapshots);
  const name = `${boot} ${series.join(' ')}`;
  const seconds = Number(times.at(-1) - times[0]) / 1e9;
  console.log(
    `\n${name}: ${seconds.toFixed(1)} s; lru ${delta.lru}, shrinker ${delta.shrinker}, none ${delta.none} pages`,
  );
  for (const row of suspects.slice(0, 6)) {
    console.log(`  ${describe(snapshots, row)}  score ${row.score.toFixed(0)}`);
  }
  const leaked = series.map((snapshot) => leakedPages(boot, snapshot));
  const ofModule = rows.filter((row) => ownerOf(snapshots, row) === 'leaky_alloc_buffers [leaky]');
  const deltaOfModule = ofModule.reduce((sum, row) => sum + row.delta, 0);
  const expected = leaked.at(-1) - leaked[0];
  check(
    deltaOfModule === expected,
    `${name}: leaky_alloc_buffers grew by ${deltaOfModule}, leaky.txt says ${expected}`,
  );
  check(ownerOf(snapshots, suspects[0]) === 'leaky_alloc_buffers [leaky]', `${name}: the leak is first`);
  check(!rows.some((row) => text_(snapshots, row).includes('tidy')), `${name}: tidy never appears`);
  const pool = rows.find((row) => ownerOf(snapshots, row) === 'pool_refill_buffers [leaky]');
  console.log(`  pool: ${pool?.pages.join(', ')} pages, score ${pool?.score}`);
  if (series.length < 3) return;
  check(!suspects.includes(pool), `${name}: pool is no suspect`);
  for (const row of suspects)
    check(
      ownerOf(snapshots, row) === 'leaky_alloc_buffers [leaky]',
      `${name}: ${describe(snapshots, row)} is a suspect`,
    );
  const next = rows.filter(({ reclaim, delta: grown }) => reclaim === 'none' && grown > 0);
  const scores = next.filter((row) => row.class !== 'growing').sort((a, b) => b.score - a.score);
  console.log(
    `  the highest score of no suspect: ${scores[0].score.toFixed(1)}  ${describe(snapshots, scores[0])}`,
  );
}

function describe(snapshots, row) {
  const frames = ownerTexts(snapshots[row.snapshot], row.stack).slice(0, 3).join(' < ');
  return `${row.pages.join(' -> ')}  ${frames}`;
}

function ownerOf(snapshots, row) {
  const profile = snapshots[row.snapshot];
  return functionText(profile, profile.stacks.owner[row.stack]);
}

function text_(snapshots, row) {
  return ownerTexts(snapshots[row.snapshot], row.stack).join(' ');
}

function leakedPages(boot, snapshot) {
  const path = find(boot, snapshot, 'leaky');
  return path ? Number(/leaked_pages (\d+)/.exec(readFileSync(path, 'utf8'))[1]) : 0;
}

function check(good, sentence) {
  checks++;
  if (good) return;
  failures++;
  console.log(`FAILED ${sentence}`);
}

function find(boot, snapshot, name) {
  const path = join(corpus, boot, snapshot, `${name}.txt`);
  return [path, `${path}.gz`].find(existsSync);
}

function text(boot, snapshot, name) {
  return readFileSync(find(boot, snapshot, name), 'utf8');
}

async function profileOf(path) {
  const input = await openInput(path);
  try {
    return await profileDump(input);
  } finally {
    input.close();
  }
}
