/** What the tracker is handed. It reads nothing from anywhere else: equal inputs give equal records. */
import type { Pfn } from '@page-owner/page-ext';

/** Where call stacks come from. */
export interface StackSource {
  /**
   * Writes the frames of the caller's stack as address words (low, high), innermost first.
   *
   * @param skip innermost frames to leave out: those of the tracker itself, if the source knows any
   * @returns how many frames, at most `maxFrames`
   */
  capture(into: Uint32Array, maxFrames: number, skip: number): number;
  /**
   * If the source has a set of ready-made stacks, numbered from 0: the number of the caller's; -1 for any other. A
   * number always means the same frames, so that the tracker needs to capture and store them only once.
   */
  readyMade?(): number;
  /** The same for one of the stacks the tracker makes for itself at boot; the three should differ. */
  captureOwn(name: OwnStackName, into: Uint32Array, maxFrames: number): number;
}

/** Functions whose stacks stand for: an allocation while a stack is stored; a stack that was not stored; early pages. */
export type OwnStackName = 'register_dummy_stack' | 'register_failure_stack' | 'register_early_stack';

/** The kernel's local_clock(). */
export interface Clock {
  /** Writes nanoseconds since boot: `into[0]` low, `into[1]` high word. */
  read(into: Uint32Array): void;
}

/** Who is running; in an interrupt, who was interrupted. */
export interface CurrentTask {
  /** Asked at each allocation and each free. */
  current(): Task;
}

/** Bytes of a task's name with the NUL that ends it. */
export const COMM_BYTES = 16;

const UTF8 = new TextEncoder();

/** A task, as far as page_owner knows tasks. */
export class Task {
  /** Process id: of a thread its own. */
  pid: number;
  /** Thread group: the pid of the process. */
  tgid: number;
  /** The name: at most 15 bytes, then NULs. */
  readonly comm: Uint8Array;
  /** The same bytes, to be copied four at a time. */
  readonly commWords: Uint32Array;
  /** The tracker is storing a stack for this task; an allocation made on the way gets the dummy stack. */
  inPageOwner = false;

  constructor(pid: number, tgid: number, name: string | Uint8Array) {
    this.pid = pid;
    this.tgid = tgid;
    this.comm = new Uint8Array(COMM_BYTES);
    this.commWords = new Uint32Array(this.comm.buffer);
    this.rename(name);
  }

  /** Cuts the name after 15 bytes, or before a NUL. */
  rename(name: string | Uint8Array): void {
    const bytes = typeof name === 'string' ? UTF8.encode(name) : name;
    const end = bytes.indexOf(0);
    this.comm.fill(0);
    this.comm.set(bytes.subarray(0, Math.min(end < 0 ? bytes.length : end, COMM_BYTES - 1)));
  }
}

/** A zone that has memory. */
export interface ZoneView {
  /** NUMA node. */
  readonly node: number;
  /** `DMA32`. */
  readonly name: string;
  /** First frame it spans. */
  readonly startPfn: Pfn;
  /** One past the last frame it spans. */
  readonly endPfn: Pfn;
}

/** Frames, as their allocator sees them. */
export interface FrameView {
  /** First frame of memory: the kernel's min_low_pfn. */
  readonly minPfn: Pfn;
  /** One past the last frame: max_pfn. */
  readonly maxPfn: Pfn;
  /** In the order of nodes, and of zones within a node. */
  readonly zones: readonly ZoneView[];
  /** pfn_valid(): the frame has a `struct page`. */
  isValid(pfn: Pfn): boolean;
  /** Index in `zones`; -1 if the frame is in none. */
  zoneOf(pfn: Pfn): number;
  /** Order of the free block that the frame heads; -1 if it heads none. Blocks on per-cpu lists do not count. */
  buddyOrder(pfn: Pfn): number;
  /** PageReserved(): never the allocator's. */
  isReserved(pfn: Pfn): boolean;
  /** Migratetype of the pageblock, in the kernel's numbers. */
  pageblockType(pfn: Pfn): number;
  /** Returns blocks on per-cpu lists to the free areas; old kernels do that before they look. */
  drainPcp?(): void;
}
