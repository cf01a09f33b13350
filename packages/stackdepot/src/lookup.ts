/**
 * Finding a stack in its bucket, without a lock.
 *
 * A record is published by an atomic store of its ref, in the bucket or in the link of the record before it, after all
 * its other words; atomic loads of those links therefore see it whole. Records of persistent stacks never change
 * again but for their count. A record of a counted stack may be evicted and reused while another thread looks at it:
 * that thread may follow it into another bucket and miss what it looks for, so a miss is looked up again under the
 * lock; and whoever took a reference on the way must compare again, now that it cannot be reused.
 */
import { FRAME_WORDS } from './frames.js';
import { TABLE_WORD, type DepotMemory } from './depot-memory.js';
import { NO_RECORD, type RecordRef } from './pool.js';
import { refIncNotZero } from './ref-count.js';

/** True if the record at `ref` holds exactly the first `depth` frames of `frames`, whose hash is `hash`. */
export function holdsStack(
  memory: DepotMemory,
  ref: RecordRef,
  frames: Uint32Array,
  depth: number,
  hash: number,
): boolean {
  const { words, layout } = memory;
  const record = memory.wordOf(ref);
  if (words[record + layout.hashWord] !== hash || words[record + layout.sizeWord] !== depth) return false;
  const stored = record + layout.framesWord;
  for (let i = 0; i < FRAME_WORDS * depth; i += FRAME_WORDS) {
    if (((words[stored + i]! ^ frames[i]!) | (words[stored + i + 1]! ^ frames[i + 1]!)) !== 0) return false;
  }
  return true;
}

/**
 * The record that holds these frames, or {@link NO_RECORD}.
 *
 * @param get take a reference: the count grows by one; a record whose count is 0 is as good as gone
 */
export function findStack(
  memory: DepotMemory,
  frames: Uint32Array,
  depth: number,
  hash: number,
  get: boolean,
): RecordRef {
  const { words, shared, layout } = memory;
  // The link to the next record is a record's first word, so a bucket can be followed like a record.
  let link = TABLE_WORD + (hash & memory.bucketMask);
  for (;;) {
    const ref = shared ? Atomics.load(words, link) : words[link]!;
    if (ref === NO_RECORD) return NO_RECORD;
    link = memory.wordOf(ref);
    if (!holdsStack(memory, ref, frames, depth, hash)) continue;
    if (!get || refIncNotZero(words, link + layout.countWord) !== 0) return ref;
  }
}
