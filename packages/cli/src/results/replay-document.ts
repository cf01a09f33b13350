import type { ReplayReport } from '@page-owner/trace-replay';
import { idText } from '../json.js';
import type { CommonOptions } from '../command-line/options.js';
import { isIncomplete } from './replay-rows.js';
import type { Doings, ReplayRows, Stack } from './replay-rows.js';

/** The document of `replay --report --json`. Times are of the trace's clock. */
export function replayDocument(
  path: string,
  report: ReplayReport,
  rows: ReplayRows,
  warnings: readonly string[],
  { limit, pageSize }: CommonOptions,
): Record<string, unknown> {
  const { firstNs: firstLossNs, ...losses } = report.losses;
  const {
    events,
    live,
    peak,
    unknownFrees,
    superseded,
    supersededBaseline,
    batchedOnly,
    splits,
    moved,
    untold,
    unreadable,
  } = report;
  return {
    input: path,
    trace: report.format,
    clockInSeconds: report.inSeconds,
    pageBytes: pageSize,
    bytes: report.bytes,
    lines: report.lines,
    firstNs: nsText(report.firstNs),
    lastNs: nsText(report.lastNs),
    warnings,
    losses: { ...losses, ...(losses.firstLine > 0 && { firstNs: nsText(firstLossNs) }) },
    // Every count of what happened is then a lower bound.
    eventsMissing: isIncomplete(report),
    events,
    live,
    peak: { ...peak, ns: nsText(peak.ns) },
    unknownFrees,
    superseded,
    supersededBaseline,
    batchedOnly,
    splits,
    moved,
    untoldBlocks: untold,
    unreadableLines: unreadable.lines,
    // What is undefined here is not in the document.
    whole: rows.whole && doings(rows.whole),
    lifetimesUs:
      rows.lifetimes &&
      Object.fromEntries(
        [...rows.lifetimes].flatMap((count, column) => (count ? [[`${2 ** (column + 1)}`, count]] : [])),
      ),
    neverFreedRows: rows.neverFreed.length,
    neverFreed: rows.neverFreed
      .slice(0, limit)
      .map(({ stack, oldestNs, newestNs, oldestCertainNs, tasks, ...counts }) => ({
        ...counts,
        oldestNs: nsText(oldestNs),
        newestNs: nsText(newestNs),
        ...(oldestCertainNs !== undefined && { oldestCertainNs: nsText(oldestCertainNs) }),
        tasks: [...tasks],
        ...stackDocument(stack),
      })),
    stackRows: rows.stacks?.length,
    stacks: rows.stacks
      ?.slice(0, limit)
      .map(({ stack, ...row }) => ({ ...doings(row), ...stackDocument(stack) })),
    taskRows: rows.tasks?.length,
    tasks: rows.tasks
      ?.slice(0, limit)
      .map(({ name, tasks, ...row }) => ({ task: name, tasks, ...doings(row) })),
    failedRows: rows.failed?.length,
    failed: rows.failed?.slice(0, limit).map(({ stack, order, gfp, count, firstNs, lastNs, tasks }) => ({
      count,
      order,
      gfpMask: gfp,
      firstNs: nsText(firstNs),
      lastNs: nsText(lastNs),
      tasks: [...tasks],
      ...stackDocument(stack),
    })),
    fallbackRows: rows.fallbacks?.length,
    fallbacks: rows.fallbacks
      ?.slice(0, limit)
      .map(({ stack, from, to, block, count, pages, firstNs, lastNs, tasks }) => ({
        count,
        pages,
        block,
        from,
        to,
        firstNs: nsText(firstNs),
        lastNs: nsText(lastNs),
        tasks: [...tasks],
        ...stackDocument(stack),
      })),
  };
}

function doings({ lifetimeNs, longestNs, ...counts }: Doings): Record<string, unknown> {
  return { ...counts, lifetimeNs: nsText(lifetimeNs), longestNs: nsText(longestNs) };
}

function stackDocument({ id, frames, owner }: Stack): Record<string, unknown> {
  return { stackId: idText(id), frames, ownerFrame: owner };
}

function nsText(ns: number): string {
  return String(BigInt(Math.round(ns)));
}
