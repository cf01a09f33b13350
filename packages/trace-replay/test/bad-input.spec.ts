import { describe, expect, test } from '@jest/globals';
import { encodeText } from '@page-owner/dump-format';
import { replay } from '@page-owner/trace-replay';
import { recordsOf, replayText } from './fixtures.js';

const ALLOC =
  '            init-1       [001] .....    12.8: mm_page_alloc: page=0 pfn=0x1 order=0 migratetype=0 gfp_flags=GFP_KERNEL\n';
const FREE = '            init-1       [001] .....    12.9: mm_page_free: page=0 pfn=0x2 order=0\n';

describe('one sentence says what was found and what is needed', () => {
  test.each([
    ['', /^the trace is empty; a replay needs the text of tracing\/trace/],
    [
      '            init',
      /^no complete line in 16 bytes, which begin with " {12}init"; a replay needs the text/,
    ],
    [
      'A'.repeat(70_000),
      /^no complete line in 70000 bytes, which begin with "A{40}\.\.\."; a replay needs the text of/,
    ],
    ['\0'.repeat(3000), /^no complete line in 3000 bytes, which begin with "(\\u0000){6}\.\.\."; a replay/],
    ['\u001b'.repeat(99) + '\n', /^no event in 1 line; line 1 is "(\\u001b){6}\.\.\."; a replay/],
    ['PERFILE2', /^line 1 is that of a perf.data/],
    ['# tracer: nop\n#\n', /^no event in 2 lines; a replay needs mm_page_alloc and mm_page_free$/],
    [
      '   sh-1 [000] ..... 1.5: sched_switch: prev_comm=a\n   sh-1 [000] ..... 1.6: irq_handler_entry: irq=1 name=x\n',
      /^no mm_page_alloc and no mm_page_free in 2 lines, which from line 1 on have 1 of "sched_switch", 1 of "irq_handler_entry"; a replay needs both$/,
    ],
    [FREE, /^from line 1 on the trace has 1 mm_page_free and no mm_page_alloc; a replay needs both events$/],
    [
      ALLOC,
      /^from line 1 on the trace has 1 mm_page_alloc and no mm_page_free; without it all that was allocated would look like a leak$/,
    ],
    [
      '\u0017\u0008\u0044tracing\n',
      /^line 1 is that of a trace.dat of trace-cmd; `trace-cmd report` writes its text/,
    ],
    ['PERFILE2\n', /^line 1 is that of a perf.data; `perf script` writes its text/],
    ['Page allocated via order 0, mask 0xcc0\n', /^line 1 is that of a page_owner dump, not a trace/],
    [
      '\n[12:00:00.123456789] (+?.?????????) host kmem_mm_page_alloc: { }\n',
      /^line 2 is that of the text of babeltrace/,
    ],
    ['{"traceEvents":[]}\n', /JSON/],
    [
      '     0.000 ( 0.005 ms): sh/12 kmem:mm_page_alloc(pfn: 12, gfp_flags: 3264)\n',
      /^line 1 is that of the output of `perf trace`; a replay needs/,
    ],
    ['Attaching 2 probes...\n', /bpftrace/],
    ['hello\n\u001b[2Jworld\n', /^no event in 2 lines; line 1 is "hello"; a replay needs the text of/],
    ['\u001b[2J\n', /line 1 is "\\u001b\[2J"/],
  ])('%j', async (text, sentence) => {
    await expect(replayText(text)).rejects.toThrow(sentence);
  });

  test.each([
    ['mm_page_alloc: page=0 order=0 gfp_flags=none', 'there is no pfn='],
    ['mm_page_alloc: page=0 pfn=0x1 gfp_flags=none', 'there is no order='],
    ['mm_page_alloc: page=0 pfn=0x1 order=0 migratetype=0', 'there is no gfp_flags='],
    ['mm_page_alloc: page=0 pfn=0xzz order=0 gfp_flags=none', 'pfn is no number'],
    ['mm_page_alloc: page=0 pfn=0x1 order=99 gfp_flags=none', 'order is no page order'],
    ['mm_page_free: page=0 pfn=0xffffffffffffffff order=0', 'pfn is above 2^52'],
    ['mm_page_free:', 'there is no pfn='],
    ['mm_page_alloc_extfrag: page=0 pfn=0x1', 'there is no alloc_order='],
    ['mm_page_free_batched: page=0 pfn=0x1', 'there is no order='],
    [
      'mm_page_alloc: page=0 pfn=0x1 order=0 migratetype=0 gfp_flags=GFP_KERNEL|__GFP_ZER',
      'gfp_flags are no names of flags',
    ],
    [
      'mm_page_alloc: page=0 pfn=0x1 order=0 migratetype=1 gfp_flags=GFP_HIGHUSER',
      'gfp_flags ask for another migratetype than 1',
    ],
    ['mm_page_alloc: pfn=0x1 order=0 gfp_flags=0xcc', 'there is no migratetype='],
    [
      'mm_page_alloc: page=00000000df6fc500 pfn=0x13 order=3 migratetype=0 gfp_flags=none',
      'pfn is no multiple of 8 pages',
    ],
  ])('a damaged event: %s', async (event, wrong) => {
    const bad = `            init-1       [001] .....    12.8: ${event}\n`;
    await expect(replayText(ALLOC + bad + FREE)).rejects.toThrow(
      `line 2 is damaged: ${event.split(':')[0]}, but ${wrong} in "${event.split(': ')[1] ?? ''}"; the event counts as lost`,
    );
    const { report } = await replayText(ALLOC + bad + FREE, { tolerant: true });
    expect(report.losses).toMatchObject({ unreadableEvents: 1, firstLine: 2 });
    expect(report.live.doubtfulPages).toBe(1);
    expect(report.warnings.filter((warning) => !warning.includes('mm_page'))).toEqual([
      '1 event could not be read and count as lost, the first at line 2',
      expect.stringMatching(/^1 page of 1 may have been freed/),
      expect.stringMatching(/^types of pageblocks/),
      expect.stringMatching(/^the trace has no stacks/),
    ]);
  });
});

describe('a kmem event that was damaged before its payload', () => {
  const HEAD = '            init-1       [001] .....    12.85: ';
  const PAYLOAD = 'page=00000000df6fc500 pfn=0x1 order=0';
  const LOCKED = `mm_page_alloc_zone_locked: ${PAYLOAD} migratetype=1 percpu_refill=1`;
  const ANOTHER = 'another line is joined to it';
  const JOINED = 'its line is joined to that of another event';
  const GONE = 'task, cpu and time before it cannot be read';
  test.each([
    [`${HEAD}mm_page_f`, 'an event', 'its name is cut off'],
    [`${HEAD}mm_page_free`, 'an event', 'its name is cut off'],
    [HEAD, 'an event', 'its name is cut off'],
    [HEAD.trimEnd(), 'an event', 'its name is cut off'],
    [`${HEAD}kmem:`, 'an event', 'its name is cut off'],
    [`${HEAD}mm_page_free: ${PAYLOAD}`.replace('[001]', '[0x1]'), 'mm_page_free', GONE],
    [`${HEAD}mm_page_free: ${PAYLOAD}`.replace('[001]', '[xyz]'), 'mm_page_free', GONE],
    [`${HEAD}mm_page_free: ${PAYLOAD}`.replace('[001]', '[99999999999999]'), 'mm_page_free', GONE],
    [`${HEAD}mm_page_free: ${PAYLOAD}`.replace('12.85', '999999999999999999.999999'), 'mm_page_free', GONE],
    [`mm_page_free: ${PAYLOAD}`, 'mm_page_free', GONE],
    // Joined to the next line, cut in the front, behind the time, in the name and in the payload.
    [`${HEAD.slice(0, 30)}${HEAD}mm_page_free: ${PAYLOAD}`, 'mm_page_free', GONE],
    [`${HEAD}${HEAD}mm_page_free: ${PAYLOAD}`, 'mm_page_free', GONE],
    [`${HEAD}mm_page_f${HEAD}mm_page_free: ${PAYLOAD}`, 'mm_page_free', GONE],
    [`${HEAD}mm_page_free: ${PAYLOAD}${HEAD}mm_page_free: ${PAYLOAD}`, 'mm_page_free', ANOTHER],
    [`${HEAD}mm_page_free: page=0 pfn=0x4mm_page_free: ${PAYLOAD}`, 'mm_page_free', 'pfn is no number'],
    [`${HEAD}mm_page_free: page=0 pfn=0x4 mm_page_free: ${PAYLOAD}`, 'mm_page_free', ANOTHER],
    [`${HEAD}mm_page_free: page=0 pfn=0x4 ${PAYLOAD}`, 'mm_page_free', 'there are two pfn='],
    // The event is complete, or its payload would be with what the next line has.
    [`${HEAD}mm_page_free: ${PAYLOAD}${HEAD}sched_switch: prev_comm=a`, 'mm_page_free', ANOTHER],
    [`${HEAD}mm_page_free: page=0 pfn=0x12${HEAD}mm_compaction: order=3`, 'mm_page_free', ANOTHER],
    // The line that it is joined to is that of another event: cut in its payload, its name, its front.
    [`${HEAD}sched_switch: prev_comm=ba${HEAD}mm_page_free: ${PAYLOAD}`, 'mm_page_free', JOINED],
    [`${HEAD}sched_switch: prev_comm=ba mm_page_free: ${PAYLOAD}`, 'mm_page_free', JOINED],
    [`${HEAD}sched_switch: prev_comm=bamm_page_free: ${PAYLOAD}`, 'mm_page_free', JOINED],
    [`${HEAD}sched_switch: prev_c 12.85: kmem:mm_page_free: pfn=0x1 order=0`, 'mm_page_free', JOINED],
    [`${HEAD}mm_page_pcpu_drain: page=0 pfn=0x5${HEAD}mm_page_free: ${PAYLOAD}`, 'mm_page_free', JOINED],
    [`${HEAD}task_rename: pid=7 oldcomm=a newc${HEAD}mm_page_free: ${PAYLOAD}`, 'mm_page_free', JOINED],
    [`${HEAD}tracing_mark_write: hello${HEAD}mm_page_free: ${PAYLOAD}`, 'mm_page_free', JOINED],
    [`${HEAD}kernel_stack:         <stack trace >${HEAD}mm_page_free: ${PAYLOAD}`, 'mm_page_free', JOINED],
    [
      `${HEAD}<user stack trace>\n => /usr/bin/cat[+0x12${HEAD}mm_page_free: ${PAYLOAD}`,
      'mm_page_free',
      JOINED,
    ],
    // It is one of those that tell of free pages.
    [`${HEAD}mm_page_f${HEAD}mm_page_pcpu_drain: ${PAYLOAD} migratetype=1`, 'mm_page_pcpu_drain', GONE],
    [`${HEAD}mm_page_f${HEAD}${LOCKED}`, 'mm_page_alloc_zone_locked', GONE],
    [`${HEAD}sched_switch: prev_comm=ba${HEAD}${LOCKED}`, 'mm_page_alloc_zone_locked', JOINED],
    [`${HEAD}mm_page_pcpu_drain: page=0 pfn=0x5${HEAD}${LOCKED}`, 'mm_page_alloc_zone_locked', JOINED],
    [
      `${HEAD}mm_page_fne_locked: ${PAYLOAD} migratetype=1 percpu_refill=1`,
      'an event',
      'its name is cut off',
    ],
    // Of the second line not even the name is whole.
    [`${HEAD}sched_switch: prev_comm=baage_free: ${PAYLOAD}`, 'an event of kmem', JOINED],
    [
      `${HEAD}sched_swage_alloc: ${PAYLOAD} migratetype=0 gfp_flags=GFP_ATOMIC`,
      'an event',
      'its name is cut off',
    ],
    [`${HEAD.slice(0, 30)}age_free: ${PAYLOAD}`, 'an event of kmem', GONE],
    [PAYLOAD, 'an event', 'its name is cut off'],
    [`# a comment${HEAD}mm_page_free: ${PAYLOAD}`, 'mm_page_free', JOINED],
    [`${HEAD}<stack trace>\n => free_frozen_p${HEAD}mm_page_free: ${PAYLOAD}`, 'mm_page_free', GONE],
  ])('%j', async (bad, event, wrong) => {
    const line = 1 + bad.split('\n').length;
    const text = `${ALLOC}${bad}\n${FREE}`;
    await expect(replayText(text)).rejects.toThrow(`line ${line} is damaged: ${event}, but ${wrong} in "`);
    const { report } = await replayText(text, { tolerant: true });
    expect(report.losses).toMatchObject({ unreadableEvents: 1, firstLine: line });
    expect(report.live).toMatchObject({ pages: 1, doubtfulPages: 1 });
  });

  test('and what only looks like one', async () => {
    const others = [
      `${HEAD}mm_page_foo <-bar`,
      `${HEAD}tracing_mark_write: saw mm_page_free: page=1 pfn=0x1`,
      `${HEAD}bprint: show: mm_page_free: ${PAYLOAD}`,
      `${HEAD}console: [   12.345678] mm_page_free: ${PAYLOAD}`,
      `${HEAD}sched_switch: prev_comm=mm_page_free: prev_pid=7 prev_prio=120 prev_state=S ==> next_comm=a`,
      `${HEAD}sched_switch: prev_comm=1: mm_page_free prev_pid=7 prev_prio=120 prev_state=S ==> next_comm=a`,
      `${HEAD}mm_filemap_add_to_page_cache: dev 8:1 ino 2 pfn=0x1 ofs=0 order=0`,
      `${HEAD}mm_vmscan_wakeup_kswapd: nid=0 order=0 gfp_flags=GFP_KERNEL`,
      `${HEAD}cma_alloc_finish: name=reserved pfn=0x1 page=00000000df6fc500 count=1 align=0`,
      // Files can be called anything: this is no event.
      `${HEAD}<user stack trace>\n => /tmp/x mm_page_free: ${PAYLOAD} and more of a name that is long[+0x12]`,
      `${HEAD.replace('            init', '   mm_page_free:')}sched_switch: a`,
      'a note on mm_page_free and mm_page_alloc',
    ];
    const { report } = await replayText(`${ALLOC}${others.join('\n')}\n${FREE}`);
    expect(report.losses.unreadableEvents).toBe(0);
    expect(report.live).toMatchObject({ pages: 1, doubtfulPages: 0 });
  });
});

describe('a line that was cut off anywhere', () => {
  const FRONT = '            init-1       [001] .....    12.850000: ';
  const PERF = 'init     1 [001]    12.850000:        kmem:';
  const REPORT = '            init-1     [001]    12.850000: ';
  const PAGE = 'page=00000000df6fc500 pfn=0x13a2b';
  const MASK = 'GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO';
  const extfrag = (page: string) =>
    `mm_page_alloc_extfrag: ${page}alloc_order=3 fallback_order=10 pageblock_order=9 alloc_migratetype=1 fallback_migratetype=2 fragmenting=0 change_ownership=1`;

  /** The whole line, and of what its prefixes may end with so that they are whole lines themselves. */
  const LINES: [string, RegExp][] = [
    [`${FRONT}mm_page_free: ${PAGE} order=10`, /order=1$/],
    [`${FRONT}mm_page_free_batched: ${PAGE} order=0`, /^$/],
    [`${FRONT}mm_page_alloc: ${PAGE} order=0 migratetype=1 gfp_flags=${MASK}`, /_(MOVABLE|COMP)$/],
    [`${FRONT}mm_page_alloc: ${PAGE} order=0 migratetype=0 gfp_flags=none`, /^$/],
    [
      `${FRONT}mm_page_alloc: page=00000000 pfn=80896 order=10 migratetype=1 gfp_flags=0x140cca`,
      /flags=0(x\w+)?$/,
    ],
    [`${FRONT}${extfrag(`${PAGE} `)}`, /^$/],
    [
      `${PERF}mm_page_alloc: page=0x13a2b pfn=0x13a2b order=0 migratetype=1 gfp_flags=${MASK}`,
      /_(MOVABLE|COMP)$/,
    ],
    [`${PERF}mm_page_free: page=0x13a2b pfn=80427 order=0`, /^$/],
    // trace-cmd report, and its -R
    [
      `${REPORT}mm_page_alloc:        page=0x13a2b pfn=0x13a2b order=0 migratetype=1 gfp_flags=${MASK}`,
      /_(MOVABLE|COMP)$/,
    ],
    [`${REPORT}mm_page_alloc:        pfn=0x13a2b order=0 gfp_flags=0x140cca migratetype=1`, /^$/],
    [`${REPORT}${extfrag('pfn=0x13a2b ')}`, /^$/],
  ];

  test.each(LINES)('%s', async (line, wholeToo) => {
    const around = (text: string) =>
      [ALLOC, `${text}\n`, FREE]
        .map((each) => (line.startsWith(PERF) && each !== `${text}\n` ? perfOf(each) : each))
        .join('');
    const perfOf = (each: string) => each.replace(/.*12\.(\d): /, 'init     1 [001]    12.$1: kmem:');
    const whole = await replayText(around(line));
    expect(whole.report.unreadable.lines).toBe(0);
    const payload = line.indexOf(': ', line.indexOf('mm_page')) + 1;
    for (let cut = 1; cut < line.length; cut++) {
      const text = line.slice(0, cut);
      if (wholeToo.test(text)) continue;
      const played = await replayText(around(text)).catch(({ message }: Error) => message);
      if (typeof played === 'string') {
        expect(played).toMatch(/^line 2 is damaged: /);
        const { report } = await replayText(around(text), { tolerant: true });
        expect(report.losses).toMatchObject({ unreadableEvents: 1, firstLine: 2 });
        expect(report.live).toMatchObject({ doubtfulPages: 1 });
        continue;
      }
      // Without its time nobody knows what it was.
      expect(cut).toBeLessThan(payload);
      if (text.trim() !== '') expect(played.report.unreadable).toMatchObject({ lines: 1, firstLine: 2 });
      expect([...played.records()]).toHaveLength(1);
    }
  });
});

test('no event is lost unseen where two lines became one, whatever was cut off between', async () => {
  const front = '            init-1       [001] .....    12.85: ';
  const lines = [
    'sched_switch: prev_comm=a prev_pid=1',
    'mm_page_pcpu_drain: page=0 pfn=0x4 order=0',
    '<stack trace>',
  ];
  const second = `${front}${FREE.slice(FREE.indexOf('mm_page')).trimEnd()}`;
  const nameEnd = second.indexOf(': page');
  for (const line of lines) {
    for (let cut = 1; cut <= front.length + line.length; cut += 2) {
      for (let from = 0; from < nameEnd; from++) {
        const joined = (front + line).slice(0, cut) + second.slice(from);
        const { report } = await replayText(`${ALLOC}${joined}\n`, { tolerant: true, withoutFrees: true });
        const { losses, events } = report;
        if (losses.unreadableEvents + events.frees !== 1) throw new Error(`lost: ${joined}`);
      }
    }
  }
});

test('nor where the second one tells of free pages', async () => {
  const front = '            init-1       [001] .....    12.85: ';
  const payload = 'page=00000000df6fc500 pfn=0x5 order=0 migratetype=1';
  for (const event of ['mm_page_pcpu_drain', 'mm_page_alloc_zone_locked']) {
    const second = `${front}${event}: ${payload}${event.endsWith('d') ? ' percpu_refill=1' : ''}`;
    const nameEnd = second.indexOf(': page');
    for (const line of [ALLOC, FREE]) {
      const first = front + line.slice(line.indexOf('mm_page')).trimEnd();
      for (let cut = front.length + 1; cut <= first.length; cut += 2) {
        for (let from = 0; from < nameEnd; from++) {
          const joined = first.slice(0, cut) + second.slice(from);
          // What is left of both is such a line.
          if (joined === second) continue;
          const { report } = await replayText(`${ALLOC}${joined}\n`, { tolerant: true, withoutFrees: true });
          if (report.losses.unreadableEvents !== 1) throw new Error(`lost: ${joined}`);
        }
      }
    }
  }
});

test('an allocation fails when its pfn says so, and is damaged when its pfn is none', async () => {
  const withPfn = (pfn: string) => replayText(ALLOC + ALLOC.replace('0x1 ', `${pfn} `) + FREE);
  for (const none of ['0x0', '0', '-1', 'ffffffffffffffff', '0xffffffffffffffff', '18446744073709551615']) {
    expect((await withPfn(none)).report.failed).toMatchObject([{ count: 1 }]);
  }
  for (const pfn of ['0x3fffffffffffff', '0xfffffffffffffffe', '18446744073709551616']) {
    await expect(withPfn(pfn)).rejects.toThrow('line 2 is damaged: mm_page_alloc, but pfn is above 2^52 in ');
  }
  await expect(withPfn('-2')).rejects.toThrow('line 2 is damaged: mm_page_alloc, but pfn is no number in ');
});

test('lines that are no events are counted and shown escaped', async () => {
  const { report } = await replayText(`# tracer: nop\n${ALLOC}\u001b[31mrot\nmore\n${FREE}`);
  expect(report.unreadable).toEqual({ lines: 2, firstLine: 3, sample: '\u001b[31mrot' });
  expect(report.warnings).toContain('2 lines are no event and left out, first line 3: "\\u001b[31mrot"');
});

test('a last line that was cut off is not read', async () => {
  const cut = await replayText(ALLOC + FREE + ALLOC.replace('0x1', '0x12').slice(0, 80));
  expect(recordsOf(cut)).toHaveLength(1);
  expect(cut.report.warnings).toContain('line 3 has no end: it was cut off, and the replay ends before it');
});

test('a trace without frees is taken when that is asked for', async () => {
  expect(recordsOf(await replayText(ALLOC, { withoutFrees: true }))).toHaveLength(1);
});

test('CRLF, empty lines and very long lines', async () => {
  const text = `${ALLOC}\n${'x'.repeat(200_000)}\n${FREE}`.replaceAll('\n', '\r\n');
  const bytes = encodeText(text);
  const chunks = [bytes.slice(0, 150), bytes.slice(150, 100_000), bytes.slice(100_000)];
  const { report } = await replay(chunks, { tolerant: true });
  expect(report).toMatchObject({ lines: 4, unreadable: { lines: 0 } });
  // What it holds behind that is not known.
  expect(report.losses).toMatchObject({ unreadableEvents: 1, firstLine: 3 });
});

test('options that make no sense', async () => {
  await expect(replayText(ALLOC + FREE, { depth: 0 })).rejects.toThrow(RangeError);
  await expect(replayText(ALLOC + FREE, { kernel: 'hurd' })).rejects.toThrow(TypeError);
  await expect(replayText(ALLOC + FREE, { pageblockOrder: 0.5 })).rejects.toThrow(RangeError);
});

test('a mark of lost events that a line is joined to counts, and so does the line', async () => {
  const joined = FREE.replace('0x2', '0x1');
  for (const mark of ['##### CPU 2 buffer started ####', 'CPU:2 [LOST 12 EVENTS]']) {
    const text = ALLOC + mark + joined + FREE;
    await expect(replayText(text)).rejects.toThrow(
      /^line 2 is damaged: mm_page_free, but its line is joined/,
    );
    const { report } = await replayText(text, { tolerant: true });
    expect(report.losses).toMatchObject({ unreadableEvents: 1, firstLine: 2 });
    expect(report.losses.marks + report.losses.lateCpus).toBe(1);
  }
});

test('no page order is larger than a kernel has', async () => {
  const wrong = 'line 1 is damaged: mm_page_alloc, but order is no page order in ';
  await expect(replayText(ALLOC.replace('order=0', 'order=14') + FREE)).rejects.toThrow(wrong);
  await expect(replayText(ALLOC + FREE.replace('order=0', 'order=19'))).rejects.toThrow(
    'order is no page order',
  );
  // 10 on x86-64, 13 with pages of 64 KiB; a huge page of 1 GiB is freed as one.
  const huge = await replayText(ALLOC.replace('0x1 order=0', '0x40000 order=13') + FREE);
  expect(huge.report.live).toMatchObject({ records: 1, pages: 2 ** 13 });
  const freed = await replayText(
    ALLOC.replace('0x1 ', '0x40008 ') + FREE.replace('0x2 order=0', '0x40000 order=18'),
  );
  expect(freed.report.live.records).toBe(0);
});

test('pieces of blocks that were split take no memory', async () => {
  const blocks = 20_000;
  let text = '';
  for (let block = 1; block <= blocks; block++) {
    const pfn = (block * 2 ** 13).toString(16);
    text += ALLOC.replace('0x1 order=0', `0x${pfn} order=13`) + FREE.replace('0x2 ', `0x${pfn} `);
  }
  const { report, records } = await replayText(text);
  expect(report.live).toMatchObject({ records: blocks * (2 ** 13 - 1), pages: blocks * (2 ** 13 - 1) });
  const [first] = records();
  expect(first).toMatchObject({ pfn: 2 ** 13 + 1, order: 0 });
});

describe('a baseline that cannot be gone on from', () => {
  const HEADER = 'Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 1, tgid 1 (a), ts 5 ns\n';
  const from = async (dump: string) =>
    recordsOf(await replayText(ALLOC + FREE, { baseline: Buffer.from(dump) }));

  test('of a kernel that printed no task names', async () => {
    const old =
      'Page allocated via order 0, mask 0xcc0(GFP_KERNEL)\nPFN 5 type Movable Block 0 type Movable Flags 0x0()\n f+0x1/0x2\n\n';
    await expect(from(old)).rejects.toThrow(
      /^a record of the baseline, at byte 0, has no pid; a baseline is a page_owner dump of Linux 5.18 or later$/,
    );
  });

  test('with an order that no kernel has', async () => {
    const dump = HEADER.replace('order 0', 'order 40');
    await expect(from(`${dump}PFN 0x5 type Movable Block 0 type Movable Flags 0x0()\n\n`)).rejects.toThrow(
      'a record of the baseline, at byte 0, is of order 40; no kernel allocates 2^40 pages at once',
    );
  });

  test('with a block that begins where none can', async () => {
    const dump = `${HEADER}PFN 0x8 type Movable Block 0 type Movable Flags 0x0()\n\n`;
    const unaligned = `${HEADER.replace('order 0', 'order 3')}PFN 0x1c type Movable Block 0 type Movable Flags 0x0()\n\n`;
    await expect(from(dump + unaligned)).rejects.toThrow(
      `the record of the baseline at byte ${dump.length} is of order 3, and its PFN 28 no multiple of 8`,
    );
  });

  test('with a PFN line that says something else', async () => {
    await expect(from(`${HEADER}PFN 0x5 what Block 0 else\n f+0x1/0x2\n\n`)).rejects.toThrow(
      'the record of the baseline at byte 0 has a PFN line that cannot be read',
    );
  });

  test('but handles, free_ts and odd lines do no harm', async () => {
    const text =
      HEADER.replace(' ns\n', ' ns, free_ts 3 ns\n') +
      'PFN 77 type Movable Block 0 type CMA Flags 0x28(uptodate|lru)\n f+0x1/0x2\nhandle: 42\nPage has been migrated, last migrate reason: compaction\nodd\n\n';
    expect((await from(text))[1]).toMatchObject({
      pfn: 77,
      tsNs: 5n,
      pageblockMigratetype: 'CMA',
      stack: ['f+0x1/0x2'],
      migrateReason: 'compaction',
      extraLines: ['odd'],
    });
    expect(await from(`${HEADER} f+0x1/0x2\n\n`)).toHaveLength(1);
  });
});
