/** Plugging memory in and out, section by section. */
import { moveOut } from './contig.js';
import { isolate, unisolate } from '../moving/isolation.js';
import { allFree } from '../taking/place.js';
import { ABSENT, orderOf } from '../layout/frame-state.js';
import { removeFree } from '../zones/free-area.js';
import { MR_MEMORY_HOTPLUG } from '../hooks.js';
import { PAGEBLOCK_PAGES, SECTION_PAGES, type Pfn } from '../limits.js';
import { blockType, setBlockType, zoneBase, zoneNumberOf, type Memory } from '../memory.js';
import { isMoveOutPossible } from '../moving/migrate.js';
import { MERGEABLE_TYPES, MIGRATE_ISOLATE, MIGRATE_UNMOVABLE } from '../layout/migratetypes.js';
import { drainPcp } from '../taking/pcp.js';
import { isInOneSpan, removeFromSpans, requireRoomWithout } from '../zones/spans.js';
import * as Z from '../layout/zone-layout.js';
import { addMemory, giveFrames, memoryChanged } from './zone-memory.js';

function checkSection(m: Memory, start: Pfn): Pfn {
  const end = start + SECTION_PAGES;
  if (!Number.isInteger(start) || start < 0 || start % SECTION_PAGES !== 0 || end > m.layout.frames) {
    const room = `below ${m.layout.frames}`;
    throw new RangeError(`a section begins at a multiple of ${SECTION_PAGES} ${room}, got pfn ${start}`);
  }
  return end;
}

/** Adds the section of 128 MiB at `start` to a zone; all of it is free afterwards. */
export function addSection(m: Memory, start: Pfn, node: number, zoneName: string): void {
  const end = checkSection(m, start);
  const type = m.zoneNames.findIndex((name) => name === zoneName);
  if (type < 0) throw new RangeError(`no zone "${zoneName}" among ${m.zoneNames.join(', ')}`);
  if (!Number.isInteger(node) || node < 0 || node >= m.layout.nodes) throw new RangeError(`no node ${node}`);
  for (let pfn = start; pfn < end; pfn++) {
    if (m.frames[pfn] !== ABSENT)
      throw new Error(`cannot add the section at pfn ${start}: there is memory at pfn ${pfn}`);
  }
  addMemory(m, { start, end, zone: node * m.layout.zoneTypes + type });
  giveFrames(m, start, end);
  memoryChanged(m);
}

/**
 * Removes the section at `start`. Movable blocks in it are moved elsewhere.
 *
 * @throws RangeError, having changed nothing but per-cpu lists, if the table of spans is full
 * @returns false, with the section still in use, if something in it cannot be moved
 */
export function removeSection(m: Memory, start: Pfn): boolean {
  const end = checkSection(m, start);
  drainPcp(m);
  if (!isInOneSpan(m, start, end) || !isMoveOutPossible(m, start, end)) return false;
  for (let block = start; block < end; block += PAGEBLOCK_PAGES) {
    if (blockType(m, block) >= MERGEABLE_TYPES) return false;
  }
  requireRoomWithout(m, start, end);
  const types = isolate(m, start, end);
  let empty = false;
  try {
    empty = moveOut(m, start, end, MR_MEMORY_HOTPLUG) && allFree(m, start, end);
  } finally {
    if (!empty) unisolate(m, start, end, types);
  }
  if (empty) takeAway(m, start, end);
  return empty;
}

/** Turns free, isolated frames into a hole. */
function takeAway(m: Memory, start: Pfn, end: Pfn): void {
  const { words, frames } = m;
  const zone = zoneNumberOf(m, start);
  const zb = zoneBase(m, zone);
  for (let pfn = start; pfn < end;) {
    const order = orderOf(frames[pfn]!);
    removeFree(m, zb, pfn, order, MIGRATE_ISOLATE);
    pfn += 1 << order;
  }
  frames.fill(ABSENT, start, end);
  for (let block = start; block < end; block += PAGEBLOCK_PAGES) setBlockType(m, block, MIGRATE_UNMOVABLE);
  words[zb + Z.Z_PRESENT]! -= end - start;
  words[zb + Z.Z_MANAGED]! -= end - start;
  removeFromSpans(m, start, end, zone);
  memoryChanged(m);
}
