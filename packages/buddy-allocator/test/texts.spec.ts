import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parseGfp } from '@page-owner/kernel-abi';
import {
  buddyinfoText,
  createAllocator,
  extfragIndexText,
  fragmentationPercent,
  pagetypeinfoText,
  traceHeader,
  traceText,
  unusableIndexText,
  zoneinfoText,
  type PageTracer,
  type ZoneReport,
} from '@page-owner/buddy-allocator';

const fixture = (name: string): string =>
  readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8');
const EMPTY = new Array<number>(11).fill(0);

const zone = (fields: Partial<ZoneReport>): ZoneReport => ({
  ...{
    node: 0,
    zone: 'Normal',
    startPfn: 0,
    spanned: 1,
    present: 1,
    managed: 1,
    free: 0,
    freeCma: 0,
    cma: 0,
  },
  ...{ boost: 0, min: 0, low: 0, high: 0, promo: 0, protection: [], freeCounts: EMPTY, freeByType: [] },
  ...{ pageblocks: [], pagesets: [], ...fields },
});

const numbers = (text: string): number[] => text.trim().split(/\s+/).map(Number);

for (const kernel of ['6.1', '6.12'] as const) {
  describe(`text of a real ${kernel} kernel, read and written again`, () => {
    test('buddyinfo', () => {
      const text = fixture(`buddyinfo-${kernel}.txt`);
      const zones = [...text.matchAll(/^Node (\d+), zone +(\S+)(.*)$/gm)].map(([, node, name, counts]) =>
        zone({ node: Number(node), zone: name!, freeCounts: numbers(counts!) }),
      );
      expect(zones.length).toBe(2);
      expect(buddyinfoText(zones)).toBe(text);
    });

    test('pagetypeinfo', () => {
      const text = fixture(`pagetypeinfo-${kernel}.txt`);
      const rows = [...text.matchAll(/^Node +\d+, zone +(\S+), type +\S+(.*)$/gm)];
      const [blocks, mixed] = text.split('Number of mixed blocks');
      const table = (part: string, name: string): number[] =>
        numbers(new RegExp(`^Node 0, zone +${name} (.*)$`, 'm').exec(part)![1]!);
      const zones = ['DMA', 'DMA32'].map((name) =>
        zone({
          zone: name,
          freeByType: rows.filter((row) => row[1] === name).map((row) => numbers(row[2]!)),
          pageblocks: table(blocks!, name),
        }),
      );
      expect(pagetypeinfoText(zones, (each) => table(mixed!, each.zone))).toBe(text);
    });

    test('zoneinfo', () => {
      const text = fixture(`zoneinfo-${kernel}.txt`);
      const parts = text.split(/^(?=Node)/m);
      const stats = (part: string): Record<string, number> =>
        Object.fromEntries(
          [...part.matchAll(/^ {6}(\w+) +(\d+)$/gm)].map(([, name, value]) => [name!, Number(value)]),
        );
      const zones = parts.map((part) => {
        const at = (name: string): number =>
          Number(new RegExp(`^ +(?:pages )?${name}:? +(\\d+)$`, 'm').exec(part)?.[1] ?? 0);
        const sets = [...part.matchAll(/count: (\d+)\n +high: +(\d+)\n +batch: (\d+)/g)];
        return zone({
          zone: /zone +(\S+)/.exec(part)![1]!,
          ...{
            free: at('free'),
            boost: at('boost'),
            min: at('min'),
            low: at('low'),
            high: at('high'),
            promo: at('promo'),
          },
          ...{ spanned: at('spanned'), present: at('present'), managed: at('managed'), cma: at('cma') },
          ...{ startPfn: at('start_pfn'), freeCma: at('nr_free_cma') },
          protection: /protection: \((.*)\)/.exec(part)![1]!.split(', ').map(Number),
          pagesets: sets.map(([, count, high, batch]) => ({
            count: Number(count),
            high: Number(high),
            batch: Number(batch),
          })),
        });
      });
      const written = zoneinfoText(zones, kernel, {
        nodeStats: () => stats(parts[0]!),
        zoneStats: (each) => stats(parts[zones.indexOf(each)]!),
      });
      expect(written).toBe(text);
    });
  });
}

describe('details of the texts', () => {
  test('buddyinfo of an allocator', () => {
    const a = createAllocator({ pages: 1000 });
    expect(a.buddyinfo()).toBe(
      'Node 0, zone   Normal      0      0      0      1      0      1      1      1      1      1      0 \n',
    );
  });

  test('a list longer than 100000 is not counted to its end', () => {
    const byType = Array.from({ length: 6 }, (_, type) =>
      type === 1 ? [99999, 100000, 123456, ...EMPTY.slice(3)] : EMPTY,
    );
    const text = pagetypeinfoText([zone({ freeByType: byType, pageblocks: [1, 2, 3, 4, 5, 6] })]);
    expect(text).toContain('type      Movable  99999 >100000 >100000      0 ');
    expect(
      text.endsWith(
        'Node 0, zone   Normal            1            2            3            4            5            6 \n',
      ),
    ).toBe(true);
    expect(text).not.toContain('mixed');
  });

  test('pagetypeinfo repeats itself for each node that has memory', () => {
    const a = createAllocator({
      nodes: [{ ranges: [{ start: 4096, end: 8192 }] }, { ranges: [{ start: 8192, end: 12288 }] }],
    });
    expect(a.pagetypeinfo().match(/Page block order: 9/g)).toHaveLength(2);
  });

  test('extfrag', () => {
    const broken = zone({ freeCounts: [8, 4, ...EMPTY.slice(2)] });
    const single = zone({ freeCounts: [1, ...EMPTY.slice(1)] });
    const none = zone({});
    expect(unusableIndexText([broken])).toMatch(/^Node 0, zone {3}Normal 0\.000 0\.500 1\.000 1\.000 /);
    expect(unusableIndexText([none])).toMatch(/Normal 1\.000 1\.000 /);
    expect(extfragIndexText([broken])).toBe(
      'Node 0, zone   Normal -1.000 -1.000  0.584  0.750  0.834  0.875  0.896  0.907  0.912  0.915  0.916 \n',
    );
    expect(extfragIndexText([single])).toBe(
      'Node 0, zone   Normal -1.000  0.-500  0.-250  0.-125  0.-62  0.-31  0.-15  0.-07  0.-03  0.-01  0.000 \n',
    );
    expect(extfragIndexText([none])).toMatch(/Normal {2}0\.000 {2}0\.000/);
    expect(fragmentationPercent([8, 4, ...EMPTY.slice(2)], 1)).toBe(50);
    expect(fragmentationPercent(EMPTY, 9)).toBe(0);
  });

  test('zoneinfo of an allocator shows its own numbers', () => {
    const a = createAllocator({
      nodes: [
        {
          ranges: [
            { start: 1, end: 159 },
            { start: 256, end: 524250 },
          ],
        },
      ],
      cpus: 2,
    });
    const text = a.zoneinfo({ nodeStats: () => ({ nr_mapped: 77 }) });
    expect(text).toContain('      nr_mapped    77\n');
    expect(text).toContain(
      '        spanned  4095\n        present  3998\n        managed  3998\n        cma      0\n',
    );
    expect(text).toContain('  vm stats threshold: 4\n');
    expect(text).toContain('  vm stats threshold: 20\n');
    expect(text).toContain('  start_pfn:           4096\n');
  });
});

describe('tracepoints', () => {
  const lines = fixture('trace-6.12.txt').split(/(?<=\n)/);
  const events = lines.filter((line) => !line.startsWith('#'));

  test('each kind of event, as a real kernel wrote it', () => {
    const EVENT = /^ *(.+)-(\d+) +\[(\d+)\] (\S+) +(\d+)\.(\d+): (\w+): page=(\S+) pfn=0x(\S+) (.*)\n$/;
    for (const line of events) {
      const [, comm, pid, cpu, , seconds, micros, name, page, pfn, rest] = EVENT.exec(line)!;
      const field = (key: string): number => Number(new RegExp(`(?:^| )${key}=(\\d+)`).exec(rest!)?.[1]);
      const frame = Number(`0x${pfn}`);
      let written = '';
      const tracer: PageTracer = traceText({
        write: (text) => (written += text),
        clock: () => Number(seconds) * 1e6 + Number(micros),
        task: () => ({ comm: comm!, pid: Number(pid) }),
        cpu: () => Number(cpu),
      });
      if (name === 'mm_page_alloc') {
        tracer.alloc(
          frame,
          field('order'),
          parseGfp(/gfp_flags=(.*)/.exec(rest!)![1]!, '6.12'),
          field('migratetype'),
        );
      } else if (name === 'mm_page_free') tracer.free(frame, field('order'));
      else if (name === 'mm_page_free_batched') tracer.freeBatched(frame);
      else if (name === 'mm_page_pcpu_drain') tracer.pcpuDrain(frame, field('order'), field('migratetype'));
      else if (name === 'mm_page_alloc_zone_locked') {
        tracer.allocZoneLocked(frame, field('order'), field('migratetype'), field('percpu_refill') === 1);
      } else {
        const types = [field('alloc_migratetype'), field('fallback_migratetype')] as const;
        tracer.allocExtfrag(
          frame,
          field('alloc_order'),
          field('fallback_order'),
          ...types,
          field('change_ownership') === 1,
        );
      }
      expect(written.replace(/page=\w{16}/, `page=${page}`)).toBe(line);
    }
  });

  test('the head of the file', () => {
    const head = lines.filter((line) => line.startsWith('#')).join('');
    expect(traceHeader(634108, 2)).toBe(head);
  });

  test('a request that failed, and an empty mask', () => {
    const a = createAllocator({ pages: 1 });
    let text = '';
    a.tracer = traceText({
      write: (line) => (text += line),
      clock: () => 1.5e6,
      task: () => ({ comm: 'bash', pid: 7 }),
    });
    a.allocPages(0, 1);
    expect(text).toBe(
      '            bash-7       [000] .....     1.500000: mm_page_alloc: page=0000000000000000 pfn=0x0 order=1 migratetype=0 gfp_flags=none\n',
    );
  });
});
