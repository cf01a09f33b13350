/**
 * The kmem events of a machine as the text of `tracing/trace`, with the option stacktrace a block behind each:
 *
 * ```
 *             cut-78      [000] .....    12.870403: mm_page_free: page=000000009ddc09d9 pfn=0x13228 order=0
 *             cut-78      [000] .....    12.870403: <stack trace>
 *  => trace_event_raw_event_mm_page_free
 *  => free_unref_page
 *  => __mmdrop
 * ```
 *
 * Source: traces of 6.12.117. There every entry has a time of its own; here the block has that of its event.
 */
import {
  traceHeader,
  traceLines,
  traceText,
  type PageAllocator,
  type PageHooks,
  type PageTracer,
  type Pfn,
} from '@page-owner/buddy-allocator';
import type { MachineClock } from './clock.js';
import type { Kernel } from '../kernel/kernel.js';
import { KernelText } from '../kernel/kernel-text.js';
import { translatedMask } from '../kernel/masks.js';
import type { NoteId, PageNotes } from '../pages/page-notes.js';
import { PageReferences } from '../pages/page-references.js';
import type { StackId, Stacks } from './stacks.js';
import type { Tasks } from './tasks.js';

/** What a trace records; options are ftrace's. */
export interface TraceOptions {
  /** Option stacktrace: the running stack behind each event. Default false. */
  readonly stacks?: boolean | undefined;
  /** Option sym-offset: frames with offset and size, as page_owner has them. Default false. */
  readonly symOffset?: boolean | undefined;
  /** Option record-tgid: the thread group behind the pid. Default false. */
  readonly recordTgid?: boolean | undefined;
  /**
   * The events of page_ref, as a kernel with CONFIG_DEBUG_PAGE_REF has them, and migrate:mm_migrate_pages. Default false.
   */
  readonly pageRef?: boolean | undefined;
  /** Takes the text piece by piece in place of {@link Trace.text}, without the head of the file. */
  readonly write?: ((text: string) => void) | undefined;
}

/** The part of a machine that is traced. */
interface TraceSource {
  readonly kernel: Kernel;
  readonly cpus: number;
  readonly clock: MachineClock;
  readonly tasks: Tasks;
  readonly stacks: Stacks;
  readonly notes: PageNotes;
  readonly allocator: PageAllocator;
  /** Functions of the tracker on top of the running stack. */
  readonly trackerFrames: readonly string[];
}

/** The function that records an event, which is the innermost of each stack: one for each class of events. */
const RECORDERS: readonly (readonly [event: string, recorder: string])[] = [
  ['mm_page_alloc_extfrag:', 'mm_page_alloc_extfrag'],
  ['mm_page_alloc_zone_locked:', 'mm_page'],
  ['mm_page_alloc:', 'mm_page_alloc'],
  ['mm_page_free_batched:', 'mm_page_free_batched'],
  ['mm_page_free:', 'mm_page_free'],
  ['mm_page_pcpu_drain:', 'mm_page_pcpu_drain'],
  ...['set', 'mod', 'unfreeze'].map((name) => [`page_ref_${name}:`, 'page_ref_mod_template'] as const),
  ['page_ref_', 'page_ref_mod_and_test_template'],
  ['mm_migrate_pages:', 'mm_migrate_pages'],
];

/** Where an event's name begins: behind its time. */
const TIME_END = /\d\.\d{6}: /;

const MICROSECOND = 1000;

/** A trace that is being recorded: the text that ftrace would write. */
export class Trace {
  readonly #machine: TraceSource;
  readonly #options: TraceOptions;
  readonly #stopped: () => void;
  readonly #tracer: PageTracer;
  readonly #references: PageReferences | null;
  readonly #pieces: string[] = [];
  readonly #stacks = new Map<StackId, string>();
  #entries = 0;

  /** Use `Machine.startTrace`. */
  constructor(machine: TraceSource, options: TraceOptions, stopped: () => void) {
    this.#machine = machine;
    this.#options = options;
    this.#stopped = stopped;
    const decoder = new TextDecoder();
    const lines = {
      write: (line: string) => this.#add(line),
      clock: () => machine.clock.ns / MICROSECOND,
      task: () => {
        const { pid, tgid, comm } = machine.tasks.running;
        const end = comm.indexOf(0);
        const name = decoder.decode(comm.subarray(0, end < 0 ? comm.length : end));
        return { pid, comm: name, ...(options.recordTgid && { tgid }) };
      },
      cpu: () => machine.allocator.cpu,
      kernel: machine.kernel.era,
    };
    const { allocator, notes, kernel } = machine;
    const text = traceText(lines);
    const translated = translatedMask(kernel);
    const kmem: PageTracer = {
      ...text,
      alloc: (pfn, order, gfp, migratetype) => text.alloc(pfn, order, translated(gfp), migratetype),
    };
    this.#references = options.pageRef
      ? new PageReferences({ allocator, notes, kernel, line: traceLines(lines) })
      : null;
    this.#tracer = this.#references?.tracer(kmem) ?? kmem;
    allocator.tracer = this.#tracer;
  }

  /** The allocator's hooks while it is traced: page_owner's, behind those of the trace if it has some. */
  hooks(owner: PageHooks | null): PageHooks | null {
    return this.#isOn ? (this.#references?.hooks(owner) ?? owner) : owner;
  }

  /** The page in use at `pfn` had the note `before`, and has another one now. */
  noted(pfn: Pfn, before: NoteId): void {
    if (this.#isOn) this.#references?.noted(pfn, before);
  }

  /** No more events from now on. */
  stop(): void {
    if (!this.#isOn) return;
    this.#machine.allocator.tracer = null;
    this.#stopped();
  }

  get #isOn(): boolean {
    return this.#machine.allocator.tracer === this.#tracer;
  }

  /** The file `trace`. */
  get text(): string {
    return traceHeader(this.#entries, this.#machine.cpus, this.#options.recordTgid) + this.#pieces.join('');
  }

  #add(line: string): void {
    this.#entries++;
    let text = line;
    if (this.#options.stacks) {
      this.#entries++;
      const { index, 0: time } = TIME_END.exec(line)!;
      const event = line.slice(index + time.length);
      const recorder = RECORDERS.find(([name]) => event.startsWith(name))![1];
      const head = line.slice(0, index + time.length);
      text += `${head}<stack trace>\n => trace_event_raw_event_${recorder}\n${this.#stackText()}`;
    }
    if (this.#options.write) this.#options.write(text);
    else this.#pieces.push(text);
  }

  #stackText(): string {
    const { stacks, trackerFrames } = this.#machine;
    const top = trackerFrames.map((name) => ` => ${name}\n`).join('');
    let text = this.#stacks.get(stacks.current);
    if (text === undefined) {
      const name = (frame: string): string =>
        this.#options.symOffset ? frame : KernelText.functionOf(frame);
      text = stacks
        .framesOf(stacks.current)
        .map((frame) => ` => ${name(frame)}\n`)
        .join('');
      this.#stacks.set(stacks.current, text);
    }
    return top + text;
  }
}
