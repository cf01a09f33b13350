import { isPlumbing } from '@page-owner/dump-format';
import type { FrameIndex, FunctionIndex, ModuleIndex, StackIndex } from '../indices.js';
import { IntColumn, pairKey } from './columns.js';
import type { FrameText } from '../facts/frame-text.js';
import { exactLine, stableLine, StackHash } from '../facts/stack-id.js';

/** Kernel modules; row 0 is `vmlinux`. */
export interface ModuleTable {
  /** Rows. */
  readonly length: number;
  /** `leaky`; `vmlinux` is the kernel itself. */
  readonly name: readonly string[];
}

/** Distinct functions: a name in a module. */
export interface FunctionTable {
  /** Rows. */
  readonly length: number;
  /** With compiler suffixes; an address where the kernel had no symbol. */
  readonly name: readonly string[];
  /** ModuleIndex. */
  readonly module: Int32Array;
}

/** Distinct places in functions. */
export interface FrameTable {
  /** Rows. */
  readonly length: number;
  /** FunctionIndex. */
  readonly function: Int32Array;
  /** Bytes into the function, or -1. */
  readonly offset: Int32Array;
  /** Bytes of the function, or -1. */
  readonly size: Int32Array;
}

/**
 * Stacks as a tree. A row is a frame called from the stack `prefix`, so the stack of a row is read from the innermost
 * frame outwards by following `prefix` to row 0, the empty stack.
 *
 *   row      0    1                       2                3
 *   frame   -1    entry_SYSCALL_64        do_syscall_64    vfs_write ...
 *   prefix  -1    0                       1                2
 *
 * Topological order is guaranteed: `prefix[i] < i` for every row but 0, so one pass in either direction sums a tree up
 * without recursion.
 */
export interface StackTable {
  /** Rows. */
  readonly length: number;
  /** StackIndex of the caller's stack. */
  readonly prefix: Int32Array;
  /** FrameIndex of the innermost frame. */
  readonly frame: Int32Array;
  /** Number of frames. */
  readonly depth: Int32Array;
  /** See `stackId`: the same across boots and builds. */
  readonly id: BigUint64Array;
  /** See `exactStackId`. */
  readonly exactId: BigUint64Array;
  /** StackIndex of the owner frame: the row itself, or the nearest outer one that is no plumbing. */
  readonly owner: Int32Array;
  /** ModuleIndex: the module of the innermost frame that is in one, plumbing included; 0 when none is. */
  readonly module: Int32Array;
  /** What the stack depot of that boot calls the stack, where the source prints handles; 0 elsewhere. */
  readonly handle: Uint32Array;
}

/** Stacks as a tree of frames, each table a struct of columns. */
export interface StackTables {
  /** Kernel modules. */
  readonly modules: ModuleTable;
  /** Functions, each in a module. */
  readonly functions: FunctionTable;
  /** Places in functions. */
  readonly frames: FrameTable;
  /** Stacks: frames as a tree. */
  readonly stacks: StackTable;
}

/** The stack of records without one. */
export const EMPTY_STACK: StackIndex = 0;
/** The kernel itself, in tables of modules. */
export const VMLINUX: ModuleIndex = 0;

/** Puts stacks into the tables; what is there already is found again. */
export class StackTableBuilder {
  readonly #modules: string[] = ['vmlinux'];
  readonly #moduleByName = new Map<string, ModuleIndex>();
  readonly #functions: string[] = [];
  readonly #functionByKey = new Map<string, FunctionIndex>();
  readonly #functionModule = new IntColumn();
  readonly #frameByText = new Map<string, FrameIndex>();
  readonly #frameFunction = new IntColumn();
  readonly #frameOffset = new IntColumn();
  readonly #frameSize = new IntColumn();
  readonly #framePlumbing: boolean[] = [];
  readonly #frameStableLine: Uint8Array[] = [];
  readonly #frameExactLine: Uint8Array[] = [];
  readonly #stackByKey = new Map<number, StackIndex>();
  readonly #prefix = new IntColumn();
  readonly #frame = new IntColumn();
  readonly #depth = new IntColumn();
  readonly #owner = new IntColumn();
  readonly #module = new IntColumn();
  /** The two hashes, four words a row: id high, id low, exact id high, exact id low. */
  readonly #hashes = new IntColumn();
  readonly #handles = new Map<StackIndex, number>();
  readonly #hash = new StackHash();

  constructor() {
    const { high, low } = this.#hash;
    this.#addRow(-1, -1, 0, 0, VMLINUX, [high, low, high, low]);
  }

  /** The row of a stack, innermost frame first. */
  indexOf(frames: readonly FrameText[]): StackIndex {
    let stack = EMPTY_STACK;
    for (let i = frames.length - 1; i >= 0; i--) stack = this.#child(stack, this.#frameOf(frames[i]!));
    return stack;
  }

  /** The empty stack has none. */
  setHandle(stack: StackIndex, handle: number): void {
    if (stack !== EMPTY_STACK) this.#handles.set(stack, handle);
  }

  finish(): StackTables {
    const { length } = this.#prefix;
    const id = new BigUint64Array(length);
    const exactId = new BigUint64Array(length);
    const hashes = this.#hashes.values;
    for (let row = 0; row < length; row++) {
      id[row] = u64(hashes[4 * row]!, hashes[4 * row + 1]!);
      exactId[row] = u64(hashes[4 * row + 2]!, hashes[4 * row + 3]!);
    }
    return {
      modules: { length: this.#modules.length, name: [...this.#modules] },
      functions: {
        length: this.#functions.length,
        name: [...this.#functions],
        module: this.#functionModule.values.slice(),
      },
      frames: {
        length: this.#frameFunction.length,
        function: this.#frameFunction.values.slice(),
        offset: this.#frameOffset.values.slice(),
        size: this.#frameSize.values.slice(),
      },
      stacks: {
        length,
        prefix: this.#prefix.values.slice(),
        frame: this.#frame.values.slice(),
        depth: this.#depth.values.slice(),
        id,
        exactId,
        owner: this.#owner.values.slice(),
        module: this.#module.values.slice(),
        handle: Uint32Array.from({ length }, (_, row) => this.#handles.get(row) ?? 0),
      },
    };
  }

  #child(prefix: StackIndex, frame: FrameIndex): StackIndex {
    const key = pairKey(prefix, frame);
    const known = this.#stackByKey.get(key);
    if (known !== undefined) return known;
    const row = this.#prefix.length;
    const hashes = this.#hashes;
    const hash = this.#hash;
    hash.from(hashes.at(4 * prefix), hashes.at(4 * prefix + 1)).add(this.#frameStableLine[frame]!);
    const { high, low } = hash;
    hash.from(hashes.at(4 * prefix + 2), hashes.at(4 * prefix + 3)).add(this.#frameExactLine[frame]!);
    const plumbing = prefix !== EMPTY_STACK && this.#framePlumbing[frame]!;
    const ownModule = this.#functionModule.at(this.#frameFunction.at(frame));
    this.#addRow(
      prefix,
      frame,
      this.#depth.at(prefix) + 1,
      plumbing ? this.#owner.at(prefix) : row,
      ownModule === VMLINUX ? this.#module.at(prefix) : ownModule,
      [high, low, hash.high, hash.low],
    );
    this.#stackByKey.set(key, row);
    return row;
  }

  #addRow(
    prefix: StackIndex,
    frame: FrameIndex,
    depth: number,
    owner: StackIndex,
    module: ModuleIndex,
    hashes: readonly number[],
  ): void {
    this.#prefix.push(prefix);
    this.#frame.push(frame);
    this.#depth.push(depth);
    this.#owner.push(owner);
    this.#module.push(module);
    for (const word of hashes) this.#hashes.push(word);
  }

  #frameOf(frame: FrameText): FrameIndex {
    const key = `${frame.name}\n${frame.module ?? ''}\n${frame.offset ?? ''}/${frame.size ?? ''}`;
    const known = this.#frameByText.get(key);
    if (known !== undefined) return known;
    this.#frameByText.set(key, this.#frameFunction.length);
    this.#framePlumbing.push(isPlumbing(frame.name));
    this.#frameStableLine.push(stableLine(frame));
    this.#frameExactLine.push(exactLine(frame));
    this.#frameOffset.push(frame.offset ?? -1);
    this.#frameSize.push(frame.size ?? -1);
    return this.#frameFunction.push(this.#functionIndex(frame.name, this.#moduleIndex(frame.module)));
  }

  #functionIndex(name: string, module: ModuleIndex): FunctionIndex {
    const key = `${module} ${name}`;
    const known = this.#functionByKey.get(key);
    if (known !== undefined) return known;
    this.#functionByKey.set(key, this.#functions.length);
    this.#functions.push(name);
    return this.#functionModule.push(module);
  }

  #moduleIndex(name: string | undefined): ModuleIndex {
    if (name === undefined) return VMLINUX;
    const known = this.#moduleByName.get(name);
    if (known !== undefined) return known;
    this.#moduleByName.set(name, this.#modules.length);
    return this.#modules.push(name) - 1;
  }
}

function u64(high: number, low: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}
