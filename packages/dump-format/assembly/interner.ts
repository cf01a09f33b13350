import { allocate, SLACK } from './memory';
import { equal, hash } from './bytes';

/**
 * An interner keeps each distinct text once and numbers the texts 0, 1, 2 ... in the order of their first appearance.
 *
 *   slot (8 bytes, open addressing, a power of two of them, at most half full)
 *   +----------------+----------------+
 *   | hash       u32 | id + 1     u32 |   0: free
 *   +----------------+----------------+
 *   entry (16 bytes, one an id)
 *   +----------------+----------------+----------------+----------------+
 *   | text       u32 | length     u32 | hash       u32 | follower + 1   |
 *   +----------------+----------------+----------------+----------------+
 *
 * `follower` is the text that came after this one the last time: dumps repeat themselves, so it is tried first, and a
 * right guess costs one comparison in place of a search for the text's end, a hash and a look-up.
 */
const SLOT: u32 = 8;
const ENTRY: u32 = 16;
const FIRST_SLOTS: u32 = 4096;

@unmanaged
export class Interner {
  slots: u32;
  slotMask: u32;
  entries: u32;
  capacity: u32;
  count: u32;
  /** The id of the last text seen; none: -1. */
  last: i32;

  /** Forgets all texts. The memory they lay in must have been released. */
  reset(): void {
    this.slots = allocateZeroed(FIRST_SLOTS * SLOT);
    this.slotMask = FIRST_SLOTS - 1;
    this.capacity = FIRST_SLOTS >>> 1;
    this.entries = allocate(this.capacity * ENTRY);
    this.count = 0;
    this.last = -1;
  }

  textOf(id: u32): u32 {
    return load<u32>(this.entries + id * ENTRY);
  }

  lengthOf(id: u32): u32 {
    return load<u32>(this.entries + id * ENTRY, 4);
  }

  /** The text that is expected next, or -1. */
  guess(): i32 {
    return this.last < 0 ? -1 : <i32>load<u32>(this.entries + <u32>this.last * ENTRY, 12) - 1;
  }

  /** Notes that text `id` came now. */
  saw(id: u32): void {
    if (this.last >= 0) store<u32>(this.entries + <u32>this.last * ENTRY, id + 1, 12);
    this.last = <i32>id;
  }

  /** The id of the `length` bytes at `text`; a new text is copied. */
  intern(text: u32, length: u32, seed: u64): u32 {
    const h = hash(text, length, seed);
    let slot = h & this.slotMask;
    for (;;) {
      const at = this.slots + slot * SLOT;
      const taken = load<u32>(at, 4);
      if (!taken) break;
      if (load<u32>(at) == h) {
        const id = taken - 1;
        if (this.lengthOf(id) == length && equal(this.textOf(id), text, length)) return id;
      }
      slot = (slot + 1) & this.slotMask;
    }
    return this.add(text, length, h);
  }

  private add(text: u32, length: u32, h: u32): u32 {
    if (this.count == this.capacity) this.grow();
    const id = this.count++;
    const copy = allocate(length + SLACK);
    memory.copy(copy, text, length);
    const entry = this.entries + id * ENTRY;
    store<u32>(entry, copy);
    store<u32>(entry, length, 4);
    store<u32>(entry, h, 8);
    store<u32>(entry, 0, 12);
    this.place(h, id);
    return id;
  }

  private place(h: u32, id: u32): void {
    let slot = h & this.slotMask;
    while (load<u32>(this.slots + slot * SLOT, 4)) slot = (slot + 1) & this.slotMask;
    store<u32>(this.slots + slot * SLOT, h);
    store<u32>(this.slots + slot * SLOT, id + 1, 4);
  }

  private grow(): void {
    const slots = (this.slotMask + 1) << 1;
    const entries = allocate((slots >>> 1) * ENTRY);
    memory.copy(entries, this.entries, this.count * ENTRY);
    this.entries = entries;
    this.capacity = slots >>> 1;
    this.slots = allocateZeroed(slots * SLOT);
    this.slotMask = slots - 1;
    for (let id: u32 = 0; id < this.count; id++) this.place(load<u32>(entries + id * ENTRY, 8), id);
  }
}

function allocateZeroed(bytes: u32): u32 {
  const at = allocate(bytes);
  memory.fill(at, 0, bytes);
  return at;
}
