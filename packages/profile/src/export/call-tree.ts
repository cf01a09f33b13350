import { IntColumn, pairKey } from '../tables/columns.js';
import type { FunctionIndex, StackIndex } from '../indices.js';
import type { Profile } from '../tables/profile.js';
import { EMPTY_STACK, VMLINUX } from '../tables/stack-table.js';
import { printableName } from './printable-name.js';

/** A row of a {@link CallTree}; 0 is the empty stack. */
export type NodeIndex = number;

/** Which part of a stack an export has. */
export interface StackOptions {
  /**
   * Whether stacks begin with the page allocator's own functions. The default is false: they begin with the owner frame, as
   * those functions are the same for all.
   */
  readonly fullStacks?: boolean | undefined;
}

/** The stacks of a profile by functions: those that differ in offsets only are one node. `prefix[i] < i`. */
export interface CallTree {
  readonly length: number;
  /** NodeIndex of the caller. */
  readonly prefix: Int32Array;
  /** FunctionIndex of the innermost frame; -1 in node 0. */
  readonly function: Int32Array;
  /** NodeIndex by StackIndex. */
  readonly nodeOf: Int32Array;
}

export function callTree({ stacks, frames }: Profile, options: StackOptions): CallTree {
  const byKey = new Map<number, NodeIndex>();
  const prefix = new IntColumn();
  const functions = new IntColumn();
  const nodeOf = new Int32Array(stacks.length);
  prefix.push(-1);
  functions.push(-1);
  for (let stack = 1; stack < stacks.length; stack++) {
    const caller = nodeOf[stacks.prefix[stack]!]!;
    const fn = frames.function[stacks.frame[stack]!]!;
    const key = pairKey(caller, fn);
    let node = byKey.get(key);
    if (node === undefined) {
      byKey.set(key, (node = prefix.push(caller)));
      functions.push(fn);
    }
    nodeOf[stack] = node;
  }
  if (!options.fullStacks) for (let i = 1; i < stacks.length; i++) nodeOf[i] = nodeOf[stacks.owner[i]!]!;
  return {
    length: prefix.length,
    prefix: prefix.values.slice(),
    function: functions.values.slice(),
    nodeOf,
  };
}

/** The functions of a node, innermost first. */
export function functionsOf(tree: CallTree, node: NodeIndex): FunctionIndex[] {
  const functions: FunctionIndex[] = [];
  for (let at = node; at !== 0; at = tree.prefix[at]!) functions.push(tree.function[at]!);
  return functions;
}

/** The printable text of each function, with its module: `zs_malloc [zsmalloc]`. By FunctionIndex. */
export function functionTexts({ functions, modules }: Profile): string[] {
  const moduleNames = modules.name.map(printableName);
  return functions.name.map((name, fn) => {
    const module = functions.module[fn]!;
    return module === VMLINUX ? printableName(name) : `${printableName(name)} [${moduleNames[module]}]`;
  });
}

/** The functions of a stack as texts, innermost first, nothing left out. */
export function stackNames(profile: Profile): (stack: StackIndex) => string[] {
  const { stacks, frames } = profile;
  const names = functionTexts(profile);
  return (stack) => {
    const texts: string[] = [];
    for (let at = stack; at !== EMPTY_STACK; at = stacks.prefix[at]!)
      texts.push(names[frames.function[stacks.frame[at]!]!]!);
    return texts;
  };
}

/** A stack's id as text, 16 digits. */
export function hexId(id: bigint): string {
  return `0x${id.toString(16).padStart(16, '0')}`;
}
