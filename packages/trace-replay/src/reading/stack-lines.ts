/** The stacks of a trace, each some lines behind its event's: `=> symbol`, or what perf writes. */
import { decodeText } from '@page-owner/dump-format';
import * as b from '../bytes.js';
import { joinedKmemEvent, kmemEventIn } from './damage.js';
import type { EventLine, TraceFormat } from './event-line.js';
import { NO_STACK_ID } from '../tables/stack-table.js';
import type { StackId, StackTable } from '../tables/stack-table.js';
import type { EventKind } from '../tables/trace-event.js';

/** Takes what the lines say. */
interface StackSink {
  /**
   * A stack that follows on this cpu, for this task, of an event of `kind` if that is not EVENT_OTHER; `line` is where it
   * begins.
   */
  stack(cpu: number, pid: number, stack: StackId, kind: EventKind, line: number): void;
  /** The line of the event called `name` is joined to bytes[start, end), a frame of a program. */
  joined(bytes: Uint8Array, start: number, end: number, name: string): void;
}

const ARROW = b.ascii('=>');
/** Addresses of kernels have their top bit set; perf pads them to no width. */
const KERNEL_ADDRESS_DIGITS = 16;
const FEWEST_ADDRESS_DIGITS = 4;
/** In columns, front and event; frames are mostly shorter. */
const SHORTEST_EVENT = 38;
/** What is longer may be a frame and the line of an event that was joined to it. */
const LONGEST_USUAL_FRAME = 90;
/** ` => `, before each function of a stack. */
const FRAME_WORD = b.word(' => ');
const FRAME_BYTES = 4;
const SOURCE_LINE = /^[^\s:]+:\d+$/;

export class StackLines {
  /** A stack is under way. */
  isOpen = false;
  readonly #table: StackTable;
  readonly #sink: StackSink;
  /** The last line that was read as an event's, or may be one. */
  readonly #line: EventLine;
  /** It is the kernel's, so that its frames are of use. */
  #ofKernel = false;
  #cpu = 0;
  #pid = 0;
  #number = 0;
  /** Of the line under way. */
  #view: DataView = new DataView(new ArrayBuffer(0));
  #format: TraceFormat | undefined;

  constructor(table: StackTable, line: EventLine, sink: StackSink) {
    this.#table = table;
    this.#line = line;
    this.#sink = sink;
  }

  /** A stack begins behind the line that was read last, which is the trace's line `number`. */
  begin(ofKernel: boolean, number: number): void {
    this.isOpen = true;
    this.#ofKernel = ofKernel;
    this.#cpu = this.#line.cpu;
    this.#pid = this.#line.pid;
    this.#number = number;
    this.#table.begin();
  }

  /** The same; its first frame may stand on that line, from `at` on, as trace-cmd 3.1 writes it. */
  beginOnLine(
    bytes: Uint8Array,
    view: DataView,
    at: number,
    end: number,
    ofKernel: boolean,
    number: number,
  ): void {
    this.begin(ofKernel, number);
    this.#view = view;
    at = b.skipBlanks(bytes, at, end);
    if (isArrow(bytes, at, end)) this.#takeArrowFrame(bytes, at, end);
  }

  /** The stack under way is complete. */
  end(format: TraceFormat | undefined): void {
    this.isOpen = false;
    if (!this.#ofKernel) return;
    const stack = this.#table.end();
    // Of perf each event is followed by its stack or by none.
    if (stack === NO_STACK_ID && format === 'perf') return;
    this.#sink.stack(this.#cpu, this.#pid, stack, this.#table.kind, this.#number);
  }

  /** Whether a frame seems to stand at `start`, in the text of tracefs. */
  isFrame(view: DataView, start: number): boolean {
    return this.isOpen && view.getInt32(start, true) === FRAME_WORD;
  }

  /**
   * Takes that frame when it is the one that followed last time: the offset behind its newline, or 0, and then nothing has
   * happened.
   */
  takeUsual(view: DataView, start: number): number {
    // What a program's stack has there is any file's name.
    if (!this.#ofKernel) return 0;
    const newline = this.#table.usualFrame(view, start + FRAME_BYTES);
    return newline === 0 ? 0 : newline + 1;
  }

  /** Takes a line as a frame of the stack under way; false, and the stack is complete, when it is none. */
  take(
    bytes: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    format: TraceFormat | undefined,
  ): boolean {
    this.#view = view;
    this.#format = format;
    const at = b.skipBlanks(bytes, start, end);
    const isFrame =
      format === 'perf'
        ? at > start && this.#takePerfFrame(bytes, start, at, end)
        : isArrow(bytes, at, end) &&
          !this.#isEvent(bytes, start, at, end) &&
          this.#takeArrowFrame(bytes, at, end);
    if (isFrame || (format === 'perf' && isSourceLine(bytes, start, at, end))) return true;
    this.end(format);
    return format === 'perf' && at === end;
  }

  /**
   * Whether what begins like a frame is an event, of a task that is called so. What follows an arrow in the stack of a
   * program can be any file's name and is never an event.
   */
  #isEvent(bytes: Uint8Array, start: number, at: number, end: number): boolean {
    // Of the frames of programs none is indented further.
    return (
      (this.#ofKernel || (this.#format === 'tracefs' && at > start + 1)) &&
      end - start >= SHORTEST_EVENT &&
      this.#line.read(bytes, this.#view, start, end, b.MINUS)
    );
  }

  /** `=> symbol`, behind it perhaps ` <address>` (sym-addr) or ` (address)` (trace-cmd). */
  #takeArrowFrame(bytes: Uint8Array, at: number, end: number): boolean {
    if (!this.#ofKernel) return this.#takeUserFrame(bytes, at, end);
    if (end - at > LONGEST_USUAL_FRAME && kmemEventIn(bytes, at, end) !== '') return false;
    const from = b.skipBlanks(bytes, at + ARROW.length, end);
    let to = end;
    while (to > from && b.isBlank(bytes[to - 1])) to--;
    const last = bytes[to - 1];
    if (last === b.GREATER || last === b.CLOSING) {
      const open = last === b.GREATER ? b.LESS : b.OPENING;
      let mark = to - 1;
      while (mark > from && bytes[mark] !== open) mark--;
      if (mark > from && isAddress(bytes, mark + 1, to - 1)) {
        to = mark;
        while (to > from && b.isBlank(bytes[to - 1])) to--;
      }
    }
    if (to > from) this.#table.frame(this.#view, from, to);
    return true;
  }

  /** `ffffffff811a0c6f symbol+0x1f (dso)`; what follows after the kernel's frames is the program's. */
  #takePerfFrame(bytes: Uint8Array, start: number, at: number, end: number): boolean {
    const address = at;
    while (at < end && b.hexDigitOf(bytes[at]) >= 0) at++;
    if (at === address || !b.isBlank(bytes[at]) || at === end) return false;
    const kernel = at - address === KERNEL_ADDRESS_DIGITS && b.hexDigitOf(bytes[address]) >= 8;
    if (!kernel) {
      // A task can be called like an address, `dd`; before those of frames perf writes a tab.
      if (bytes[start] !== b.TAB && this.#line.read(bytes, this.#view, start, end, b.SPACE)) return false;
      return this.#takeUserFrame(bytes, at, end);
    }
    if (end - at > LONGEST_USUAL_FRAME && kmemEventIn(bytes, at, end) !== '') return false;
    const from = b.skipBlanks(bytes, at, end);
    let to = end;
    while (to > from && b.isBlank(bytes[to - 1])) to--;
    let dso = to;
    if (bytes[to - 1] === b.CLOSING) {
      while (dso > from && !(bytes[dso] === b.OPENING && bytes[dso - 1] === b.SPACE)) dso--;
    }
    const symbolEnd = dso > from && dso < to ? dso - 1 : to;
    if (symbolEnd <= from) return true;
    this.#table.frame(this.#view, from, symbolEnd);
    return true;
  }

  /**
   * A frame of a program is of no use. Any file's name can be in it, so that it is never an event; an event can be joined to
   * it.
   */
  #takeUserFrame(bytes: Uint8Array, at: number, end: number): boolean {
    const joined = end - at > LONGEST_USUAL_FRAME ? joinedKmemEvent(bytes, at, end, true) : '';
    if (joined !== '') this.#sink.joined(bytes, at, end, joined);
    return true;
  }
}

const isArrow = (bytes: Uint8Array, at: number, end: number): boolean =>
  bytes[at] === b.EQUALS && at + 1 < end && bytes[at + 1] === b.GREATER;

/** `  mm/page_alloc.c:4711`, behind a frame of perf with srcline. */
function isSourceLine(bytes: Uint8Array, start: number, at: number, end: number): boolean {
  return at > start && b.isDigit(bytes[end - 1]) && SOURCE_LINE.test(decodeText(bytes.subarray(at, end)));
}

/** Hexadecimal digits, more than a few. */
function isAddress(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < FEWEST_ADDRESS_DIGITS) return false;
  while (at < end && b.hexDigitOf(bytes[at]) >= 0) at++;
  return at === end;
}
