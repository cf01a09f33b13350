/**
 * The first stages of a boot, as docs/architecture.md draws them: each makes a part of the machine out of those before it.
 */
import { createAllocator, type FrameRange, type PageAllocator, type Pfn } from '@page-owner/buddy-allocator';
import { tableTime } from '@page-owner/page-ext';
import { parsePageOwnerParam, trackerRules } from '@page-owner/page-owner';
import { bucketOrderFor, depotLayout, StackDepot } from '@page-owner/stackdepot';
import type { DepotLayoutName, PoolSource } from '@page-owner/stackdepot';
import { parseCommandLine, type CommandLine } from './command-line.js';
import { disabledControllers } from './disabled-controllers.js';
import { isBefore, kernelOf, type Kernel } from '../kernel/kernel.js';
import { unknownParametersLine } from './known-parameters.js';
import { bootMemory, presentPages } from '../memory/memory-map.js';
import type { MemoryPlan } from './memory-plan.js';

type Print = (line: string) => void;

/** What release and command line decide before anything else. */
interface BootSettings {
  readonly kernel: Kernel;
  readonly cmdline: CommandLine;
  readonly cpus: number;
  readonly pageTableLevels: 4 | 5;
  /** `cgroup_disable=memory`. */
  readonly memcgDisabled: boolean;
  /** The value of `page_owner=`; undefined if it is not there. */
  readonly pageOwner: string | null | undefined;
  /** It switches page_owner on. */
  readonly enabled: boolean;
  /** When page_ext gets its tables: in start_kernel(), or by the first task. */
  readonly tableTime: 'early' | 'late';
  readonly depotLayout: DepotLayoutName;
  readonly depotDisabled: boolean;
  /** The depot's hash table is of boot memory. */
  readonly depotIsEarly: boolean;
}

interface BootOptions {
  readonly kernel?: string | undefined;
  readonly cmdline?: string | undefined;
  readonly cpus?: number | undefined;
  readonly deferredStructPages?: boolean | undefined;
}

/** @throws TypeError or RangeError for a release without page_owner, or that is none */
export function bootSettings(options: BootOptions): BootSettings {
  const kernel = kernelOf(options.kernel ?? '6.12');
  const cmdline = parseCommandLine(options.cmdline ?? '');
  const { release, era } = kernel;
  const layout = isBefore(era, '6.8') ? '6.1' : '6.12';
  const pageOwner = cmdline.value('page_owner');
  const enabled = pageOwner !== undefined && parsePageOwnerParam(pageOwner, release) === true;
  const cpus = options.cpus ?? 1;
  if (cpus === 0) throw new RangeError('a machine has at least one cpu, got 0');
  const four = isBefore(era, '4.15') || cmdline.value('no5lvl') !== undefined;
  return {
    ...{ kernel, cmdline, cpus, pageOwner, enabled },
    pageTableLevels: four ? 4 : 5,
    memcgDisabled: disabledControllers(cmdline, era).memory,
    tableTime: tableTime({
      model: 'sparsemem',
      kernel: layout,
      earlyPageExt: cmdline.value('early_page_ext') !== undefined,
      deferredStructPages: options.deferredStructPages ?? false,
    }),
    depotLayout: layout,
    depotDisabled: isOn(cmdline.value('stack_depot_disable')),
    depotIsEarly: enabled && trackerRules(release).earlyDepot,
  };
}

/** What the log says of the command line, and of where the image lies. */
export function logCommandLine(
  { kernel, cmdline }: BootSettings,
  { placed }: Pick<MemoryPlan, 'placed'>,
  print: Print,
): void {
  print(`Kernel command line: ${cmdline.text}`);
  for (const line of disabledControllers(cmdline, kernel.era).lines) print(line);
  const unknown = isBefore(kernel.era, '5.14') ? undefined : unknownParametersLine(cmdline);
  if (unknown !== undefined) print(unknown);
  for (const line of placed?.lines ?? []) print(line);
}

interface ZoneOptions {
  readonly reserved?: readonly FrameRange[] | undefined;
  readonly maxPfn?: Pfn | undefined;
  readonly distances?: readonly (readonly number[])[] | undefined;
}

/** Zones come online, less struct pages, the image and the depot's hash table. */
export function onlineZones(plan: MemoryPlan, settings: BootSettings, options: ZoneOptions): PageAllocator {
  const { nodes, taken, cma, placed } = plan;
  const { cpus, kernel } = settings;
  const bootBytes = hashTableBytes(settings, presentPages(nodes)) + (placed?.bytes ?? 0);
  return createAllocator({
    nodes,
    reserved: options.reserved ?? [...taken, ...bootMemory(nodes, bootBytes, [...taken, ...cma])],
    ...{ cpus, cma, kernel: kernel.allocator },
    ...(options.maxPfn !== undefined && { maxPfn: options.maxPfn }),
    ...(options.distances && { distances: options.distances }),
  });
}

/** @param pools where the depot's pools come from, if they are to take pages */
export function createDepot(
  { kernel, enabled, depotLayout, depotDisabled, depotIsEarly }: BootSettings,
  memoryPages: number,
  pools: PoolSource | undefined,
  print: Print,
): StackDepot {
  return StackDepot.create({
    ...{ layout: depotLayout, memoryPages },
    disabled: !enabled || !trackerRules(kernel.release).depot || depotDisabled,
    ...(depotIsEarly && { log: print }),
    ...(pools && { pools }),
  });
}

/** What the depot's hash table takes of boot memory. */
function hashTableBytes(settings: BootSettings, pages: number): number {
  if (!settings.depotIsEarly || settings.depotDisabled) return 0;
  return 2 ** bucketOrderFor(pages) * depotLayout(settings.depotLayout).kernelBucketBytes;
}

/** A boolean parameter of today's kernels: `on`, `1`, `y`. */
const isOn = (value: string | null | undefined): boolean =>
  typeof value === 'string' && parsePageOwnerParam(value, 'newest') === true;
