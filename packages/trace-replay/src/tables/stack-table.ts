import { FRAME_WORDS, StackDepot } from '@page-owner/stackdepot';
import { NEWLINE } from '../bytes.js';
import { TextTable } from './text-table.js';
import type { TextId } from './text-table.js';
import { EVENT_NAMES, EVENT_OTHER } from './trace-event.js';
import type { EventKind } from './trace-event.js';

/** Number of a distinct stack, from 0. Stack 0 is no stack: the trace has none for the event. */
export type StackId = number;
/** No stack is known. */
export const NO_STACK_ID: StackId = 0;

/**
 * Where an interrupt or exception was entered. Below it lie the frames of what was interrupted, which is not why the page
 * was allocated: the stack depot of the kernel cuts a stack there, and so does page_owner. (x86; of the others only the soft
 * interrupt of up to 6.9.)
 */
const INTERRUPT_ENTRY = /^(?:asm_exc_|asm_sysvec_|asm_common_interrupt|asm_spurious_interrupt|__do_softirq)/;

/** Frames that belong to the tracer, not to who called the allocator. */
const TRACER =
  /^(?:trace_event_(?:raw_event|buffer)_|__traceiter_|perf_trace_|perf_tp_event|perf_swevent_|perf_event_output|__perf_event_|perf_prepare_sample|perf_callchain|get_perf_callchain|__bpf_trace_|bpf_trace_run|bpf_get_stack|ftrace_(?:trace_stack|stub|regs_call|call)|__ftrace_trace_stack|__trace_stack|\[FTRACE TRAMPOLINE\]|trace_call_bpf|trace_dump_stack|stacktrace_(?:count_)?trigger|event_triggers_(?:post_)?call|stack_trace_save|arch_stack_walk)/;

/** Before the name of the event that a function traces, and an offset behind it. */
const EVENT_FUNCTION = /^(?:trace_event_raw_event_|__traceiter_|perf_trace_)|\+0x.*$/g;

/** Longer stacks do not occur; the tracers keep fewer frames. */
const MOST_FRAMES = 256;

/** The empty text: before the first frame, and what stands behind a frame that was seen once. */
const NO_FRAME: TextId = 0;

/**
 * The distinct stacks of a trace, in a stack depot: a frame's word is the number of its text. The tracer's own frames on top
 * are left out.
 */
export class StackTable {
  readonly #depth: number;
  readonly #texts = new TextTable();
  readonly #ofTracer: boolean[] = [];
  readonly #isEntry: boolean[] = [];
  readonly #kinds: EventKind[] = [];
  /** The frame that stood behind a frame last time: mostly it does again. */
  readonly #next: TextId[] = [];
  readonly #depot = StackDepot.create({ maxFrames: MOST_FRAMES, bucketOrder: 12 });
  readonly #ids = new Map<number, StackId>();
  readonly #handles: number[] = [0];
  readonly #words = new Uint32Array(FRAME_WORDS * MOST_FRAMES);
  /** The kind of event that the tracer's own frames on top of the stack are for; EVENT_OTHER when they do not say. */
  kind: EventKind = EVENT_OTHER;
  #frames = 0;
  #onTop = true;
  #complete = false;
  #last = NO_FRAME;

  /** @param depth how many frames of a stack are kept, innermost first */
  constructor(depth: number) {
    if (!(depth >= 1)) throw new RangeError(`a stack keeps at least one frame, got a depth of ${depth}`);
    this.#depth = Math.min(Math.floor(depth), MOST_FRAMES);
    this.#texts.idOf(new DataView(new ArrayBuffer(0)), 0, 0);
    this.#addFrame('');
  }

  get length(): number {
    return this.#handles.length;
  }

  /** A stack begins; its frames come next, innermost first. */
  begin(): void {
    this.kind = EVENT_OTHER;
    this.#frames = 0;
    this.#onTop = true;
    this.#complete = false;
    this.#last = NO_FRAME;
  }

  /** Its next frame is called as the bytes [start, end) say. */
  frame(bytes: DataView, start: number, end: number): void {
    if (this.#complete) return;
    const texts = this.#texts;
    const last = this.#last;
    let id = this.#next[last] as TextId;
    if (!texts.is(id, bytes, start, end)) {
      const known = texts.length;
      id = texts.idOf(bytes, start, end);
      if (id === known) this.#addFrame(texts.text(id));
      this.#next[last] = id;
    }
    this.#add(id);
  }

  #add(id: TextId): void {
    this.#last = id;
    if (this.#onTop) {
      if (this.#ofTracer[id]) {
        if (this.#kinds[id] !== EVENT_OTHER) this.kind = this.#kinds[id] as EventKind;
        return;
      }
      this.#onTop = false;
    }
    this.#words[FRAME_WORDS * this.#frames++] = id;
    this.#complete = this.#frames === this.#depth || (this.#isEntry[id] as boolean);
  }

  /**
   * Its next frame, when it stands at `at` with a newline behind it and is the one that followed last time: the offset of
   * the newline, or 0, and then nothing has happened.
   */
  usualFrame(bytes: DataView, at: number): number {
    if (this.#complete) return 0;
    const id = this.#next[this.#last] as TextId;
    const length = this.#texts.prefixLength(id, bytes, at, bytes.byteLength - 1);
    if (length === 0 || bytes.getUint8(at + length) !== NEWLINE) return 0;
    this.#add(id);
    return at + length;
  }

  #addFrame(text: string): void {
    this.#ofTracer.push(TRACER.test(text));
    this.#isEntry.push(INTERRUPT_ENTRY.test(text));
    this.#kinds.push(EVENT_NAMES.get(text.replace(EVENT_FUNCTION, '')) ?? EVENT_OTHER);
    this.#next.push(NO_FRAME);
  }

  /** The stack is complete. */
  end(): StackId {
    if (this.#frames === 0) return NO_STACK_ID;
    const handle = this.#depot.save(this.#words, this.#frames);
    if (handle === 0) return NO_STACK_ID;
    const known = this.#ids.get(handle);
    if (known !== undefined) return known;
    const id = this.#handles.push(handle) - 1;
    this.#ids.set(handle, id);
    return id;
  }

  /** The frames of a stack, innermost first, as the trace writes them. They are untrusted. */
  frames(id: StackId): string[] {
    const words = new Uint32Array(FRAME_WORDS * MOST_FRAMES);
    const depth = this.#depot.fetch(this.#handles[id] ?? 0, words);
    return Array.from({ length: depth }, (_, i) => this.#texts.text(words[FRAME_WORDS * i] as number));
  }
}
