import fc from 'fast-check';
import type { PageOwnerRecord } from '../src/record.js';
import { decodeText } from '../src/text-bytes.js';
import { VARIANTS } from '../src/variant.js';
import type { Variant } from '../src/variant.js';

/** A plain object, as the parser makes them. */
function plain<T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(fields, { noNullPrototype: true }) as fc.Arbitrary<T>;
}

/** Task names made to be mistaken for something else; each has at most 15 bytes. */
export const HOSTILE_NAMES = [
  '',
  '(sd-pam)',
  ')',
  '), ts ',
  'a), ts 5 ns',
  'a), ts 5 ns\n',
  'a), ts 5 ns, ',
  '), ts 5 ns\nPFN',
  'a b  c',
  'x\ny',
  'x\n\ny',
  '\n\n\n',
  '\n',
  '\r\n',
  'x\r',
  'pid 7, tgid 8 (',
  ', tgid 1 (',
  'PFN 0x12',
  'Page allocated ',
  '\nPage allocated',
  'café',
  'tab\there',
  'order 9, mask',
  'free_ts 5 ns',
  ':1234567890abcd',
  '\udcff\udcfe',
  '<4>[    1.0] x',
] as const;

const bytesBut = (excluded: readonly number[], maxLength: number): fc.Arbitrary<string> =>
  fc
    .array(
      fc.integer({ min: 1, max: 255 }).filter((byte) => !excluded.includes(byte)),
      { maxLength },
    )
    .map((bytes) => decodeText(Uint8Array.from(bytes)));

export const taskName = fc.oneof(fc.constantFrom(...HOSTILE_NAMES), bytesBut([], 15));
export const cgroupName = fc.oneof(
  fc.constantFrom('/', 'a.service', 'offline memcg x', 'x\r', ' ', 'Page allocated via order 0, mask 0x0'),
  bytesBut([0x0a, 0x2f], 79),
);

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const s32 = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
const u64 = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
const pfn = fc.integer({ min: 0, max: 2 ** 52 - 1 });
const hex = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }).map((value) => `0x${value.toString(16)}`);
const names = fc.constantFrom('', 'GFP_KERNEL', 'GFP_USER|__GFP_COMP', '__GFP_HIGHMEM|0x8000000');
const flagNames = fc.constantFrom(
  '',
  'uptodate|lru',
  'head|node=0|zone=2|lastcpupid=0x1fffff',
  'section=3|zone=1',
);
const migratetype = fc.constantFrom('Unmovable', 'Movable', 'Reclaimable', 'HighAtomic', 'CMA', 'Isolate');

const symbol = fc.tuple(
  fc.stringMatching(/^[A-Za-z_.$][\w.$]{0,20}$/),
  hex,
  hex,
  fc.constantFrom('', ' [xfs]'),
);
export const frame = fc.oneof(
  symbol.map(([name, offset, size, module]) => `${name}+${offset}/${size}${module}`),
  hex,
  fc.constant('[<ffffffff8116147e>] __alloc_pages_nodemask+0x1de/0xb00'),
);

const memcg = fc.oneof(
  fc.constant({ kind: 'slab' as const }),
  plain({
    kind: fc.constant('charged' as const),
    name: cgroupName,
    viaObjcg: fc.boolean(),
    offline: fc.boolean(),
  }),
);

const namesPage = (pfnRadix: 10 | 16): fc.Arbitrary<Partial<PageOwnerRecord>> =>
  plain({
    pfn,
    pfnRadix: fc.constant(pfnRadix),
    migratetype,
    block: pfn,
    pageblockMigratetype: migratetype,
    flags: u64,
    flagNames,
  });

const lettersPage: fc.Arbitrary<Partial<PageOwnerRecord>> = plain({
  pfn,
  pfnRadix: fc.constant(10 as const),
  block: pfn,
  letters: plain({
    pageblockType: fc.integer({ min: 0, max: 5 }),
    fallback: fc.boolean(),
    flags: fc
      .array(fc.boolean(), { minLength: 12, maxLength: 12 })
      .map((set) => [...'KERUDLASWCBM'].map((letter, i) => (set[i] ? letter : ' ')).join('')),
  }),
});

const bareFrame = hex.map((address) => `[${address}] __alloc_pages+181`);
const extraLines = fc.array(fc.constantFrom('vendor: 1', 'Page pinned', 'PFN 12', 'handle: x', 'Charged'), {
  minLength: 1,
  maxLength: 3,
});

/** A record that kernels of the variant print. */
export function recordOf(variant: Variant): fc.Arbitrary<PageOwnerRecord> {
  const layout: { always: readonly string[]; sometimes: readonly string[]; pfnRadix: 10 | 16 } =
    VARIANTS[variant];
  const values: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
    order: fc.integer({ min: 0, max: 0xffff }),
    gfpMask: u32,
    gfpNames: names,
    pid: s32,
    tgid: s32,
    comm: taskName,
    tsNs: u64,
    freeTsNs: u64,
    stack: fc.array(variant === 'V0' ? fc.oneof(frame, bareFrame) : frame, { maxLength: 16 }),
    handle: u32,
    migrateReason: fc.constantFrom('compaction', 'numa_misplaced'),
    memcg,
    extraLines,
  };
  const keys = Object.keys(values);
  const always = Object.fromEntries(
    keys.filter((key) => layout.always.includes(key)).map((key) => [key, values[key]]),
  );
  const sometimes = Object.fromEntries(
    keys.filter((key) => layout.sometimes.includes(key)).map((key) => [key, values[key]]),
  );
  const page = layout.sometimes.includes('letters') ? lettersPage : namesPage(layout.pfnRadix);
  return fc
    .tuple(
      fc.record(always as Record<string, fc.Arbitrary<unknown>>),
      fc.record(sometimes as Record<string, fc.Arbitrary<unknown>>, { requiredKeys: [] }),
      fc.option(page, { nil: {}, freq: 8 }),
    )
    .map(
      ([required, optional, pageFields]) =>
        ({ ...required, ...optional, ...pageFields }) as unknown as PageOwnerRecord,
    );
}

export const ALL_VARIANTS = Object.keys(VARIANTS) as Variant[];

export const anyRecord: fc.Arbitrary<PageOwnerRecord> = fc.oneof(...ALL_VARIANTS.map(recordOf));

/** Scraps of records, blanks and noise: what a reader meets in damaged input. */
export const soup: fc.Arbitrary<Uint8Array> = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'Page allocated via order ',
        'Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 5, tgid 5 (x), ts 1 ns\n',
        'Page allocated via order 0, mask 0x0(), pid 5, tgid 5 (',
        'Page allocated via order 1\n',
        'Page allocated via order 1, mask 0x1(GFP\n',
        '\nPage allocated via order 2, mask 0x2\r\n',
        '0, mask 0x0',
        '(GFP_KERNEL)',
        ', tgid 5 (',
        '), ts 5 ns',
        ', ts 5 ns\n',
        'PFN 0x1 type Movable Block 1 type Movable Flags 0x0()\n',
        ' f+0x1/0x2\n',
        ' [<ffffffff8116147e>] f+0x1/0x2\n',
        'handle: 5\n',
        'Charged to memcg /\n',
        '[   12.345678] ',
        '\n[   12.345678] Page allocated via order 0, mask 0x0(), pid 5, tgid 5 (x), ts 1 ns\n[   12.345678]  f+0x1/0x2\n',
        'Nov 22 18:42:01 host kernel: ',
        '\n',
        '\n\n',
        '\r\n',
        '\r',
      ),
      fc.string({ maxLength: 4 }),
    ),
    { maxLength: 24 },
  )
  .map((scraps) => new TextEncoder().encode(scraps.join('')));
