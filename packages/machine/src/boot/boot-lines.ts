/** Lines of the boot log that are not some layer's own. Formats: boots of 6.1.192 and 6.12.117. */
import { X86_64_DMA32_END_PFN, X86_64_DMA_END_PFN } from '@page-owner/kernel-abi';
import {
  PAGEBLOCK_PAGES,
  type FrameRange,
  type NodeOptions,
  type PageAllocator,
} from '@page-owner/buddy-allocator';
import type { KernelImage } from '../memory/kernel-image.js';

type Print = (line: string) => void;

const PAGE = 4096n;
const PAGE_KB = 4;

/** A frame range as addresses, the last byte included. */
const memText = ({ start, end }: FrameRange): string => {
  const hex = (address: bigint): string => `0x${address.toString(16).padStart(16, '0')}`;
  return `[mem ${hex(BigInt(start) * PAGE)}-${hex(BigInt(end) * PAGE - 1n)}]`;
};

export function banner(print: Print, release: string, cmdline: string, nodes: readonly NodeOptions[]): void {
  print(`Linux version ${release} (page-owner machine)`);
  print(`Command line: ${cmdline}`);
  print('BIOS-provided physical RAM map:');
  ramMap(print, 'BIOS-e820', nodes);
}

export function ramMap(print: Print, who: string, nodes: readonly NodeOptions[]): void {
  const ranges = nodes.flatMap((node) => node.ranges).sort((a, b) => a.start - b.start);
  for (const range of ranges) print(`${who}: ${memText(range)} usable`);
}

export function zoneRanges(print: Print, nodes: readonly NodeOptions[]): void {
  const all = nodes.flatMap((node, number) => node.ranges.map((range) => ({ ...range, number })));
  all.sort((a, b) => a.start - b.start);
  const first = all[0]!.start;
  const last = Math.max(...all.map(({ end }) => end));
  const zones = [
    ['DMA', first, X86_64_DMA_END_PFN],
    ['DMA32', X86_64_DMA_END_PFN, X86_64_DMA32_END_PFN],
    ['Normal', X86_64_DMA32_END_PFN, Infinity],
  ] as const;
  print('Zone ranges:');
  for (const [name, start, limit] of zones) {
    const from = Math.max(start, first);
    const end = Math.min(limit, last);
    print(`  ${name.padEnd(8)} ${end > from ? memText({ start: from, end }) : 'empty'}`);
  }
  print('Movable zone start for each node');
  for (const [node, { movableFrom }] of nodes.entries()) {
    if (movableFrom === undefined) continue;
    print(`  Node ${node}: 0x${(BigInt(movableFrom) * PAGE).toString(16).padStart(16, '0')}`);
  }
  print('Early memory node ranges');
  for (const range of all) print(`  node ${String(range.number).padStart(3)}: ${memText(range)}`);
  for (const [node, { ranges }] of nodes.entries()) {
    if (ranges.length === 0) continue;
    const start = Math.min(...ranges.map((range) => range.start));
    const end = Math.max(...ranges.map((range) => range.end));
    print(`Initmem setup node ${node} ${memText({ start, end })}`);
  }
}

/** Below a pageblock for each type, pages are not grouped by mobility. */
const GROUPING_PAGES = 6 * PAGEBLOCK_PAGES;

export function zonelists(print: Print, nodes: number, pages: number): void {
  const grouping = pages < GROUPING_PAGES ? 'off' : 'on';
  print(`Built ${nodes} zonelists, mobility grouping ${grouping}.  Total pages: ${pages}`);
}

/** How much there is and how much of it is free; of the kernel's own sections only what there is. */
export function memory(print: Print, allocator: PageAllocator, image: KernelImage | null): void {
  const zones = allocator.zones();
  const sum = (pick: (zone: (typeof zones)[number]) => number): number =>
    PAGE_KB * zones.reduce((pages, zone) => pages + pick(zone), 0);
  const present = sum(({ present }) => present);
  const cma = sum((zone) => zone.cma);
  const reserved = present - sum(({ managed }) => managed);
  const free =
    sum(({ free }) => free) + sum(({ pagesets }) => pagesets.reduce((n, { count }) => n + count, 0));
  const sections =
    image === null
      ? ''
      : `${image.code}K kernel code, ${image.rwdata}K rwdata, ${image.rodata}K rodata, ` +
        `${image.init}K init, ${image.bss}K bss, `;
  print(`Memory: ${free}K/${present}K available (${sections}${reserved}K reserved, ${cma}K cma-reserved)`);
}
