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

/**
 * How clients' bytes add up.
 *
 * - `one-struct`, Linux 3.19 to 4.8: one C structure with room for every client built in, needed or not.
 * - `flags-always`, 4.9 to at least 6.1: the flags word, and the needed clients.
 * - `flags-on-demand`, by 6.12: the flags word only if a needed client uses it, and the needed clients.
 */
export type EntryRule = 'one-struct' | 'flags-always' | 'flags-on-demand';

/** What an entry has to know of a client: who wants storage beside each page frame. */
export interface EntryClient {
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
 * @throws RangeError if a size is no multiple of 4, or two clients share a name
 */
export function layoutEntry(clients: readonly EntryClient[], rule: EntryRule): EntryLayout {
  const needed = clients.filter((client) => client.need());
  const offsets = new Map<string, number>();
  if (needed.length === 0) return { needed: false, entryBytes: 0, offsets };

  const hasFlags = rule !== 'flags-on-demand' || needed.some(({ needSharedFlags }) => needSharedFlags);
  let entryBytes = hasFlags ? FLAGS_BYTES : 0;
  for (const { name, size } of rule === 'one-struct' ? clients : needed) {
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
