/** A machine small enough for tests: frames one can set, a clock that ticks, stacks with names. */
import { frameMapOf, PageExt, SHARED_TABLES, type NodeSpan } from '@page-owner/page-ext';
import { StackDepot, SymbolTable } from '@page-owner/stackdepot';
import {
  PageOwner,
  Task,
  trackerRules,
  type FrameView,
  type PageOwnerOptions,
  type StackSource,
  type ZoneView,
} from '@page-owner/page-owner';

const TEXT = 0xffffffff81000000n;
const FUNCTION_BYTES = 0x100;

/** Function `id` of the kernel is called `function_<id>`. */
const FUNCTIONS = 2048;
const OWN = ['register_dummy_stack', 'register_failure_stack', 'register_early_stack'];

export const symbols = new SymbolTable([
  ...Array.from({ length: FUNCTIONS }, (_, id) => ({
    name: `function_${id}`,
    address: TEXT + BigInt(id * FUNCTION_BYTES),
    size: FUNCTION_BYTES,
  })),
  ...OWN.map((name, i) => ({
    name,
    address: TEXT + BigInt((FUNCTIONS + i) * FUNCTION_BYTES),
    size: FUNCTION_BYTES,
  })),
]);

const put = (into: Uint32Array, frame: number, id: number): void => {
  into[2 * frame] = 0x81000000 + id * FUNCTION_BYTES + 0x10;
  into[2 * frame + 1] = 0xffffffff;
};

/** Stacks: one of `depth` frames for each id, all with the same outer frames. */
export class Stacks implements StackSource {
  id = 0;
  depth = 3;
  captures = 0;
  asked: [maxFrames: number, skip: number] = [0, 0];

  capture(into: Uint32Array, maxFrames: number, skip: number): number {
    this.captures++;
    this.asked = [maxFrames, skip];
    const depth = Math.min(this.depth, maxFrames);
    for (let frame = 0; frame < depth; frame++) put(into, frame, frame === 0 ? this.id : frame);
    return depth;
  }
  captureOwn(name: string, into: Uint32Array): number {
    put(into, 0, FUNCTIONS + OWN.indexOf(name));
    put(into, 1, 1);
    return 2;
  }
}

/** Every reading is one nanosecond later. */
export class Ticks {
  now = 0n;
  read(into: Uint32Array): void {
    this.now++;
    into[0] = Number(this.now & 0xffffffffn);
    into[1] = Number(this.now >> 32n);
  }
}

export const ABSENT = -4;
export const RESERVED = -3;
/** In use. */
export const USED = -2;
/** In a free block, but not its head. */
export const TAIL = -1;

/** Frames by number: the order of the free block that each heads, or one of the above. */
export class Frames implements FrameView {
  readonly state: Int8Array;
  readonly types: Uint8Array;
  readonly zones: ZoneView[];
  readonly minPfn: number;
  readonly maxPfn: number;
  drained = 0;

  constructor(zones: readonly (readonly [name: string, node: number, start: number, end: number])[]) {
    this.zones = zones.map(([name, node, startPfn, endPfn]) => ({ node, name, startPfn, endPfn }));
    this.minPfn = this.zones[0]!.startPfn;
    this.maxPfn = this.zones.at(-1)!.endPfn;
    this.state = new Int8Array(this.maxPfn).fill(ABSENT);
    this.types = new Uint8Array(this.maxPfn / 512 + 1);
    for (const { startPfn, endPfn } of this.zones) this.state.fill(USED, startPfn, endPfn);
  }

  isValid = (pfn: number): boolean => (this.state[pfn] ?? ABSENT) !== ABSENT;
  zoneOf = (pfn: number): number =>
    this.isValid(pfn) ? this.zones.findIndex((zone) => pfn >= zone.startPfn && pfn < zone.endPfn) : -1;
  buddyOrder = (pfn: number): number => Math.max(-1, this.state[pfn]!);
  isReserved = (pfn: number): boolean => this.state[pfn] === RESERVED;
  pageblockType = (pfn: number): number => this.types[Math.floor(pfn / 512)]!;
  drainPcp = (): void => {
    this.drained++;
  };

  free(pfn: number, order: number): void {
    this.state.fill(TAIL, pfn, pfn + 2 ** order);
    this.state[pfn] = order;
  }
  use(pfn: number, order: number): void {
    this.state.fill(USED, pfn, pfn + 2 ** order);
  }
}

export interface Bench {
  readonly owner: PageOwner;
  readonly ext: PageExt;
  readonly depot: StackDepot;
  readonly stacks: Stacks;
  readonly clock: Ticks;
  readonly task: Task;
  readonly frames: Frames;
  readonly log: string[];
}

export type BenchOptions = Partial<PageOwnerOptions> & {
  frameView?: Frames;
  sharedAll?: boolean;
  pools?: { take(gfp: number): boolean; giveBack(): void };
  depotOff?: boolean;
};

/** One zone of 4096 frames, all free, with a tracker. */
export function boot(kernel: string, options: BenchOptions = {}): Bench {
  const frames = options.frameView ?? new Frames([['DMA32', 0, 0, 4096]]);
  if (options.frameView === undefined) for (let pfn = 0; pfn < 4096; pfn += 1024) frames.free(pfn, 10);
  const log: string[] = [];
  const say = (line: string): void => void log.push(line);
  const stacks = new Stacks();
  const clock = new Ticks();
  const task = new Task(812, 810, 'dd');
  const shared = options.sharedAll ?? false;
  const counted = trackerRules(kernel).counts !== 'nothing';
  const depot = StackDepot.create({
    layout: counted ? '6.12' : '6.1',
    shared,
    maxPools: 64,
    log: say,
    ...(options.pools && { pools: options.pools }),
    ...(options.depotOff && { disabled: true }),
  });
  log.length = 0; // what the depot said about its hash table
  const owner = new PageOwner({
    kernel,
    parameter: 'on',
    depot,
    stacks,
    clock,
    current: { current: () => task },
    frames,
    log: say,
    shared,
    listCapacity: 4096,
    ...options,
  });
  const ranges: NodeSpan[] = frames.zones.map(({ node, startPfn, endPfn }) => ({ node, startPfn, endPfn }));
  const ext = new PageExt({
    clients: [owner.client],
    frames: frameMapOf(ranges),
    rule: owner.rules.entryRule,
    log: say,
    ...(shared && { tables: SHARED_TABLES }),
  });
  ext.boot();
  return { owner, ext, depot, stacks, clock, task, frames, log };
}
