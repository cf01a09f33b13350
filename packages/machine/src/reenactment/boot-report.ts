/** The memory map of a real boot, from what it wrote: its log, and /proc/zoneinfo. */
import { PAGE_SIZE, type FrameRange, type NodeOptions } from '@page-owner/buddy-allocator';

/** Texts of one boot. */
export interface BootTexts {
  /** The kernel log, with or without time stamps. */
  readonly dmesg: string;
  /** /proc/zoneinfo, at any time. Without it the log is believed. */
  readonly zoneinfo?: string;
}

/** A zone as /proc/zoneinfo has it. */
export interface ReportedZone {
  /** NUMA node. */
  readonly node: number;
  /** Name: `DMA32`. */
  readonly zone: string;
  /** -1 if the zone has no memory. */
  readonly startPfn: number;
  /** Pages. */
  readonly spanned: number;
  /** Pages without holes. */
  readonly present: number;
  /** Pages that are the allocator's. */
  readonly managed: number;
  /** Pages of CMA. */
  readonly cma: number;
  /** Cpus that have lists in it. */
  readonly cpus: number;
}

/** What the texts of a real boot say of the machine: enough to boot it again. */
export interface BootReport {
  /** Release, such as `6.12.117`. */
  readonly kernel: string;
  /** The kernel's command line. */
  readonly cmdline: string;
  /** How many cpus it had. */
  readonly cpus: number;
  /** Memory by NUMA node. */
  readonly nodes: readonly NodeOptions[];
  /** CMA areas. */
  readonly cma: readonly FrameRange[];
  /** As /proc/zoneinfo has them. */
  readonly zones: readonly ReportedZone[];
}

const ZONE = /^Node (\d+), zone +(\w+)$/;
const FIELD = /^ +(spanned|present|managed|cma) +(\d+)$/;
const START = /^ +start_pfn: +(\d+)$/;
const CPU = /^ +cpu: \d+$/;

function requireText(what: string, text: string): void {
  if (typeof text !== 'string')
    throw new TypeError(
      `${what} is text, got ${Object.prototype.toString.call(text).slice('[object '.length, -1)}`,
    );
}

/** Reads /proc/zoneinfo as far as it describes memory. @throws TypeError if it is no text */
export function parseReportedZones(text: string): ReportedZone[] {
  requireText('zoneinfo', text);
  const zones: { -readonly [K in keyof ReportedZone]: ReportedZone[K] }[] = [];
  for (const line of text.split('\n')) {
    const head = ZONE.exec(line);
    if (head !== null) {
      const empty = { startPfn: -1, spanned: 0, present: 0, managed: 0, cma: 0, cpus: 0 };
      zones.push({ node: Number(head[1]), zone: head[2]!, ...empty });
      continue;
    }
    const zone = zones.at(-1);
    if (zone === undefined) continue;
    const [, field, pages] = FIELD.exec(line) ?? [];
    if (field !== undefined) zone[field as 'present'] = Number(pages);
    const [, startPfn] = START.exec(line) ?? [];
    if (startPfn !== undefined) zone.startPfn = Number(startPfn);
    if (CPU.test(line)) zone.cpus++;
  }
  return zones;
}

const NODE_RANGE = /\bnode +(\d+): \[mem 0x([0-9a-f]+)-0x([0-9a-f]+)\]/g;
const CMA = /\bcma: Reserved (\d+) MiB at 0x([0-9a-f]+)/g;
/** Then its pages are like any others. */
const CMA_FAILED = /\bcma: CMA area reserved could not be activated/;
const VERSION = /\bLinux version (\S+)/;
const CPUS = /\bBrought up \d+ nodes?, (\d+) CPUs?/;
const CMDLINE = /\bKernel command line: (.*)/;

/** CONFIG_NODES_SHIFT is 10 at most. */
const MOST_NODES = 1024;
const MIB_PAGES = 2 ** 20 / PAGE_SIZE;

const pfnOf = (hex: string): number => Number(BigInt(`0x${hex}`) / BigInt(PAGE_SIZE));

/**
 * The memory map of a boot: ranges of memory and of CMA from its log, zones from its zoneinfo.
 *
 * @throws RangeError if one of the texts does not say, or they contradict each other; TypeError if one is no text
 */
export function parseBoot({ dmesg, zoneinfo }: BootTexts): BootReport {
  requireText('the kernel log', dmesg);
  const kernel = VERSION.exec(dmesg)?.[1];
  if (kernel === undefined) throw new RangeError('the kernel log has no line "Linux version"');
  const nodes: { ranges: FrameRange[] }[] = [];
  for (const [, node, first, last] of dmesg.matchAll(NODE_RANGE)) {
    const range = { start: pfnOf(first!), end: pfnOf(last!) + 1 };
    if (Number(node) >= MOST_NODES)
      throw new RangeError(`there are at most ${MOST_NODES} nodes, got node ${node}`);
    while (nodes.length <= Number(node)) nodes.push({ ranges: [] });
    nodes[Number(node)]!.ranges.push(range);
  }
  if (nodes.length === 0) throw new RangeError('the kernel log has no "Early memory node ranges"');
  const cma = [...(CMA_FAILED.test(dmesg) ? '' : dmesg).matchAll(CMA)].map(([, mib, start]) => {
    return { start: pfnOf(start!), end: pfnOf(start!) + Number(mib) * MIB_PAGES };
  });
  const zones = parseReportedZones(zoneinfo ?? '');
  for (const { node, zone, startPfn, spanned, present } of zones) {
    if (present === 0) continue;
    const found = pagesWithin(nodes[node]?.ranges ?? [], startPfn, startPfn + spanned);
    if (found === present) continue;
    throw new RangeError(
      `zoneinfo says that node ${node}, zone ${zone} has ${present} pages, the kernel log ${found}`,
    );
  }
  const cpus = Math.max(Number(CPUS.exec(dmesg)?.[1] ?? 1), ...zones.map((zone) => zone.cpus));
  return { kernel, cmdline: CMDLINE.exec(dmesg)?.[1] ?? '', cpus, nodes, cma, zones };
}

const pagesWithin = (ranges: readonly FrameRange[], start: number, end: number): number =>
  ranges.reduce(
    (pages, range) => pages + Math.max(0, Math.min(end, range.end) - Math.max(start, range.start)),
    0,
  );
