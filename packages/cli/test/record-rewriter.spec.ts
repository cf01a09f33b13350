import { describe, expect, test } from '@jest/globals';
import { DumpScanner, VARIANTS, encodeText, formatRecord } from '@page-owner/dump-format';
import type { ScannedRecord, Variant } from '@page-owner/dump-format';
import { readInput } from '@page-owner/dump-format/node';
import fc from 'fast-check';
import { conversion } from '../src/rewriting/conversion.js';
import { RecordRewriter } from '../src/rewriting/record-rewriter.js';
import type { Rewrite } from '../src/rewriting/record-rewriter.js';
import { redactRecord, redaction } from '../src/rewriting/redact.js';
import { ODD_NAMES, snapshot } from './page-owner.js';

interface Outcome {
  text: string;
  notes: Record<string, number>;
  /** Of records that have no such text. */
  errors: string[];
}

/** What comes of a dump when each record is read and made anew. */
async function expected(dump: Uint8Array, rewrite: Rewrite): Promise<Outcome> {
  let text = '';
  const notes: Record<string, number> = {};
  const done = await scan(dump, (scanned) => {
    const record = scanned.parse();
    if (!record) return;
    const made = rewrite(record);
    text += latin1(encodeText(made.text));
    for (const note of made.notes) notes[note] = (notes[note] ?? 0) + 1;
  });
  return { text, notes, ...done };
}

/** And when a rewriter does it. */
async function actual(dump: Uint8Array, rewrite: Rewrite, forgetAbove = Infinity): Promise<Outcome> {
  const rewriter = new RecordRewriter(rewrite);
  let pieces = '';
  const done = await scan(
    dump,
    (scanned) => void rewriter.take(scanned),
    (scanner) => {
      pieces += latin1(rewriter.output.view);
      rewriter.output.clear();
      if (scanner.lineCount + scanner.stackCount <= forgetAbove) return;
      scanner.forgetTexts();
      rewriter.forget();
    },
  );
  return { text: pieces + latin1(rewriter.output.view), notes: Object.fromEntries(rewriter.notes), ...done };
}

async function scan(
  dump: Uint8Array,
  record: (scanned: ScannedRecord) => void,
  pause: (scanner: DumpScanner) => void = () => {},
): Promise<{ errors: string[] }> {
  const errors: string[] = [];
  const scanner: DumpScanner = await DumpScanner.create(
    {
      record(scanned) {
        try {
          record(scanned);
        } catch (error) {
          errors.push((error as Error).message);
        }
      },
      pause: () => pause(scanner),
    },
    { pages: true },
  );
  // In chunks, or all would be one batch.
  for (let at = 0; at < dump.length; at += 4096) scanner.push(dump.subarray(at, at + 4096));
  scanner.finish();
  return { errors };
}

/** What other programs make of every line of a dump. */
const PLAIN = (dump: Uint8Array): Uint8Array => dump;
const CRLF = (dump: Uint8Array): Uint8Array => Buffer.from(latin1(dump).replace(/\n/g, '\r\n'), 'latin1');
const PREFIXED = (dump: Uint8Array): Uint8Array =>
  Buffer.from(latin1(dump).replace(/^(?!$(?![^]))/gm, '[   12.345678] '), 'latin1');

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

const hide = redaction('key');
const REWRITES: readonly (readonly [string, Rewrite])[] = [
  ...(Object.keys(VARIANTS) as Variant[]).flatMap((to) => [
    [`convert --to ${to}`, conversion(to, false, undefined)] as const,
    [`convert --to ${to} --lossy`, conversion(to, true, undefined)] as const,
    [`convert --to ${to} --lossy --redact`, conversion(to, true, hide)] as const,
  ]),
  ['sort --redact', (record) => ({ text: formatRecord(redactRecord(record, hide)), notes: [] })],
];

const LENIENT = REWRITES.filter(([name]) => name.includes('lossy') || name.includes('sort'));

/** `#` stands for a number, `@` for a task name. */
const HEADERS = [
  'Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 5, tgid 5 (@), ts # ns',
  'Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 5, tgid 5 (@), ts # ns, free_ts # ns',
  'Page allocated via order 3, mask 0x0(), pid -1, tgid -2 (@), ts # ns, free_ts # ns',
  'Page allocated via order 9, mask 0xCC0(GFP_KERNEL|__GFP_ZERO), pid 5, ts # ns, free_ts # ns',
  'Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 5, ts # ns',
  'Page allocated via order 0, mask 0xcc0(GFP_KERNEL)',
  'Page allocated via order 007, mask 0x00d0',
  'Page allocated via order 1',
  'Page allocated via order #, mask 0xcc0(), pid 5, tgid 5 (@), ts # ns',
  'Page allocated via order 0, cpu 3, mask 0xcc0(), pid 5, tgid 5 (@), cpu 4, ts # ns, free_ts # ns',
  'Page allocated via order 0, mask 0xcc0(), pid 5, tgid 5 (@), ts # ns, ts # ns',
  'Page allocated via order 0, mask 0xcc0(), pid 5, tgid 5 (@), ts # ns, free_ts # ns, free_ts # ns',
  'Page allocated via order 0, mask 0xcc0(), pid 5, tgid 5 (@), free_ts # ns',
  'Page allocated via order 0, mask 0xcc0(), pid 5, tgid 5 (@), free_ts # ns, ts # ns',
  'Page allocated via order 0, mask 0xcc0(), pid 5, tgid 5 (@)',
];
const NAMES = [
  'sh',
  '/',
  '',
  '(sd-pam)',
  'caf\xc3\xa9',
  '\xff\xfe',
  'a), ts 5 ns',
  '), ts 5 ns, ',
  'x\ny',
  '\nPFN 0x12',
  ', tgid 1 (',
  'task-0123456789',
  'ts # ns',
];
const PAGES = [
  'PFN 0x# type Movable Block # type Movable Flags 0x#(uptodate|lru|node=0|zone=1|lastcpupid=0x#)',
  'PFN # type Unmovable Block # type CMA Flags 0x#()',
  'PFN # type Unmovable Block # type Isolate Flags 0x#(slab|lastcpupid=0x#|)(, \xff)',
  'PFN # Block # type 2 Fallback Flags    U LA     ',
  'PFN # Block # type 2          Flags K',
  'PFN # Block # type 99999999999          Flags K',
  'PFN 0x# Block # type 2          Flags K',
  'PFN 0x# type Movable Block # type Movable Flags 0x#',
  'PFN 0x# type Movable Flags 0x#() Block # type Movable Flags 0x#()',
  'PFN 0xA# type Movable Block # type Movable Flags 0x#()',
  'PFN # is lost',
];
const STACKS = [
  ' f+0x1/0x2\n g+0x1/0x2 [xfs]\n',
  ' f+0x1/0x2\nCharged to memcg /\n',
  ' f+0x1/0x2\nCharged (via objcg) to offline memcg user.slice\n',
  ' f+0x1/0x2\nPage has been migrated, last migrate reason: compaction\nCharged to memcg a\xff\r\n',
  ' f+0x1/0x2\nSlab cache page\nCharged to memcg b\nCharged to memcg c\n',
  'handle: 1310721\n',
  'handle: 0099\nhandle: 5\nvendor: 1\n',
  '[0xc01441b5] __alloc_pages+181\n [<ffffffff8116147e>] f+0x1/0x2\n',
  ' f+0x1/0x2\n g+0xCharged to memcg secret\n no frame at all\n',
  'Slab cache page\n f+0x1/0x2\n\t\n',
  ' f+0x1/0x2\nPFN 12 too\n',
  ' f+0x1/0x2\r\n',
  '',
];
/** Some are those that lines are tried with. */
const NUMBERS = ['0', '7', '12', '1234567', '6699', '28441476044', '1844674407370955161', '9007199254740991'];
const ODD_NUMBERS = [
  '1ff',
  '9007199254740992',
  '',
  '007',
  '00',
  '18446744073709551616',
  'F',
  'ffffffffffffffffffff',
];
const numbers = fc.array(
  fc.oneof({ arbitrary: fc.constantFrom(...NUMBERS), weight: 24 }, fc.constantFrom(...ODD_NUMBERS)),
  { minLength: 7, maxLength: 7 },
);

/** Dumps that repeat few texts with other numbers, as real ones do. */
const dumps: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    fc.array(fc.constantFrom(...HEADERS), { minLength: 1, maxLength: 2 }),
    fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 2 }),
    fc.array(fc.constantFrom(...PAGES), { minLength: 1, maxLength: 2 }),
    fc.array(fc.constantFrom(...STACKS), { minLength: 1, maxLength: 2 }),
  )
  .chain(([headers, names, pages, stacks]) => {
    const whole = fc
      .tuple(
        fc.constantFrom(...headers),
        fc.constantFrom(...names),
        fc.constantFrom(...pages),
        fc.constantFrom(...stacks),
        numbers,
      )
      .map(([header, name, page, stack, values]) => {
        let next = 0;
        const text = `${header.replace('@', () => name)}\n${page}\n${stack}\n`;
        return text.replace(/#/g, () => values[next++ % values.length]!);
      });
    const mangled = fc.tuple(whole, fc.nat(400), fc.nat(4)).map(([text, at, how]) => {
      if (how === 0) return text.replace(/\n/g, '\r\n');
      if (how === 1) return text.replace(/^/gm, '[   12.345678] ');
      if (how === 2) return text.slice(0, at);
      return how === 3 ? text.slice(at) : text.replace(/^PFN.*\n/m, '');
    });
    return fc.array(fc.oneof({ arbitrary: whole, weight: 24 }, mangled), {
      minLength: 12,
      maxLength: 60,
      size: 'max',
    });
  })
  .map((records) => Buffer.from(records.join(''), 'latin1'));

describe('a rewriter gives what making each record anew gives', () => {
  test('of any dump', async () => {
    await fc.assert(
      fc.asyncProperty(
        dumps,
        fc.oneof({ arbitrary: fc.constantFrom(...LENIENT), weight: 4 }, fc.constantFrom(...REWRITES)),
        fc.constantFrom(Infinity, Infinity, Infinity, 2),
        async (dump, [, rewrite], forgetAbove) => {
          expect(await actual(dump, rewrite, forgetAbove)).toEqual(await expected(dump, rewrite));
        },
      ),
      { numRuns: 250 },
    );
  });

  test.each([
    ['6.12', snapshot('6.12-t1'), PLAIN],
    ['6.1', snapshot('6.1-t1'), PLAIN],
    ['odd names', ODD_NAMES, PLAIN],
    ['odd names, CRLF', ODD_NAMES, CRLF],
    ['odd names, from a console', ODD_NAMES, PREFIXED],
  ])('of a real dump, %s', async (_, path, odd) => {
    const dump = odd((await readInput(path)).subarray(0, 3 << 20));
    for (const rewrite of [
      conversion('V5', true, hide),
      conversion('V7', true, undefined),
      REWRITES.at(-1)![1],
    ]) {
      const outcome = await actual(dump, rewrite);
      expect(outcome.errors).toEqual([]);
      // Not toEqual: what differs would fill the screen.
      expect(outcome.text === (await expected(dump, rewrite)).text).toBe(true);
    }
  });
});

test.each([
  ['', PLAIN],
  [', CRLF', CRLF],
  [', from a console', PREFIXED],
])('texts that come again are not made anew%s', async (_, odd) => {
  let made = 0;
  const rewrite: Rewrite = (record) => {
    made++;
    return { text: formatRecord(record), notes: [] };
  };
  const record = (i: number) =>
    `Page allocated via order 0, mask 0x0(), pid 1, tgid 1 (init), ts ${i} ns\n` +
    `PFN 0x${i.toString(16)} type Movable Block ${i >> 9} type Movable Flags 0x${i.toString(16)}()\n f+0x1/0x2\n\n`;
  const dump = Buffer.from(Array.from({ length: 5000 }, (_, i) => record(i)).join(''));
  expect((await actual(odd(dump), rewrite)).text).toBe(dump.toString('latin1'));
  expect(made).toBeLessThan(20);
});
