import { describe, expect, test } from '@jest/globals';
import { ERAS, gfpTable, type Era } from '@page-owner/kernel-abi';
import { fixtureLines } from './fixture.js';

const maskOf = (name: string, era: Era, config = {}): number | undefined =>
  gfpTable(era, config).masks.get(name);

test('the 6.12 names, masks and order are those of a running 6.12 kernel', () => {
  const printed = gfpTable('6.12').printed.map(({ name, mask }) => `0x${mask.toString(16)} ${name}`);
  expect(printed).toEqual(fixtureLines('gfp-names-6.12.txt'));
});

describe('single bits', () => {
  const COMMON = {
    __GFP_DMA: 0x1,
    __GFP_HIGHMEM: 0x2,
    __GFP_DMA32: 0x4,
    __GFP_MOVABLE: 0x8,
    __GFP_RECLAIMABLE: 0x10,
    __GFP_HIGH: 0x20,
    __GFP_IO: 0x40,
    __GFP_FS: 0x80,
    __GFP_ZERO: 0x100,
    __GFP_DIRECT_RECLAIM: 0x400,
    __GFP_KSWAPD_RECLAIM: 0x800,
    __GFP_WRITE: 0x1000,
    __GFP_NOWARN: 0x2000,
    __GFP_RETRY_MAYFAIL: 0x4000,
    __GFP_NOFAIL: 0x8000,
    __GFP_NORETRY: 0x10000,
    __GFP_MEMALLOC: 0x20000,
    __GFP_COMP: 0x40000,
    __GFP_NOMEMALLOC: 0x80000,
    __GFP_HARDWALL: 0x100000,
    __GFP_THISNODE: 0x200000,
    __GFP_ACCOUNT: 0x400000,
    __GFP_ZEROTAGS: 0x800000,
  };
  const bits = (era: Era, config = {}): Record<string, number> =>
    Object.fromEntries(gfpTable(era, config).bits.map(({ name, mask }) => [name, mask]));

  test('6.1: optional bits have fixed places', () => {
    expect(bits('6.1')).toEqual({ ...COMMON, __GFP_ATOMIC: 0x200 });
    expect(bits('6.1', { kasanHwTags: true })).toEqual({
      ...COMMON,
      __GFP_ATOMIC: 0x200,
      __GFP_SKIP_ZERO: 0x1000000,
      __GFP_SKIP_KASAN_UNPOISON: 0x2000000,
      __GFP_SKIP_KASAN_POISON: 0x4000000,
    });
    expect(bits('6.1', { lockdep: true })).toEqual({
      ...COMMON,
      __GFP_ATOMIC: 0x200,
      __GFP_NOLOCKDEP: 0x8000000,
    });
  });

  test('6.12: optional bits are packed', () => {
    expect(bits('6.12')).toEqual(COMMON);
    expect(bits('6.12', { slabObjExt: true })).toEqual({ ...COMMON, __GFP_NO_OBJ_EXT: 0x1000000 });
    expect(bits('6.12', { lockdep: true, slabObjExt: true })).toEqual({
      ...COMMON,
      __GFP_NOLOCKDEP: 0x1000000,
      __GFP_NO_OBJ_EXT: 0x2000000,
    });
    expect(bits('6.12', { kasanHwTags: true, lockdep: true, slabObjExt: true })).toEqual({
      ...COMMON,
      __GFP_SKIP_ZERO: 0x1000000,
      __GFP_SKIP_KASAN: 0x2000000,
      __GFP_NOLOCKDEP: 0x4000000,
      __GFP_NO_OBJ_EXT: 0x8000000,
    });
  });

  test('3.19', () => {
    expect(bits('3.19')).toMatchObject({
      __GFP_WAIT: 0x10,
      __GFP_HIGH: 0x20,
      __GFP_IO: 0x40,
      __GFP_FS: 0x80,
      __GFP_COLD: 0x100,
      __GFP_NOWARN: 0x200,
      __GFP_REPEAT: 0x400,
      __GFP_NOFAIL: 0x800,
      __GFP_NORETRY: 0x1000,
      __GFP_MEMALLOC: 0x2000,
      __GFP_COMP: 0x4000,
      __GFP_ZERO: 0x8000,
      __GFP_NOMEMALLOC: 0x10000,
      __GFP_HARDWALL: 0x20000,
      __GFP_THISNODE: 0x40000,
      __GFP_RECLAIMABLE: 0x80000,
      __GFP_NOTRACK: 0x200000,
    });
  });

  test('bits that moved between 4.4 and 5.1', () => {
    expect(bits('4.6')).toMatchObject({
      __GFP_RECLAIMABLE: 0x10,
      __GFP_ATOMIC: 0x80000,
      __GFP_ACCOUNT: 0x100000,
      __GFP_DIRECT_RECLAIM: 0x400000,
      __GFP_WRITE: 0x1000000,
      __GFP_KSWAPD_RECLAIM: 0x2000000,
    });
    expect(bits('4.13')).toMatchObject({
      __GFP_RETRY_MAYFAIL: 0x400,
      __GFP_WRITE: 0x800000,
      __GFP_KSWAPD_RECLAIM: 0x1000000,
    });
    expect(bits('4.18')).toMatchObject({
      __GFP_WRITE: 0x100,
      __GFP_DIRECT_RECLAIM: 0x200000,
      __GFP_KSWAPD_RECLAIM: 0x400000,
    });
  });
});

describe('compound masks', () => {
  // The two masks met most often in kernel logs.
  test.each<[Era, number, number]>([
    ['3.19', 0xd0, 0x200da],
    ['4.6', 0x24000c0, 0x24200ca],
    ['4.15', 0x14000c0, 0x14200ca],
    ['4.18', 0x6000c0, 0x6200ca],
    ['5.4', 0xcc0, 0x100cca],
    ['5.14', 0xcc0, 0x1100cca],
    ['6.1', 0xcc0, 0x100cca],
    ['newest', 0xcc0, 0x100cca],
  ])('Linux %s', (era, kernel, highuserMovable) => {
    expect(maskOf('GFP_KERNEL', era)).toBe(kernel);
    expect(maskOf('GFP_HIGHUSER_MOVABLE', era)).toBe(highuserMovable);
  });

  test.each<[string, number, number]>([
    ['GFP_ATOMIC', 0xa20, 0x820],
    ['GFP_KERNEL', 0xcc0, 0xcc0],
    ['GFP_KERNEL_ACCOUNT', 0x400cc0, 0x400cc0],
    ['GFP_NOWAIT', 0x800, 0x2800],
    ['GFP_NOIO', 0xc00, 0xc00],
    ['GFP_NOFS', 0xc40, 0xc40],
    ['GFP_USER', 0x100cc0, 0x100cc0],
    ['GFP_HIGHUSER', 0x100cc2, 0x100cc2],
    ['GFP_HIGHUSER_MOVABLE', 0x100cca, 0x100cca],
    ['GFP_TRANSHUGE_LIGHT', 0x1c20ca, 0x1c20ca],
    ['GFP_TRANSHUGE', 0x1c24ca, 0x1c24ca],
    ['GFP_DMA', 1, 1],
    ['GFP_DMA32', 4, 4],
  ])('%s in 6.1 and 6.12', (name, in61, in612) => {
    expect(maskOf(name, '6.1')).toBe(in61);
    expect(maskOf(name, '6.12')).toBe(in612);
  });

  test('GFP_HIGHUSER_MOVABLE and what builds on it skip KASAN where KASAN has hardware tags', () => {
    const config = { kasanHwTags: true };
    expect(maskOf('GFP_HIGHUSER_MOVABLE', '6.1', config)).toBe(0x6100cca);
    expect(maskOf('GFP_HIGHUSER_MOVABLE', '6.12', config)).toBe(0x2100cca);
    expect(maskOf('GFP_TRANSHUGE', '6.12', config)).toBe(0x21c24ca);
  });

  test('names come and go', () => {
    expect(maskOf('GFP_NOWAIT', '3.19')).toBe(0);
    expect(maskOf('GFP_TEMPORARY', '4.13')).toBe(0x14000d0);
    expect(maskOf('GFP_TEMPORARY', '4.15')).toBeUndefined();
    expect(maskOf('GFP_TRANSHUGE_LIGHT', '4.6')).toBeUndefined();
    expect(maskOf('GFP_KERNEL_ACCOUNT', '3.19')).toBeUndefined();
    expect(maskOf('GFP_NOWAIT', '6.6')).toBe(0x800);
    expect(maskOf('GFP_NOWAIT', '6.8')).toBe(0x2800);
  });
});

describe.each(ERAS)('the table of %s', (era) => {
  const everything = { kasanHwTags: true, lockdep: true, slabObjExt: true };

  test.each([undefined, everything])('is sound with config %o', (config) => {
    const { source, bits, printed, masks } = gfpTable(era, config);
    expect(source).not.toBe('');
    const all = bits.reduce((sum, { mask }) => (sum | mask) >>> 0, 0);
    let below = 0;
    for (const { name, mask } of bits) {
      expect(name).toMatch(/^__GFP_[A-Z0-9_]+$/);
      expect(mask & (mask - 1)).toBe(0);
      expect(mask).toBeGreaterThan(below);
      below = mask;
    }
    expect(new Set(printed.map(({ name }) => name)).size).toBe(printed.length);
    for (const { name, mask } of printed) {
      expect(masks.get(name)).toBe(mask);
      expect((mask & ~all) >>> 0).toBe(0);
    }
  });

  test('prints every bit it has, but those that never had a name', () => {
    const { bits, printed } = gfpTable(era, everything);
    const silent = bits.filter(({ mask }) => !printed.some((entry) => entry.mask === mask));
    const expected = [...(era === 'newest' ? [] : ['__GFP_NOLOCKDEP']), '__GFP_NO_OBJ_EXT'];
    expect(expected).toEqual(expect.arrayContaining(silent.map(({ name }) => name)));
  });

  test('is built once', () => {
    expect(gfpTable(era)).toBe(gfpTable(era));
    expect(gfpTable(era, { lockdep: true })).toBe(gfpTable(era, { lockdep: true }));
  });
});
