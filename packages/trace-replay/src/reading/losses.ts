import { decodeText } from '@page-owner/dump-format';
import { HASH } from '../bytes.js';

/** A line that says that events are missing. */
export interface LossMark {
  /** Of which cpu. */
  readonly cpu: number | undefined;
  /** How many; undefined when the tracer does not know. */
  readonly events: number | undefined;
  /** What is missing are the events of a cpu from the beginning of the trace to here. */
  readonly atStart: boolean;
}

/** What the trace says of events that are not in it. */
export interface Losses {
  /** Events that were overwritten before the trace's first one was read. */
  readonly beforeTrace: number;
  /** Marks within the trace. */
  readonly marks: number;
  /** Events that these marks count. */
  readonly events: number;
  /** Marks that count no events. */
  readonly uncountedMarks: number;
  /** Cpus whose events begin later than those of the others, because their first ones were overwritten. */
  readonly lateCpus: number;
  /** Lines of kmem events that could not be read. */
  readonly unreadableEvents: number;
  /** Line of the first sign of a loss; 0: there is none. */
  readonly firstLine: number;
  /** Line of the last sign of a loss; 0: there is none. */
  readonly lastLine: number;
  /**
   * The latest time in the trace before the first sign, in nanoseconds on its clock; Infinity: there is none. What is
   * counted from then on is a lower bound, and what is live then may be free.
   */
  readonly firstNs: number;
}

const CAPITAL_C = 0x43;
const BUFFER_STARTED = /^##### CPU (\d+) buffer started ####/;
/** tracefs: `CPU:2 [LOST 123 EVENTS]`; trace-cmd: `CPU:2 [123 EVENTS DROPPED]`; the number can be missing in both. */
const LOST = /^CPU:(\d+) \[(?:LOST (?:(\d+) )?EVENTS|(?:(\d+) )?EVENTS DROPPED)\]/;

export function readLossMark(bytes: Uint8Array, start: number, end: number): LossMark | undefined {
  const first = bytes[start];
  if (first !== HASH && first !== CAPITAL_C) return undefined;
  const text = decodeText(bytes.subarray(start, end));
  const started = BUFFER_STARTED.exec(text);
  if (started) return { cpu: Number(started[1]), events: undefined, atStart: true };
  const lost = LOST.exec(text);
  if (!lost) return undefined;
  const events = lost[2] ?? lost[3];
  return {
    cpu: Number(lost[1]),
    events: events === undefined ? undefined : Number(events),
    atStart: false,
  };
}

/** {@link Losses} while a trace is read. */
export class LossLog implements Losses {
  beforeTrace = 0;
  marks = 0;
  events = 0;
  uncountedMarks = 0;
  lateCpus = 0;
  unreadableEvents = 0;
  firstLine = 0;
  lastLine = 0;
  firstNs = Infinity;

  overwritten(events: number, line: number, ns: number): void {
    this.beforeTrace += events;
    this.#at(line, ns);
  }

  add(mark: LossMark, line: number, ns: number): void {
    if (mark.atStart) this.lateCpus++;
    else {
      this.marks++;
      if (mark.events === undefined) this.uncountedMarks++;
      else this.events += mark.events;
    }
    this.#at(line, ns);
  }

  unreadable(line: number, ns: number): void {
    this.unreadableEvents++;
    this.#at(line, ns);
  }

  #at(line: number, ns: number): void {
    if (this.firstLine === 0) {
      this.firstLine = line;
      this.firstNs = ns;
    }
    this.lastLine = line;
  }
}
