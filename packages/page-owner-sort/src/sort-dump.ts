import { feed, type ByteSource, type ScanReport } from '@page-owner/dump-format';
import { createCompatReader } from './compat/reader.js';
import type { MemoryLimits } from './collector.js';
import { createDumpReader } from './dump-reader.js';
import type { Reader, ReaderOptions } from './dump-reader.js';
import { formatGroups, groupParts } from './format-groups.js';
import type { Group } from './group.js';
import { inOutputOrder } from './output-order.js';
import { makePlan } from './plan.js';
import type { Plan, SortOptions } from './plan.js';
import { MemoryStore } from './run.js';
import type { RunSource, RunStore } from './run.js';

/** As of a sort, and what it may use. */
export interface SortDumpOptions extends SortOptions {
  /** Where groups go that do not fit in memory; memory when it is absent. */
  readonly store?: RunStore | undefined;
  /** When they go there. */
  readonly limits?: MemoryLimits | undefined;
}

/** A sorted dump. Its groups can be read once, by `groups` or by `text`; reading them to the end closes it. */
export interface SortedDump {
  /** What was read, and what was passed over. */
  readonly report: ScanReport;
  /** Records that were selected. */
  readonly selected: number;
  /** The groups in order. Their fields are bytes from the dump: escape them before they reach a terminal or a page. */
  groups(): Generator<Group>;
  /** The text that page_owner_sort writes, in chunks. */
  text(): Generator<Uint8Array>;
  /** The part of that text that is the group's, in pieces. */
  textOf(group: Group): Iterable<Uint8Array>;
  /** Gives back what the groups take, temporary files too, when they are not to be read. */
  close(): void;
}

/**
 * Groups and sorts the records of a dump.
 *
 * @throws RangeError when an option is out of range
 */
export async function sortDump(source: ByteSource, options: SortDumpOptions = {}): Promise<SortedDump> {
  const { store = new MemoryStore(), limits } = options;
  const plan = makePlan(options);
  const reader = await createReader({ plan, store, ...(limits && { limits }) });
  await feed(reader, source);
  const { runs, report, selected } = reader.finish();
  return sortedDump(plan, runs, store, report, selected);
}

/** The reader that a plan asks for. `inputBytes` is the size of the input where it is known. */
export function createReader(options: ReaderOptions & { readonly inputBytes?: number }): Promise<Reader> {
  return options.plan.compat ? createCompatReader(options) : createDumpReader(options);
}

export function sortedDump(
  plan: Plan,
  runs: readonly RunSource[],
  store: RunStore,
  report: ScanReport,
  selected: number,
): SortedDump {
  let isRead = false;
  const groups = () => {
    if (isRead) throw new Error('the groups of a sorted dump can be read once');
    isRead = true;
    return inOutputOrder(plan, runs, store);
  };
  const close = () => {
    isRead = true;
    for (const run of runs) run.close();
  };
  return {
    report,
    selected,
    groups,
    text: () => formatGroups(groups(), plan),
    textOf: (group) => groupParts(group, plan),
    close,
  };
}
