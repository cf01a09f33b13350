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

  test('can be written elsewhere', () => {
    const machine = boot();
    let text = '';
    const trace = machine.startTrace({ write: (piece) => void (text += piece) });
    run(machine);
    expect(text.match(/mm_page_free: /g)).toHaveLength(1);
    expect(trace.text).not.toContain('mm_page_free: ');
  });
});
