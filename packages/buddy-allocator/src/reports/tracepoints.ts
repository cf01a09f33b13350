/**
 * The kmem trace events as lines of `tracing/trace`, so that any tool for such traces reads a run of this allocator.
 *
 * ```
 *             bash-1234    [001] d.... 12345.678901: mm_page_alloc: page=000000001f2e3d4c pfn=0x1a2b3 order=0 ...
 *   comm, 16 right  pid,7   cpu  flags  seconds       event          payload
 * ```
 */
import { formatGfp, type Release } from '@page-owner/kernel-abi';
import type { PageTracer } from '../hooks.js';
import { NO_PAGE, PAGEBLOCK_ORDER, type Pfn } from '../limits.js';

/** Where lines of a trace go, and what is in front of each event. */
export interface TraceTextOptions {
  /** Takes each line, with its newline. */
  readonly write: (line: string) => void;
  /** Microseconds since boot. */
  readonly clock: () => number;
  /** Who runs; `tgid`, its thread group, for traces with the option record-tgid. */
  readonly task: () => { readonly comm: string; readonly pid: number; readonly tgid?: number | undefined };
  /** The cpu that an event is of. Default 0. */
  readonly cpu?: (() => number) | undefined;
  /** For the names of gfp flags, whose bits the masks are. Default 6.12. */
  readonly kernel?: Release | undefined;
}

/** Writes one event: its columns, its name and its payload. `locked`: with interrupts off, as inside the zone lock. */
export type TraceLine = (locked: boolean, event: string, payload: string) => void;

/** A writer of lines for events of any kind, as {@link traceText} writes those of the allocator. */
export function traceLines({ write, clock, task, cpu = () => 0 }: TraceTextOptions): TraceLine {
  return (locked, event, payload) => {
    const { comm, pid, tgid } = task();
    const group = tgid === undefined ? '' : `(${tgid === 0 ? '-------' : String(tgid).padStart(7)}) `;
    const flags = locked ? 'd....' : '.....';
    write(
      `${comm.padStart(16)}-${String(pid).padEnd(7)} ${group}[${pad(cpu(), 3)}] ${flags} ${time(clock())}: ${event}: ${payload}\n`,
    );
  };
}

/** A tracer that writes each event as a line. */
export function traceText(options: TraceTextOptions): PageTracer {
  const { kernel = '6.12' } = options;
  const line = traceLines(options);
  return {
    alloc(pfn, order, gfp, migratetype) {
      const flags = gfp === 0 ? 'none' : formatGfp(gfp, kernel);
      line(
        false,
        'mm_page_alloc',
        `${page(pfn)} order=${order} migratetype=${migratetype} gfp_flags=${flags}`,
      );
    },
    free(pfn, order) {
      line(false, 'mm_page_free', `${page(pfn)} order=${order}`);
    },
    freeBatched(pfn) {
      line(false, 'mm_page_free_batched', `${page(pfn)} order=0`);
    },
    allocZoneLocked(pfn, order, type, refill) {
      const payload = `${page(pfn)} order=${order} migratetype=${type} percpu_refill=${Number(refill)}`;
      line(true, 'mm_page_alloc_zone_locked', payload);
    },
    pcpuDrain(pfn, order, type) {
      line(true, 'mm_page_pcpu_drain', `${page(pfn)} order=${order} migratetype=${type}`);
    },
    allocExtfrag(pfn, allocOrder, fallbackOrder, allocType, fallbackType, changeOwnership) {
      const orders = `alloc_order=${allocOrder} fallback_order=${fallbackOrder} pageblock_order=${PAGEBLOCK_ORDER}`;
      const types = `alloc_migratetype=${allocType} fallback_migratetype=${fallbackType}`;
      const verdict = `fragmenting=${Number(fallbackOrder < PAGEBLOCK_ORDER)} change_ownership=${Number(changeOwnership)}`;
      line(true, 'mm_page_alloc_extfrag', `${page(pfn)} ${orders} ${types} ${verdict}`);
    },
  };
}

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

function time(microseconds: number): string {
  const seconds = Math.floor(microseconds / 1e6);
  return `${String(seconds).padStart(5)}.${pad(Math.floor(microseconds) - seconds * 1e6, 6)}`;
}

/** The kernel prints a hash in place of a page's address; so do we. A request that failed has no page. */
function page(pfn: Pfn): string {
  if (pfn === NO_PAGE) return `page=${'0'.repeat(16)} pfn=0x0`;
  let hash = Math.imul(pfn ^ (pfn >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return `page=${((hash ^ (hash >>> 15)) >>> 0).toString(16).padStart(16, '0')} pfn=0x${pfn.toString(16)}`;
}

/** The head of a trace file: so many events of so many cpus follow, with `tgids` those of the option record-tgid. */
export function traceHeader(entries: number, cpus: number, tgids = false): string {
  const [gap, title, mark] = tgids ? [' '.repeat(12), '     TGID   ', '       |    '] : ['  ', '  ', '  '];
  return `# tracer: nop
#
# entries-in-buffer/entries-written: ${entries}/${entries}   #P:${cpus}
#
#                            ${gap}  _-----=> irqs-off/BH-disabled
#                            ${gap} / _----=> need-resched
#                            ${gap}| / _---=> hardirq/softirq
#                            ${gap}|| / _--=> preempt-depth
#                            ${gap}||| / _-=> migrate-disable
#                            ${gap}|||| /     delay
#           TASK-PID  ${title} CPU#  |||||  TIMESTAMP  FUNCTION
#              | |    ${mark}   |   |||||     |         |
`;
}
