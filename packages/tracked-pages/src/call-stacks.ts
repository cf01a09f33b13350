/** Call stacks of the running program, as the tracker wants to have them. */
import type { OwnStackName, StackSource } from '@page-owner/page-owner';
import { FRAME_WORDS } from '@page-owner/stackdepot';
import { framesOf, symbolText } from './call-site.js';
import { NO_ADDRESS, type FrameTexts } from './frame-texts.js';
import { asSites, programFormatter, runningStack, type CallSite, type Entry } from './running-stack.js';
import { SiteTree } from './site-tree.js';

/** Where the tracker's own stacks say that they come from. */
const OWN_FILE = 'page_owner';

/** Numbers this thread's stacks; a frame's address is that of its text. Memory grows with distinct stacks. */
export class CallStacks implements StackSource {
  /** Where the program enters the allocator: what is inside of it is left out. */
  entries: readonly Entry[] = [];
  readonly #maxFrames: number;
  readonly #tree = new SiteTree();
  /** Numbers of stacks, by that in the tree or by their text. */
  readonly #ids = new Map<number | string, number>();
  readonly #stacks: Uint32Array[] = [];
  readonly #texts: FrameTexts;
  #running = 0;

  constructor(maxFrames: number, texts: FrameTexts) {
    this.#maxFrames = maxFrames;
    this.#texts = texts;
  }

  /** The number of the running stack. */
  readyMade(): number {
    const stack = runningStack(this.entries, this.#maxFrames, asSites);
    const key = Array.isArray(stack) ? this.#tree.numberOf(stack as CallSite[]) : String(stack);
    const id = this.#ids.get(key);
    if (id !== undefined) this.#running = id;
    else {
      // Once for each distinct stack.
      this.#running = this.#stacks.push(this.#words(this.#runningFrames())) - 1;
      this.#ids.set(key, this.#running);
    }
    return this.#running;
  }

  /** Called right behind {@link readyMade}, for a stack that was not met before. */
  capture(into: Uint32Array, maxFrames: number): number {
    return put(this.#stacks[this.#running]!, into, maxFrames);
  }

  captureOwn(name: OwnStackName, into: Uint32Array, maxFrames: number): number {
    return put(this.#words([symbolText(name, OWN_FILE)]), into, maxFrames);
  }

  /** In the words of the program's formatter, or of the runtime's where those are no stack. */
  #runningFrames(): readonly string[] {
    for (const formatter of [programFormatter(), undefined]) {
      const text = runningStack(this.entries, this.#maxFrames, formatter);
      const frames = typeof text === 'string' ? framesOf(text) : [];
      if (frames.length > 0) return frames;
    }
    return [];
  }

  /** No frame at all if one of them has no address: it is stored as a failure, not as another stack. */
  #words(frames: readonly string[]): Uint32Array {
    const words = new Uint32Array(FRAME_WORDS * Math.min(frames.length, this.#maxFrames));
    for (let frame = 0; FRAME_WORDS * frame < words.length; frame++) {
      const address = this.#texts.addressOf(frames[frame]!);
      if (address === NO_ADDRESS) return new Uint32Array(0);
      words[FRAME_WORDS * frame] = address;
    }
    return words;
  }
}

function put(words: Uint32Array, into: Uint32Array, maxFrames: number): number {
  const depth = Math.min(words.length / FRAME_WORDS, maxFrames);
  into.set(words.subarray(0, FRAME_WORDS * depth));
  return depth;
}
