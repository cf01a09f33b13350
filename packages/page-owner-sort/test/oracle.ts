import { encodeText, formatRecord, parseDump } from '@page-owner/dump-format';
import type { PageOwnerRecord } from '@page-owner/dump-format';
import type { CullKey, SortKey } from '../src/keys.js';
import type { SortOptions } from '../src/plan.js';

/*
 * What page_owner_sort has to do, the plain way: an object a record, strings and Maps. Only for small dumps.
 */

export interface OracleGroup {
  times: number;
  pages: number;
  first: Seen;
}

/** A record as the sorter is to see it. */
interface Seen {
  pages: number;
  pid: number;
  tgid: number;
  comm: string;
  ts: bigint;
  freeTs: bigint;
  released: boolean;
  module: string;
  allocator: number;
  line: string;
  stack: string;
}

const PLUMBING = ['post_alloc_hook', 'get_page_from_freelist', '__alloc_pages', '__alloc_pages_noprof'];
const CLASSES = ['CMA', 'SLAB', 'VMALLOC', 'OTHERS'];

function see(record: PageOwnerRecord, keepTimes: boolean): Seen {
  const { pageblockMigratetype, flagNames } = record;
  const rest = withoutPage(record);
  const line = formatRecord({ ...onlyHeader(rest), stack: [] }).slice(0, -1);
  const stack = formatRecord(rest).slice(line.length, -1);
  const function_ = record.stack
    .map((frame) => frame.replace(/\+.*/, ''))
    .find((name) => !PLUMBING.includes(name));
  const isSlab =
    flagNames?.split('|').includes('slab') ||
    record.memcg?.kind === 'slab' ||
    function_ === 'alloc_slab_page';
  const allocator =
    (pageblockMigratetype === 'CMA' ? 2 : 0) |
    (isSlab ? 4 : 0) |
    (function_ === '__vmalloc_node_range_noprof' ? 8 : 0);
  return {
    pages: 2 ** record.order,
    pid: record.pid ?? -1,
    tgid: record.tgid ?? -1,
    comm: record.comm ?? '',
    ts: record.tsNs ?? 0n,
    freeTs: record.freeTsNs ?? 0n,
    released: record.tsNs !== undefined && record.freeTsNs !== undefined && record.freeTsNs > record.tsNs,
    module: record.stack.flatMap((frame) => / \[(\w+)\]$/.exec(frame)?.[1] ?? []).at(0) ?? 'vmlinux',
    allocator: allocator || 16,
    line: keepTimes ? line : line.replace(/, ts \d+ ns((?:, free_ts )?)\d*((?: ns)?)\n$/, ', ts  ns$1$2\n'),
    stack,
  };
}

const PAGE = ['pfn', 'pfnRadix', 'migratetype', 'block', 'pageblockMigratetype', 'flags', 'flagNames'];

/** The PFN line is no part of the text. */
function withoutPage(record: PageOwnerRecord): PageOwnerRecord {
  return Object.fromEntries(
    Object.entries(record).filter(([name]) => !PAGE.includes(name)),
  ) as unknown as PageOwnerRecord;
}

function onlyHeader(record: PageOwnerRecord): Omit<PageOwnerRecord, 'stack'> {
  const { stack: _, memcg: _memcg, migrateReason: _reason, extraLines: _extra, ...header } = record;
  return header;
}

const bytes = (a: string, b: string) => Buffer.compare(encodeText(a), encodeText(b));
const numbers = (a: number | bigint, b: number | bigint) => (a < b ? -1 : a > b ? 1 : 0);
type Compare = (a: OracleGroup, b: OracleGroup) => number;
const byText: Compare = (a, b) => bytes(a.first.line, b.first.line) || bytes(a.first.stack, b.first.stack);

const COMPARE: Record<SortKey | 'free', Compare> = {
  stacktrace: (a, b) => bytes(a.first.stack, b.first.stack),
  pid: (a, b) => numbers(a.first.pid, b.first.pid),
  tgid: (a, b) => numbers(a.first.tgid, b.first.tgid),
  name: (a, b) => bytes(a.first.comm, b.first.comm),
  free: (a, b) => numbers(Number(a.first.released), Number(b.first.released)),
  module: (a, b) => bytes(a.first.module, b.first.module),
  allocator: (a, b) => numbers(a.first.allocator, b.first.allocator),
  txt: byText,
  alloc_ts: (a, b) => numbers(a.first.ts, b.first.ts),
  free_ts: (a, b) => numbers(a.first.freeTs, b.first.freeTs),
  times: (a, b) => numbers(a.times, b.times),
  pages: (a, b) => numbers(a.pages, b.pages),
};
const CULL_ORDER: CullKey[] = ['stacktrace', 'pid', 'tgid', 'name', 'free', 'module', 'allocator'];
const FIELD: Record<CullKey, keyof Seen> = {
  stacktrace: 'stack',
  pid: 'pid',
  tgid: 'tgid',
  name: 'comm',
  free: 'released',
  module: 'module',
  allocator: 'allocator',
};

/** The groups of a dump, in order, and how many records were selected. */
export function oracleGroups(
  dump: Uint8Array,
  options: SortOptions,
): { groups: OracleGroup[]; selected: number } {
  const { cull = [], pids, tgids, names, modules, unreleased = false, top = Infinity } = options;
  const sort = options.sort?.length ? options.sort : [{ key: 'times' as const, descending: true }];
  const keepTimes = sort[0]!.key === 'alloc_ts' || sort[0]!.key === 'free_ts';
  const groups = new Map<string, OracleGroup>();
  let selected = 0;
  for (const record of parseDump(dump).records) {
    const seen = see(record, keepTimes);
    if (pids && !pids.includes(seen.pid)) continue;
    if (tgids && !tgids.includes(seen.tgid)) continue;
    if (names && !names.includes(seen.comm)) continue;
    if (modules && !modules.includes(seen.module)) continue;
    if (unreleased && seen.released) continue;
    selected++;
    const key = JSON.stringify(cull.length ? cull.map((name) => seen[FIELD[name]]) : [seen.line, seen.stack]);
    const group = groups.get(key) ?? { times: 0, pages: 0, first: seen };
    groups.set(key, group);
    group.times++;
    group.pages += seen.pages;
  }
  const compares = sort.map(({ key, descending }): Compare =>
    descending ? (a, b) => COMPARE[key](b, a) : COMPARE[key],
  );
  const rest = cull.length
    ? CULL_ORDER.filter((key) => cull.includes(key)).map((key) => COMPARE[key])
    : [byText];
  const inOrder = [...groups.values()].sort((a, b) => {
    for (const compare of [...compares, ...rest]) {
      const difference = compare(a, b);
      if (difference) return difference;
    }
    return 0;
  });
  return { groups: inOrder.slice(0, top), selected };
}

/** Their text. */
export function oracleText(groups: readonly OracleGroup[], options: SortOptions): string {
  const { cull = [], pids, tgids, names, modules } = options;
  return groups
    .map(({ times, pages, first }) => {
      const allocatedBy = `allocated by ${CLASSES.filter((_, i) => first.allocator & (2 << i))
        .map((name) => `${name} `)
        .join('')}`;
      if (!cull.length)
        return `${times} times, ${pages} pages, ${allocatedBy}:\n${first.line}${first.stack}\n`;
      let text = `${times} times, ${pages} pages`;
      if (cull.includes('pid') || pids) text += `, PID ${first.pid}`;
      if (cull.includes('tgid') || tgids) text += `, TGID ${first.tgid}`;
      if (cull.includes('name') || names) text += `, task_comm_name: ${first.comm}`;
      if (cull.includes('module') || modules) text += `, module: ${first.module}`;
      if (cull.includes('allocator')) text += `, ${allocatedBy}`;
      if (cull.includes('free')) text += first.released ? ' (RELEASED)' : ' (UNRELEASED)';
      if (cull.includes('stacktrace')) text += `:\n${first.stack}`;
      return `${text}\n`;
    })
    .join('');
}
