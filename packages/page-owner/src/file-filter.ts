/**
 * What one open debugfs page_owner of the development tree prints, and of whom. Commands are written to the file:
 *
 * ```
 *   mode=stack | mode=handle | mode=stack_handle      nid=0,2-3      pid=1,812      tgid=812
 * ```
 *
 * A page is shown if its node is listed, and its task by either of the two other lists; no list, no condition.
 */
import type { Errno } from './errno.js';
import { parseNumberList } from './node-list.js';
import type { OwnerRecord } from './owner-record.js';
import type { FrameView } from './surroundings.js';
import type { RecordFilter } from './walk.js';

const PRINT_MODES = ['stack', 'handle', 'stack_handle'] as const;

/** What stands between a record's second line and its end: the stack, its handle, or both. */
export type PrintMode = (typeof PRINT_MODES)[number];

/** The most ids in a list, and the highest one. */
const MAX_IDS = 16;
const MAX_ID = 4_194_304;

/** The longest command: room for the mode, for all nodes, and for the two lists of ids. */
const maxBytes = (maxNodes: number): number => 32 + 6 * maxNodes + 132 + 133;

interface Settings {
  readonly mode: PrintMode;
  /** Null while nodes do not matter. */
  readonly nodes: readonly number[] | null;
  readonly pids: readonly number[];
  readonly tgids: readonly number[];
  /** Whether the two lists above are applied. */
  readonly byTask: boolean;
}

export class FileFilter implements RecordFilter {
  readonly #frames: FrameView;
  readonly #maxNodes: number;
  #settings: Settings = { mode: 'stack', nodes: null, pids: [], tgids: [], byTask: false };

  constructor(frames: FrameView, maxNodes: number) {
    this.#frames = frames;
    this.#maxNodes = maxNodes;
  }

  get mode(): PrintMode {
    return this.#settings.mode;
  }

  accepts({ pfn, pid, tgid }: OwnerRecord): boolean {
    const { nodes, pids, tgids, byTask } = this.#settings;
    if (nodes !== null) {
      const zone = this.#frames.zones[this.#frames.zoneOf(pfn)];
      if (zone === undefined || !nodes.includes(zone.node)) return false;
    }
    return !byTask || pids.includes(pid) || tgids.includes(tgid);
  }

  /**
   * Executes a command, all of it or nothing.
   *
   * An empty list of ids switches filtering by task off, but the ids stay, and the next command, whatever it says,
   * switches it on again.
   *
   * @param bytes length of the command
   */
  command(text: string, bytes: number): number | Errno {
    if (bytes > maxBytes(this.#maxNodes)) return 'EINVAL';
    let { mode, nodes, pids, tgids } = this.#settings;
    let pidCount = pids.length;
    let tgidCount = tgids.length;
    for (const token of text.split(/[ \t\n]/)) {
      if (token === '') continue;
      const value = token.slice(token.indexOf('=') + 1);
      if (token.startsWith('mode=')) {
        const known = PRINT_MODES.find((name) => name === value);
        if (known === undefined) return 'EINVAL';
        mode = known;
      } else if (token.startsWith('nid=')) {
        const list = this.#parseNodes(value);
        if (typeof list === 'string') return list;
        nodes = list;
      } else if (token.startsWith('pid=')) {
        const list = parseIds(value);
        if (typeof list === 'string') return list;
        pidCount = list.length;
        if (pidCount > 0) pids = list;
      } else if (token.startsWith('tgid=')) {
        const list = parseIds(value);
        if (typeof list === 'string') return list;
        tgidCount = list.length;
        if (tgidCount > 0) tgids = list;
      } else {
        return 'EINVAL';
      }
    }
    this.#settings = { mode, nodes, pids, tgids, byTask: pidCount > 0 || tgidCount > 0 };
    return bytes;
  }

  #parseNodes(text: string): readonly number[] | Errno {
    const nodes = parseNumberList(text, this.#maxNodes);
    if (typeof nodes === 'string') return nodes;
    const hasMemory = (node: number): boolean => this.#frames.zones.some((zone) => zone.node === node);
    return nodes.length > 0 && nodes.every(hasMemory) ? nodes : 'EINVAL';
  }
}

function parseIds(text: string): readonly number[] | Errno {
  const ids: number[] = [];
  if (text === '') return ids;
  for (const word of text.split(',')) {
    if (ids.length === MAX_IDS) return 'E2BIG';
    if (!/^\d+$/.test(word) || Number(word) > MAX_ID) return 'EINVAL';
    ids.push(Number(word));
  }
  return ids.sort((a, b) => a - b);
}
