import { decodeText } from '@page-owner/dump-format';
import * as b from './bytes.js';
import { EventLine } from './event-line.js';
import { damaged, noEventYet } from './complaints.js';
import { isCutName, isKmemPayload, joinedKmemEvent, kmemEventIn } from './damage.js';
import { LineSplitter, LONGEST_LINE } from './line-splitter.js';
import type { LineSink } from './line-splitter.js';
import { LossLog, readLossMark } from './losses.js';
import type { LossMark } from './losses.js';
import { PayloadReader } from './payload.js';
import type { Replayer } from './replayer.js';
import { NO_STACK_ID } from './stack-table.js';
import type { StackTable } from './stack-table.js';
import type { TaskId, TaskTable } from './task-table.js';
import { TextTable } from './text-table.js';
import type { TextId } from './text-table.js';
import * as e from './trace-event.js';
import { TraceEvent } from './trace-event.js';
import { LONGEST_TEXT, USUAL_BYTES, usualKind } from './usual-names.js';

/** Who wrote the text: tracefs (`trace`, `trace_pipe`), `trace-cmd report` or `perf script`. */
export type TraceFormat = 'tracefs' | 'trace-cmd' | 'perf';

/** A kind of event that the replay does not use. */
export interface OtherEvents {
  readonly name: string;
  readonly count: number;
}

const GUESSES = 256;
const SAMPLE_BYTES = 80;
const ARROW = b.ascii('=>');
const CPUS = b.ascii('cpus=');
const PERF_LOST = b.ascii('PERF_RECORD_LOST');
const ENTRIES = b.ascii('# entries-in-buffer/entries-written: ');
/** Addresses of kernels have their top bit set; perf pads them to no width. */
const KERNEL_ADDRESS_DIGITS = 16;
const FEWEST_ADDRESS_DIGITS = 4;
/** In columns, front and event; frames are mostly shorter. */
const SHORTEST_EVENT = 38;
/** What is longer may be a frame and the line of an event that was joined to it. */
const LONGEST_USUAL_FRAME = 90;
/** include/uapi/linux/sched.h: the new task is a thread of the one that makes it. */
const CLONE_THREAD = 0x10000;
/** `page=0 pfn=1 order=0` */
const SHORTEST_KMEM = 20;
/** A line that is read without looking for its end has so many bytes, masks of many names included. */
const LONGEST_USUAL = 512;
/** ` => `, before each function of a stack. */
const FRAME_WORD = b.word(' => ');
const FRAME_BYTES = 4;
/** Events whose text a program or a person writes: trace_marker, trace_printk, the kernel's log. */
const FREE_TEXT = ['tracing_mark_write', 'print', 'bprint', 'bputs', 'console', 'ftrace:', 'printk:'].map(
  b.ascii,
);
const JOINED = 'its line is joined to that of another event';
const SOURCE_LINE = /^[^\s:]+:\d+$/;
/** What `trace-cmd report` says besides. */
const LONGEST_REMARK = 24;
const REMARK = /^(?:CPU \d+ is empty|version = \d+)$/;
const CUT_NAME = 'its name is cut off';
const TOO_LONG = `it has ${LONGEST_LINE} bytes or more`;
const BAD_FRONT = 'task, cpu and time before it cannot be read';

/** Reads lines of a trace and plays what they say on a {@link Replayer}. */
export class TraceReader implements LineSink {
  readonly splitter = new LineSplitter(this);
  readonly gfpTexts = new TextTable();
  /** By gfp text: the line of the first allocation that has it; of damaged ones none. */
  readonly gfpLines: number[] = [];
  readonly losses = new LossLog();
  format: TraceFormat | undefined;
  #cpusLine = false;
  /** Lines that are neither events, frames nor comments, and the first of them. */
  unreadable = 0;
  firstUnreadable = 0;
  firstSample = '';
  /** The first line that looks like an event's, whatever the event; 0: there is none. */
  firstEvent = { line: 0, sample: '' };
  /** Number of a last line without a newline; 0: there is none. */
  cutLine = 0;
  inSeconds = true;
  readonly #replayer: Replayer;
  readonly #tasks: TaskTable;
  readonly #stacks: StackTable;
  readonly #tolerant: boolean;
  readonly #line = new EventLine();
  /** Of the line under way. */
  #view: DataView = new DataView(new ArrayBuffer(0));
  readonly #event = new TraceEvent();
  readonly #payload = new PayloadReader(this.gfpTexts);
  readonly #names = new TextTable();
  /** Names of events by their length and last letter, as a guess. */
  readonly #guesses = new Uint32Array(GUESSES);
  readonly #kinds: number[] = [];
  readonly #counts: number[] = [];
  /** A stack is under way; of the kernel, so that its frames are of use. */
  #inStack = false;
  #ofKernel = false;
  #stackCpu = 0;
  #stackPid = 0;
  #stackLine = 0;

  constructor(replayer: Replayer, tasks: TaskTable, stacks: StackTable, tolerant: boolean) {
    this.#replayer = replayer;
    this.#tasks = tasks;
    this.#stacks = stacks;
    this.#tolerant = tolerant;
  }

  /** Events that the replay has no use for, most frequent first. */
  otherEvents(): OtherEvents[] {
    return this.#counts
      .map((count, id) => ({ name: this.#names.text(id), count, kind: this.#kinds[id] }))
      .filter(({ kind, count }) => kind === e.EVENT_OTHER && count > 0)
      .sort((a, z) => z.count - a.count)
      .map(({ name, count }) => ({ name, count }));
  }

  usual(bytes: Uint8Array, view: DataView, start: number, number: number): number {
    if (start + LONGEST_USUAL > bytes.length || this.format !== 'tracefs') return 0;
    if (this.#inStack && view.getInt32(start, true) === FRAME_WORD) {
      // What a program's stack has there is any file's name.
      if (!this.#ofKernel) return 0;
      const newline = this.#stacks.usualFrame(view, start + FRAME_BYTES);
      return newline === 0 ? 0 : newline + 1;
    }
    const line = this.#line;
    const name = line.readUsual(bytes, view, start);
    const end = start + LONGEST_USUAL;
    if (name === 0 || name + LONGEST_TEXT > end) return 0;
    const kind = usualKind(view, name);
    if (kind === e.EVENT_OTHER) return 0;
    const event = this.#event;
    event.kind = kind;
    const payload = name + (USUAL_BYTES[kind] as number);
    const behind =
      kind === e.EVENT_KERNEL_STACK ? payload : this.#payload.readUsual(bytes, view, payload, end, event);
    if (behind === 0 || bytes[behind] !== b.NEWLINE) return 0;
    if (this.#inStack) this.#endStack();
    this.#view = view;
    if (kind === e.EVENT_KERNEL_STACK) this.#beginFrames(true, number);
    else this.#play(bytes, number);
    return behind + 1;
  }

  line(bytes: Uint8Array, view: DataView, start: number, end: number, number: number): void {
    this.#view = view;
    if (end - start === LONGEST_LINE && this.format !== undefined)
      return this.#damage(bytes, start, end, number, 'a line', TOO_LONG);
    if (this.#inStack && this.#takeFrame(bytes, start, end)) return;
    if (start === end) return;
    if (bytes[start] === b.HASH) return this.#takeComment(bytes, start, end, number);
    const line = this.#line;
    if (this.format === undefined) {
      if (!this.#recognise(bytes, start, end, number)) return this.#pass(bytes, start, end, number);
    } else if (!line.read(bytes, this.#view, start, end, this.format === 'perf' ? b.SPACE : b.MINUS)) {
      return this.#pass(bytes, start, end, number);
    }
    const kind = this.#kindOf(bytes, start, end);
    if (kind === e.EVENT_KERNEL_STACK || kind === e.EVENT_USER_STACK) {
      this.#beginStack(bytes, start, end, number, kind === e.EVENT_KERNEL_STACK);
    } else if (kind === e.EVENT_LOST) {
      this.#lose(perfLoss(bytes, line.eventStart, end), number);
    } else if (kind === e.EVENT_DAMAGED) {
      this.#takeDamaged(bytes, start, end, number);
    } else this.#takeEvent(kind, bytes, start, end, number);
  }

  /** The trace has ended. */
  finish(): void {
    const cut = this.splitter.rest().length > 0;
    if (cut) this.cutLine = this.splitter.lines + 1;
    if (this.#inStack) this.#endStack();
    this.#replayer.finish();
  }

  /** The kind of the event whose front was read. */
  #kindOf(bytes: Uint8Array, start: number, end: number): number {
    const { eventStart, eventEnd } = this.#line;
    // What has no colon is a stack, a loss, or what a tracer of functions writes, each line another one.
    if (eventEnd === end && (eventStart === end || bytes[eventStart] !== b.LESS)) {
      if (isCutName(bytes, eventStart, end)) return e.EVENT_DAMAGED;
      return b.startsWith(bytes, PERF_LOST, eventStart, end) ? e.EVENT_LOST : e.EVENT_OTHER;
    }
    const guess = (31 * (eventEnd - eventStart) + (bytes[eventEnd - 1] as number)) % GUESSES;
    let id = this.#guesses[guess] as number;
    if (!this.#names.is(id, this.#view, eventStart, eventEnd)) {
      id = this.#names.idOf(this.#view, eventStart, eventEnd);
      this.#guesses[guess] = id;
    }
    const kind = this.#kinds[id] ?? this.#learnName(id, bytes, start, end);
    (this.#counts[id] as number)++;
    return kind;
  }

  /** Finds out what an event is whose name comes for the first time. */
  #learnName(id: TextId, bytes: Uint8Array, start: number, end: number): number {
    const { eventEnd } = this.#line;
    // perf writes the period before the system, if that is asked for.
    const name = this.#names.text(id).replace(/^(?:\d+ +)?(?:kmem|task|migrate|compaction):/, '');
    let kind = e.EVENT_NAMES.get(name) ?? e.EVENT_OTHER;
    // A name with blanks may be the end of one line and the front of the next, and one that nobody knows the front of one name and the
    // end of another; of `kmem:` the name is cut off.
    const joined = name.includes(' ') && kmemEventIn(bytes, start, end) !== '';
    const torn = joined || isKmemPayload(bytes, eventEnd + 1, end);
    if (kind === e.EVENT_OTHER && (torn || (name === 'kmem' && eventEnd + 1 === end))) kind = e.EVENT_DAMAGED;
    this.#kinds[id] = kind;
    this.#counts[id] = 0;
    return kind;
  }

  #takeEvent(kind: number, bytes: Uint8Array, start: number, end: number, number: number): void {
    const line = this.#line;
    const event = this.#event;
    event.kind = kind;
    event.line = number;
    if (kind >= e.EVENT_ALLOC && kind <= e.EVENT_EXTFRAG) {
      const wrong = this.#payload.read(bytes, this.#view, line.payload, end, event);
      if (wrong !== '') {
        const name = decodeText(bytes.subarray(line.eventStart, line.eventEnd));
        return this.#damage(bytes, b.skipBlanks(bytes, line.payload, end), end, number, name, wrong, start);
      }
    } else if (kind === e.EVENT_PCPU_DRAIN || kind === e.EVENT_ZONE_LOCKED) {
      if (!this.#takeListed(bytes, start, end, number)) return;
    } else if (!this.#takeOther(kind, bytes, start, end, number)) return;
    this.#play(bytes, number);
    if (this.format === 'perf') this.#beginFrames(true, number);
  }

  /** Plays the event whose line was read. */
  #play(bytes: Uint8Array, number: number): void {
    const event = this.#event;
    const { pid, cpu, seconds, nanoseconds, inSeconds } = this.#line;
    event.line = number;
    event.pid = pid;
    event.cpu = cpu;
    event.seconds = seconds;
    event.nanoseconds = nanoseconds;
    if (event.kind <= e.EVENT_EXTFRAG && event.kind >= e.EVENT_ALLOC) event.task = this.#taskOf(bytes);
    if (event.kind === e.EVENT_ALLOC) this.gfpLines[event.gfp] ??= number;
    this.inSeconds = inSeconds;
    this.#replayer.event(event);
  }

  /**
   * A free page that leaves or enters a list. It tells the type of a pageblock, and nothing that a dump could not be without: what cannot
   * be read is passed over. False when a kmem event is joined to it.
   */
  #takeListed(bytes: Uint8Array, start: number, end: number, number: number): boolean {
    const event = this.#event;
    const { payload } = this.#line;
    if (this.#payload.readUsual(bytes, this.#view, b.skipBlanks(bytes, payload, end), end, event) === end)
      return true;
    if (this.#isJoined(bytes, start, end, number)) return false;
    if (this.#payload.read(bytes, this.#view, payload, end, event) !== '') event.pfn = e.ABSENT;
    return true;
  }

  /** An event that has no page; false when a kmem event is joined to it. */
  #takeOther(kind: number, bytes: Uint8Array, start: number, end: number, number: number): boolean {
    if (this.#isJoined(bytes, start, end, number)) return false;
    if (kind === e.EVENT_RENAME || kind === e.EVENT_NEW_TASK) this.#takeTask(kind, bytes, end);
    if (kind === e.EVENT_MIGRATE || kind === e.EVENT_COMPACT) this.#takeMoved(kind, bytes, end, number);
    return true;
  }

  /** The task of the event whose front was read. */
  #taskOf(bytes: Uint8Array): TaskId {
    const { nameStart, nameEnd, taskEnd, pid, tgid, cpu } = this.#line;
    if (pid === 0 && (bytes[nameStart] === b.LESS || this.format === 'perf')) return this.#tasks.idle(cpu);
    return this.#tasks.idOf(bytes, this.#view, nameStart, nameEnd, taskEnd, pid, tgid, cpu);
  }

  #takeTask(kind: number, bytes: Uint8Array, end: number): void {
    const payload = decodeText(bytes.subarray(this.#line.payload, end));
    const [found, pid = this.#line.pid, name = '', rest = ''] =
      (kind === e.EVENT_RENAME
        ? // Linux 6.14 to 6.18 leave the pid out.
          /^ *(?:pid=(\d+) )?oldcomm=(.*) newcomm=(.*) oom_score_adj=/.exec(payload)
        : /pid=(\d+) comm=(.*) clone_flags=(?:0x)?([0-9a-f]+)/.exec(payload)) ?? [];
    if (found === undefined) return;
    if (kind === e.EVENT_RENAME) this.#tasks.rename(Number(pid), name, rest);
    else {
      const isThread = (Number.parseInt(rest, 16) & CLONE_THREAD) !== 0;
      this.#tasks.begin(Number(pid), name, this.#line.pid, isThread);
    }
  }

  #takeMoved(kind: number, bytes: Uint8Array, end: number, number: number): void {
    const payload = decodeText(bytes.subarray(this.#line.payload, end));
    if (kind === e.EVENT_COMPACT) {
      this.#replayer.moved(
        'mm_compaction_migratepages',
        Number(/\bnr_migrated=(\d+)/.exec(payload)?.[1] ?? 0),
        number,
      );
      return;
    }
    const pages = Number(/\bnr_succeeded=(\d+)/.exec(payload)?.[1] ?? 0);
    this.#replayer.moved(/\breason=compaction\b/.test(payload) ? 'compaction' : 'otherwise', pages, number);
  }

  /** Finds out from an event's line who wrote the trace; false when it is none. */
  #recognise(bytes: Uint8Array, start: number, end: number, number: number): boolean {
    const line = this.#line;
    if (b.startsWith(bytes, CPUS, start, end)) {
      this.#cpusLine = true;
      return false;
    }
    if (line.read(bytes, this.#view, start, end, b.MINUS)) {
      this.format = this.#cpusLine || isPadded(bytes, line.payload, end) ? 'trace-cmd' : 'tracefs';
    } else if (line.read(bytes, this.#view, start, end, b.SPACE) && line.eventEnd < end) {
      this.format = 'perf';
    } else return false;
    this.firstEvent = { line: number, sample: sampleOf(bytes, start, end) };
    return true;
  }

  /** A line that begins with `#`. */
  #takeComment(bytes: Uint8Array, start: number, end: number, number: number): void {
    const joined = joinedKmemEvent(bytes, start, end, true);
    if (joined !== '') this.#damage(bytes, start, end, number, joined, JOINED);
    if (b.startsWith(bytes, ENTRIES, start, end)) {
      const [, inBuffer, written] =
        /^([0-9]+)\/([0-9]+)/.exec(decodeText(bytes.subarray(start + ENTRIES.length, end))) ?? [];
      if (Number(written) > Number(inBuffer)) {
        this.losses.overwritten(Number(written) - Number(inBuffer), number, this.#replayer.lastNs);
        this.#doubt();
      }
    } else this.#takeLossMark(bytes, start, end, number);
  }

  #takeLossMark(bytes: Uint8Array, start: number, end: number, number: number): boolean {
    const mark = readLossMark(bytes, start, end);
    if (mark) this.#lose(mark, number);
    return mark !== undefined;
  }

  #lose(mark: LossMark, number: number): void {
    this.losses.add(mark, number, this.#replayer.lastNs);
    this.#doubt(mark.cpu);
  }

  /** Events of `cpu`, or of any, are missing here. */
  #doubt(cpu?: number): void {
    this.#replayer.doubt(cpu);
    this.#tasks.forget();
  }

  /** A line that is no event. */
  #pass(bytes: Uint8Array, start: number, end: number, number: number): void {
    if (this.#takeLossMark(bytes, start, end, number)) {
      const joined = joinedKmemEvent(bytes, start, end, true);
      if (joined !== '') this.#damage(bytes, start, end, number, joined, JOINED);
      return;
    }
    if (b.startsWith(bytes, PERF_LOST, b.skipBlanks(bytes, start, end), end))
      return this.#lose(perfLoss(bytes, start, end), number);
    if (this.format === undefined) {
      const problem = noEventYet(bytes, start, end, number);
      if (problem) throw problem;
      if (b.startsWith(bytes, CPUS, start, end)) return;
    }
    if (b.skipBlanks(bytes, start, end) === end) return;
    const name = kmemEventIn(bytes, start, end) || joinedKmemEvent(bytes, start, end, false);
    if (name === '' && isKmemPayload(bytes, start, end)) {
      this.#damage(bytes, start, end, number, 'an event', CUT_NAME);
    } else if (name === '') {
      const text = decodeText(bytes.subarray(start, Math.min(end, start + LONGEST_REMARK)));
      if (!REMARK.test(text)) this.#leaveOut(bytes, start, end, number);
    } else this.#damage(bytes, start, end, number, name, BAD_FRONT);
  }

  /** Whether a kmem event is joined to the payload of the event whose front was read; it is then lost. */
  #isJoined(bytes: Uint8Array, start: number, end: number, number: number): boolean {
    const { payload, eventStart, eventEnd } = this.#line;
    if (end - payload < SHORTEST_KMEM) return false;
    let joined = joinedKmemEvent(bytes, payload, end, false);
    if (joined !== '' && FREE_TEXT.some((name) => b.startsWith(bytes, name, eventStart, eventEnd)))
      joined = joinedKmemEvent(bytes, payload, end, true);
    if (joined !== '') this.#damage(bytes, start, end, number, joined, JOINED);
    return joined !== '';
  }

  /** A kmem event that was cut off, or joined to another line, before its payload. */
  #takeDamaged(bytes: Uint8Array, start: number, end: number, number: number): void {
    const name = kmemEventIn(bytes, start, end);
    if (name === '') this.#damage(bytes, start, end, number, 'an event', CUT_NAME);
    else this.#damage(bytes, start, end, number, name, BAD_FRONT);
  }

  /** A kmem event that cannot be read, for what bytes[at, end) are; its line begins at `start`. */
  #damage(
    bytes: Uint8Array,
    at: number,
    end: number,
    number: number,
    name: string,
    wrong: string,
    start = at,
  ): void {
    if (!this.#tolerant) throw damaged(number, name, wrong, bytes.subarray(at, end));
    this.#leaveOut(bytes, start, end, number);
    this.losses.unreadable(number, this.#replayer.lastNs);
    this.#doubt();
  }

  #leaveOut(bytes: Uint8Array, start: number, end: number, number: number): void {
    this.unreadable++;
    if (this.firstUnreadable === 0) {
      this.firstUnreadable = number;
      this.firstSample = sampleOf(bytes, start, end);
    }
  }

  // Stacks

  #beginStack(bytes: Uint8Array, start: number, end: number, number: number, ofKernel: boolean): void {
    if (this.#isJoined(bytes, start, end, number)) return;
    if (this.format === 'tracefs' && this.#line.payload < end) this.format = 'trace-cmd';
    this.#beginFrames(ofKernel, number);
    // trace-cmd 3.1 puts the first frame on the line of the event.
    const at = b.skipBlanks(bytes, this.#line.payload, end);
    if (isArrow(bytes, at, end)) this.#takeArrowFrame(bytes, at, end);
  }

  #beginFrames(ofKernel: boolean, number: number): void {
    this.#inStack = true;
    this.#ofKernel = ofKernel;
    this.#stackCpu = this.#line.cpu;
    this.#stackPid = this.#line.pid;
    this.#stackLine = number;
    this.#stacks.begin();
  }

  #endStack(): void {
    this.#inStack = false;
    if (!this.#ofKernel) return;
    const stack = this.#stacks.end();
    // Of perf each event is followed by its stack or by none.
    if (stack === NO_STACK_ID && this.format === 'perf') return;
    this.#replayer.stack(this.#stackCpu, this.#stackPid, stack, this.#stacks.kind, this.#stackLine);
  }

  /** Takes a line as a frame of the stack under way; false, and the stack is complete, when it is none. */
  #takeFrame(bytes: Uint8Array, start: number, end: number): boolean {
    const at = b.skipBlanks(bytes, start, end);
    const isFrame =
      this.format === 'perf'
        ? at > start && this.#takePerfFrame(bytes, start, at, end)
        : isArrow(bytes, at, end) &&
          !this.#isEvent(bytes, start, at, end) &&
          this.#takeArrowFrame(bytes, at, end);
    if (isFrame || (this.format === 'perf' && isSourceLine(bytes, start, at, end))) return true;
    this.#endStack();
    return this.format === 'perf' && at === end;
  }

  /**
   * Whether what begins like a frame is an event, of a task that is called so. What follows an arrow in the stack of a program
   * can be any file's name and is never an event.
   */
  #isEvent(bytes: Uint8Array, start: number, at: number, end: number): boolean {
    // Of the frames of programs none is indented further.
    return (
      (this.#ofKernel || (this.format === 'tracefs' && at > start + 1)) &&
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
    if (to > from) this.#stacks.frame(this.#view, from, to);
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
    this.#stacks.frame(this.#view, from, symbolEnd);
    return true;
  }

  /** A frame of a program is of no use. Any file's name can be in it, so that it is never an event; an event can be joined to it. */
  #takeUserFrame(bytes: Uint8Array, at: number, end: number): boolean {
    const joined = end - at > LONGEST_USUAL_FRAME ? joinedKmemEvent(bytes, at, end, true) : '';
    if (joined !== '') this.#damage(bytes, at, end, this.splitter.lines, joined, JOINED);
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

/** `PERF_RECORD_LOST lost 42` */
function perfLoss(bytes: Uint8Array, at: number, end: number): LossMark {
  const events = /lost (\d+)/.exec(decodeText(bytes.subarray(at, end)))?.[1];
  return { cpu: undefined, events: events === undefined ? undefined : Number(events), atStart: false };
}

/** trace-cmd fills an event's name up with blanks; tracefs writes one. */
function isPadded(bytes: Uint8Array, at: number, end: number): boolean {
  return at + 1 < end && bytes[at] === b.SPACE && bytes[at + 1] === b.SPACE;
}

function sampleOf(bytes: Uint8Array, start: number, end: number): string {
  return decodeText(bytes.slice(start, Math.min(end, start + SAMPLE_BYTES)));
}
