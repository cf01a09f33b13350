/** The shape of what was recorded of a boot; numbers in its text are in base 36. */
export interface RecordedBoot {
  /** Pages of private, writable memory that processes had mapped but not touched. */
  readonly untouchedPages: number;
  /** The last id that a task got. */
  readonly lastPid: number;
  /** By the names of vmstat: how often it had happened by then. */
  readonly events: Readonly<Record<string, number>>;
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
