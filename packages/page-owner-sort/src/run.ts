import type { Group } from './group.js';

/**
 * A run is a sequence of groups in order, as bytes in a store: what does not fit in memory is put there and merged
 * later. One group, all numbers little-endian:
 *
 *   0      8      16      24      40         48         52      56     60     64     68
 *   +------+------+-------+-------+----------+----------+-------+------+------+------+---------------------------+
 *   | times| pages| offset| ts,   | pid,     | classes  | line  | stack| comm | mod. | line, stack, comm, module |
 *   | f64  | f64  | f64   | free  | tgid i32 | u32      | length, u32 each           | bytes                     |
 *   +------+------+-------+-------+----------+----------+-------+------+------+------+---------------------------+
 *
 * classes: bit 0 released, from bit 1 on the allocator.
 */
const HEAD = 68;

/** Written bytes, to be read again. */
export interface RunSource {
  /** Bytes. */
  readonly length: number;
  /** Reads up to `into.length` bytes from offset `at`; returns how many, 0 only at the end. */
  read(into: Uint8Array, at: number): number;
  /** Gives back what it takes. */
  close(): void;
}

/** Takes the bytes of one run. */
export interface RunSink {
  /** The next bytes. */
  write(bytes: Uint8Array): void;
  /** No more bytes will come. */
  done(): RunSource;
}

/** A place for runs: memory, or temporary files. */
export interface RunStore {
  /** A new run. */
  create(): RunSink;
}

const BLOCK = 64 << 10;

/** Writes groups, which have to come in order, as a run. */
export function writeRun(groups: Iterable<Group>, store: RunStore): RunSource {
  const sink = store.create();
  let block = new Uint8Array(BLOCK);
  let used = 0;
  for (const group of groups) {
    const size = HEAD + group.line.length + group.stack.length + group.comm.length + group.module.length;
    if (used + size > block.length) {
      sink.write(block.subarray(0, used));
      block = new Uint8Array(Math.max(BLOCK, size));
      used = 0;
    }
    used = encode(group, block, used);
  }
  if (used) sink.write(block.subarray(0, used));
  return sink.done();
}

function encode(group: Group, bytes: Uint8Array, at: number): number {
  const view = new DataView(bytes.buffer, at);
  view.setFloat64(0, group.times, true);
  view.setFloat64(8, group.pages, true);
  view.setFloat64(16, group.offset, true);
  view.setUint32(24, group.tsLow, true);
  view.setUint32(28, group.tsHigh, true);
  view.setUint32(32, group.freeTsLow, true);
  view.setUint32(36, group.freeTsHigh, true);
  view.setInt32(40, group.pid, true);
  view.setInt32(44, group.tgid, true);
  view.setUint32(48, (group.allocator << 1) | (group.released ? 1 : 0), true);
  let end = at + HEAD;
  [group.line, group.stack, group.comm, group.module].forEach((text, i) => {
    view.setUint32(52 + 4 * i, text.length, true);
    bytes.set(text, end);
    end += text.length;
  });
  return end;
}

/** Reads the groups of a run one after the other. */
export class RunReader {
  readonly #source: RunSource;
  #block = new Uint8Array();
  #start = 0;
  #end = 0;
  #at = 0;

  constructor(source: RunSource) {
    this.#source = source;
  }

  /** The next group, or undefined at the end. Its texts stay: a block that they lie in is never written again. */
  next(): Group | undefined {
    if (!this.#have(HEAD)) return undefined;
    const view = new DataView(this.#block.buffer, this.#start);
    const lengths = [0, 1, 2, 3].map((i) => view.getUint32(52 + 4 * i, true));
    const size = HEAD + lengths.reduce((sum, length) => sum + length, 0);
    if (!this.#have(size)) throw new Error(`a run of groups ends early, at byte ${this.#at}`);
    const head = new DataView(this.#block.buffer, this.#start);
    let at = this.#start + HEAD;
    const [line, stack, comm, module] = lengths.map((length) => this.#block.subarray(at, (at += length)));
    this.#start += size;
    const classes = head.getUint32(48, true);
    return {
      times: head.getFloat64(0, true),
      pages: head.getFloat64(8, true),
      offset: head.getFloat64(16, true),
      tsLow: head.getUint32(24, true),
      tsHigh: head.getUint32(28, true),
      freeTsLow: head.getUint32(32, true),
      freeTsHigh: head.getUint32(36, true),
      pid: head.getInt32(40, true),
      tgid: head.getInt32(44, true),
      allocator: classes >> 1,
      released: (classes & 1) === 1,
      line: line!,
      stack: stack!,
      comm: comm!,
      module: module!,
    };
  }

  close(): void {
    this.#source.close();
  }

  /** Makes `count` bytes available at `#start`; false when the run has fewer. */
  #have(count: number): boolean {
    if (this.#end - this.#start >= count) return true;
    const rest = this.#block.subarray(this.#start, this.#end);
    const block = new Uint8Array(Math.max(BLOCK, 2 * count));
    block.set(rest);
    this.#block = block;
    this.#end = rest.length;
    this.#start = 0;
    while (this.#end < count) {
      const read = this.#source.read(block.subarray(this.#end), this.#at);
      if (!read) return false;
      this.#at += read;
      this.#end += read;
    }
    return true;
  }
}

/** Runs in memory. */
export class MemoryStore implements RunStore {
  /** A run in memory. */
  create(): RunSink {
    const blocks: Uint8Array[] = [];
    let length = 0;
    return {
      write: (bytes) => {
        blocks.push(bytes.slice());
        length += bytes.length;
      },
      done: () => {
        const all = new Uint8Array(length);
        let at = 0;
        for (const block of blocks) {
          all.set(block, at);
          at += block.length;
        }
        return memoryRun(all);
      },
    };
  }
}

/** A run whose bytes are all in memory. */
export function memoryRun(bytes: Uint8Array): RunSource {
  return {
    length: bytes.length,
    read: (into, at) => {
      const part = bytes.subarray(at, at + into.length);
      into.set(part);
      return part.length;
    },
    close: () => {},
  };
}
