/**
 * What an entry is made of: the flags word all clients share, and each client's own bytes.
 *
 * ```
 *          3.19                     4.9 to 6.1               6.12
 *        +----------------+       +----------------+       +----------------+
 *     0  | flags          |       | flags          |       | flags          |  if a needed client uses them
 *     8  +----------------+       +----------------+       +----------------+
 *        | client 1       |       | client 1       |       | client 1       |
 *        +----------------+       +----------------+       +----------------+
 *        | client 2       |       | client 3       |       | client 3       |
 *        +----------------+       +----------------+       +----------------+
 *        | client 3       |
 *        +----------------+       client 2 is not needed
 *          one structure
 * ```
 *
 * Until one client is needed there is no entry at all.
 */
import { rankOf, type Release } from './release.js';

/**
 * How clients' bytes add up.
 *
 * - `one-struct`, Linux 3.19 to 4.8: one C structure with room for every client built in, needed or not.
 * - `flags-always`, 4.9 to 6.7 (read from 6.1): the flags word, and the needed clients.
 * - `flags-on-demand`, 6.8 and later (read from 6.12): the flags word only if a needed client uses it, and the needed
 *   clients.
 */
export type EntryRule = (typeof RULES)[number];

const RULES = ['one-struct', 'flags-always', 'flags-on-demand'] as const;

/**
 * The rule of that name, or of a kernel release.
 *
 * @throws TypeError if it is neither
 */
export function entryRule(ruleOrRelease: EntryRule | Release): EntryRule {
  const named = RULES.find((rule) => rule === ruleOrRelease);
  if (named !== undefined) return named;
  const rank = rankOf(ruleOrRelease);
  if (rank < rankOf('4.9')) return 'one-struct';
  return rank < rankOf('6.8') ? 'flags-always' : 'flags-on-demand';
}

/** What an entry has to know of a client: who wants storage beside each page frame. */
export interface EntryClient {
  /** Unlike those of other clients. */
  readonly name: string;
  /** Bytes per page frame, a multiple of 4; 0 if the shared flags are enough. */
  readonly size: number;
  /** True if it uses the flags word that clients share. */
  readonly needSharedFlags: boolean;
  /** Phase one, before there are tables: is the client switched on? */
  need(): boolean;
}

/** Bytes of the shared flags word, an `unsigned long`. */
export const FLAGS_BYTES = 8;

/** Sizes are multiples of this, so that every field of 32 bits or less can be aligned. */
const GRAIN_BYTES = 4;

/** What the clients' `need()` led to. */
export interface EntryLayout {
  /** Is any client needed? */
  readonly needed: boolean;
  /** Bytes of an entry; 0 if no client is needed. */
  readonly entryBytes: number;
  /** Where each client's bytes begin, by name; a client that has none is missing. */
  readonly offsets: ReadonlyMap<string, number>;
}

/**
 * Asks every client, once, whether it is needed, and lays out the entry in the order of the clients.
 *
 * @param rule a rule, or a kernel release
 * @throws RangeError if a size is no multiple of 4, or two clients share a name; TypeError if `rule` is neither
 */
export function layoutEntry(clients: readonly EntryClient[], rule: EntryRule | Release): EntryLayout {
  const how = entryRule(rule);
  const needed = clients.filter((client) => client.need());
  const offsets = new Map<string, number>();
  if (needed.length === 0) return { needed: false, entryBytes: 0, offsets };

  const hasFlags = how !== 'flags-on-demand' || needed.some(({ needSharedFlags }) => needSharedFlags);
  let entryBytes = hasFlags ? FLAGS_BYTES : 0;
  for (const { name, size } of how === 'one-struct' ? clients : needed) {
    if (!(size >= 0 && size % GRAIN_BYTES === 0)) {
      throw new RangeError(
        `page_ext client "${name}" asks for ${size} bytes, not a multiple of ${GRAIN_BYTES}`,
      );
    }
    if (offsets.has(name)) throw new RangeError(`two page_ext clients are named "${name}"`);
    offsets.set(name, entryBytes);
    entryBytes += size;
  }
  return { needed: true, entryBytes, offsets };
}
