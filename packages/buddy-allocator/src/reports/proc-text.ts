/** /proc/buddyinfo, /proc/pagetypeinfo and the two files of debugfs extfrag, byte for byte (6.1 and 6.12 are alike). */
import { migratetypeTable } from '@page-owner/kernel-abi';
import { fragmentationIndex, unusableIndex } from './extfrag.js';
import { ORDERS, PAGEBLOCK_ORDER, PAGEBLOCK_PAGES } from '../limits.js';
import type { ZoneReport } from './zone-report.js';

const TYPE_NAMES = migratetypeTable('6.12').names;
const ORDER_NUMBERS = Array.from({ length: ORDERS }, (_, order) => order);

/** The kernel stops counting a list here, and says so. */
const COUNT_LIMIT = 100000;

const populated = (zone: ZoneReport): boolean => zone.present > 0;
const prefix = ({ node, zone }: ZoneReport): string => `Node ${node}, zone ${zone.padStart(8)} `;
const column = (value: number | string, width: number): string => `${String(value).padStart(width)} `;
const columns = (values: readonly (number | string)[], width: number): string =>
  values.map((value) => column(value, width)).join('');

/** The text of /proc/buddyinfo: blocks of each order in the free areas of each zone. */
export function buddyinfoText(zones: readonly ZoneReport[]): string {
  return zones
    .filter(populated)
    .map((zone) => `${prefix(zone)}${columns(zone.freeCounts, 6)}\n`)
    .join('');
}

/** Mixed pageblocks of a zone by type, which only a tracker of owners knows. */
export type MixedBlocks = (zone: ZoneReport) => readonly number[];

/** The part about mixed pageblocks is there only if they are known. */
export function pagetypeinfoText(zones: readonly ZoneReport[], mixed?: MixedBlocks): string {
  const nodes = [...new Set(zones.filter(populated).map(({ node }) => node))];
  return nodes
    .map((node) =>
      pagetypeinfoOfNode(
        zones.filter((zone) => populated(zone) && zone.node === node),
        mixed,
      ),
    )
    .join('');
}

function pagetypeinfoOfNode(zones: readonly ZoneReport[], mixed: MixedBlocks | undefined): string {
  let text = `Page block order: ${PAGEBLOCK_ORDER}\nPages per block:  ${PAGEBLOCK_PAGES}\n\n`;
  text += `${'Free pages count per migrate type at order'.padEnd(43)} ${columns(ORDER_NUMBERS, 6)}\n`;
  for (const zone of zones) {
    for (const [type, counts] of zone.freeByType.entries()) {
      text += `Node ${String(zone.node).padStart(4)}, zone ${zone.zone.padStart(8)}, `;
      text += `type ${column(TYPE_NAMES[type] ?? '', 12)}${columns(counts.map(capped), 6)}\n`;
    }
  }
  text += blockTable('Number of blocks type ', zones, (zone) => zone.pageblocks);
  if (mixed !== undefined) text += blockTable('Number of mixed blocks ', zones, mixed);
  return text;
}

const capped = (count: number): string => (count < COUNT_LIMIT ? String(count) : `>${COUNT_LIMIT}`);

function blockTable(title: string, zones: readonly ZoneReport[], counts: MixedBlocks): string {
  const head = `\n${title.padEnd(23)}${columns(TYPE_NAMES, 12)}\n`;
  return head + zones.map((zone) => `${prefix(zone)}${columns(counts(zone), 12)}\n`).join('');
}

/** debugfs extfrag/unusable_index. */
export function unusableIndexText(zones: readonly ZoneReport[]): string {
  return indexText(zones, (zone, order) => {
    const index = unusableIndex(zone.freeCounts, order);
    return `${Math.trunc(index / 1000)}.${thousandths(index)} `;
  });
}

/** debugfs extfrag/extfrag_index. */
export function extfragIndexText(zones: readonly ZoneReport[]): string {
  return indexText(zones, (zone, order) => {
    const index = fragmentationIndex(zone.freeCounts, order);
    return `${String(Math.trunc(index / 1000)).padStart(2)}.${thousandths(index)} `;
  });
}

/** C's `%03d` of the remainder: the sign takes one of the three places, so that -125 gives `-125`, -62 `-62`. */
function thousandths(index: number): string {
  const rest = index % 1000;
  return rest < 0 ? `-${String(-rest).padStart(2, '0')}` : String(rest).padStart(3, '0');
}

function indexText(zones: readonly ZoneReport[], cell: (zone: ZoneReport, order: number) => string): string {
  return zones
    .filter(populated)
    .map((zone) => `${prefix(zone)}${ORDER_NUMBERS.map((order) => cell(zone, order)).join('')}\n`)
    .join('');
}
