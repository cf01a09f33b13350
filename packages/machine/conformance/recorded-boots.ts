/**
 * Writes src/system/generated/recorded-boots.ts: what two real kernels held right after they had booted.
 *
 *   npx nx recorded-boots machine CORPUS_DIR
 *
 * CORPUS_DIR holds BOOT/dmesg.txt and, in BOOT/t0, page_owner.txt.gz, meminfo.txt, vmstat.txt, zoneinfo.txt and ps.txt; of the
 * boots without page_owner dmesg.txt, vmstat.txt and zoneinfo.txt.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseDump, type PageOwnerRecord } from '@page-owner/dump-format';
import { pageUseOf, type PageUse } from '../src/pages/page-use.js';

/** Boots with page_owner=on and without it. */
const BOOTS = {
  '6.12': { on: 'linux-6.12-a', off: 'linux-6.12-b' },
  '6.1': { on: 'linux-6.1-a', off: 'linux-6.1-b' },
} as const;
const OUTPUT = new URL('../src/system/generated/recorded-boots.ts', import.meta.url).pathname;
/** Events that happened to pages which were gone by then, too. */
const EVENTS = ['pgfault', 'pgactivate', 'pgreuse', 'pgpgin', 'pgpgout'];
const CODE_DIGITS = 2;
const RADIX = 36;
const LINE = 110;
const PAGE_KB = 4;
const NS_PER_MS = 1_000_000n;
const PAGE_BYTES = 4096;
const STACK_PAGES = 4;
const SECTION_PAGES = 2 ** 15;
/** Pages of one request that was split have times this close together. */
const SPLIT_NS = 100_000n;

const FRAME = /^(\S+?)\+(0x[0-9a-f]+)\/0x[0-9a-f]+(?: \[(\S+)\])?$/;

/**
 * Frames by function. One that calls the same function from several places has a number for each place but the first, as in
 * `start_kernel#2`.
 */
class Functions {
  readonly #ids = new Map<string, number>();
  readonly #places = new Map<string, string[]>();

  /** Codes of a stack, outermost first. */
  codes(stack: readonly string[]): string[] {
    let callee = '';
    const codes = stack.map((frame) => {
      const [, text = frame, offset = '', module] = FRAME.exec(frame) ?? [];
      const name = module ? `${text}[${module}]` : text;
      const calls = `${name} ${callee}`;
      callee = name;
      const places = this.#places.get(calls) ?? [];
      this.#places.set(calls, places);
      if (!places.includes(offset)) places.push(offset);
      const place = places.indexOf(offset);
      return this.#codeOf(place === 0 ? name : `${name}#${place + 1}`);
    });
    return codes.reverse();
  }

  #codeOf(plain: string): string {
    // Before 6.10 functions had no `_noprof` behind their names; a path is written with it, and loses it on such a kernel.
    const name = this.#ids.has(`${plain}_noprof`) ? `${plain}_noprof` : plain;
    const id = this.#ids.get(name) ?? this.#ids.size;
    this.#ids.set(name, id);
    if (id >= RADIX ** CODE_DIGITS) throw new RangeError(`more than ${RADIX ** CODE_DIGITS} functions`);
    return id.toString(RADIX).padStart(CODE_DIGITS, '0');
  }

  /** Another kernel has its functions elsewhere. */
  forgetPlaces(): void {
    this.#places.clear();
  }

  get names(): string[] {
    return [...this.#ids.keys()];
  }
}

/** A list of texts, each with a number. */
class Numbered {
  readonly all: string[] = [];
  readonly #ids = new Map<string, number>();

  of(text: string): number {
    const id = this.#ids.get(text) ?? this.all.push(text) - 1;
    this.#ids.set(text, id);
    return id;
  }
}

interface Row {
  readonly stack: string;
  readonly rest: readonly number[];
  readonly mark: string;
  blocks: number;
  first: bigint;
  last: bigint;
}

const functions = new Functions();
const [corpus] = process.argv.slice(2);
if (corpus === undefined) {
  console.error('usage: nx recorded-boots machine CORPUS_DIR');
  process.exit(2);
}
const boots = Object.entries(BOOTS).map(
  ([kernel, { on, off }]) => `  '${kernel}': ${recorded(join(corpus, on), join(corpus, off))},`,
);
writeFileSync(
  OUTPUT,
  `/**
 * What real kernels held right after they had booted: 6.12.117 and 6.1.192 with page_owner=on, in virtual machines of 2 GiB with
 * 2 cpus, busybox and a shell script as init. Generated from their dumps by nx recorded-boots machine; population.ts reads it.
 */
import type { BootTable } from '../boot-table.js';

export const FUNCTIONS = \`
${wrapped(functions.names)}
\`;

export const RECORDED_BOOTS: Readonly<Record<'6.1' | '6.12', BootTable>> = {
${boots.join('\n')}
};
`,
);

/** The number behind a name, in a file of a boot. */
function numberIn(boot: string, file: string, row: string): number {
  return Number(new RegExp(`^ *${row}:? +(\\d+)`, 'm').exec(readFileSync(join(boot, file), 'utf8'))![1]);
}

function recorded(boot: string, withoutOwner: string): string {
  functions.forgetPlaces();
  const text = (name: string): string => readFileSync(join(boot, name), 'utf8');
  const number = (file: string, row: string): number => numberIn(boot, file, row);
  const dump = gunzipSync(readFileSync(join(boot, 't0/page_owner.txt.gz')));
  const { records } = parseDump(dump);
  const isEarly = ({ stack }: PageOwnerRecord): boolean => stack[0]!.startsWith('register_early_stack+');
  const isTracker = ({ stack }: PageOwnerRecord): boolean =>
    stack.some((frame) => frame.startsWith('init_page_owner+'));
  // The file that the dump was written to, while it was read.
  const isDump = ({ comm, stack }: PageOwnerRecord): boolean =>
    comm === 'cat' && stack.some((frame) => frame.startsWith('generic_perform_write+'));
  const kept = records.filter((record) => !isEarly(record) && !isTracker(record) && !isDump(record));
  kept.sort((a, b) => (a.tsNs! < b.tsNs! ? -1 : 1));

  const [tasks, masks, flags] = [new Numbered(), new Numbered(), new Numbered()];
  const rows = new Map<string, Row>();
  let mapped = number('t0/meminfo.txt', 'Mapped') / PAGE_KB;
  let anonymous = 0;
  // Every task has a stack, but the first, and the idle tasks of the other cpus, which ps does not list.
  const pids = [...text('t0/ps.txt').matchAll(/^ *(\d+)/gm)].map(([, pid]) => Number(pid));
  const cpus = text('t0/zoneinfo.txt')
    .match(/^Node 0, zone +DMA32\n[^N]*/m)![0]
    .match(/^ +cpu: /gm)!.length;
  const stackPages = kept.filter((record) => useOf(record) === 'kernel stack').length;
  let gone = stackPages - (pids.length + cpus - 1) * STACK_PAGES;
  for (const { record, order, split } of requestsOf(kept)) {
    const { gfpNames = '', pid, tgid, comm, tsNs, flagNames = '', stack, memcg } = record;
    if (tgid !== pid || (memcg && (memcg.kind !== 'charged' || memcg.name !== '/' || memcg.viaObjcg))) {
      throw new RangeError(`a thread or a group of its own: ${JSON.stringify({ comm, memcg })}`);
    }
    const names = flagNames.replace(/\|?node=.*$/, '');
    const use = useOf(record);
    // The pages of busybox, of which all programs are made, are those that were used.
    const isMapped =
      use === 'shmem' && names.startsWith('referenced|') && names.includes('|active') && mapped > 0;
    if (isMapped) mapped--;
    if (use === 'anon') anonymous += 2 ** order;
    // Of programs that have run: the kernel keeps some for the next fork.
    const isGone = use === 'kernel stack' && comm === 'init' && gone > 0;
    if (isGone) gone--;
    const mark = split ? '/' : isMapped ? '!' : isGone ? '~' : '';
    const codes = functions.codes(stack).join('');
    const rest = [order, masks.of(gfpNames), flags.of(names), memcg ? 1 : 0, tasks.of(`${pid} ${comm}`)];
    const key = `${codes} ${rest.join(' ')} ${mark}`;
    const row = rows.get(key);
    if (row === undefined) {
      rows.set(key, {
        ...{ stack: codes, rest, mark },
        ...{ blocks: 1, first: tsNs!, last: tsNs! },
      });
    } else {
      row.blocks++;
      row.last = tsNs!;
    }
  }
  const byStack = new Map<string, Row[]>();
  for (const row of rows.values()) byStack.set(row.stack, [...(byStack.get(row.stack) ?? []), row]);
  let before = '';
  const lines = [...byStack]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([stack, all]) => {
      let shared = 0;
      const most = Math.min(stack.length, before.length) / CODE_DIGITS;
      while (shared < most && stack.startsWith(before.slice(0, CODE_DIGITS * (shared + 1)))) shared++;
      before = stack;
      const codes = shared.toString(RADIX) + stack.slice(CODE_DIGITS * shared);
      return `${codes}=${all.map(rowText).join(',')}`;
    });
  const committed = (number('t0/meminfo.txt', 'Committed_AS') - number('t0/meminfo.txt', 'Shmem')) / PAGE_KB;
  const policy = kept.find(({ stack }) => stack.some((frame) => frame.startsWith('numa_policy_init+')));
  return `{
    untouchedPages: ${committed - anonymous},
    lastPid: ${Math.max(...pids)},
    pagesetsMs: ${policy ? policy.tsNs! / NS_PER_MS : 0},
    past: {
      on: ${pastOf(boot)},
      off: ${pastOf(withoutOwner)},
    },
    tasks: ${listed(tasks.all)},
    masks: ${listed(masks.all)},
    flags: ${listed(flags.all)},
    allocations: \`
${wrapped(lines)}
\`,
  }`;
}

/** As Prettier writes a long array. */
function listed(texts: readonly string[]): string {
  return `[\n${texts.map((text) => `      '${text}',\n`).join('')}    ]`;
}

function useOf({ stack, flagNames = '' }: PageOwnerRecord): PageUse | undefined {
  const functions = stack.map((frame) => frame.split('+')[0]!);
  return pageUseOf(functions, flagNames.replace(/\|?node=.*$/, '').split('|'));
}

interface Request {
  /** Its first page. */
  readonly record: PageOwnerRecord;
  readonly order: number;
  readonly split: boolean;
}

/** alloc_pages_exact() asks for a block, which it splits into single pages: these are in the dump. */
function requestsOf(records: readonly PageOwnerRecord[]): Request[] {
  const requests: Request[] = [];
  const parts: PageOwnerRecord[] = [];
  for (const record of records) {
    const { order, stack } = record;
    if (stack.some((frame) => frame.startsWith('alloc_pages_exact'))) parts.push(record);
    else requests.push({ record, order, split: false });
  }
  parts.sort((a, b) => a.pfn! - b.pfn!);
  for (let at = 0; at < parts.length;) {
    const record = parts[at]!;
    let end = at + 1;
    while (end < parts.length && isNext(parts[end - 1]!, parts[end]!)) end++;
    const order = Math.log2(end - at);
    if (!Number.isInteger(order))
      throw new RangeError(`${end - at} pages at frame ${record.pfn} of one request`);
    requests.push({ record, order, split: true });
    at = end;
  }
  return requests.sort((a, b) => (a.record.tsNs! < b.record.tsNs! ? -1 : 1));
}

function isNext(one: PageOwnerRecord, next: PageOwnerRecord): boolean {
  const ns = next.tsNs! - one.tsNs!;
  return (
    next.pfn === one.pfn! + 1 && next.stack.join() === one.stack.join() && ns < SPLIT_NS && ns > -SPLIT_NS
  );
}

/**
 * What had happened by then to pages which were gone: what was freed beyond what the boot gave to the allocator, and all events. Of
 * the requests those for page_ext's tables are left out, which depend on the memory; in 6.12 they came too early to be counted.
 */
function pastOf(boot: string): string {
  const vmstat = (name: string): number => numberIn(boot, 't0/vmstat.txt', name);
  const zoneinfo = readFileSync(join(boot, 't0/zoneinfo.txt'), 'utf8');
  const dmesg = readFileSync(join(boot, 'dmesg.txt'), 'utf8');
  const sumOf = (row: string): number =>
    [...zoneinfo.matchAll(new RegExp(`^ +${row} +(\\d+)$`, 'gm'))].reduce((sum, [, n]) => sum + Number(n), 0);
  const tables = Number(/allocated (\d+) bytes of page_ext/.exec(dmesg)?.[1] ?? 0) / PAGE_BYTES;
  const sections = tables && Math.ceil(sumOf('spanned') / SECTION_PAGES);
  const perSection = sections && tables / sections;
  // Each is asked for as a block of a whole order, of which the rest is freed.
  const givenBack = sections && (2 ** Math.ceil(Math.log2(perSection)) - perSection) * sections;
  const isCounted = dmesg.indexOf('bytes of page_ext') > dmesg.indexOf('Memory: ');
  const values = {
    pages: vmstat('pgfree') - sumOf('managed') - givenBack,
    requests: vmstat('numa_hit') - (isCounted ? sections : 0),
    interleaved: vmstat('numa_interleave'),
  };
  const events = EVENTS.map((name) => `${name}: ${vmstat(name)}`).join(', ');
  const lines = [
    ...Object.entries(values).map(([name, value]) => `${name}: ${value}`),
    `events: { ${events} }`,
  ];
  return `{\n${lines.map((line) => `        ${line},\n`).join('')}      }`;
}

/** How many blocks, what they are like, and when: the first, and if it is another the last. */
function rowText({ blocks, rest, first, last, mark }: Row): string {
  const start = first / NS_PER_MS;
  const span = last / NS_PER_MS - start;
  const numbers = [blocks, ...rest, start, ...(span > 0 || mark ? [span] : [])];
  return numbers.map((n) => n.toString(RADIX)).join('.') + mark;
}

/** Words in lines of even length. */
function wrapped(words: readonly string[]): string {
  const lines: string[] = [''];
  for (const word of words) {
    const line = lines.at(-1)!;
    if (line.length + word.length < LINE) lines[lines.length - 1] = line + (line && ' ') + word;
    else lines.push(word);
  }
  return lines.join('\n').trim();
}
