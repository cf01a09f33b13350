import { describe, expect, test } from '@jest/globals';
import { replay } from '@page-owner/trace-replay';
import { dumpText, recordsOf, replayText } from './fixtures.js';

const FREE = '            init-1       [000] .....     9.000000: mm_page_free: page=0 pfn=0x99 order=0\n';
const ALLOC =
  'mm_page_alloc: page=00000000316a9861 pfn=0x1238 order=0 migratetype=0 gfp_flags=GFP_KERNEL|__GFP_ZERO';

async function only(text: string) {
  const records = recordsOf(await replayText(text + FREE));
  expect(records).toHaveLength(1);
  return records[0]!;
}

test('an event with its stack becomes a record of Linux 6.7 and later', async () => {
  const played = await replayText(`# tracer: nop
#
            init-1       [001] .....    12.869333: mm_page_alloc: page=0 pfn=0x13238 order=2 migratetype=2 gfp_flags=GFP_KERNEL|__GFP_RECLAIMABLE
            init-1       [001] .....    12.869443: <stack trace>
 => trace_event_raw_event_mm_page_alloc
 => __alloc_pages_noprof+0x14b/0x310
 => leaky_alloc_buffers [leaky]
 => leaky_write
${FREE}`);
  expect(dumpText(played))
    .toBe(`Page allocated via order 2, mask 0xcd0(GFP_KERNEL|__GFP_RECLAIMABLE), pid 1, tgid 1 (init), ts 12869333000 ns
PFN 0x13238 type Reclaimable Block 153 type Reclaimable Flags 0x0()
 __alloc_pages_noprof+0x14b/0x310
 leaky_alloc_buffers [leaky]
 leaky_write

`);
  expect(played.report).toMatchObject({ format: 'tracefs', warnings: [] });
});

describe('the front of a line', () => {
  test.each([
    ['five columns of flags', '            init-1       [001] d.h2.    12.500000: ', 'init', 1, 1],
    ['four', '            init-1       [001] d.h2    12.500000: ', 'init', 1, 1],
    ['none', '            init-1       [001]    12.500000: ', 'init', 1, 1],
    ['a thread group', '         worker1-849     (    829) [001] .....    12.500000: ', 'worker1', 849, 829],
    [
      'an unknown thread group',
      '         worker1-849     (-------) [001] .....    12.500000: ',
      'worker1',
      849,
      849,
    ],
    [
      'a name with blanks and dashes',
      '  Web Co-nt-12 3-4127  [000] .....    12.500000: ',
      'Web Co-nt-12 3',
      4127,
      4127,
    ],
    ['a name with brackets', '  [kworker] [0]:-77      [000] .....    12.500000: ', '[kworker] [0]:', 77, 77],
    [
      'a name like a front',
      '  a-1 [0] 1.2: b-4127  [000] .....    12.500000: ',
      'a-1 [0] 1.2: b',
      4127,
      4127,
    ],
    ['a forgotten name', '           <...>-4127    [000] .....    12.500000: ', '<...>', 4127, 4127],
    ['the idle task', '          <idle>-0       [003] ..s..    12.500000: ', 'swapper/3', 0, 0],
    [
      'a task with the id 0 that has a name',
      '         swapper-0       [003] .....    12.500000: ',
      'swapper',
      0,
      0,
    ],
    ['nanoseconds', '            init-1       [001] .....    12.500000000: ', 'init', 1, 1],
    ['latency-format, counted in seconds', '    init-1         3d..2.    12.500000: ', 'init', 1, 1],
    ['latency-format, four columns of flags', '    init-1       3...2 12500000us+: ', 'init', 1, 1],
    ['latency-format, nothing to mark', '  kworker-77       0..... 12500000us : ', 'kworker', 77, 77],
    ['the time since the event before', '    init-1     [001]    12.500000: (+1234)  ', 'init', 1, 1],
    ['the clock went back', '    init-1     [001]    12.500000: (-6)     ', 'init', 1, 1],
    ['no indentation', 'init-1 [001] ..... 12.500000: ', 'init', 1, 1],
    [
      'bytes that are no UTF-8',
      '           \udcff\udc80x-5       [001] .....    12.500000: ',
      '\udcff\udc80x',
      5,
      5,
    ],
  ])('%s', async (_, front, comm, pid, tgid) => {
    expect(await only(`${front}${ALLOC}\n`)).toMatchObject({ comm, pid, tgid, tsNs: 12_500_000_000n });
  });

  test('a count of cycles is exact, after a year as well', async () => {
    const count = '12345678901234567891';
    const wide = (text: string) => ` init-1 [001] ..... ${text}: ${ALLOC}\n`;
    const records = recordsOf(await replayText(wide('94608000123456789') + FREE));
    expect(records).toMatchObject([{ tsNs: 94_608_000_123_456_789n }]);
    await expect(replayText(wide(count) + FREE)).rejects.toThrow(/line 1 is damaged: .* time before it/);
  });

  test('a clock that counts no seconds is said to be one', async () => {
    const counts = ' init-1 [001] ..... 123456789: ';
    const { report } = await replayText(`${counts}${ALLOC}\n${FREE.replace('9.000000', '223456789')}`);
    expect(report.inSeconds).toBe(false);
    expect(report.warnings).toContainEqual(expect.stringMatching(/clock/));
  });
});

describe('the payload', () => {
  test.each([
    ['pfn=77524', 'gfp_flags=GFP_KERNEL', 77524, 0xcc0, 'GFP_KERNEL'],
    ['pfn=0x12ed4', 'gfp_flags=0x140cca', 77524, 0x140cca, 'GFP_HIGHUSER_MOVABLE|__GFP_COMP'],
    ['pfn=0x12ed4', 'gfp_flags=3264', 77524, 0xcc0, 'GFP_KERNEL'],
    ['pfn=0x12ed4', 'gfp_flags=none', 77524, 0, ''],
    // Option fields.
    ['pfn=0x12ed4 (77524)', 'gfp_flags=0xcc0 (3264)', 77524, 0xcc0, 'GFP_KERNEL'],
    ['pfn=0x12ed4', 'gfp_flags=GFP_KERNEL|0x8000000', 77524, 0x8000cc0, 'GFP_KERNEL|0x8000000'],
    ['pfn=0x12ed4', 'nr_free=9 what gfp_flags=GFP_ATOMIC cpu=3', 77524, 0x820, 'GFP_ATOMIC'],
  ])('%s %s', async (pfn, gfp, number, gfpMask, gfpNames) => {
    const record = await only(
      ` init-1 [001] ..... 1.5: mm_page_alloc: ${pfn} page=(____ptrval____) order=0 migratetype=1 ${gfp}\n`,
    );
    expect(record).toMatchObject({ pfn: number, gfpMask, gfpNames });
  });

  test('names of another kernel get its numbers', async () => {
    const text = ' init-1 [001] ..... 1.5: mm_page_alloc: pfn=0x1 order=0 migratetype=0 gfp_flags=';
    const gfp = async (names: string, kernel?: string) =>
      recordsOf(await replayText(`${text}${names}\n${FREE}`, kernel ? { kernel } : {}))[0]?.gfpMask;
    expect(await gfp('GFP_ATOMIC', '6.1')).toBe(0xa20);
    expect(await gfp('__GFP_COLD')).toBe(0x100);
    const { report } = await replayText(`${text}GFP_KERNEL|__GFP_VENDOR\n${FREE}`);
    expect(report.warnings).toContainEqual(expect.stringMatching(/"GFP_KERNEL\|__GFP_VENDOR"/));
  });
});

describe('stacks', () => {
  const event = (cpu: number, pid: number, what: string) =>
    `            task-${pid}       [00${cpu}] .....    12.500000: ${what}\n`;
  const alloc = (pfn: number) =>
    `mm_page_alloc: page=0 pfn=${pfn} order=0 migratetype=0 gfp_flags=GFP_KERNEL`;
  const stacksOf = async (text: string) => recordsOf(await replayText(text + FREE)).map(({ stack }) => stack);

  test('belong to the last event of the cpu and the task that has none', async () => {
    const stacks = await stacksOf(
      event(0, 7, alloc(1)) +
        event(1, 8, alloc(2)) +
        // An interrupt between the event and its stack.
        event(0, 7, alloc(3)) +
        `${event(0, 7, '<stack trace>')} => f3\n` +
        `${event(1, 8, '<stack trace>')} => f2\n => g2\n` +
        event(1, 9, alloc(4)) +
        `${event(0, 7, '<stack trace>')} => f1\n` +
        // Of a task that ran there before.
        `${event(1, 8, '<stack trace>')} => lost\n`,
    );
    expect(stacks).toEqual([['f1'], ['f2', 'g2'], ['f3'], []]);
  });

  test('of other events and of programs belong to nobody', async () => {
    const stacks = await stacksOf(
      event(0, 7, alloc(1)) +
        event(0, 7, 'sched_switch: prev_comm=a ==> next_comm=b') +
        `${event(0, 7, '<stack trace>')} => schedule\n` +
        `${event(0, 7, '<stack trace>')} => f1\n` +
        `${event(0, 7, '<user stack trace>')} =>  <00007f1234567890>\n` +
        event(0, 7, alloc(2)) +
        `${event(0, 7, '<user stack trace>')} => /usr/bin/cat[+0x1234]\n` +
        `${event(0, 7, '<stack trace>')} => f2 <ffffffff811a0c6f>\n`,
    );
    expect(stacks).toEqual([['f1'], ['f2']]);
  });

  test.each([
    [
      'kernel_stack:         <stack trace >\n=> do_wp_page (ffffffff811a0c6f)\n=> handle (ffffffff811a0c70)\n',
    ],
    ['kernel_stack:         <stack trace>\n=> do_wp_page (ffffffff811a0c6f)\n => handle\n'],
    ['kernel_stack:         \t=> do_wp_page\n\t=> handle\n'],
    ['<stack trace>\n => do_wp_page\n => handle <ffffffff811a0c6f>\n'],
  ])('in every spelling: %j', async (stack) => {
    expect(await stacksOf(event(0, 7, alloc(1)) + event(0, 7, stack).trimEnd() + '\n')).toEqual([
      ['do_wp_page', 'handle'],
    ]);
  });

  test('of the trigger of that name: the tracer on top, and only some events have one', async () => {
    const top = ['stacktrace_trigger', 'event_triggers_post_call', 'trace_event_buffer_commit'];
    const frames = (...names: string[]) =>
      `${event(0, 7, '<stack trace>')}${names.map((name) => ` => ${name}\n`).join('')}`;
    const free = (pfn: number) => event(0, 7, `mm_page_free: page=0 pfn=${pfn} order=0`);
    const stacks = await stacksOf(
      event(0, 7, alloc(1)) +
        frames(...top, 'trace_event_raw_event_mm_page_alloc', 'f1') +
        free(0x998) +
        event(0, 7, alloc(2)) +
        frames('f2') +
        free(0x997) +
        event(0, 7, alloc(3)) +
        // An interrupt before the stack, with events that have none.
        free(0x996) +
        free(0x995) +
        frames('__traceiter_mm_page_alloc', 'f3') +
        event(0, 7, alloc(4)),
    );
    expect(stacks).toEqual([['f1'], ['f2'], ['f3'], []]);
  });

  test('end where page_owner ends them: at 16 frames, or where an interrupt came in', async () => {
    const frames = Array.from({ length: 20 }, (_, i) => `f${i}`);
    const text = (names: string[]) =>
      `${event(0, 7, alloc(1))}${event(0, 7, '<stack trace>')} => ${names.join('\n => ')}\n${FREE}`;
    expect(await stacksOf(text(frames))).toEqual([frames.slice(0, 16)]);
    expect(recordsOf(await replayText(text(frames), { depth: 3 }))[0]?.stack).toEqual(['f0', 'f1', 'f2']);
    const interrupted = ['__traceiter_mm_page_alloc', 'f0', 'asm_sysvec_apic_timer_interrupt', 'f2'];
    expect(await stacksOf(text(interrupted))).toEqual([['f0', 'asm_sysvec_apic_timer_interrupt']]);
  });
});

test('perf script: names, call chains up to the kernel, lost events', async () => {
  const played =
    await replayText(`Web Content  4127/4130 [000] 12.500000: kmem:mm_page_alloc: page=0x4d2 pfn=1234 order=0 migratetype=1 gfp_flags=GFP_KERNEL
\tffffffff8162184b __alloc_pages_noprof+0x26b ([kernel.kallsyms])
\tffffffffc0001000 leaky_write+0x10 ([leaky])
\t    7f9d7a2f2ad7 write+0x17 (/usr/lib/libc.so.6)

         swapper     0 [002] 12.600000:      kmem:mm_page_alloc: page=0x4d3 pfn=0x4d3 order=0 migratetype=1 gfp_flags=GFP_ATOMIC
            cat  4131 [001] 12.700000:       kmem:mm_page_free: page=0x4d2 pfn=0x4d2 order=0
\tffffffff8162184b free_pages+0x2 ([kernel.kallsyms])

`);
  expect(played.report).toMatchObject({ format: 'perf', warnings: [] });
  expect(recordsOf(played)).toMatchObject([{ pfn: 0x4d3, comm: 'swapper/2', pid: 0, stack: [] }]);
  const { stacks } = played.report;
  const row = Array.from({ length: stacks.length }, (_, i) => i).find((i) => i > 0 && stacks.pages[i])!;
  expect(played.report.frames(row)).toEqual(['__alloc_pages_noprof+0x26b', 'leaky_write+0x10']);
  const tail = ' cat 1 [000] 13.0: PERF_RECORD_LOST lost 42\n';
  const lossy = await replayText(
    ` cat 1 [000] 12.5: kmem:mm_page_alloc: pfn=1 order=0 gfp_flags=none\n cat 1 [000] 12.6: kmem:mm_page_free: pfn=2 order=0\n${tail}`,
  );
  expect(lossy.report.losses).toMatchObject({ marks: 1, events: 42 });
});

test('a task that is called like a frame, behind the stack of a program', async () => {
  const front = (name: string) => `${name.padStart(16)}-1       [001] .....    12.500000: `;
  const free = 'mm_page_free: page=00000000316a9861 pfn=0x1238 order=0\n';
  const text = `${front('init')}${ALLOC}\n${front('init')}<user stack trace>\n => /bin/a[+0x12]\n`;
  expect((await replayText(`${text}${front('=> foo')}${free}`)).report.live.pages).toBe(0);
  // A file can be called anything.
  expect(
    (await replayText(`${text} => ${front('/bin/').trimStart()}${free}${FREE}`, { tolerant: true })).report
      .live.pages,
  ).toBe(1);
});

test('perf script: tasks that are called like an address', async () => {
  const names = ['dd', 'bc', 'ed', 'a', 'cafe', '12', 'deadbeef'];
  const line = (name: string, event: string) =>
    `${name.padStart(16)}     7 [000]     1.500000: kmem:${event}\n`;
  const text = names.map(
    (name, i) =>
      line(name, `mm_page_alloc: page=0x1 pfn=${i + 1} order=0 migratetype=0 gfp_flags=GFP_KERNEL`) +
      line(name, `mm_page_free: page=0x1 pfn=${i + 100} order=0`),
  );
  const played = await replayText(text.join(''));
  expect(recordsOf(played).map(({ comm }) => comm)).toEqual(names);
  expect(played.report.events).toMatchObject({ frees: names.length, strayStacks: 0 });
  // A frame is one whatever the names of its symbol and file are.
  const frame = '\t        12345678 1.5: kmem:mm_page_free: page=0x1 pfn=1 order=0 (/tmp/x)\n\n';
  expect(
    recordsOf(await replayText(text.join('') + line('sh', 'mm_page_free: page=0 pfn=99 order=0') + frame)),
  ).toHaveLength(names.length);
});

describe('perf script -F', () => {
  const ALLOCATION = 'mm_page_alloc: page=0x4d2 pfn=0x4d2 order=0 migratetype=1 gfp_flags=GFP_KERNEL';
  test.each([
    ['comm,tid,time,event,trace,ip,sym', 'Web Content  4130 12.500000: kmem:', 'alloc_pages', 4130],
    ['comm,pid,tid,cpu,time,...', 'Web Content  4127/4130 [000] 12.500000: kmem:', 'alloc_pages', 4127],
    ['+period,symoff', 'Web Content  4130 [000] 12.500000:    1 kmem:', 'alloc_pages+0x1f', 4130],
    ['without the system', 'Web Content  4130 [000] 12.500000000: ', 'alloc_pages+0x1f', 4130],
  ])('%s', async (_, front, frame, tgid) => {
    const stack = `\tffffffff8162184b ${frame}\n\t        7f9d7a2f main\n\n`;
    const free = `cat 1 [000] 12.600000: kmem:mm_page_free: page=0x9 pfn=0x9 order=0\n\n`;
    const played = await replayText(`${front}${ALLOCATION}\n${stack}${free}`);
    expect(played.report).toMatchObject({ format: 'perf', warnings: [] });
    expect(recordsOf(played)).toMatchObject([{ comm: 'Web Content', pid: 4130, tgid, stack: [frame] }]);
  });

  test('+srcline: lines of sources between the frames', async () => {
    const played = await replayText(`cat 1 [000] 12.5: kmem:${ALLOCATION}
\tffffffff8162184b alloc_pages+0x1f ([kernel.kallsyms])
  mm/page_alloc.c:4711
\tffffffffc0001000 leaky_write+0x10 ([leaky])
  leaky.c:12

cat 1 [000] 12.6: kmem:mm_page_free: page=0x9 pfn=0x9 order=0
`);
    expect(played.report.warnings).toEqual([]);
    expect(recordsOf(played)[0]?.stack).toEqual(['alloc_pages+0x1f', 'leaky_write+0x10']);
  });
});

test('trace-cmd report -R, and what it says besides', async () => {
  const line = (text: string) => `            init-1     [001]    12.500000: ${text}\n`;
  const played = await replayText(
    `version = 6\nCPU 0 is empty\ncpus=2\n` +
      line('mm_page_alloc:         pfn=0x12ed4 order=0 gfp_flags=3264 migratetype=1') +
      line('mm_page_alloc:         pfn=0xffffffffffffffff order=9 gfp_flags=3264 migratetype=1') +
      line('mm_page_alloc_zone_locked: pfn=0xffffffffffffffff order=0 migratetype=1') +
      line('mm_page_free:          pfn=0x99 order=0'),
  );
  expect(played.report).toMatchObject({
    format: 'trace-cmd',
    events: { failed: 1, zoneLocked: 1 },
    unreadable: { lines: 0 },
  });
  expect(recordsOf(played)).toMatchObject([{ pfn: 77524, gfpMask: 0xcc0 }]);
});

test('what is moved between the lists of the allocator is neither allocated nor freed', async () => {
  const line = (text: string) => `            init-1       [001] .....    12.500000: ${text}\n`;
  const played = await replayText(
    line('mm_page_alloc_zone_locked: page=0 pfn=0x77 order=0 migratetype=1 percpu_refill=1') +
      line('mm_page_alloc: page=0 pfn=0x78 order=0 migratetype=1 gfp_flags=GFP_KERNEL') +
      line('mm_page_pcpu_drain: page=0 pfn=0x78 order=0 migratetype=1') +
      FREE,
  );
  expect(played.report.events).toMatchObject({ allocations: 1, zoneLocked: 1, pcpuDrains: 1 });
  expect(recordsOf(played)).toMatchObject([{ pfn: 0x78 }]);
});

test('task_rename without a pid is of the task that it stands beside', async () => {
  const line = (text: string) => `             cat-50      [000] .....    12.500000: ${text}\n`;
  const alloc = (pfn: number) =>
    line(`mm_page_alloc: page=0 pfn=${pfn} order=0 migratetype=0 gfp_flags=GFP_KERNEL`);
  const played = await replayText(
    alloc(1) + line('task_rename: oldcomm=sh newcomm=cat oom_score_adj=0') + alloc(2) + FREE,
  );
  expect(recordsOf(played).map(({ comm }) => comm)).toEqual(['sh', 'cat']);
});

test('task_rename and task_newtask tell what tasks were called at the time', async () => {
  const line = (pid: number, what: string) =>
    `             cat-${pid}     [000] .....    12.500000: ${what}\n`;
  const alloc = (pfn: number) =>
    `mm_page_alloc: page=0 pfn=${pfn} order=0 migratetype=0 gfp_flags=GFP_KERNEL`;
  const played = await replayText(
    line(50, alloc(1)) +
      line(50, 'task_rename: pid=50 oldcomm=init newcomm=sh oom_score_adj=0') +
      line(50, alloc(2)) +
      line(50, 'task_newtask: pid=51 comm=sh clone_flags=1200011 oom_score_adj=0') +
      line(51, alloc(3)) +
      line(51, 'task_rename: pid=51 oldcomm=sh newcomm=cat oom_score_adj=0') +
      line(51, alloc(4)) +
      line(50, 'task_newtask: pid=52 comm=sh clone_flags=3d0f00 oom_score_adj=0') +
      line(52, alloc(5)) +
      FREE,
  );
  expect(recordsOf(played).map(({ comm, tgid }) => `${comm} ${tgid}`)).toEqual([
    'init 50',
    'sh 50',
    'sh 51',
    'cat 51',
    'sh 50',
  ]);
});

test('names that events told are forgotten where events are lost, thread groups are not', async () => {
  const line = (pid: number, what: string) =>
    `             cat-${pid}     [000] .....    12.500000: ${what}\n`;
  const alloc = (pfn: number) =>
    `mm_page_alloc: page=0 pfn=${pfn} order=0 migratetype=0 gfp_flags=GFP_KERNEL`;
  const played = await replayText(
    line(50, 'task_newtask: pid=51 comm=sh clone_flags=3d0f00 oom_score_adj=0') +
      line(51, alloc(1)) +
      'CPU:0 [LOST 3 EVENTS]\n' +
      line(51, alloc(2)) +
      line(51, 'task_rename: pid=51 oldcomm=bash newcomm=cat oom_score_adj=0') +
      line(51, alloc(3)) +
      FREE,
  );
  const records = [...played.records({ doubtful: true })];
  expect(records.map(({ comm, tgid }) => `${comm} ${tgid}`)).toEqual(['sh 50', 'bash 50', 'cat 50']);
  expect(played.report.warnings.some((warning) => warning.includes('types of pageblocks may have'))).toBe(
    true,
  );
});

test('lines that are read without looking for their end, and those that only look like them', async () => {
  // A name that makes each of its lines begin like a frame.
  const front = ' => 3456789abcde-77      [001] .....    12.850000: ';
  const filler = `${' '.repeat(12)}init-1       [001] .....    12.840000: sched_waking: comm=x pid=9\n`;
  const alloc = (pfn: string, rest = '') =>
    `${front}mm_page_alloc: page=00000000df6fc500 pfn=${pfn} order=0 migratetype=0 gfp_flags=GFP_KERNEL${rest}\n`;
  const free = `${front}mm_page_free: page=00000000df6fc500 pfn=0x99 order=0\n`;
  const text = [
    filler,
    alloc('0x1'),
    free,
    `${front}<stack trace>\n => f+0x1/0x2\n => g+0x3/0x4\n`,
    alloc('0x2'),
    `${front}<stack trace>\n => f+0x1/0x2\n => g+0x3/0x4\n`,
    // The stack has ended.
    alloc('0x3'),
    `${front}<stack trace>\n => f+0x1/0x2\n`,
    `${front}<user stack trace>\n`,
    ' => /bin/x[+0x12]\n',
    filler,
    alloc('0x5', '|__GFP_ZERO'),
    alloc('0x6').replace('\n', '\r\n'),
    alloc('0x7').replace(' order', ' nr=9 order'),
    free.replace('12.850000', '12.85'),
    filler.repeat(10),
  ].join('');
  for (const chunk of [text.length, 700, 611]) {
    const bytes = Buffer.from(text);
    const chunks = Array.from({ length: Math.ceil(bytes.length / chunk) }, (_, i) =>
      bytes.subarray(i * chunk, (i + 1) * chunk),
    );
    const played = await replay(chunks);
    expect(
      [...played.records()].map(({ pfn, gfpNames, stack, comm }) => [pfn, gfpNames, stack.join(' '), comm]),
    ).toEqual([
      [1, 'GFP_KERNEL', '', '=> 3456789abcde'],
      [2, 'GFP_KERNEL', 'f+0x1/0x2 g+0x3/0x4', '=> 3456789abcde'],
      [3, 'GFP_KERNEL', 'f+0x1/0x2', '=> 3456789abcde'],
      [5, 'GFP_KERNEL|__GFP_ZERO', '', '=> 3456789abcde'],
      [6, 'GFP_KERNEL', '', '=> 3456789abcde'],
      [7, 'GFP_KERNEL', '', '=> 3456789abcde'],
    ]);
    expect(played.report).toMatchObject({ lines: text.split('\n').length - 1, unreadable: { lines: 0 } });
    expect(played.report.events).toMatchObject({ allocations: 6, frees: 2, stacks: 3, strayStacks: 0 });
  }
});
