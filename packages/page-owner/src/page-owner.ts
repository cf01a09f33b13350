/** The tracker as a whole: who allocated each page. */
import {
  eraOf,
  gfpMigratetype,
  migratetypeTable,
  parseGfp,
  type Era,
  type KernelConfig,
} from '@page-owner/kernel-abi';
import {
  PageExtLookup,
  type PageExt,
  type PageExtClient,
  type PageExtImage,
  type Pfn,
} from '@page-owner/page-ext';
import { NO_STACK, type StackDepot, type Symbolizer } from '@page-owner/stackdepot';
import { parsePageOwnerParam } from './boot-param.js';
import { debugfsFiles, type DebugfsFile } from './debugfs-files.js';
import { dumpPageText } from './dump-page.js';
import { countMixedBlocks, earlyPagesLine, markEarlyPages } from './frame-scan.js';
import { OwnerRecord } from './owner-record.js';
import type { OwnerStorage } from './owner-storage.js';
import type { PageHooks } from './page-hooks.js';
import { PageOwnerFile } from './page-owner-file.js';
import { ownerBytes, recordPlaces } from './record-places.js';
import { Recorder } from './recorder.js';
import { StackFiles } from './stack-files.js';
import { StackKeeper, type OwnHandles } from './stack-keeper.js';
import { StackList } from './stack-list.js';
import { stackText } from './stack-text.js';
import type { Clock, CurrentTask, FrameView, StackSource } from './surroundings.js';
import { trackerRules, type TrackerRules } from './tracker-rules.js';
import type { OwnerSpace } from './walk.js';

/** What every thread's tracker needs. */
export interface TrackerSurroundings {
  /** Stores the stacks; not needed before 4.8, nor while disabled. From 6.9 on with the layout of 6.12. */
  readonly depot?: StackDepot | undefined;
  /** Who captures call stacks. */
  readonly stacks: StackSource;
  /** What time it is. */
  readonly clock: Clock;
  /** Who runs. */
  readonly current: CurrentTask;
  /** Frames, as their allocator sees them. */
  readonly frames: FrameView;
  /** Takes the kernel's log lines; nowhere unless given. */
  readonly log?: ((line: string) => void) | undefined;
  /** Asked when the list of stacks gets longer, which in the kernel takes a few bytes; false: there are none. */
  readonly allocateNode?: ((gfp: number) => boolean) | undefined;
  /** Build options that move names in dump_page() and mixed pageblocks. */
  readonly config?: KernelConfig | undefined;
  /** CONFIG_NODES_SHIFT as a number of nodes; 1024 unless given. */
  readonly maxNodes?: number | undefined;
}

/** A tracker: which kernel it behaves like, whether it is on, and what is around it. */
export interface PageOwnerOptions extends TrackerSurroundings {
  /** The kernel to behave like: a release, or `newest`. */
  readonly kernel: string;
  /** The value of `page_owner=`; null if it has none, undefined if the parameter is not there. */
  readonly parameter?: string | null | undefined;
  /** Keep the list of stacks where other threads can use it. */
  readonly shared?: boolean | undefined;
  /** Room in the list of stacks: 65536 unless given, and if it is not shared it grows. */
  readonly listCapacity?: number | undefined;
}

/** A running tracker as plain data, for another thread; the depot's buffer goes with it. */
export interface PageOwnerImage {
  /** The release that was asked for. */
  readonly kernel: string;
  /** The records. */
  readonly pageExt: PageExtImage;
  /** Handles of the tracker's own stacks. */
  readonly handles: OwnHandles;
  /** The list of stacks. */
  readonly list: ArrayBuffer | SharedArrayBuffer;
}

const NEEDED = ['stacks', 'clock', 'current', 'frames'] as const;

const CLIENT_NAME = 'page_owner';
const LIST_CAPACITY = 1 << 16;
const MAX_NODES = 1024;

/** What exists once the tracker runs. */
interface Running {
  readonly recorder: Recorder;
  readonly space: OwnerSpace;
  readonly image: () => PageExtImage;
}

/**
 * page_owner of one kernel. It is a client of page_ext, and runs from when page_ext has initialised its clients:
 *
 * ```ts
 * const owner = new PageOwner({ kernel: '6.12', parameter: 'on', ... });
 * const ext = new PageExt({ clients: [owner.client], frames });
 * ext.boot();                     // marks early pages
 * allocator.hooks = owner.hooks;  // null if disabled
 * ```
 */
export class PageOwner {
  /** The release that was asked for. */
  readonly kernel: string;
  /** Whose tables of names it has. */
  readonly era: Era;
  /** What this kernel's page_owner does. */
  readonly rules: TrackerRules;
  /** What the boot parameter says. */
  readonly enabled: boolean;
  /** For `new PageExt({ clients })`. */
  readonly client: PageExtClient;
  readonly #surroundings: TrackerSurroundings;
  readonly #log: (line: string) => void;
  readonly #list: StackList;
  readonly #keeper: StackKeeper;
  readonly #stacks: StackFiles | null;
  #running: Running | null = null;

  /**
   * @throws TypeError or RangeError if `kernel` is no kernel with page_owner; Error if it is enabled and the depot is
   * missing, or cannot count; TypeError if it is enabled and another part is, or `parameter` is no text
   */
  constructor(options: PageOwnerOptions) {
    const { kernel, parameter, depot, stacks, log } = options;
    this.kernel = kernel;
    this.era = eraOf(kernel);
    this.rules = trackerRules(kernel);
    this.#surroundings = options;
    this.#log = log ?? (() => {});
    const enabled = parameter === undefined ? false : parsePageOwnerParam(parameter, kernel);
    if (enabled === 'EINVAL') this.#log(`Malformed early option '${CLIENT_NAME}'`);
    this.enabled = enabled === true;
    const missing = NEEDED.find((part) => this.enabled && !options[part]);
    if (missing !== undefined)
      throw new TypeError(`page_owner that is on needs ${missing}, got ${options[missing]}`);

    const counts = this.enabled && this.rules.counts !== 'nothing';
    if (this.enabled && this.rules.depot && depot === undefined) {
      throw new Error(`page_owner of Linux ${kernel} needs a stack depot`);
    }
    if (counts && depot?.layout.countWord === -1) {
      throw new Error(`page_owner of Linux ${kernel} counts in a depot of 6.12, not of ${depot.layout.name}`);
    }
    const capacity = counts ? (options.listCapacity ?? LIST_CAPACITY) : 0;
    this.#list = StackList.create(capacity, options.shared ?? false);
    const allocateNode = options.allocateNode ?? null;
    this.#keeper = new StackKeeper(depot ?? null, stacks, this.rules, this.era, this.#list, allocateNode);
    this.#stacks = counts && depot !== undefined ? new StackFiles(depot, this.#list, this.rules) : null;
    this.client = {
      name: CLIENT_NAME,
      size: ownerBytes(this.era),
      needSharedFlags: true,
      need: () => this.enabled,
      init: (ext) => this.#init(ext),
    };
  }

  /**
   * The tracker of another thread, on the same tables, depot and list.
   *
   * @param surroundings this thread's own; its depot attached to the other one's buffer
   */
  static attach(image: PageOwnerImage, surroundings: TrackerSurroundings): PageOwner {
    const { frames } = surroundings;
    const options = { ...surroundings, kernel: image.kernel, parameter: 'on', listCapacity: 0 };
    const owner = new PageOwner(options);
    const nodeOf = (pfn: Pfn): number => frames.zones[frames.zoneOf(pfn)]?.node ?? 0;
    const lookup = PageExtLookup.attach(image.pageExt, nodeOf);
    owner.#list.adopt(image.list);
    owner.#keeper.own = image.handles;
    owner.#run(lookup, lookup.offsetOf(CLIENT_NAME), () => lookup.image());
    return owner;
  }

  /** What the allocator calls; null unless the tracker runs, so that being disabled costs one test. */
  get hooks(): PageHooks | null {
    return this.#running?.recorder ?? null;
  }

  /** show_stacks and the files beside it; null before 6.9, and while disabled. */
  get stacks(): StackFiles | null {
    return this.#stacks;
  }

  /** Handles of the stacks that stand for others. */
  get ownHandles(): OwnHandles {
    return this.#keeper.own;
  }

  /** The kernel's late initcall: says that it is disabled, or which files there are. */
  lateInit(): readonly DebugfsFile[] {
    if (this.#running !== null) return debugfsFiles(this.rules);
    this.#log('page_owner is disabled');
    return [];
  }

  /**
   * Opens debugfs page_owner.
   *
   * @throws Error if the tracker does not run: there is no such file
   */
  open(): PageOwnerFile {
    return new PageOwnerFile(this.#needRunning().space, this.#surroundings.maxNodes ?? MAX_NODES);
  }

  /**
   * Copies a frame's record, whether its page is in use or not.
   *
   * @returns false if it has none: no page_ext, or the tracker does not run
   */
  recordAt(pfn: Pfn, into: OwnerRecord): boolean {
    if (this.#running === null) return false;
    const { storage, places } = this.#running.space;
    const table = storage.get(pfn);
    if (table === null) return false;
    into.load(table, table.entryAt(pfn), pfn, places, this.rules.keepsFreed);
    storage.put(table);
    return true;
  }

  /** The owner part of dump_page(), lines as they come in the log; empty while disabled, and before 4.6. */
  dumpPage(pfn: Pfn, symbolizer: Symbolizer): string {
    if (this.#running === null) return '';
    const { rules, era } = this;
    const { depot, config } = this.#surroundings;
    const record = new OwnerRecord();
    const frames = new Uint32Array(depot === undefined ? 0 : 2 * depot.maxFrames);
    return dumpPageText(this.recordAt(pfn, record) ? record : null, {
      era,
      config,
      wording: rules.dump,
      depot: rules.depot,
      stack: (handle) =>
        stackText(frames, depot?.fetch(handle, frames) ?? 0, symbolizer, rules.bracketedStacks),
      inlineStack: (owner) => stackText(owner.frames, owner.depth, symbolizer, rules.bracketedStacks),
    });
  }

  /**
   * Mixed pageblocks of a zone, by the numbers of migratetypes; null while disabled. Linux drains the per-cpu lists
   * before it asks for the first zone.
   *
   * @param zoneIndex index in the frame view's zones
   */
  mixedBlocks(zoneIndex: number): readonly number[] | null {
    if (this.#running === null) return null;
    const { names } = migratetypeTable(this.era, this.#surroundings.config);
    const cma = names.indexOf('CMA');
    const movable = names.indexOf('Movable');
    return countMixedBlocks(
      this.#running.space,
      zoneIndex,
      (gfp) => gfpMigratetype(gfp, this.era),
      names.length,
      (type) => (type === cma ? movable : type),
    );
  }

  /**
   * All there is to the tracker, for another thread; what it refers to is shared if it is made of SharedArrayBuffers.
   *
   * @throws Error if the tracker does not run
   */
  image(): PageOwnerImage {
    const { image } = this.#needRunning();
    return {
      kernel: this.kernel,
      pageExt: image(),
      handles: this.#keeper.own,
      list: this.#list.buffer,
    };
  }

  /** What page_ext calls when all its tables exist. */
  #init(ext: PageExt): void {
    if (!this.enabled) return;
    const { depot } = this.#surroundings;
    if (depot !== undefined && this.rules.depot) this.#keeper.makeOwn(parseGfp('GFP_KERNEL', this.era));
    const running = this.#run(ext, ext.offsetOf(this.client), () => ext.lookup!.image());
    this.#markEarlyPages(running);
    if (this.#keeper.own.dummy !== NO_STACK) this.#keeper.listOwn();
  }

  #run(storage: OwnerStorage, offset: number, image: () => PageExtImage): Running {
    const { clock, current, frames } = this.#surroundings;
    const places = recordPlaces(this.era, offset);
    const surroundings = { clock, current, log: this.#log };
    this.#running = {
      recorder: new Recorder(storage, places, this.rules, this.era, this.#keeper, surroundings),
      space: { frames, storage, places, rules: this.rules },
      image,
    };
    return this.#running;
  }

  #markEarlyPages({ recorder, space }: Running): void {
    if (this.rules.drainsAtBoot) space.frames.drainPcp?.();
    space.frames.zones.forEach((zone, zoneIndex) => {
      const marked = markEarlyPages(space, zoneIndex, (pfn) => recorder.markEarly(pfn));
      this.#log(earlyPagesLine(zone, marked));
    });
  }

  #needRunning(): Running {
    if (this.#running === null) throw new Error(`page_owner of Linux ${this.kernel} does not run`);
    return this.#running;
  }
}
