/** What one would write in an afternoon instead of a stack depot. */

/** Keyed by the frames as text. */
export class JoinedStringDepot {
  readonly #handles = new Map<string, number>();
  readonly #stacks: Uint32Array[] = [];

  save(frames: Uint32Array, depth: number): number {
    const kept = frames.subarray(0, 2 * depth);
    const key = kept.join();
    const known = this.#handles.get(key);
    if (known !== undefined) return known;
    const handle = this.#stacks.push(kept.slice());
    this.#handles.set(key, handle);
    return handle;
  }
}

const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;

/** Keyed by a 64-bit FNV-1a hash on BigInts; trusts that no two stacks share it. */
export class BigIntHashDepot {
  readonly #handles = new Map<bigint, number>();
  readonly #stacks: Uint32Array[] = [];

  save(frames: Uint32Array, depth: number): number {
    let key = FNV_OFFSET;
    for (let i = 0; i < 2 * depth; i++) key = BigInt.asUintN(64, (key ^ BigInt(frames[i]!)) * FNV_PRIME);
    const known = this.#handles.get(key);
    if (known !== undefined) return known;
    const handle = this.#stacks.push(frames.slice(0, 2 * depth));
    this.#handles.set(key, handle);
    return handle;
  }
}

/** A tree of Maps: one level a word, and no collisions. */
export class MapTreeDepot {
  readonly #root = new Map<number, unknown>();
  #handles = 0;

  save(frames: Uint32Array, depth: number): number {
    let node = this.#root;
    for (let i = 0; i < 2 * depth; i++) {
      let next = node.get(frames[i]!) as Map<number, unknown> | undefined;
      if (next === undefined) {
        next = new Map();
        node.set(frames[i]!, next);
      }
      node = next;
    }
    const known = node.get(-1) as number | undefined;
    if (known !== undefined) return known;
    node.set(-1, ++this.#handles);
    return this.#handles;
  }
}
