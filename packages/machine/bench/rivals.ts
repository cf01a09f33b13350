/** The formatter that one would write first. It knows the same records, and keeps texts that are dear to make. */
import {
  formatGfp,
  formatPageFlags,
  gfpMigratetype,
  migratetypeName,
  parsePageFlags,
  setPageFlagsField,
  X86_64_LAYOUT,
} from '@page-owner/kernel-abi';
import type { OwnerRecord } from '@page-owner/page-owner';
import type { Machine } from '../src/index.js';

/** A function with its results kept by number. */
function kept<T>(make: (key: number) => T): (key: number) => T {
  const results = new Map<number, T>();
  return (key) => {
    let result = results.get(key);
    if (result === undefined) {
      result = make(key);
      results.set(key, result);
    }
    return result;
  };
}

const ERA = '6.12';
function parts(machine: Machine) {
  const { allocator, depot, notes, stacks } = machine;
  return {
    mask: kept((gfp) => formatGfp(gfp, ERA)),
    own: kept((gfp) => migratetypeName(gfpMigratetype(gfp, ERA), ERA)),
    stack: kept((handle) => depot.print(handle, stacks.text)),
    word: kept((key) => {
      const { flags = '' } = notes.noteOf(key >> 1);
      if (typeof flags !== 'string') return flags;
      const word = setPageFlagsField(parsePageFlags(flags, { era: ERA }), 'zone', key & 1, X86_64_LAYOUT);
      return setPageFlagsField(word, 'lastcpupid', 0x1fffff, X86_64_LAYOUT);
    }),
    memcg: kept((note) => notes.noteOf(note).memcg),
    zone: (pfn: number) => allocator.zoneIndexOf(pfn),
    type: (pfn: number) => migratetypeName(allocator.pageblockType(pfn), ERA),
  };
}

/** A template string a record. */
export function templateFormatter(machine: Machine): (record: OwnerRecord) => string {
  const { mask, own, stack, word, memcg, zone, type } = parts(machine);
  const names = kept((key) => formatPageFlags(word(key), { era: ERA }));
  const hex = kept((key) => word(key).toString(16));
  return (record) => {
    const { pfn, order, gfp, pid, tgid, ts, handle, commText } = record;
    const note = machine.notes.at(pfn);
    const key = 2 * note + zone(pfn);
    const group = memcg(note);
    return `Page allocated via order ${order}, mask 0x${gfp.toString(16)}(${mask(gfp)}), pid ${pid}, tgid ${tgid} (${commText}), ts ${ts} ns
PFN 0x${pfn.toString(16)} type ${own(gfp)} Block ${pfn >>> 9} type ${type(pfn)} Flags 0x${hex(key)}(${names(key)})
${stack(handle)}${group?.kind === 'charged' ? `Charged to memcg ${group.name}\n` : ''}
`;
  };
}
