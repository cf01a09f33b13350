import { describe, expect, test } from '@jest/globals';
import { records } from '@page-owner/dump-format';
import { bootMachine, type Machine } from '@page-owner/machine';

const boot = (): Machine => bootMachine({ memory: '64M', cmdline: 'page_owner=on', cpus: 2 });
const READ = ['__alloc_pages_noprof+0x14b/0x310', 'leaky_alloc+0x10/0x20 [leaky]'];

/** One page that stays, one that goes, and nothing else. */
function run(machine: Machine): [kept: number, freed: number] {
  const stack = machine.stack(READ);
  const mask = machine.gfp('GFP_KERNEL');
  return machine.runAs(machine.tasks.spawn('dd'), () => {
    const kept = machine.alloc(mask, 0, stack);
    machine.allocator.cpu = machine.cpus - 1;
    const freed = machine.alloc(mask, 1, stack);
    machine.free(freed, 1);
    return [kept, freed];
  });
}

describe('a trace', () => {
  test.each(['4.9', '5.15', '6.5', '6.12', '6.18'])(
    "names masks as page_owner of the machine's kernel does: %s",
    (kernel) => {
      const machine = bootMachine({ memory: '64M', cmdline: 'page_owner=on', kernel, cpus: 2 });
      const trace = machine.startTrace();
      const masks = [
        'GFP_ATOMIC',
        'GFP_KERNEL|__GFP_NOWARN|__GFP_ZERO',
        'GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO',
      ];
      const pfns = masks.map((mask) => machine.alloc(machine.gfp(mask), 0, machine.stack(READ)));
      trace.stop();
      const dump = new Map(
        [...records(machine.files.read('/sys/kernel/debug/page_owner'))].map((each) => [
          each.pfn,
          each.gfpNames,
        ]),
      );
      for (const pfn of pfns) {
        const names = new RegExp(`mm_page_alloc: \\S+ pfn=0x${pfn.toString(16)} .*gfp_flags=(\\S+)`).exec(
          trace.text,
        )?.[1];
        expect(names).toBe(dump.get(pfn));
      }
    },
  );

  test('has an event for each allocation and each free, by whom, where and when', () => {
    const machine = boot();
    const trace = machine.startTrace();
    const [kept, freed] = run(machine);
    trace.stop();
    run(machine);
    const events = trace.text.split('\n').filter((line) => /mm_page_(alloc|free):/.test(line));
    const of = (pfn: number): string => `page=[0-9a-f]{16} pfn=0x${pfn.toString(16)}`;
    const own = events.filter(
      (line) => !line.includes('gfp_flags=__GFP_NOWARN') && !line.includes('NOMEMALLOC'),
    );
    expect(own).toHaveLength(3);
    const patterns = [
      `^ {14}dd-3 {7}\\[000\\] \\.{5} +\\d+\\.\\d{6}: mm_page_alloc: ${of(kept)} order=0 migratetype=0 gfp_flags=GFP_KERNEL$`,
      `^ {14}dd-3 {7}\\[001\\] \\.{5} +\\d+\\.\\d{6}: mm_page_alloc: ${of(freed)} order=1 migratetype=0 gfp_flags=GFP_KERNEL$`,
      `^ {14}dd-3 {7}\\[001\\] \\.{5} +\\d+\\.\\d{6}: mm_page_free: ${of(freed)} order=1$`,
    ];
    own.forEach((line, i) => expect(line).toMatch(new RegExp(patterns[i]!)));
    const entries = trace.text.split('\n').filter((line) => /^ .*: mm_page/.test(line)).length;
    expect(trace.text).toContain(`# entries-in-buffer/entries-written: ${entries}/${entries}   #P:2\n`);
  });

  test.each([
    [{ stacks: true }, [' => __alloc_pages_noprof', ' => leaky_alloc']],
    [{ stacks: true, symOffset: true }, READ.map((frame) => ` => ${frame}`)],
  ])('with %j', (options, frames) => {
    const machine = boot();
    const trace = machine.startTrace(options);
    run(machine);
    trace.stop();
    const lines = trace.text.split('\n');
    const free = lines.findIndex((line) => line.includes(' mm_page_free: '));
    const head = lines[free]!.slice(0, lines[free]!.indexOf('mm_page_free'));
    expect(lines.slice(free + 1, free + 4 + 1)).toEqual([
      `${head}<stack trace>`,
      ' => trace_event_raw_event_mm_page_free',
      ...frames,
    ]);
    for (const [i, line] of lines.entries()) {
      if (!line.includes('mm_page_alloc_zone_locked')) continue;
      expect(lines[i + 2]).toBe(' => trace_event_raw_event_mm_page');
    }
  });

  test('with record-tgid: the thread group behind the pid, nothing for the idle task', () => {
    const machine = boot();
    const trace = machine.startTrace({ recordTgid: true });
    const leader = machine.tasks.spawn('mysqld');
    const mask = machine.gfp('GFP_KERNEL');
    machine.runAs(machine.tasks.spawn('mysqld', leader), () => machine.alloc(mask, 0, machine.stack(READ)));
    machine.runAs(machine.tasks.swapper, () => machine.alloc(mask));
    const lines = trace.text.split('\n').filter((line) => line.endsWith('gfp_flags=GFP_KERNEL'));
    expect(lines.map((line) => line.slice(0, line.indexOf('[')))).toEqual([
      '          mysqld-4       (      3) ',
      '         swapper-0       (-------) ',
    ]);
    expect(trace.text).toContain('#           TASK-PID       TGID    CPU#  |||||  TIMESTAMP  FUNCTION\n');
  });

  test('of a whole boot accounts for every page that is in use', () => {
    const machine = bootMachine({ memory: '64M', cmdline: 'page_owner=on', trace: {} });
    run(machine);
    const live = new Map<number, number>();
    for (const [, event, pfn, order] of machine.trace!.text.matchAll(
      /: mm_page_(alloc|free): page=\w+ pfn=0x([0-9a-f]+) order=(\d+)/g,
    )) {
      if (event === 'alloc') live.set(parseInt(pfn!, 16), Number(order));
      else live.delete(parseInt(pfn!, 16));
    }
    // page_ext asks for more than it needs and gives back the rest page by page, so its blocks are alive in parts.
    const { tableBytes } = machine.ext.memoryUsage();
    const pieces = [...machine.allocator.blocks()].filter(
      ({ kind, pfn }) => kind === 'allocated' && !live.has(pfn),
    );
    expect(pieces.every(({ order }) => order === 0)).toBe(true);
    expect(pieces.length).toBe(tableBytes / 4096 - 1);
  });

  test('shows that the tracker itself allocates', () => {
    const machine = boot();
    const trace = machine.startTrace({ stacks: true });
    run(machine);
    expect(trace.text).toMatch(
      / => trace_event_raw_event_mm_page_alloc\n => __set_page_owner\n => __alloc_pages_noprof\n => leaky_alloc\n/,
    );
  });

  test('tells the times of a dump, if the clock counts microseconds', () => {
    const machine = bootMachine({ memory: '64M', cmdline: 'page_owner=on', cpus: 2, clockResolution: 1000 });
    const trace = machine.startTrace();
    const [kept] = run(machine);
    const line = trace.text
      .split('\n')
      .find((text) => text.includes(`mm_page_alloc:`) && text.includes(`pfn=0x${kept.toString(16)} `))!;
    const [, seconds, micros] = /(\d+)\.(\d{6}): /.exec(line)!;
    const record = [...records(machine.files.read('/sys/kernel/debug/page_owner'))].find(
      ({ pfn }) => pfn === kept,
    )!;
    expect(record.tsNs).toBe(BigInt(`${seconds}${micros}`) * 1000n);
    expect(() => bootMachine({ memory: '64M', clockResolution: 0 })).toThrow(
      new RangeError('the resolution of a clock is at least 1 ns, got 0'),
    );
  });

  describe('with events of page_ref', () => {
    const ANON = 'uptodate|lru|swapbacked';
    const FILE = 'uptodate|lru|active';
    /** Name, frame as a letter in the order of appearance, flags, count, val and ret. */
    const eventsOf = (text: string): string[] => {
      const letters = new Map<string, string>();
      return [...text.matchAll(/: ((?:page_ref|mm_page_(?:alloc|free)(?=:)|mm_migrate)\w*): (.*)/g)].map(
        ([, event, rest]) => {
          const of = (key: string): string => new RegExp(`(?:^| )${key}=(\\S+)`).exec(rest!)?.[1] ?? '';
          if (!letters.has(of('pfn'))) letters.set(of('pfn'), String.fromCharCode(97 + letters.size));
          const letter = event!.startsWith('mm_mig') ? of('reason') : letters.get(of('pfn'));
          const more = event!.startsWith('mm_')
            ? ''
            : ` ${of('flags')} ${of('count')} ${of('val')} ${of('ret')}`;
          return `${event} ${letter}${more}`.trim();
        },
      );
    };
    /** A machine without page_owner, so that nothing but `work` allocates. */
    const traced = (work: (machine: Machine) => void, kernel = '6.12', more = {}): string => {
      const machine = bootMachine({ memory: '64M', kernel });
      const start = machine.trace;
      expect(start).toBe(null);
      const trace = machine.startTrace({ pageRef: true, ...more });
      work(machine);
      trace.stop();
      machine.free(machine.alloc(machine.gfp('GFP_KERNEL')));
      expect(machine.allocator.hooks).toBe(null);
      return trace.text;
    };

    test('a page gets a reference before it is allocated, and loses the last before it is freed', () => {
      const text = traced((machine) => {
        const note = machine.note({ flags: FILE });
        machine.free(machine.alloc(machine.gfp('GFP_HIGHUSER_MOVABLE'), 0, machine.stack(READ), note));
      });
      expect(eventsOf(text)).toEqual([
        'page_ref_set a none 1 1',
        'mm_page_alloc a',
        'page_ref_mod a none 2 1',
        `page_ref_mod_and_test a ${FILE} 1 -1 0`,
        `page_ref_mod_and_test a ${FILE} 0 -1 1`,
        'mm_page_free a',
      ]);
      expect(text).toMatch(
        /: page_ref_set: pfn=0x\w+ flags=none count=1 mapcount=-1 mapping=0{16} mt=[01] val=1\n/,
      );
      expect(traced((machine) => void machine.alloc(0), '6.1')).toContain(' mapcount=0 mapping');
    });

    test.each([
      [FILE, true],
      [ANON, false],
    ])('a page with the flags %s moves', (flags, hasPlace) => {
      const machine = bootMachine({ memory: '64M' });
      const movable = machine.gfp('GFP_HIGHUSER_MOVABLE');
      const note = machine.note({ flags });
      // The lowest of three pageblocks' pages may move to where the others were.
      const pages = Array.from({ length: 1500 }, () => machine.alloc(movable, 0, machine.stack(READ), note));
      const lowest = Math.min(...pages);
      const highest = Math.max(...pages);
      for (const pfn of pages) if (pfn !== lowest && pfn !== highest) machine.free(pfn);
      machine.mover = { move: (oldPfn) => oldPfn === lowest };
      const trace = machine.startTrace({ pageRef: true });
      machine.allocator.compact();
      const { text } = trace;
      const isolated = flags.replace('|lru', '');
      expect(eventsOf(text)).toEqual([
        'page_ref_set a none 1 1',
        `page_ref_mod_unless b ${flags} 2 1 1`,
        ...(hasPlace
          ? [
              `page_ref_freeze b ${isolated} 0 2 1`,
              'page_ref_mod a none 2 1',
              `page_ref_unfreeze b ${isolated} 1 1`,
            ]
          : []),
        `page_ref_mod a ${isolated} 3 1`,
        `page_ref_mod_and_test a ${isolated} 2 -1 0`,
        `page_ref_mod_and_test b ${isolated} 0 -1 1`,
        'mm_page_free b',
        `page_ref_mod_and_test a ${flags} 1 -1 0`,
        'mm_migrate_pages compaction',
      ]);
      const mapping = [...text.matchAll(/page_ref_mod_and_test: .* mapping=(\w+) .* ret=[01]$/gm)].map(
        ([, hash]) => hash,
      );
      expect(new Set(mapping).size).toBe(1);
      expect(mapping[0]).not.toBe('0'.repeat(16));
      expect(text).toMatch(
        /mm_migrate_pages: nr_succeeded=1 nr_failed=0 nr_thp_succeeded=0 nr_thp_failed=0 nr_thp_split=0 nr_split=0 mode=MIGRATE_SYNC_LIGHT reason=compaction\n$/,
      );
    });

    test('a block is split, a folio is', () => {
      const text = traced((machine) => {
        machine.allocator.splitPage(machine.alloc(machine.gfp('GFP_KERNEL'), 1), 1);
        const head = machine.note({ flags: 'head' });
        const folio = machine.alloc(machine.gfp('GFP_KERNEL|__GFP_COMP'), 3, machine.stack(READ), head);
        machine.allocator.splitFolio(folio, 3, 1);
      });
      expect(eventsOf(text).filter((event) => /set|freeze/.test(event))).toEqual([
        'page_ref_set a none 1 1',
        'page_ref_set b none 1 1',
        'page_ref_set c none 1 1',
        'page_ref_freeze c head 0 1 1',
        ...['d', 'e', 'f', 'c'].map((letter) => `page_ref_unfreeze ${letter} head 1 1`),
      ]);
    });

    test('with stacks: the recorder of each', () => {
      const text = traced((machine) => machine.free(machine.alloc(0, 0, machine.stack(READ))), '6.12', {
        stacks: true,
      });
      expect(text.match(/ => trace_event_raw_event_(\w+)/g)?.filter((line) => line.includes('ref'))).toEqual([
        ' => trace_event_raw_event_page_ref_mod_template',
        ' => trace_event_raw_event_page_ref_mod_and_test_template',
      ]);
    });

    test('page_owner sees what it sees without them', () => {
      const dumpOf = (pageRef: boolean): string => {
        const machine = bootMachine({ memory: '64M', cmdline: 'page_owner=on', trace: { pageRef } });
        run(machine);
        machine.trace!.stop();
        run(machine);
        return Buffer.from(machine.files.read('/sys/kernel/debug/page_owner')).toString();
      };
      expect(dumpOf(true)).toBe(dumpOf(false));
    });
  });

  test('can be written elsewhere', () => {
    const machine = boot();
    let text = '';
    const trace = machine.startTrace({ write: (piece) => void (text += piece) });
    run(machine);
    expect(text.match(/mm_page_free: /g)).toHaveLength(1);
    expect(trace.text).not.toContain('mm_page_free: ');
  });
});
