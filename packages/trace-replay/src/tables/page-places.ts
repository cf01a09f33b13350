import { getPageFlagsField, setPageFlagsField } from '@page-owner/kernel-abi';
import type { Era, PageFlagsLayout } from '@page-owner/kernel-abi';
import { fieldsOf } from './flag-words.js';
import type { PageFlags } from './flag-words.js';
import { spanAt } from './zone-spans.js';
import type { ZoneSpan } from './zone-spans.js';

/** Node and zone, and nothing else of a page's flags. */
interface PagePlace extends PageFlags {
  /**
   * All that stands above the flags, lastcpupid as well, if it is the same in all records there; node and zone otherwise.
   */
  readonly fields: PageFlags;
}

/** Number of a distinct node and zone. */
export type PlaceId = number;
const NO_PLACE: PlaceId = -1;

/** Bits that builds give node and zone. */
const MOST_NODE_BITS = 10;
const MOST_ZONE_BITS = 3;
const PLACE = /(?:^|\|)(?:node=(\d+)\|)?zone=(\d+)(?:\||$)/;

interface Seen {
  readonly names: string;
  readonly node: number | undefined;
  readonly zone: number;
  /** What stands above the flags in all of its words; undefined: that differs, or is not known. */
  fields: PageFlags | undefined;
}

/**
 * Where the pages of pageblocks lie, as the flags words of a baseline say (Linux 5.14 and later). Blocks without a record
 * lie where those on both sides of them do: a zone of a node is one run of pages, but for those of other nodes. Or where
 * /proc/zoneinfo says that they do.
 */
export class PagePlaces {
  readonly #era: Era;
  readonly #seen: Seen[] = [];
  readonly #samples: { readonly place: PlaceId; readonly flags: bigint }[] = [];
  readonly #ofBlock = new Map<number, PlaceId>();
  #blocks: number[] | undefined;
  #alternate = false;
  #places: readonly (PagePlace | undefined)[] = [];
  #lastBlock = -1;
  #lastPlace = NO_PLACE;
  #layouts: readonly PageFlagsLayout[] = [];
  #common: PageFlags | undefined;
  readonly #zones: readonly ZoneSpan[] | undefined;

  /** @param zones of the machine, if it told */
  constructor(era: Era, zones?: readonly ZoneSpan[]) {
    this.#era = era;
    this.#zones = zones;
  }

  /** The place that a flags word names; NO_PLACE when it names none. */
  placeOf(flags: bigint, flagNames: string): PlaceId {
    // With the number of a section above the node, the names do not tell where the others are.
    const [, node, zone] = flagNames.includes('section=') ? [] : (PLACE.exec(flagNames) ?? []);
    if (zone === undefined) return NO_PLACE;
    const names = node === undefined ? `zone=${zone}` : `node=${node}|zone=${zone}`;
    const fields = fieldsOf({ flags, flagNames }, this.#era);
    let place = this.#seen.findIndex((each) => each.names === names);
    if (place < 0) {
      place = this.#seen.length;
      const number = node === undefined ? undefined : Number(node);
      this.#seen.push({ names, node: number, zone: Number(zone), fields });
    }
    const seen = this.#seen[place] as Seen;
    if (seen.fields?.flags !== fields?.flags || seen.fields?.flagNames !== fields?.flagNames)
      seen.fields = undefined;
    this.#samples.push({ place, flags });
    return place;
  }

  /** A record of the baseline in `block` is at `place`. */
  add(block: number, place: PlaceId): void {
    if (block === this.#lastBlock && place === this.#lastPlace) return;
    this.#lastBlock = block;
    this.#lastPlace = place;
    const known = this.#ofBlock.get(block);
    if (known === undefined) this.#ofBlock.set(block, place);
    else if (known !== place) this.#ofBlock.set(block, NO_PLACE);
  }

  /** Where the page `pfn` of `block` lies; undefined when that is not known. All records were added. */
  at(block: number, pfn: number): PagePlace | undefined {
    const blocks = (this.#blocks ??= this.#finish());
    const known = this.#ofBlock.get(block);
    if (this.#zones && (known ?? NO_PLACE) === NO_PLACE) return this.#told(this.#zones, pfn);
    if (known !== undefined) return this.#places[known];
    if (this.#alternate) return undefined;
    let [low, high] = [0, blocks.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((blocks[middle] as number) < block) low = middle + 1;
      else high = middle;
    }
    const [below, above] = [low - 1, low].map((i) => this.#ofBlock.get(blocks[i] as number) ?? NO_PLACE);
    return below === above ? this.#places[below as number] : undefined;
  }

  /** What the zones say of a page: what records of its zone do, or if there are none its node and zone. */
  #told(zones: readonly ZoneSpan[], pfn: number): PagePlace | undefined {
    const span = spanAt(zones, pfn);
    if (span === undefined) return undefined;
    const seen = this.#seen.findIndex(({ node = 0, zone }) => node === span.node && zone === span.zone);
    if (seen >= 0) return this.#places[seen];
    const hasNodes = this.#seen.some(({ node }) => node !== undefined);
    const names = hasNodes ? `node=${span.node}|zone=${span.zone}` : `zone=${span.zone}`;
    const place = this.#placeWith(names, span.node, span.zone);
    const rest = this.#common;
    if (place === undefined || rest === undefined) return place;
    const fields = { flags: place.flags | rest.flags, flagNames: `${names}${rest.flagNames}` };
    return { ...place, fields };
  }

  /** What stands beside node and zone, lastcpupid, in all records of all zones; undefined if that differs. */
  #beside(): PageFlags | undefined {
    const [first, ...others] = this.#places.map((place) => ({
      flags: (place?.fields.flags ?? 0n) ^ (place?.flags ?? 0n),
      flagNames: place?.fields.flagNames.slice(place.flagNames.length) ?? '',
    }));
    const isSame = (each: PageFlags): boolean =>
      each.flags === first?.flags && each.flagNames === first.flagNames;
    return others.every(isSame) ? first : undefined;
  }

  #finish(): number[] {
    const blocks = [...this.#ofBlock.keys()].sort((a, z) => a - z);
    const nodes = blocks
      .map((block) => this.#seen[this.#ofBlock.get(block) as number]?.node)
      .filter((node, i, all) => i === 0 || node !== all[i - 1]);
    // Between two blocks of one node there can be memory of another one in which nothing was allocated.
    this.#alternate = new Set(nodes).size < nodes.length;
    this.#layouts = this.#agreeing();
    this.#places = this.#seen.map(({ names, node = 0, zone, fields }) =>
      this.#placeWith(names, node, zone, fields),
    );
    this.#common = this.#beside();
    return blocks;
  }

  #placeWith(names: string, node: number, zone: number, fields?: PageFlags): PagePlace | undefined {
    const words = this.#layouts.map((layout) => {
      const word = layout.zone > 0 ? setPageFlagsField(0n, 'zone', zone, layout) : 0n;
      return layout.node > 0 ? setPageFlagsField(word, 'node', node, layout) : word;
    });
    if (words.length === 0 || words.some((word) => word !== words[0])) return undefined;
    const place = { flags: words[0] as bigint, flagNames: names };
    return { ...place, fields: fields ?? place };
  }

  /**
   * The layouts that all flags words agree with. The top of a word is `| node | zone | ...`; a build gives each its width.
   */
  #agreeing(): PageFlagsLayout[] {
    const layouts: PageFlagsLayout[] = [];
    for (let node = 0; node <= MOST_NODE_BITS; node++) {
      for (let zone = 0; zone <= MOST_ZONE_BITS; zone++) {
        const layout = { section: 0, node, zone, lastcpupid: 0, kasantag: 0, lru: 0 };
        const agrees = this.#samples.every(({ place, flags }) => {
          const said = this.#seen[place] as Seen;
          return (
            getPageFlagsField(flags, 'zone', layout) === said.zone &&
            getPageFlagsField(flags, 'node', layout) === (said.node ?? 0) &&
            (said.node === undefined) === (node === 0)
          );
        });
        if (agrees) layouts.push(layout);
      }
    }
    return layouts;
  }
}
