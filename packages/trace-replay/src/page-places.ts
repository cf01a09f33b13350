import { getPageFlagsField, setPageFlagsField } from '@page-owner/kernel-abi';
import type { PageFlagsLayout } from '@page-owner/kernel-abi';

/** Node and zone, and nothing else of a page's flags: the word and its names, as page_owner prints them. */
export interface PagePlace {
  readonly flags: bigint;
  readonly flagNames: string;
}

/** Number of a distinct node and zone. */
export type PlaceId = number;
export const NO_PLACE: PlaceId = -1;

/** Bits that builds give node and zone. */
const MOST_NODE_BITS = 10;
const MOST_ZONE_BITS = 3;
const PLACE = /(?:^|\|)(?:node=(\d+)\|)?zone=(\d+)(?:\||$)/;

interface Seen {
  readonly names: string;
  readonly node: number | undefined;
  readonly zone: number;
}

/**
 * Where the pages of pageblocks lie, as the flags words of a baseline say (Linux 5.14 and later). Blocks without a record lie where
 * those on both sides of them do: a zone of a node is one run of pages, but for those of other nodes.
 */
export class PagePlaces {
  readonly #seen: Seen[] = [];
  readonly #samples: { readonly place: PlaceId; readonly flags: bigint }[] = [];
  readonly #ofBlock = new Map<number, PlaceId>();
  #blocks: number[] | undefined;
  #alternate = false;
  #places: readonly (PagePlace | undefined)[] = [];
  #lastBlock = -1;
  #lastPlace = NO_PLACE;

  /** The place that a flags word names; NO_PLACE when it names none. */
  placeOf(flags: bigint, flagNames: string): PlaceId {
    // With the number of a section above the node, the names do not tell where the others are.
    const [, node, zone] = flagNames.includes('section=') ? [] : (PLACE.exec(flagNames) ?? []);
    if (zone === undefined) return NO_PLACE;
    const names = node === undefined ? `zone=${zone}` : `node=${node}|zone=${zone}`;
    let place = this.#seen.findIndex((each) => each.names === names);
    if (place < 0) {
      place = this.#seen.length;
      this.#seen.push({ names, node: node === undefined ? undefined : Number(node), zone: Number(zone) });
    }
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

  /** Where the pages of `block` lie; undefined when that is not known. All records were added. */
  at(block: number): PagePlace | undefined {
    const blocks = (this.#blocks ??= this.#finish());
    const known = this.#ofBlock.get(block);
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

  #finish(): number[] {
    const blocks = [...this.#ofBlock.keys()].sort((a, z) => a - z);
    const nodes = blocks
      .map((block) => this.#seen[this.#ofBlock.get(block) as number]?.node)
      .filter((node, i, all) => i === 0 || node !== all[i - 1]);
    // Between two blocks of one node there can be memory of another one in which nothing was allocated.
    this.#alternate = new Set(nodes).size < nodes.length;
    const layouts = this.#layouts();
    this.#places = this.#seen.map(({ names, node = 0, zone }) => {
      const words = layouts.map((layout) => {
        const word = layout.zone > 0 ? setPageFlagsField(0n, 'zone', zone, layout) : 0n;
        return layout.node > 0 ? setPageFlagsField(word, 'node', node, layout) : word;
      });
      return words.length > 0 && words.every((word) => word === words[0])
        ? { flags: words[0] as bigint, flagNames: names }
        : undefined;
    });
    return blocks;
  }

  /** The layouts that all flags words agree with. The top of a word is `| node | zone | ...`; a build gives each its width. */
  #layouts(): PageFlagsLayout[] {
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
