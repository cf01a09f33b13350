/** What had happened by the end of a boot. */
interface BootPast {
  /** Freed, beyond what the boot gave to the allocator and what page_ext gave back. */
  readonly pages: number;
  /** `numa_hit` but for page_ext's tables, and `numa_interleave`. */
  readonly requests: number;
  readonly interleaved: number;
  /** By the names of vmstat: how often it had happened. */
  readonly events: Readonly<Record<string, number>>;
}

/** The shape of what was recorded of a boot; numbers in its text are in base 36. */
export interface BootTable {
  /** Pages of private, writable memory that processes had mapped but not touched. */
  readonly untouchedPages: number;
  /** The last id that a task got. */
  readonly lastPid: number;
  /**
   * When each cpu got lists of its own, milliseconds since boot: requests are counted from then on. 0: before all that is
   * here.
   */
  readonly pagesetsMs: number;
  /** With page_owner and without. */
  readonly past: { readonly on: BootPast; readonly off: BootPast };
  /** Id and name. */
  readonly tasks: readonly string[];
  readonly masks: readonly string[];
  /** Names of page flags. */
  readonly flags: readonly string[];
  /**
   * Stacks, separated by white space, and what was allocated from each.
   *
   * ```
   *   3 6a0k1z = 2.0.1.5.1.a.fe , 1c.0.1.4.1.a.fg.2!
   *   |   |       | | | | | | |                      |!: they are in page tables
   *   |   |       | | | | | | |                      |/: they were split into single pages
   *   |   |       | | | | | | |                      |~: stacks of tasks that are gone, kept for the next fork
   *   |   |       | | | | | | |                      +- the last, milliseconds later; 0 if it is not there
   *   |   |       | | | | | | +- the first, milliseconds since boot
   *   |   |       | | | | | +- task
   *   |   |       | | | | +- 1: the root control group is charged
   *   |   |       | | +-+- mask, flags
   *   |   |       | +- order
   *   |   |       +- how many blocks
   *   |   +- two digits for each further frame, the number of its function
   *   +- one digit: so many frames are those of the stack before, outermost first
   * ```
   */
  readonly allocations: string;
}
