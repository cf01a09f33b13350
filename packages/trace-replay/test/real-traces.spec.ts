import { describe, expect, test } from '@jest/globals';
import { parseDump, variantOf } from '@page-owner/dump-format';
import { replay } from '@page-owner/trace-replay';
import { readBytes, recordsOf } from './fixtures.js';

const functionOf = (frame: string) => frame.replace(/\+0x.*/, '');

describe('tracefs, stacks', () => {
  test('every record is one of Linux 6.7 and later, and the leak is on the list', async () => {
    const played = await replay(await readBytes('tracefs-stacks'));
    const { report } = played;
    expect(report).toMatchObject({
      format: 'tracefs',
      lines: 60000,
      events: {
        allocations: 1311,
        frees: 1304,
        batchedFrees: 1142,
        stacks: 3946,
        strayStacks: 0,
        fallbacks: 0,
      },
      superseded: { events: 0 },
      batchedOnly: { events: 0 },
      warnings: [],
    });
    const records = recordsOf(played);
    expect(records).toHaveLength(report.live.records);
    expect(new Set(records.map(variantOf))).toEqual(new Set(['V7']));
    expect(records.every(({ stack }) => stack.length > 0 && !stack[0]?.startsWith('trace_event'))).toBe(true);
    const listed = report.neverFreed.reduce((sum, { pages }) => sum + pages, 0);
    expect(listed).toBe(report.live.pages);
    // The records are those of the dump, one by one and as often as asked.
    expect([...played.records()]).toEqual(records);
    expect([...played.records()]).toHaveLength(records.length);
    for (const { stack, tasks } of report.neverFreed) {
      const frames = report.frames(stack);
      const own = records.filter((record) => record.stack.join() === frames.join());
      const pages = (name: string) => own.filter(({ comm }) => comm === name).length;
      const names = tasks.map((task) => report.task(task).comm);
      expect(new Set(names)).toEqual(new Set(own.map(({ comm }) => comm)));
      expect(names.map(pages)).toEqual(names.map(pages).sort((a, z) => z - a));
    }
  });
});

test('tracefs, no stacks', async () => {
  const { report } = await replay(await readBytes('tracefs-events'));
  expect(report.warnings).toEqual([expect.stringMatching(/^the trace has no stacks/)]);
  expect(report.events).toMatchObject({ stacks: 0, others: [] });
});

test('tracefs with overruns: what may be stale is not told as a fact', async () => {
  const played = await replay(await readBytes('tracefs-overrun'));
  const { losses, live } = played.report;
  expect(losses).toMatchObject({ beforeTrace: 29864, lateCpus: 1 });
  expect(live.doubtfulRecords).toBeGreaterThan(0);
  const certain = recordsOf(played);
  expect(certain).toHaveLength(live.records - live.doubtfulRecords);
  expect(recordsOf(played, { doubtful: true })).toHaveLength(live.records);
});

test('trace-cmd report: what the kernel itself wrote down later', async () => {
  const played = await replay(await readBytes('trace-cmd-stacks'));
  expect(played.report).toMatchObject({
    format: 'trace-cmd',
    events: { allocations: 1646, stacks: 3247 },
    warnings: [],
  });
  const kernel = new Map(
    parseDump(await readBytes('trace-cmd-page_owner')).records.map((record) => [record.pfn, record]),
  );
  const records = recordsOf(played);
  let absent = 0;
  for (const record of records) {
    const theirs = kernel.get(record.pfn);
    if (!theirs) {
      absent++;
      continue;
    }
    const { order, gfpMask, gfpNames, pid, comm } = theirs;
    expect(record).toMatchObject({ order, gfpMask, gfpNames, pid, comm });
    const frames = theirs.stack.map(functionOf).filter((name) => name !== 'get_page_from_freelist');
    expect(record.stack).toEqual(frames.slice(0, record.stack.length));
    // trace-cmd 3.1 prints eight frames, of which the first is the tracer's.
    expect(record.stack.length).toBe(Math.min(frames.length, 7));
  }
  expect([records.length, absent]).toEqual([588, 9]);
});

test('perf script', async () => {
  const played = await replay(await readBytes('perf-stacks'), { kernel: '6.18' });
  const { report } = played;
  expect(report).toMatchObject({ format: 'perf', unreadable: { lines: 0 }, events: { strayStacks: 0 } });
  const events = report.events.allocations + report.events.frees + report.events.batchedFrees;
  expect(events).toBe(180);
  expect(recordsOf(played).every(({ stack }) => stack[0] === '__alloc_frozen_pages_noprof+0x26b')).toBe(true);
  expect(new Set(recordsOf(played).map(({ comm }) => comm))).toEqual(new Set(['sh', 'cat']));
});
