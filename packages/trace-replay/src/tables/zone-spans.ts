/** Where a zone lies, as /proc/zoneinfo says; between its ends there may be holes, and pages of other nodes. */
export interface ZoneSpan {
  /** NUMA node. */
  readonly node: number;
  /** Its number in the flags of its pages: its place among the zones of the node, those without memory counted. */
  readonly zone: number;
  /** First frame it spans. */
  readonly startPfn: number;
  /** One past the last frame it spans. */
  readonly endPfn: number;
}

const ZONE_LINE = /^Node (\d+), zone +\S+$/;
const ROW = /^ +(spanned +|start_pfn: +)(\d+)$/;

/**
 * Reads /proc/zoneinfo of 3.10 and later.
 *
 * @throws Error of one sentence, when it is none
 */
export function parseZoneSpans(text: string): ZoneSpan[] {
  const spans: ZoneSpan[] = [];
  const counts = new Map<number, number>();
  let node = -1;
  let zone = -1;
  let spanned = 0;
  for (const line of text.split('\n')) {
    const header = ZONE_LINE.exec(line);
    if (header) {
      node = Number(header[1]);
      zone = counts.get(node) ?? 0;
      counts.set(node, zone + 1);
      spanned = 0;
    }
    const [, key = '', value] = ROW.exec(line) ?? [];
    if (key.startsWith('spanned')) spanned = Number(value);
    else if (value !== undefined && spanned > 0) {
      const startPfn = Number(value);
      spans.push({ node, zone, startPfn, endPfn: startPfn + spanned });
    }
  }
  if (spans.length === 0) throw new Error('not a zoneinfo: no zone in it has both "spanned" and "start_pfn"');
  return spans;
}

/** The zone that a page frame lies in; undefined when none spans it, or more than one does. */
export function spanAt(spans: readonly ZoneSpan[], pfn: number): ZoneSpan | undefined {
  const found = spans.filter(({ startPfn, endPfn }) => pfn >= startPfn && pfn < endPfn);
  return found.length === 1 ? found[0] : undefined;
}
