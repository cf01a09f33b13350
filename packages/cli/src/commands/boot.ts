import type { Command } from 'commander';
import { dirname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { bootMachine, reenact, startWorkload, WORKLOADS } from '@page-owner/machine';
import type { Job, Machine, TraceOptions, WorkloadName } from '@page-owner/machine';
import { bootSystem, hasRoomForSystem } from '@page-owner/machine/system';
import { printable } from '@page-owner/page-owner-sort';
import { checkOutput } from '@page-owner/page-owner-sort/node';
import { latestTime } from '@page-owner/profile';
import { counted } from '../screen/count.js';
import { endedBySignals } from '../ended-by-signals.js';
import { addExamples } from '../command-line/help.js';
import { makeDirectory } from '../writing/make-directory.js';
import {
  addFilterOptions,
  addLimitOption,
  addRedactOptions,
  asksForAges,
  hasFilters,
  selectionOf,
  spanOf,
} from '../command-line/options.js';
import type { FilterOptions, RedactOptions } from '../command-line/options.js';
import { redactionOf } from '../rewriting/redaction-of.js';
import { RecordSieve, sieved } from '../reading/record-sieve.js';
import type { Run } from '../run.js';
import { offer } from '../command-line/shell-completion.js';
import type { Subcommand } from '../command-line/subcommand.js';
import { bytesOf } from '../reading/text-file.js';
import { UsageError } from '../usage-error.js';
import { writeFiles } from '../writing/write-files.js';
import type { FileContent } from '../writing/write-files.js';

const PAGE_OWNER = '/sys/kernel/debug/page_owner';
const NAMES = Object.keys(WORKLOADS) as WorkloadName[];
const MOST_SNAPSHOTS = 1000;
const MOST_SCALE = 1000;

const NS_PER_SECOND = 1e9;
/** After so much of the machine's time signals have a turn. */
const TURN_NS = 0.1 * NS_PER_SECOND;

interface BootOptions extends FilterOptions, RedactOptions {
  readonly memory: string;
  readonly cmdline: string;
  readonly kernel: string;
  readonly cpus: number;
  readonly seed: number;
  readonly bare?: boolean;
  readonly image?: boolean;
  readonly run?: readonly WorkloadName[];
  readonly seconds: number;
  readonly scale: number;
  readonly snapshots: number;
  readonly trace?: string;
  readonly pageRef?: boolean;
  readonly traceFrom?: number;
  readonly reenact?: string;
  readonly dmesg?: string;
  readonly zoneinfo?: string;
  readonly cat?: readonly string[];
  readonly output?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  /** Records of page_owner; Infinity: all. */
  readonly limit: number;
}

/** What a re-enactment takes from the real boot. */
const OF_THE_BOOT = ['memory', 'cmdline', 'kernel', 'cpus', 'seed', 'bare', 'image', 'trace'];

export const boot: Subcommand = (program, run) => {
  const command = program
    .command('boot')
    .description('a computer in memory whose every page has an owner: its log, its files, work to run on it')
    .option('--memory <map>', '2G; 1G+1G for two nodes; addresses 0x1000-0x9efff,0x100000-0x7ffd9fff', '2G')
    .option('--cmdline <text>', 'the kernel command line: page_owner=on', '')
    .option('--kernel <release>', 'as which Linux, from 3.19 on: 6.1, 6.12, newest', '6.12')
    .option('--cpus <n>', 'how many cpus', whole('--cpus', 1, 4096), 1)
    .option('--seed <n>', 'of clock and workloads: the same seed, the same dump', whole('--seed', 0), 1)
    .option('--bare', 'no kernel image and no booted system: only page_owner takes memory')
    .option('--image', 'with --bare: the kernel image takes its memory all the same')
    .option('--run <workloads>', `beside each other: ${NAMES.join(', ')}`, workloads)
    .option('--seconds <n>', 'how long they run, by the clock of the machine', positive('--seconds'), 10)
    .option('--scale <n>', 'how much of everything they do', positive('--scale', MOST_SCALE), 1)
    .option(
      '--snapshots <n>',
      'dumps in equal distances while they run, DIR/page_owner-1.txt to -n',
      whole('--snapshots', 1, MOST_SNAPSHOTS),
      1,
    )
    .option('--trace <file>', 'also write the kmem events, with stacks, from the first one on')
    .option('--page-ref', 'with --trace: events of page_ref as well, for flags and moves of pages')
    .option(
      '--trace-from <n>',
      'with --trace: from snapshot n, the --baseline of a replay, to the last',
      whole('--trace-from', 1, MOST_SNAPSHOTS),
    )
    .option('--reenact <dump>', 'do what a real dump records, on a machine like that of --dmesg')
    .option('--dmesg <file>', 'the log of the boot that the dump is from')
    .option('--zoneinfo <file>', 'its /proc/zoneinfo, at any time')
    .option('--cat <path>', "print this file of the machine's, not its log; may be given again", collect)
    .option('-o, --output <dir>', "write the log and all of the machine's files there")
    .option('--json', 'one JSON document in place of the log')
    .option('-q, --quiet', 'do not print the log');
  addLimitOption(command, Infinity, 'records of page_owner to give out');
  addFilterOptions(addRedactOptions(command));
  offer(command, '--run', NAMES);
  addExamples(command, [
    ['page-owner boot --memory 2G --cmdline "page_owner=on"', 'the boot log'],
    [
      'page-owner boot --cmdline page_owner=on --run leak --snapshots 3 -o machine',
      'a leak, to be found by page-owner diff machine/page_owner-{1,2,3}.txt',
    ],
    ['page-owner boot --run fragmenter --cat /proc/pagetypeinfo', 'what fragmentation looks like'],
  ]);
  command.addHelpText(
    'after',
    () => `
The machine holds what a real one holds after its boot: kernel image, slabs,
page tables, stacks, page cache, first programs, some 4000 pages from hundreds
of stacks. They are those of Linux 6.12.117, before 6.8 of 6.1.192, on a virtual
machine of 2 GiB with 2 cpus, whatever --kernel and --cpus say; hash tables grow
with --memory. With less than 64M there is no room for them, and the machine is
bare.

Filters, --limit and --redact are for the records of page_owner, wherever they
are given out: by --cat page_owner, below -o DIR, in snapshots, and as the
counts of --json. Other files are as they are.

Workloads:
${NAMES.map((name) => workloadLine(command, name)).join('')}`,
  );
  command.action(async (options: BootOptions) => {
    checkOptions(options, (name) => command.getOptionValueSource(name) === 'cli');
    redactionOf(run, options);
    if (options.trace !== undefined) checkOutput(options.trace);
    const { machine, misplaced } =
      options.reenact === undefined
        ? { machine: endedBySignals(() => bootWith(options)), misplaced: 0 }
        : await reenactWith(run, options, options.reenact);
    const paths = options.cat?.map((path) => pathOf(machine, path));
    if (options.output !== undefined) makeDirectory(options.output);
    tellIdleChoice(run, machine, paths, options);
    const snapshots = await work(run, machine, options);
    if (options.trace !== undefined) writeFiles([{ path: options.trace, pieces: [machine.trace!.text] }]);
    if (options.output !== undefined) await writeTree(run, machine, options.output, options);
    if (misplaced > 0)
      run.warn(
        `${counted(misplaced, 'record')} of ${options.reenact} did not find ${misplaced === 1 ? 'its frame' : 'their frames'} free`,
      );
    if (options.json) run.json('boot', await document(run, machine, options, snapshots));
    else if (paths)
      for (const path of paths)
        writeFiles([{ path: '-', pieces: await contentOf(run, machine, path, options) }]);
    else if (!options.quiet) run.printAsIs(machine.log.split('\n').map(printable).join('\n'));
  });
};

function workloadLine(command: Command, name: WorkloadName): string {
  const help = command.createHelp();
  return `${help.formatItem(name, 10, WORKLOADS[name].summary, help)}\n`;
}

/** Options that contradict each other. @throws UsageError */
function checkOptions(options: BootOptions, isGiven: (name: string) => boolean): void {
  const { reenact, dmesg, output, snapshots, run, cat, json, redact, trace, bare, image } = options;
  const { pageRef, traceFrom } = options;
  if (reenact !== undefined) {
    if (dmesg === undefined) throw new UsageError('--reenact needs --dmesg, the log of that boot');
    const given = OF_THE_BOOT.find(isGiven);
    if (given) throw new UsageError(`--${given} is what --reenact takes from the real boot`);
  } else if (dmesg !== undefined || options.zoneinfo !== undefined)
    throw new UsageError('--dmesg and --zoneinfo are for --reenact');
  if (image && !bare) throw new UsageError('--image is for --bare; a booted system has an image');
  if (snapshots > 1 && (output === undefined || !run))
    throw new UsageError('--snapshots needs --run, and --output for the dumps');
  if (pageRef && trace === undefined) throw new UsageError('--page-ref is for --trace');
  if (traceFrom !== undefined && trace === undefined) throw new UsageError('--trace-from is for --trace');
  if (traceFrom !== undefined && traceFrom >= snapshots)
    throw new UsageError(
      `--trace-from names a snapshot before the last; ${traceFrom} is none of --snapshots ${snapshots}`,
    );
  if (redact && trace !== undefined)
    throw new UsageError('--redact is for page_owner; a trace keeps the names of tasks');
  if (json && cat) throw new UsageError('--json and --cat both go to standard output');
}

/** Reported as what they are: wrong words on the command line. */
function asUsage<T>(boot: () => T): T {
  try {
    return boot();
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
}

const traceOptions = ({ pageRef = false }: BootOptions): TraceOptions => ({
  ...{ stacks: true, symOffset: true, recordTgid: true, pageRef },
});

function bootWith(given: BootOptions): Machine {
  const { memory, cmdline, kernel, cpus, seed, bare, image, trace, traceFrom } = given;
  const options = {
    ...{ memory, cmdline, kernel, cpus, seed },
    // Microseconds, as a trace has no more: a replay then tells the same times.
    ...(trace !== undefined && { clockResolution: 1000 }),
    ...(trace !== undefined && traceFrom === undefined && { trace: traceOptions(given) }),
  };
  const bootBare = (): Machine => asUsage(() => bootMachine({ ...options, image: image === true }));
  if (bare || !asUsage(() => hasRoomForSystem(options))) return bootBare();
  try {
    return bootSystem(options);
  } catch (error) {
    // Is it the system that is in the way, or something else?
    bootBare();
    throw new UsageError(`${(error as Error).message}; --bare boots without a system`);
  }
}

async function reenactWith(
  run: Run,
  { dmesg, zoneinfo }: BootOptions,
  dump: string,
): Promise<{ machine: Machine; misplaced: number }> {
  const textOf = async (path: string) => Buffer.from(await bytesOf(run, path)).toString('utf8');
  const texts = {
    dmesg: await textOf(dmesg!),
    ...(zoneinfo !== undefined && { zoneinfo: await textOf(zoneinfo) }),
  };
  const bytes = await bytesOf(run, dump);
  try {
    const { machine, misplaced } = endedBySignals(() => reenact(bytes, texts));
    return { machine, misplaced: misplaced.length };
  } catch (error) {
    throw new Error(`${dump} on the machine of ${dmesg}: ${(error as Error).message}`, { cause: error });
  }
}

/** A file of the machine's by its path, or the end of it. @throws Error that names those it has */
function pathOf({ files, cmdline }: Machine, path: string): string {
  const found = files.readable.filter((known) => known === path || known.endsWith(`/${path}`));
  if (found.length === 1) return found[0]!;
  const hint =
    PAGE_OWNER.endsWith(path) && cmdline.value('page_owner') === undefined
      ? '; it is there with --cmdline page_owner=on'
      : `; it has ${files.readable.join(' ')}`;
  throw new Error(`the machine has no file ${path}${hint}`);
}

/** Whether something is asked for that concerns the records of page_owner only. */
function isChoosy(options: BootOptions): boolean {
  const { limit, redact } = options;
  return limit !== Infinity || redact === true || hasFilters(options);
}

/** Says when there is nothing to choose from. */
function tellIdleChoice(
  run: Run,
  { files }: Machine,
  paths: readonly string[] | undefined,
  options: BootOptions,
): void {
  if (!isChoosy(options)) return;
  const what = 'filters, --limit and --redact are for the records of page_owner';
  if (!files.paths.includes(PAGE_OWNER))
    run.warn(`${what}, which the machine has with --cmdline page_owner=on`);
  else if (options.output === undefined && !options.json && !paths?.includes(PAGE_OWNER))
    run.warn(`${what}, and none is given out; --cat page_owner, -o DIR and --json do`);
}

/** What chooses among the records of page_owner as it is now. */
async function sieveOf(run: Run, machine: Machine, options: BootOptions): Promise<RecordSieve> {
  const now = asksForAges(options) ? await latestTime(machine.files.pieces(PAGE_OWNER)) : undefined;
  const select = { ...selectionOf(options), ...spanOf(options, now) };
  return RecordSieve.create({ select, redact: redactionOf(run, options), limit: options.limit });
}

/** The bytes of a file; of page_owner those of the records that are asked for. */
async function contentOf(
  run: Run,
  machine: Machine,
  path: string,
  options: BootOptions,
): Promise<Iterable<Uint8Array>> {
  const pieces = machine.files.pieces(path);
  if (path !== PAGE_OWNER || !isChoosy(options)) return pieces;
  const sieve = await sieveOf(run, machine, options);
  return (function* () {
    yield* sieved(pieces, sieve);
    const { records } = sieve.report;
    if (!sieve.records) run.warn(`${path}: none of ${counted(records, 'record')} is selected`);
  })();
}

/** Runs the workloads; returns the snapshots that it wrote. */
async function work(run: Run, machine: Machine, options: BootOptions): Promise<string[]> {
  const { run: workloads, seconds, scale, snapshots, output } = options;
  if (!workloads) return [];
  const written: string[] = [];
  const job = startWorkload(machine, workloads, { scale });
  for (let n = 1; n <= snapshots; n++) {
    await runJob(run, machine, job, seconds / snapshots);
    if (snapshots === 1) break;
    const path = join(output!, `page_owner-${n}.txt`);
    writeFiles([{ path, pieces: await contentOf(run, machine, pathOf(machine, PAGE_OWNER), options) }]);
    written.push(path);
    if (n === options.traceFrom) machine.startTrace(traceOptions(options));
  }
  // What ends with the workloads is behind the last snapshot.
  if (options.traceFrom !== undefined) machine.trace!.stop();
  job.stop();
  return written;
}

/** Runs for so many seconds of the machine's clock, unless it is interrupted. */
async function runJob({ signal }: Run, { clock }: Machine, job: Job, seconds: number): Promise<void> {
  const end = Math.floor(clock.ns + seconds * NS_PER_SECOND);
  while (clock.ns < end && job.runUntil(Math.min(clock.ns + TURN_NS, end))) {
    await nextTurn();
    signal.throwIfAborted();
  }
}

/** The log, and every file that can be read at its path below the directory. */
async function writeTree(run: Run, machine: Machine, directory: string, options: BootOptions): Promise<void> {
  const contents: FileContent[] = [];
  for (const path of machine.files.readable)
    contents.push({ path: join(directory, path), pieces: await contentOf(run, machine, path, options) });
  for (const { path } of contents) makeDirectory(dirname(path));
  writeFiles([...contents, { path: join(directory, 'dmesg.txt'), pieces: [machine.log] }]);
}

/** How many records of page_owner there are, and how many of them are asked for. */
async function ownedDocument(
  run: Run,
  machine: Machine,
  options: BootOptions,
): Promise<Record<string, unknown>> {
  if (!machine.files.paths.includes(PAGE_OWNER)) return {};
  const sieve = await sieveOf(run, machine, options);
  for (const _ of sieved(machine.files.pieces(PAGE_OWNER), sieve));
  const { records, pages, report } = sieve;
  return { pageOwner: { recordsRead: report.records, records, pages } };
}

async function document(run: Run, machine: Machine, options: BootOptions, snapshots: readonly string[]) {
  const { allocator, kernel, cmdline, cpus, ext, files, log, clock } = machine;
  const { tables, tableBytes } = ext.memoryUsage();
  return {
    kernel: kernel.release,
    cmdline: cmdline.text,
    cpus,
    seed: options.seed,
    timeNs: BigInt(Math.floor(clock.ns)),
    workloads: options.run ?? [],
    pageExt: { tables, bytes: tableBytes },
    zones: allocator.zones().map(({ node, zone, startPfn, spanned, present, managed, free }) => {
      return { node, zone, startPfn, spanned, present, managed, free };
    }),
    files: files.readable,
    ...(await ownedDocument(run, machine, options)),
    snapshots,
    log: log.split('\n').filter(Boolean),
  };
}

const collect = (value: string, before: string[] = []): string[] => [...before, value];

function workloads(text: string, before: WorkloadName[] = []): WorkloadName[] {
  return before.concat(
    text.split(',').map((name) => {
      const known = NAMES.find((workload) => workload === name.trim());
      if (known) return known;
      throw new UsageError(`--run: unknown workload ${JSON.stringify(name)}; known: ${NAMES.join(' ')}`);
    }),
  );
}

function whole(option: string, least: number, most = 2 ** 31 - 1) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new UsageError(`${option}: ${JSON.stringify(text)} is no whole number from ${least} to ${most}`);
  };
}

function positive(option: string, most = Number.MAX_VALUE) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() && value > 0 && value <= most) return value;
    const limit = most === Number.MAX_VALUE ? '' : ` up to ${most}`;
    throw new UsageError(`${option}: ${JSON.stringify(text)} is no number above 0${limit}`);
  };
}
