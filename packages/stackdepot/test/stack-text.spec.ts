import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { RAW_ADDRESSES, StackDepot, SymbolTable, toFrameWords } from '@page-owner/stackdepot';
import { stackOf } from './stacks.js';

const symbols = new SymbolTable([
  { name: 'post_alloc_hook', address: 0xffffffff81200000n, size: 0x210 },
  { name: 'get_page_from_freelist.isra.0', address: 0xffffffff81100000n, size: 0x1810 },
  { name: 'zram_submit_bio', address: 0xffffffffc0001000n, size: 0x80, module: 'zram' },
]);
const name = (address: bigint): string => {
  const [lo, hi] = toFrameWords([address]);
  return symbols.symbolize(lo!, hi!);
};

describe('SymbolTable', () => {
  test('prints as %pS does', () => {
    expect(name(0xffffffff812001f4n)).toBe('post_alloc_hook+0x1f4/0x210');
    expect(name(0xffffffff81200000n)).toBe('post_alloc_hook+0x0/0x210');
    expect(name(0xffffffff811009c1n)).toBe('get_page_from_freelist.isra.0+0x9c1/0x1810');
    expect(name(0xffffffffc000107fn)).toBe('zram_submit_bio+0x7f/0x80 [zram]');
  });

  test('prints what it does not know as a number', () => {
    expect(name(0xffffffff81200210n)).toBe('0xffffffff81200210');
    expect(name(0x1234n)).toBe('0x1234');
    expect(new SymbolTable([]).symbolize(0, 0)).toBe('0x0');
  });

  test('finds what a scan finds', () => {
    const symbol = fc.record({
      name: fc.constant('f'),
      address: fc.bigInt({ min: 0n, max: 200n }),
      size: fc.integer({ min: 1, max: 20 }),
    });
    const disjoint = fc.uniqueArray(symbol, { selector: ({ address }) => address }).map((list) => {
      const sorted = [...list].sort((a, b) => Number(a.address - b.address));
      return sorted.map((s, i) => {
        const next = sorted[i + 1];
        return next ? { ...s, size: Math.min(s.size, Number(next.address - s.address)) } : s;
      });
    });
    fc.assert(
      fc.property(disjoint, fc.bigInt({ min: 0n, max: 230n }), (list, address) => {
        const scanned = list.find((s) => address >= s.address && address < s.address + BigInt(s.size));
        expect(new SymbolTable(list).find(address)?.address).toBe(scanned?.address);
      }),
    );
  });
});

describe('printing', () => {
  const depot = StackDepot.create();
  const handle = depot.save(toFrameWords([0xffffffff812001f4n, 0xffffffffc0001010n]), 2);
  const text = ' post_alloc_hook+0x1f4/0x210\n zram_submit_bio+0x10/0x80 [zram]\n';
  const first = text.indexOf('\n') + 1;

  const snprint = (size: number, spaces = 0): [number, string] => {
    const into = new Uint8Array(size).fill(0xff);
    const length = depot.snprint(handle, into, symbols, spaces);
    return [length, new TextDecoder('latin1').decode(into)];
  };

  test('begins each line with one blank and the spaces asked for', () => {
    expect(depot.print(handle, symbols)).toBe(text);
    expect(depot.print(handle, RAW_ADDRESSES, 4)).toBe('     0xffffffff812001f4\n     0xffffffffc0001010\n');
    expect(depot.print(0, symbols)).toBe('');
  });

  test('snprint: all of it, and a NUL', () => {
    expect(snprint(80)).toEqual([text.length, `${text}\0`.padEnd(80, 'ÿ')]);
    expect(snprint(text.length + 1)).toEqual([text.length, `${text}\0`]);
  });

  test('snprint: one byte short', () => {
    expect(snprint(text.length)).toEqual([text.length, `${text.slice(0, -1)}\0`]);
  });

  test('snprint: stops after the first line that does not fit', () => {
    expect(snprint(10)).toEqual([first, `${text.slice(0, 9)}\0`]);
    expect(snprint(first)).toEqual([first, `${text.slice(0, first - 1)}\0`]);
    expect(snprint(first + 1)).toEqual([text.length, `${text.slice(0, first)}\0`]);
    expect(snprint(1)).toEqual([first, '\0']);
    expect(snprint(0)).toEqual([0, '']);
  });

  test('snprint: no stack, nothing written', () => {
    const into = new Uint8Array(4).fill(0xff);
    expect(depot.snprint(0, into, symbols)).toBe(0);
    expect([...into]).toEqual([255, 255, 255, 255]);
  });

  test('snprint equals snprintf, line by line', () => {
    const long = depot.save(stackOf(16), 16);
    const lines = depot.print(long, RAW_ADDRESSES).match(/.*\n/g) ?? [];
    fc.assert(
      fc.property(fc.nat(400), (size) => {
        let total = 0;
        for (const line of lines) if (total < size) total += line.length;
        const into = new Uint8Array(size);
        expect(depot.snprint(long, into, RAW_ADDRESSES)).toBe(total);
        const written = new TextDecoder().decode(into).replace(/\0.*$/s, '');
        expect(written).toBe(lines.join('').slice(0, Math.max(size - 1, 0)));
      }),
    );
  });
});
