/** Stacks merged where they agree. */
export interface StackNode {
  /** The function; empty for the root. */
  readonly name: string;
  /** Pages of all stacks through here. */
  readonly pages: number;
  /** Of these, pages of stacks that end here. */
  readonly self: number;
  /** Largest first, by absolute value: growth can be negative. */
  readonly children: readonly StackNode[];
}

/** A stack, innermost function first, and its pages. */
export interface WeightedStack {
  /** Functions, innermost first. */
  readonly frames: readonly string[];
  /** Base pages. */
  readonly pages: number;
}

interface Draft {
  name: string;
  pages: number;
  self: number;
  children: Map<string, Draft>;
}

/**
 * Merges stacks into a tree. `callers` begins with the innermost functions and goes out to who called them (an inverted
 * tree); `callees` begins with the outermost and goes in to who allocated.
 */
export function stackTree(stacks: Iterable<WeightedStack>, towards: 'callers' | 'callees'): StackNode {
  const root: Draft = { name: '', pages: 0, self: 0, children: new Map() };
  for (const { frames, pages } of stacks) {
    let node = root;
    root.pages += pages;
    for (const name of towards === 'callers' ? frames : frames.toReversed()) {
      let child = node.children.get(name);
      if (!child) node.children.set(name, (child = { name, pages: 0, self: 0, children: new Map() }));
      child.pages += pages;
      node = child;
    }
    node.self += pages;
  }
  return sorted(root);
}

function sorted({ name, pages, self, children }: Draft): StackNode {
  const nodes = [...children.values()].map(sorted);
  return { name, pages, self, children: nodes.sort((a, b) => Math.abs(b.pages) - Math.abs(a.pages)) };
}
