import { decodeText } from '@page-owner/dump-format';
import { ERAS, migrateReasonTable } from '@page-owner/kernel-abi';
import * as b from '../bytes.js';
import { damaged, noEventYet } from './complaints.js';
import { isKmemPayload, joinedKmemEvent, kmemEventIn } from './damage.js';
import { EventLine } from './event-line.js';
import type { TraceFormat } from './event-line.js';
import { EventNames } from './event-names.js';
import type { OtherEvents } from './event-names.js';
import { LineSplitter, LONGEST_LINE } from './line-splitter.js';
import type { LineSink } from './line-splitter.js';
import { LossLog, readLossMark } from './losses.js';
import type { LossMark } from './losses.js';
import { moverOf } from '../playing/moves.js';
import { PayloadReader } from './payload.js';
import { RefPayloadReader } from './ref-payload.js';
import type { Replayer } from '../playing/replayer.js';
import { StackLines } from './stack-lines.js';
import type { StackTable } from '../tables/stack-table.js';
import type { TaskId, TaskTable } from '../tables/task-table.js';
import { TextTable } from '../tables/text-table.js';
import * as e from '../tables/trace-event.js';
import { TraceEvent } from '../tables/trace-event.js';
import { LONGEST_TEXT, USUAL_BYTES, usualKind } from './usual-names.js';

const SAMPLE_BYTES = 80;
const CPUS = b.ascii('cpus=');
const PERF_LOST = b.ascii('PERF_RECORD_LOST');
const ENTRIES = b.ascii('# entries-in-buffer/entries-written: ');
/** include/uapi/linux/sched.h: the new task is a thread of the one that makes it. */
const CLONE_THREAD = 0x10000;
/** `page=0 pfn=1 order=0` */
const SHORTEST_KMEM = 20;
/** A line that is read without looking for its end has so many bytes, masks of many names included. */
const LONGEST_USUAL = 512;
/** Events whose text a program or a person writes: trace_marker, trace_printk, the kernel's log. */
const FREE_TEXT = ['tracing_mark_write', 'print', 'bprint', 'bputs', 'console', 'ftrace:', 'printk:'].map(
  b.ascii,
);
const JOINED = 'its line is joined to that of another event';
/** What `trace-cmd report` says besides. */
const LONGEST_REMARK = 24;
const REMARK = /^(?:CPU \d+ is empty|version = \d+)$/;
const CUT_NAME = 'its name is cut off';
/** Before it page_owner followed no migrations. */
const FIRST_REASONS = '4.6';
let reasonNames: readonly string[] | undefined;
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
  readonly #tolerant: boolean;
  readonly #line = new EventLine();
  /** Of the line under way. */
  #view: DataView = new DataView(new ArrayBuffer(0));
  readonly #event = new TraceEvent();
  readonly #payload = new PayloadReader(this.gfpTexts);
  readonly #references: RefPayloadReader;
  readonly #names = new EventNames();
  readonly #stacks: StackLines;

  constructor(replayer: Replayer, tasks: TaskTable, stacks: StackTable, tolerant: boolean) {
    this.#replayer = replayer;
    this.#tasks = tasks;
    this.#tolerant = tolerant;
    this.#references = new RefPayloadReader(replayer.flagTexts);
    this.#stacks = new StackLines(stacks, this.#line, {
      stack: (...stack) => replayer.stack(...stack),
      joined: (bytes, start, end, name) => this.#damage(bytes, start, end, this.splitter.lines, name, JOINED),
    });
  }

  usual(bytes: Uint8Array, view: DataView, start: number, number: number): number {
    if (start + LONGEST_USUAL > bytes.length || this.format !== 'tracefs') return 0;
    if (this.#stacks.isFrame(view, start)) return this.#stacks.takeUsual(view, start);
    const line = this.#line;
    const name = line.readUsual(bytes, view, start);
    const end = start + LONGEST_USUAL;
    if (name === 0 || name + LONGEST_TEXT > end) return 0;
    const kind = usualKind(view, name);
    if (kind === e.EVENT_OTHER) return 0;
    const event = this.#event;
    event.kind = kind;
    const payload = name + (USUAL_BYTES[kind] as number);
    const reader = kind >= e.EVENT_REF_SET ? this.#references : this.#payload;
    const behind =
      kind === e.EVENT_KERNEL_STACK ? payload : reader.readUsual(bytes, view, payload, end, event);
    if (behind === 0 || bytes[behind] !== b.NEWLINE) return 0;
    if (this.#stacks.isOpen) this.#stacks.end(this.format);
    this.#view = view;
    if (kind === e.EVENT_KERNEL_STACK) this.#stacks.begin(true, number);
    else this.#play(bytes, number);
    return behind + 1;
  }

  line(bytes: Uint8Array, view: DataView, start: number, end: number, number: number): void {
    this.#view = view;
    if (end - start === LONGEST_LINE && this.format !== undefined)
      return this.#damage(bytes, start, end, number, 'a line', TOO_LONG);
    if (this.#stacks.isOpen && this.#stacks.take(bytes, view, start, end, this.format)) return;
    if (start === end) return;
    if (bytes[start] === b.HASH) return this.#takeComment(bytes, start, end, number);
    const line = this.#line;
    if (this.format === undefined) {
      if (!this.#recognise(bytes, start, end, number)) return this.#pass(bytes, start, end, number);
    } else if (!line.read(bytes, this.#view, start, end, this.format === 'perf' ? b.SPACE : b.MINUS)) {
      return this.#pass(bytes, start, end, number);
    }
    const kind = this.#names.kindOf(line, bytes, view, start, end);
    if (kind === e.EVENT_KERNEL_STACK || kind === e.EVENT_USER_STACK) {
      if (this.#isJoined(bytes, start, end, number)) return;
      if (this.format === 'tracefs' && line.payload < end) this.format = 'trace-cmd';
      this.#stacks.beginOnLine(bytes, view, line.payload, end, kind === e.EVENT_KERNEL_STACK, number);
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
    if (this.#stacks.isOpen) this.#stacks.end(this.format);
    this.#replayer.finish();
  }

  #takeEvent(kind: number, bytes: Uint8Array, start: number, end: number, number: number): void {
    const line = this.#line;
    const event = this.#event;
    event.kind = kind;
    event.line = number;
    if (e.isOfPages(kind)) {
      const payload = kind >= e.EVENT_REF_SET ? this.#references : this.#payload;
      const wrong = payload.read(bytes, this.#view, line.payload, end, event);
      if (wrong !== '') {
        const name = decodeText(bytes.subarray(line.eventStart, line.eventEnd));
        return this.#damage(bytes, b.skipBlanks(bytes, line.payload, end), end, number, name, wrong);
      }
    } else if (kind === e.EVENT_PCPU_DRAIN || kind === e.EVENT_ZONE_LOCKED) {
      if (!this.#takeListed(bytes, start, end, number)) return;
    } else if (!this.#takeOther(kind, bytes, start, end, number)) return;
    this.#play(bytes, number);
    if (this.format === 'perf') this.#stacks.begin(true, number);
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
   * A free page that leaves or enters a list. It tells the type of a pageblock and of early pages, and nothing that a dump
   * could not be without: what cannot be read is passed over. False when a kmem event is joined to it.
   */
  #takeListed(bytes: Uint8Array, start: number, end: number, number: number): boolean {
    const event = this.#event;
    const { payload } = this.#line;
    if (this.#payload.read(bytes, this.#view, payload, end, event) === '') return true;
    if (this.#isJoined(bytes, start, end, number)) return false;
    event.pfn = e.ABSENT;
    return true;
  }

  /** An event that has no page; false when a kmem event is joined to it, or it is damaged itself. */
  #takeOther(kind: number, bytes: Uint8Array, start: number, end: number, number: number): boolean {
    if (this.#isJoined(bytes, start, end, number)) return false;
    if (kind === e.EVENT_RENAME || kind === e.EVENT_NEW_TASK) this.#takeTask(kind, bytes, end);
    if (kind === e.EVENT_COMPACT) this.#takeCompacted(bytes, end, number);
    return kind !== e.EVENT_MIGRATE || this.#takeMigrated(bytes, end, number);
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

  #takeCompacted(bytes: Uint8Array, end: number, number: number): void {
    const payload = decodeText(bytes.subarray(this.#line.payload, end));
    const pages = Number(/\bnr_migrated=(\d+)/.exec(payload)?.[1] ?? 0);
    this.#replayer.moved('mm_compaction_migratepages', pages, number);
  }

  /** A batch of migrations has ended; false when the line has no end, which is the reason. */
  #takeMigrated(bytes: Uint8Array, end: number, number: number): boolean {
    const { payload } = this.#line;
    const text = decodeText(bytes.subarray(payload, end));
    const reason = /\breason=(\w+)/.exec(text)?.[1] ?? '';
    if (isCutReason(reason)) {
      const wrong = reason === '' ? 'there is no reason=' : 'its reason is cut off';
      this.#damage(bytes, b.skipBlanks(bytes, payload, end), end, number, 'mm_migrate_pages', wrong);
      return false;
    }
    const pages = Number(/\bnr_succeeded=(\d+)/.exec(text)?.[1] ?? 0);
    this.#replayer.moved(reason === 'compaction' ? reason : 'otherwise', pages, number);
    this.#replayer.migrated(moverOf(this.#line), reason);
    return true;
  }

  /** Events that the replay has no use for, most frequent first. */
  otherEvents(): OtherEvents[] {
    return this.#names.others();
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

  /** An event of pages that cannot be read, for what bytes[at, end) are. */
  #damage(bytes: Uint8Array, at: number, end: number, number: number, name: string, wrong: string): void {
    if (!this.#tolerant) throw damaged(number, name, wrong, bytes.subarray(at, end));
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
}

/** Whether a reason for migration ends within the name that some kernel gives it, or before it. */
function isCutReason(reason: string): boolean {
  const names = (reasonNames ??= ERAS.slice(ERAS.indexOf(FIRST_REASONS)).flatMap(
    (era) => migrateReasonTable(era).names,
  ));
  return !names.includes(reason) && names.some((name) => name.startsWith(reason));
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
