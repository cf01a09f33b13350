import * as b from '../bytes.js';
import { isCutName, isKmemPayload, kmemEventIn, SYSTEMS } from './damage.js';
import type { EventLine } from './event-line.js';
import { TextTable } from '../tables/text-table.js';
import type { TextId } from '../tables/text-table.js';
import * as e from '../tables/trace-event.js';
import type { EventKind } from '../tables/trace-event.js';

/** A kind of event that the replay does not use. */
export interface OtherEvents {
  /** `sched_switch`. */
  readonly name: string;
  /** How many. */
  readonly count: number;
}

const GUESSES = 256;
const PERF_LOST = b.ascii('PERF_RECORD_LOST');

/** The names of the events of a trace: what each is, and how often it came. */
export class EventNames {
  readonly #names = new TextTable();
  /** Names of events by their length and last letter, as a guess. */
  readonly #guesses = new Uint32Array(GUESSES);
  readonly #kinds: EventKind[] = [];
  readonly #counts: number[] = [];

  /** The kind of the event of bytes[start, end), whose front was read as `line`. */
  kindOf(line: EventLine, bytes: Uint8Array, view: DataView, start: number, end: number): EventKind {
    const { eventStart, eventEnd } = line;
    // What has no colon is a stack, a loss, or what a tracer of functions writes, each line another one.
    if (eventEnd === end && (eventStart === end || bytes[eventStart] !== b.LESS)) {
      if (isCutName(bytes, eventStart, end)) return e.EVENT_DAMAGED;
      return b.startsWith(bytes, PERF_LOST, eventStart, end) ? e.EVENT_LOST : e.EVENT_OTHER;
    }
    const guess = (31 * (eventEnd - eventStart) + (bytes[eventEnd - 1] as number)) % GUESSES;
    let id = this.#guesses[guess] as number;
    if (!this.#names.is(id, view, eventStart, eventEnd)) {
      id = this.#names.idOf(view, eventStart, eventEnd);
      this.#guesses[guess] = id;
    }
    const kind = this.#kinds[id] ?? this.#learn(id, bytes, start, eventEnd, end);
    (this.#counts[id] as number)++;
    return kind;
  }

  /** Events that the replay has no use for, most frequent first. */
  others(): OtherEvents[] {
    return this.#counts
      .map((count, id) => ({ name: this.#names.text(id), count, kind: this.#kinds[id] }))
      .filter(({ kind, count }) => kind === e.EVENT_OTHER && count > 0)
      .sort((a, z) => z.count - a.count)
      .map(({ name, count }) => ({ name, count }));
  }

  /** Finds out what an event is whose name comes for the first time. */
  #learn(id: TextId, bytes: Uint8Array, start: number, eventEnd: number, end: number): EventKind {
    // perf writes the period before the system, if that is asked for.
    const name = this.#names.text(id).replace(/^(?:\d+ +)?(?:kmem|page_ref|task|migrate|compaction):/, '');
    let kind = e.EVENT_NAMES.get(name) ?? e.EVENT_OTHER;
    // A name with blanks may be the end of one line and the front of the next, and one that nobody knows the front of one
    // name and the end of another; of `kmem:` the name is cut off.
    const joined = name.includes(' ') && kmemEventIn(bytes, start, end) !== '';
    const torn = joined || isKmemPayload(bytes, eventEnd + 1, end);
    if (kind === e.EVENT_OTHER && (torn || (SYSTEMS.includes(name) && eventEnd + 1 === end)))
      kind = e.EVENT_DAMAGED;
    this.#kinds[id] = kind;
    this.#counts[id] = 0;
    return kind;
  }
}
