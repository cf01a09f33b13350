#!/usr/bin/env node
// Holds replays of real traces against the kernel's own page_owner dump of the moment after, and prints the tables of
// docs/replay.md. Exit status 1 when less than 99.9 % agree outside the classes that are explained there.
//
//   npx nx conformance trace-replay CORPUS_DIR          (or PAGE_OWNER_CORPUS=CORPUS_DIR)
//
// CORPUS_DIR holds linux-6.12-d: page_owner-before.txt, trace-stack/, trace-nostack/, trace-stack-overrun/ with trace.txt and
// page_owner.txt, and trace-cmd/ with report-stack.txt, report-nostack.txt and page_owner.txt; each may be .gz.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DumpScanner } from '@page-owner/dump-format';
import { openInput } from '@page-owner/dump-format/node';
import { replay } from '@page-owner/trace-replay';

const corpus = process.argv[2] ?? process.env.PAGE_OWNER_CORPUS;
if (!corpus) {
  console.error(
    'usage: corpus.mjs CORPUS_DIR (or PAGE_OWNER_CORPUS); the folder is described in docs/testing.md',
  );
  process.exit(2);
}
const boot = join(corpus, 'linux-6.12-d');
if (!existsSync(boot)) {
  console.error(`${boot} is not there: the conformance of trace-replay needs the traces of that boot`);
  process.exit(2);
}

const AIM = 0.999;
const MOST_MISSING = 0.001;
/** What ran after the trace, and tasks that were renamed, can explain so much and no more. */
const MOST_EXPLAINED = 0.05;
/** page_owner keeps the allocator's innermost frames, which the tracepoint is called above of. */
const ABOVE_TRACEPOINT = /^(post_alloc_hook|prep_new_page|get_page_from_freelist)$/;
const PAGE_OWNER_DEPTH = 16;
/** trace-cmd 3.1 shows the eight entries that the event's format declares; the first is the tracer's own. */
const TRACE_CMD_DEPTH = 7;
const CUT_BY_TRACE_CMD = 'stack cut by trace-cmd report at eight entries; agrees as far as it goes';

let failures = 0;

const kernelStack = await load(path('trace-stack/page_owner.txt'));
const kernelNostack = await load(path('trace-nostack/page_owner.txt'));
const kernelOverrun = await load(path('trace-stack-overrun/page_owner.txt'));
const kernelTraceCmd = await load(path('trace-cmd/page_owner.txt'));

await agreement('trace, stacks', 'trace-stack/trace.txt', kernelStack);
await agreement('trace, no stacks', 'trace-nostack/trace.txt', kernelNostack);
await agreement('trace-cmd report, stacks', 'trace-cmd/report-stack.txt', kernelTraceCmd);
await agreement('trace-cmd report, no stacks', 'trace-cmd/report-nostack.txt', kernelTraceCmd);
await agreement('trace with overruns', 'trace-stack-overrun/trace.txt', kernelOverrun);
await coverage(
  'trace, stacks',
  'trace-stack/trace.txt',
  'page_owner-before.txt',
  kernelStack,
  'trace-stack/page_owner.txt',
);
await coverage(
  'trace, no stacks',
  'trace-nostack/trace.txt',
  'trace-stack/page_owner.txt',
  kernelNostack,
  'trace-nostack/page_owner.txt',
);
process.exitCode = failures ? 1 : 0;

/** For every pfn whose last event is an allocation: does the kernel say the same? */
async function agreement(name, trace, kernel) {
  const { report, dump } = await played(trace);
  const ours = await load(dump());
  const end = BigInt(report.lastNs);
  const clock = clockOffset(ours, kernel);
  const classes = new Map();
  let tgids = 0;
  for (const [pfn, record] of ours) {
    const theirs = kernel.get(pfn);
    const what = compare(record, theirs, clock, end);
    classes.set(what, (classes.get(what) ?? 0) + 1);
    if ((what === 'agrees' || what === CUT_BY_TRACE_CMD) && theirs.tgid !== record.tgid) tgids++;
  }
  const agreed = classes.get('agrees') ?? 0;
  const explained = [...classes].reduce(
    (sum, [what, n]) => sum + (what === 'agrees' || what === 'UNEXPLAINED' ? 0 : n),
    0,
  );
  const cut = classes.get(CUT_BY_TRACE_CMD) ?? 0;
  const share = (agreed + cut) / (ours.size - explained + cut);
  console.log(
    `\n${name}: ${ours.size} records; ${percent(agreed / ours.size)} agree` +
      `${cut ? `, ${percent((agreed + cut) / ours.size)} as far as their stacks go` : ''}, ${percent(share)} outside explained classes`,
  );
  for (const [what, n] of [...classes].sort((a, z) => z[1] - a[1]))
    console.log(`  ${String(n).padStart(7)}  ${what}`);
  console.log(
    `  ${String(tgids).padStart(7)}  of those that agree have another tgid, which this trace does not record`,
  );
  for (const warning of report.warnings) console.log(`  ${warning}`);
  check(share >= AIM, `${name}: ${percent(share)} agree`);
  check(
    (explained - cut) / ours.size <= MOST_EXPLAINED,
    `${name}: ${percent((explained - cut) / ours.size)} need an explanation`,
  );
  const everything = await load(dump({ doubtful: true }));
  const left = await leftByNaiveCount(trace);
  const same = left.size === everything.size && [...left].every((pfn) => everything.has(pfn));
  check(
    same,
    `${name}: a naive count of the events leaves ${left.size} page frames, the replay ${everything.size}`,
  );
  if (report.live.doubtfulPages === 0) return;
  const doubtful = [...everything].filter(([pfn]) => !ours.has(pfn));
  const stale = doubtful.filter(
    ([pfn, record]) => compare(record, kernel.get(pfn), clock, end) !== 'agrees',
  ).length;
  console.log(
    `  ${doubtful.length} doubtful records, of which ${stale} do not agree: the dump leaves them out by default`,
  );
}

/** The page frames whose last event is an allocation, found with a regular expression. */
async function leftByNaiveCount(trace) {
  const input = await openInput(path(trace));
  const chunk = Buffer.alloc(1 << 20);
  const left = new Set();
  let rest = '';
  for (let count; (count = await input.read(chunk)) > 0;) {
    const lines = (rest + chunk.toString('latin1', 0, count)).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      const [, event, pfn] = /: mm_page_(alloc|free|free_batched): .*pfn=0x([0-9a-f]+)/.exec(line) ?? [];
      if (event === 'alloc') left.add(Number.parseInt(pfn, 16));
      else if (event) left.delete(Number.parseInt(pfn, 16));
    }
  }
  input.close();
  return left;
}

/** What became of a replayed record. */
function compare(ours, theirs, clock, end) {
  if (!theirs) return 'freed between the end of the trace and the dump';
  if (theirs.tsNs + clock > end) return 'given out again between the end of the trace and the dump';
  if (theirs.migrateReason && theirs.tsNs + clock + 1_000_000n < ours.tsNs)
    return 'another page migrated here';
  const same = theirs.gfpMask === ours.gfpMask && theirs.pid === ours.pid;
  if (!same) return 'UNEXPLAINED';
  if (theirs.stack[0]?.startsWith('register_dummy_stack'))
    return "page_owner's own allocation (it records a dummy stack)";
  const stacks = ours.stack.length ? compareStacks(ours.stack, theirs.stack) : 'same';
  if (stacks === 'different') return 'UNEXPLAINED';
  if (theirs.order < ours.order) return 'split without a free';
  if (theirs.order > ours.order) return 'UNEXPLAINED';
  if (theirs.comm !== ours.comm) return 'the task took another name later (execve, prctl)';
  return stacks === 'cut' ? CUT_BY_TRACE_CMD : 'agrees';
}

/** `same`, `different`, or `cut`: ours ends sooner, where trace-cmd stops. */
function compareStacks(ours, theirs) {
  const a = ours.map(functionOf);
  const b = theirs.map(functionOf);
  while (b.length && ABOVE_TRACEPOINT.test(b[0])) b.shift();
  const both = Math.min(a.length, b.length);
  for (let i = 0; i < both; i++) if (a[i] !== b[i]) return 'different';
  if (a.length === b.length) return 'same';
  // The shorter one must have reached its limit.
  if (a.length > b.length) return theirs.length === PAGE_OWNER_DEPTH ? 'same' : 'different';
  return ours.length === TRACE_CMD_DEPTH ? 'cut' : 'different';
}

/** With a baseline: pages of the kernel's dump that the replay lacks, and pages that it has too many. */
async function coverage(name, trace, baseline, kernel, kernelPath) {
  const { report, dump } = await played(trace, baseline);
  const before = await load(path(baseline));
  const records = await load(dump());
  await places(name, records, before, dump, kernelPath);
  const traced = new Map([...records].filter(([pfn, { tsNs }]) => before.get(pfn)?.tsNs !== tsNs));
  const clock = clockOffset(traced, kernel);
  const [first, last] = [BigInt(report.firstNs), BigInt(report.lastNs)];
  const [ours, theirs] = [pagesOf(records), pagesOf(kernel)];
  const classes = new Map();
  let unexplained = 0;
  let lacking = 0;
  let later = 0;
  const add = (what) => classes.set(what, (classes.get(what) ?? 0) + 1);
  for (const [pfn, record] of theirs) {
    if (ours.has(pfn)) continue;
    lacking++;
    if (record.tsNs + clock > last) {
      add('lacks: allocated after the trace ended');
      later++;
    } else if (record.migrateReason)
      add(`lacks: migrated (${record.migrateReason}), of which no event tells`);
    else if (record.stack.some((frame) => /^(cma_alloc|alloc_contig_)/.test(frame)))
      add('lacks: CMA, which has other events');
    else if (record.tsNs + clock < first)
      add('lacks: allocated before the trace began, after the baseline passed by');
    else {
      add('lacks: UNEXPLAINED');
      unexplained++;
    }
  }
  let tooMany = 0;
  for (const [pfn] of ours) if (!theirs.has(pfn)) tooMany++;
  if (tooMany) classes.set('too many: freed between the end of the trace and the dump', tooMany);
  console.log(
    `\n${name}, from ${baseline} on: ${records.size} records, ${ours.size} pages; kernel ${theirs.size} pages`,
  );
  const shares = [
    ['lacking and too many, before anything is explained', lacking + tooMany, theirs.size],
    ['the same, of the pages that were there when the trace ended', lacking - later, theirs.size - later],
    ['not explained, and too many', unexplained + tooMany, theirs.size],
  ];
  for (const [what, n, of] of shares)
    console.log(
      `  ${percent(n / of).padStart(9)}  ${what}${n / of < MOST_MISSING ? '' : ' (above the aim of 0.1 %)'}`,
    );
  for (const [what, n] of classes) console.log(`  ${String(n).padStart(7)}  ${what}`);
  for (const warning of report.warnings) console.log(`  ${warning}`);
  check((unexplained + tooMany) / theirs.size < MOST_MISSING, `${name}, with a baseline`);
}

/** Of the pages that the trace allocated: do node, zone and type of the pageblock agree with the kernel's dump? */
async function places(name, records, before, dump, kernelPath) {
  const ours = await pageLines(dump());
  const theirs = await pageLines(path(kernelPath));
  const counts = new Map();
  const add = (what) => counts.set(what, (counts.get(what) ?? 0) + 1);
  for (const [pfn, { tsNs }] of records) {
    const [line, kernelLine] = [ours.get(pfn), theirs.get(pfn)];
    if (before.get(pfn)?.tsNs === tsNs || !kernelLine) continue;
    const [place, kernelPlace] = [line, kernelLine].map((text) => /node=\d+\|zone=\d+/.exec(text)?.[0]);
    add(
      place === undefined
        ? 'node and zone not told'
        : place === kernelPlace
          ? 'node and zone agree'
          : 'node and zone DIFFER',
    );
    const [type, kernelType] = [line, kernelLine].map((text) => / Block \d+ type (\w+)/.exec(text)?.[1]);
    add(type === kernelType ? 'type of the pageblock agrees' : 'type of the pageblock DIFFERS');
  }
  console.log(`\n${name}: pages allocated in the trace`);
  for (const [what, n] of [...counts].sort()) console.log(`  ${String(n).padStart(7)}  ${what}`);
  for (const what of ['node and zone DIFFER', 'type of the pageblock DIFFERS'])
    check((counts.get(what) ?? 0) / records.size <= 1 - AIM, `${name}: ${what}`);
}

/** The PFN lines of a dump. */
async function pageLines(source) {
  const lines = new Map();
  const scanner = await DumpScanner.create(
    {
      record({ pfn, bytes, start, end }) {
        const line = bytes.indexOf(10, start) + 1;
        lines.set(
          pfn,
          Buffer.from(bytes.subarray(line, Math.min(bytes.indexOf(10, line), end))).toString('latin1'),
        );
      },
    },
    { pages: true },
  );
  await feed(scanner, source);
  return lines;
}

/** The clocks of ftrace and of page_owner do not agree: what has to be added to the latter's, in the median. */
function clockOffset(ours, kernel) {
  const offsets = [];
  for (const [pfn, { pid, gfpMask, order, tsNs }] of ours) {
    const theirs = kernel.get(pfn);
    if (theirs?.pid === pid && theirs.gfpMask === gfpMask && theirs.order === order)
      offsets.push(tsNs - theirs.tsNs);
  }
  offsets.sort((a, z) => (a < z ? -1 : 1));
  return offsets[offsets.length >> 1] ?? 0n;
}

function pagesOf(records) {
  const pages = new Map();
  for (const [pfn, record] of records) for (let i = 0; i < 2 ** record.order; i++) pages.set(pfn + i, record);
  return pages;
}

async function played(trace, baseline) {
  const source = await openInput(path(trace));
  const base = baseline && (await openInput(path(baseline)));
  try {
    return await replay(source, base ? { baseline: base } : {});
  } finally {
    source.close();
    base?.close();
  }
}

/** The records of a dump by page frame number, of each only what is compared. */
async function load(source) {
  const records = new Map();
  const stacks = [];
  const scanner = await DumpScanner.create(
    {
      record(record) {
        const { pfn, stack } = record;
        const { gfpMask, order, pid, tgid, comm } = scanner.header(record.line);
        const tail = (stacks[stack] ??= (({ stack, migrateReason }) => ({ stack, migrateReason }))(
          record.parse(),
        ));
        records.set(pfn, {
          order,
          gfpMask,
          pid,
          tgid,
          comm,
          tsNs: (BigInt(record.tsHigh) << 32n) | BigInt(record.tsLow),
          ...tail,
        });
      },
    },
    { pages: true },
  );
  await feed(scanner, source);
  return records;
}

/** Gives a scanner a file, or chunks of a dump. */
async function feed(scanner, source) {
  if (typeof source !== 'string') for (const bytes of source) scanner.push(bytes);
  else {
    const input = await openInput(source);
    for (let count; (count = await input.read(scanner.space())) > 0;) scanner.filled(count);
    input.close();
  }
  scanner.finish();
}

function path(name) {
  const plain = join(boot, name);
  return existsSync(plain) ? plain : `${plain}.gz`;
}

function functionOf(frame) {
  return frame.replace(/\+0x.*/, '');
}

function percent(share) {
  return `${(100 * share).toFixed(3)} %`;
}

function check(good, sentence) {
  if (good) return;
  failures++;
  console.log(`FAILED ${sentence}`);
}
