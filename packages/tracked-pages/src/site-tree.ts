import type { CallSite } from './running-stack.js';

/** Frames there can be; with 2^32 nodes an edge is exact in a double. */
const FRAMES_LIMIT = 2 ** 21;
const ROOT = 0;

/**
 * Numbers stacks of V8's call sites without making them into text: a tree whose edges are frames, from the innermost on.
 *
 * ```
 *   0 ── Atlas.grow:42 ── 1 ── load:12 ── 2         two stacks: 2 and 4
 *                          └── tick:30 ── 3 ── main:7 ── 4
 * ```
 */
export class SiteTree {
  /** By file and position. */
  readonly #frames = new Map<string, Map<number, number>>();
  #frameCount = 0;
  /** From `node * FRAMES_LIMIT + frame`. */
  readonly #nodes = new Map<number, number>();

  /** Equal stacks, equal number. */
  numberOf(sites: readonly CallSite[]): number {
    let node = ROOT;
    for (const site of sites) {
      const edge = node * FRAMES_LIMIT + this.#frameOf(site);
      let next = this.#nodes.get(edge);
      if (next === undefined) {
        next = this.#nodes.size + 1;
        this.#nodes.set(edge, next);
      }
      node = next;
    }
    return node;
  }

  #frameOf(site: CallSite): number {
    // What has no file, built-in functions and eval, has no position of its own either.
    const file = site.getFileName() ?? site.toString();
    let positions = this.#frames.get(file);
    if (positions === undefined) {
      positions = new Map();
      this.#frames.set(file, positions);
    }
    const position = site.getPosition();
    let frame = positions.get(position);
    if (frame === undefined) {
      frame = this.#frameCount++;
      positions.set(position, frame);
    }
    return frame;
  }
}
