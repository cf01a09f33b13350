/** An independent writer of traces in every format, for events that a test makes up. */

export interface Step {
  readonly kind: 'alloc' | 'free' | 'batched';
  readonly cpu: number;
  readonly pid: number;
  readonly comm: string;
  readonly pfn: number;
  readonly order: number;
  readonly gfp: string;
  readonly migratetype: number;
  readonly stack: readonly string[];
}

export interface Style {
  readonly format: 'tracefs' | 'trace-cmd' | 'perf';
  readonly hexPfn: boolean;
  /** Columns of flags: none, four or five. */
  readonly flags: '' | '....' | '.....';
  readonly tgid: boolean;
  /** How many lines later a stack comes, at most. */
  readonly delay: number;
  /** trace-cmd's spelling of a stack event. */
  readonly spelling: '<stack trace>' | '<stack trace >' | 'first frame';
}

/** A step of the trace is a millisecond. */
export const timeOf = (step: number): bigint => BigInt(1000 + step) * 1_000_000n;

export function writeTrace(steps: readonly Step[], style: Style): string {
  const lines: string[] =
    style.format === 'trace-cmd' ? ['cpus=2'] : style.format === 'tracefs' ? ['# tracer: nop', '#'] : [];
  const waiting: { at: number; cpu: number; text: string[] }[] = [];
  const flush = (done: (each: { at: number; cpu: number }) => boolean) => {
    for (let i = 0; i < waiting.length;) {
      if (done(waiting[i]!)) lines.push(...waiting.splice(i, 1)[0]!.text);
      else i++;
    }
  };
  steps.forEach((step, i) => {
    // A cpu's next event comes after its last one's stack.
    flush(({ at, cpu }) => at <= i || cpu === step.cpu);
    const event = { alloc: 'mm_page_alloc', free: 'mm_page_free', batched: 'mm_page_free_batched' }[
      step.kind
    ];
    lines.push(front(step, i, style, event) + payload(step, style));
    if (style.format === 'perf') {
      lines.push(
        ...step.stack.map(
          (frame, at) => `\t${(0xffffffff81000000n + BigInt(at)).toString(16)} ${frame} ([kernel.kallsyms])`,
        ),
      );
      if (step.stack.length > 0) lines.push('');
    } else if (step.stack.length > 0)
      waiting.push({ at: i + style.delay, cpu: step.cpu, text: stackOf(step, i, style) });
  });
  flush(() => true);
  return lines.map((line) => `${line}\n`).join('');
}

function front(step: Step, i: number, { format, flags, tgid }: Style, event: string): string {
  const seconds = `${Math.floor((1000 + i) / 1000)}.${String((1000 + i) % 1000).padStart(3, '0')}000`;
  const cpu = `[${String(step.cpu).padStart(3, '0')}]`;
  const comm = ' '.repeat(16 - Buffer.byteLength(step.comm)) + step.comm;
  if (format === 'perf') {
    const id = tgid ? `${step.pid}/${step.pid}`.padStart(9) : String(step.pid).padStart(5);
    return `${comm} ${id} ${cpu} ${seconds}: ${`kmem:${event}`.padStart(25)}: `;
  }
  const group = tgid ? `(${String(step.pid).padStart(7)}) ` : '';
  const columns = flags === '' ? '' : `${flags} `;
  const name = event.startsWith('<')
    ? event
    : format === 'trace-cmd'
      ? `${`${event}:`.padEnd(21)} `
      : `${event}: `;
  return `${comm}-${String(step.pid).padEnd(7)} ${group}${cpu} ${columns}${seconds.padStart(12)}: ${name}`;
}

function payload({ kind, pfn, order, gfp, migratetype }: Step, { hexPfn }: Style): string {
  const page = `page=00000000deadbeef pfn=${hexPfn ? `0x${pfn.toString(16)}` : pfn}`;
  if (kind === 'batched') return `${page} order=0`;
  return kind === 'free'
    ? `${page} order=${order}`
    : `${page} order=${order} migratetype=${migratetype} gfp_flags=${gfp}`;
}

function stackOf(step: Step, i: number, style: Style): string[] {
  if (style.format === 'tracefs')
    return [front(step, i, style, '<stack trace>'), ...step.stack.map((frame) => ` => ${frame}`)];
  const head = front(step, i, style, 'kernel_stack');
  if (style.spelling === 'first frame') {
    return [`${head}\t=> ${step.stack[0]}`, ...step.stack.slice(1).map((frame) => `\t=> ${frame}`)];
  }
  return [head + style.spelling, ...step.stack.map((frame) => `=> ${frame} (ffffffff811a0c6f)`)];
}
