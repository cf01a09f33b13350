import { expect, test } from '@jest/globals';
import { encodeText } from '@page-owner/dump-format';
import { replay } from '@page-owner/trace-replay';
import fc from 'fast-check';
import { recordsOf } from './fixtures.js';
import { timeOf, writeTrace } from './write-trace.js';
import type { Step, Style } from './write-trace.js';

const PAGES = 64;

interface Owner {
  readonly step: Step;
  readonly at: number;
  order: number;
}

/** The brute force: who owns each page, and how large the record is that the page belongs to. */
class Pages {
  readonly owners = new Map<number, Owner>();

  play(step: Step, at: number): void {
    const { kind, pfn, order } = step;
    if (kind === 'batched') return;
    const first = pfn;
    const last = pfn + 2 ** order - 1;
    if (kind === 'alloc') {
      for (let page = first; page <= last; page++) this.#forget(page);
      for (let page = first; page <= last; page++) this.owners.set(page, { step, at, order });
      return;
    }
    for (let page = first; page <= last; page++) {
      const owner = this.owners.get(page);
      if (!owner) continue;
      // A piece is freed: every page of the whole is now in a record of that size.
      if (owner.order > order) for (const each of this.#record(page)) this.owners.get(each)!.order = order;
    }
    for (let page = first; page <= last; page++) this.owners.delete(page);
  }

  records(): { pfn: number; owner: Owner }[] {
    return [...this.owners]
      .filter(([page, { order }]) => page % 2 ** order === 0)
      .map(([pfn, owner]) => ({ pfn, owner }))
      .sort((a, z) => a.pfn - z.pfn);
  }

  /** The pages of the record that holds `page`. */
  #record(page: number): number[] {
    const { order } = this.owners.get(page)!;
    const head = page - (page % 2 ** order);
    return Array.from({ length: 2 ** order }, (_, i) => head + i).filter((each) => this.owners.has(each));
  }

  #forget(page: number): void {
    if (!this.owners.has(page)) return;
    for (const each of this.#record(page)) this.owners.delete(each);
  }
}

const COMMS = ['init', 'a-1 [0] 1.2: b', 'Web Content', '[x]-7 (9)', 'ümlaut', '=> f', 'kworker/u8:1-ev'];
const steps = fc.array(
  fc.record({
    kind: fc.constantFrom('alloc', 'alloc', 'free', 'free', 'batched' as const) as fc.Arbitrary<Step['kind']>,
    cpu: fc.integer({ min: 0, max: 1 }),
    task: fc.integer({ min: 0, max: COMMS.length - 1 }),
    place: fc.integer({ min: 1, max: PAGES - 1 }),
    order: fc.integer({ min: 0, max: 4 }),
    gfp: fc.constantFrom('GFP_KERNEL', 'GFP_KERNEL|__GFP_ZERO', 'none', '0xcc0', 'GFP_ATOMIC|__GFP_COMP'),
    migratetype: fc.constantFrom(0, 1, 2),
    stack: fc.array(fc.constantFrom('f', 'g+0x1/0x2', 'h [m]', 'alloc_pages'), { maxLength: 5 }),
  }),
  { minLength: 1, maxLength: 120 },
);
const style: fc.Arbitrary<Style> = fc.record({
  format: fc.constantFrom('tracefs', 'trace-cmd', 'perf'),
  hexPfn: fc.boolean(),
  flags: fc.constantFrom('', '....', '.....'),
  tgid: fc.boolean(),
  delay: fc.integer({ min: 0, max: 3 }),
  spelling: fc.constantFrom('<stack trace>', '<stack trace >', 'first frame'),
});

test('a replay of any history, in any format, however chunked, is what the brute force says', async () => {
  await fc.assert(
    fc.asyncProperty(steps, style, fc.integer({ min: 1, max: 300 }), async (made, style, chunk) => {
      const history: Step[] = made.map(({ task, place, order, ...step }) => ({
        ...step,
        order,
        comm: COMMS[task]!,
        pid: 100 + task,
        // Whole blocks, none of them at page 0, which is never given out.
        pfn: 0x100 + place - (place % 2 ** order),
      }));
      // mm_page_free has to be known from the start, so that batched frees say nothing new; and some allocation.
      const edge = { cpu: 0, pid: 1, comm: 'init', order: 0, gfp: 'GFP_KERNEL', migratetype: 0, stack: [] };
      const all: Step[] = [
        { ...edge, kind: 'free', pfn: 0x999 },
        { ...edge, kind: 'alloc', pfn: 0x999 },
        ...history,
      ];
      const pages = new Pages();
      all.forEach((step, at) => pages.play(step, at));
      const bytes = encodeText(writeTrace(all, style));
      const chunks = Array.from({ length: Math.ceil(bytes.length / chunk) }, (_, i) =>
        bytes.slice(i * chunk, (i + 1) * chunk),
      );
      const played = await replay(chunks);
      expect(played.report.unreadable.lines).toBe(0);
      expect(
        recordsOf(played).map(({ pfn, order, pid, comm, tsNs, stack }) => ({
          pfn,
          order,
          pid,
          comm,
          tsNs,
          stack,
        })),
      ).toEqual(
        pages.records().map(({ pfn, owner: { step, at, order } }) => ({
          pfn,
          order,
          pid: step.pid,
          comm: step.comm,
          tsNs: timeOf(at),
          stack: step.stack,
        })),
      );
      const { live, stacks, tasks } = played.report;
      expect(live.pages).toBe(pages.owners.size);
      expect(stacks.livePages.reduce((sum, n) => sum + n)).toBe(live.pages);
      expect(tasks.livePages.reduce((sum, n) => sum + n)).toBe(live.pages);
    }),
    { numRuns: 400 },
  );
});

test('garbage of any kind is a trace, or one sentence', async () => {
  const line = fc.constantFrom(
    '            init-1       [001] .....    12.8: mm_page_alloc: pfn=0x1 order=0 migratetype=0 gfp_flags=none',
    '            init-1       [001] .....    12.8: mm_page_free: pfn=0x1 order=0',
    '            init-1       [001] .....    12.8: <stack trace>',
    ' => f',
    'CPU:1 [LOST 3 EVENTS]',
    'cat 12 [000] 1.5: kmem:mm_page_alloc: pfn=1 order=0 gfp_flags=none',
    '\tffffffff81000000 f ([kernel.kallsyms])',
    '',
  );
  const pieces = fc.array(
    fc.oneof(
      line.map((text) => `${text}\n`),
      fc.string({ unit: 'binary-ascii' }),
      line,
    ),
    { maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(pieces, fc.boolean(), async (texts, tolerant) => {
      try {
        const played = await replay(encodeText(texts.join('')), {
          tolerant,
          withoutFrees: true,
        });
        recordsOf(played, { doubtful: true });
      } catch (error) {
        const { message } = error as Error;
        // eslint-disable-next-line no-control-regex
        expect(message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        expect(message.length).toBeLessThan(400);
        expect((error as Error).constructor).toBe(Error);
      }
    }),
    { numRuns: 500 },
  );
});
