import { describe, expect, test } from '@jest/globals';
import { decodeText } from '@page-owner/dump-format';
import { replay } from '@page-owner/trace-replay';
import type { AccountTable, ReplayOptions } from '@page-owner/trace-replay';
import fc from 'fast-check';
import { readBytes, recordsOf, replayText } from './fixtures.js';

/** A line like others is read where it stands in its chunk; in short chunks no line is. Both must say the same. */
const SHORT = 48;

const HEAD = '            init-1       [001] .....    12.850000: ';
const PAGE = 'page=00000000df6fc500 pfn=';
const alloc = (pfn: number, mask = 'GFP_KERNEL') =>
  `${HEAD}mm_page_alloc: ${PAGE}0x${pfn.toString(16)} order=0 migratetype=0 gfp_flags=${mask}\n`;
const free = (pfn: number) => `${HEAD}mm_page_free: ${PAGE}0x${pfn.toString(16)} order=0\n`;
const FRONT = alloc(16) + free(17);
/** So that what stands before is far from the end of its chunk. */
const BEHIND = free(0x999).repeat(9);

function* cut(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function columns(table: AccountTable): unknown {
  return Object.entries(table).map(([name, column]) =>
    typeof column === 'number'
      ? [name, column]
      : [name, [...(column as Float64Array)].slice(0, table.length)],
  );
}

/** All that a replay says, or its complaint. */
async function saidOf(bytes: Uint8Array, size: number, options: ReplayOptions): Promise<unknown> {
  try {
    const played = await replay(cut(bytes, size), { withoutFrees: true, ...options });
    const { stacks, tasks, frames: _f, task: _t, gfp: _g, migratetype: _m, ...rest } = played.report;
    return { rest, of: [stacks, tasks].map(columns), records: recordsOf(played, { doubtful: true }) };
  } catch (error) {
    expect((error as Error).constructor).toBe(Error);
    return (error as Error).message;
  }
}

/** Before each event of a page those of page_ref that a kernel could have. */
function withReferences(line: string, i: number): string[] {
  const [, front, event, pfn] = /^(.*: )mm_page_(alloc|free): page=\w+ pfn=(\w+) /.exec(line) ?? [];
  if (front === undefined) return [line];
  const ref = (name: string, flags: string, val: string) =>
    `${front}page_ref_${name}: pfn=${pfn} flags=${flags} count=1 mapcount=-1 mapping=0000000000${i % 9}00a1 mt=${i % 3} val=${val}`;
  if (event === 'free') return [ref('mod_and_test', i % 2 ? 'none' : 'uptodate|lru', '-1 ret=1'), line];
  const more = ref('mod', i % 2 ? 'uptodate' : 'dirty|lru', '1');
  return [
    ref('set', 'none', '1'),
    line,
    ...(i % 3 ? [more] : []),
    ...(i % 5 ? [] : [ref('unfreeze', 'none', '2')]),
  ];
}

test.each([
  ['of kmem', (line: string) => [line]],
  ['of kmem and page_ref', withReferences],
])('a damaged trace %s says the same, however it is chunked', async (_, more) => {
  const lines = decodeText(await readBytes('tracefs-stacks'))
    .split('\n')
    .slice(0, 4000)
    .flatMap(more);
  const piece = fc.constantFrom(
    ...['\n', ' ', '\r', '=> ', 'page=', '|', ': ', 'mm_page_alloc: ', 'CPU:1 [LOST 3 EVENTS]\n', '\0', '0'],
    ...['<stack trace>', '12.3: ', '\t', ' '.repeat(520), '\n'.repeat(16), 'x'.repeat(600), 'migratetype=1'],
    ...[' ret=1', ' val=', 'flags=', 'page_ref_mod: ', '-'],
  );
  const damage = fc.record({
    line: fc.nat(199),
    from: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.oneof(fc.constant(0), fc.nat(20), fc.constant(1000)),
    text: fc.oneof(fc.constant(''), piece, fc.string({ maxLength: 2 })),
    joined: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.nat(lines.length - 200),
      fc.array(damage, { maxLength: 5 }),
      fc.integer({ min: 20, max: 90 }),
      fc.boolean(),
      async (first, damages, size, tolerant) => {
        const some = lines.slice(first, first + 200).map((line) => `${line}\n`);
        for (const { line, from, length, text, joined } of damages) {
          const whole = some[line]!;
          const at = Math.floor(from * whole.length);
          const made = whole.slice(0, at) + text + whole.slice(at + length);
          some[line] = joined ? made.trimEnd() : made;
        }
        const bytes = Buffer.from(some.join(''));
        expect(await saidOf(bytes, size, { tolerant })).toEqual(await saidOf(bytes, 1 << 20, { tolerant }));
      },
    ),
    { numRuns: 200 },
  );
});

describe('what only begins like a usual line', () => {
  test.each([
    ['blanks up to the end', `${HEAD.trimEnd().replace('12.850000:', '')}${' '.repeat(600)}12.850000: `, 3],
    [
      'a page that goes on in other lines',
      `${HEAD}mm_page_free: page=${'\n'.repeat(16)} pfn=0x10 order=0\n`,
      19,
    ],
    ['a time without seconds', free(16).replace(' 12.8', '    .8'), 4],
    [
      'a number that goes on in the next line',
      `${HEAD}mm_page_alloc_zone_locked: ${PAGE}0x10 order=0 migratetype=0 percpu_refill=\n\n`,
      5,
    ],
  ])('%s', async (_, bad, line) => {
    for (const size of [SHORT, 1 << 20]) {
      const text = `${FRONT}${bad}`;
      const played = await replay(cut(Buffer.from(text), size), { tolerant: true });
      expect(played.report.live.pages).toBe(1);
      const more = Buffer.from(`${text}${line > 3 ? `odd\n${BEHIND}` : ''}`);
      const { report } = await replay(cut(more, size), { tolerant: true });
      expect(report.live.pages).toBe(1);
      if (line > 3) expect(report.lines).toBe(more.toString().split('\n').length - 1);
      else expect(report.warnings.at(-1)).toMatch(/^line 3 has no end/);
    }
  });

  test('a line of more than 64 KiB is damaged, wherever chunks end', async () => {
    const text = `${FRONT}${'x'.repeat(70_000)}${free(16)}${BEHIND}`;
    for (const size of [SHORT, 1 << 20]) {
      await expect(replay(cut(Buffer.from(text), size))).rejects.toThrow(
        /^line 3 is damaged: a line, but it has 65536 bytes or more in "x{120}\.\.\."/,
      );
    }
  });
});

test('a mask that no kernel has is named with its own line, and only if it is in the trace', async () => {
  const mask = 'GFP_KERNEL|__GFP_BRANDNEW';
  const bytes = Buffer.from(FRONT + free(18) + alloc(19, mask) + BEHIND);
  for (const size of [SHORT, 1 << 20]) {
    const { report } = await replay(cut(bytes, size));
    expect(report.warnings.at(-1)).toMatch(/__GFP_BRANDNEW" first at line 4$/);
  }
  // The text of one line and what a longer one before it has left behind.
  const rest = Buffer.from(
    FRONT +
      alloc(18, 'GFP_HIGHUSER_MOVABLE|__GFP_COMP').replace('type=0', 'type=1') +
      alloc(19, 'GFP_NOWAIT'),
  );
  const { report } = await replay(cut(rest, SHORT));
  expect(report.warnings).toHaveLength(1);
  const damaged = await replayText(FRONT + alloc(18, 'GFP_KERN') + BEHIND, { tolerant: true });
  expect(damaged.report.warnings.join()).not.toMatch(/no known kernel/);
});
