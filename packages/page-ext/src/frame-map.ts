/** Page frames: which exist, and of which node. Whoever builds the machine knows; page_ext is told. */

/** Number of a page frame: its physical address / 4096. */
export type Pfn = number;
/** Number of a NUMA node. */
export type NodeId = number;

/** From a node's first frame up to, not including, the one after its last; there may be holes. */
export interface NodeSpan {
  /** NUMA node. */
  readonly node: NodeId;
  /** First frame. */
  readonly startPfn: Pfn;
  /** One past the last frame. */
  readonly endPfn: Pfn;
}

/** Which frames there are: what page_ext needs to know of an allocator. */
export interface FrameMap {
  /** No frame will ever have this number or a higher one, memory plugged in later included. */
  readonly endPfn: Pfn;
  /** The nodes that have memory, in ascending order. */
  readonly nodes: readonly NodeSpan[];
  /** The kernel's `pfn_valid()`: the frame has a `struct page`. */
  isValid(pfn: Pfn): boolean;
  /** The node a frame belongs to; -1 if none. */
  nodeOf(pfn: Pfn): NodeId;
}

/** Not the number of a node. */
const NO_NODE = -1;

/**
 * A frame map from ranges without holes, such as those a boot log lists under `Early memory node ranges`. A frame is valid
 * if a range holds it. A node spans from its first range to its last; holes in between belong to the first node that spans
 * them.
 *
 * @param endPfn leaves room for memory that is plugged in later
 * @throws RangeError if a range is empty, out of order, or reaches beyond `endPfn`
 */
export function frameMapOf(ranges: readonly NodeSpan[], endPfn: Pfn = ranges.at(-1)?.endPfn ?? 0): FrameMap {
  let end = 0;
  const spans = new Map<NodeId, NodeSpan>();
  for (const { node, startPfn, endPfn: rangeEnd } of ranges) {
    if (!(startPfn >= end && startPfn < rangeEnd && rangeEnd <= endPfn)) {
      throw new RangeError(
        `frames ${startPfn} to ${rangeEnd} do not lie in order between ${end} and ${endPfn}`,
      );
    }
    end = rangeEnd;
    spans.set(node, { node, startPfn: spans.get(node)?.startPfn ?? startPfn, endPfn: rangeEnd });
  }
  const nodes = [...spans.values()].sort((a, b) => a.node - b.node);
  const find = (list: readonly NodeSpan[], pfn: Pfn): NodeSpan | undefined =>
    list.find((span) => pfn >= span.startPfn && pfn < span.endPfn);
  const rangeOf = (pfn: Pfn): NodeSpan | undefined => find(ranges, pfn);
  return {
    endPfn,
    nodes,
    isValid: (pfn) => rangeOf(pfn) !== undefined,
    nodeOf: (pfn) => (rangeOf(pfn) ?? find(nodes, pfn))?.node ?? NO_NODE,
  };
}
