/** Call stacks by number: a workload names its stacks once, and then only says which one is running. */
import type { OwnStackName, StackSource } from '@page-owner/page-owner';
import { FRAME_WORDS } from '@page-owner/stackdepot';
import { KernelText, TEXT_HIGH } from '../kernel/kernel-text.js';

/** Number of a call stack of this machine. */
export type StackId = number;

/** All call stacks of a machine, and which is running. */
export class Stacks implements StackSource {
  /** The text of the kernel's functions. */
  readonly text: KernelText;
  /** The stack that is running. */
  current: StackId = 0;
  readonly #own: Readonly<Record<OwnStackName, readonly string[]>>;
  readonly #ids = new Map<string, StackId>();
  readonly #frames: (readonly string[])[] = [];
  readonly #words: Uint32Array[] = [];

  /** @param own frames of the stacks the tracker makes for itself */
  constructor(text: KernelText, own: Readonly<Record<OwnStackName, readonly string[]>>) {
    this.text = text;
    this.#own = own;
  }

  /**
   * The number of a stack, frames innermost first; equal frames, equal number.
   *
   * @throws RangeError if a frame is none; TypeError if they are no list
   */
  intern(frames: readonly string[]): StackId {
    if (!Array.isArray(frames))
      throw new TypeError(`a stack is a list of frames, innermost first, got ${JSON.stringify(frames)}`);
    const key = frames.join('\n');
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#frames.length;
      this.#words.push(this.#wordsOf(frames));
      this.#frames.push([...frames]);
      this.#ids.set(key, id);
    }
    return id;
  }

  /** Whether there is such a stack. */
  has(id: StackId): boolean {
    return this.#frames[id] !== undefined;
  }

  /** Its frames, innermost first. */
  framesOf(id: StackId): readonly string[] {
    return this.#frames[id] ?? [];
  }

  capture(into: Uint32Array, maxFrames: number): number {
    return put(this.#words[this.current]!, into, maxFrames);
  }

  readyMade(): StackId {
    return this.current;
  }

  captureOwn(name: OwnStackName, into: Uint32Array, maxFrames: number): number {
    return put(this.#wordsOf(this.#own[name]), into, maxFrames);
  }

  #wordsOf(frames: readonly string[]): Uint32Array {
    const words = new Uint32Array(FRAME_WORDS * frames.length).fill(TEXT_HIGH);
    frames.forEach((frame, i) => (words[FRAME_WORDS * i] = this.text.addressOf(frame)));
    return words;
  }
}

function put(words: Uint32Array, into: Uint32Array, maxFrames: number): number {
  const depth = Math.min(words.length / FRAME_WORDS, maxFrames);
  for (let i = 0; i < FRAME_WORDS * depth; i++) into[i] = words[i]!;
  return depth;
}
