/** Every index is a number of a row in one table, and has its own name. */

/** A row of `Profile.modules`; 0 is the kernel itself, `vmlinux`. */
export type ModuleIndex = number;
/** A row of `Profile.functions`. */
export type FunctionIndex = number;
/** A row of `Profile.frames`. */
export type FrameIndex = number;
/** A row of `Profile.stacks`; 0 is the empty stack. */
export type StackIndex = number;
/** A row of `Profile.tasks`; 0 is the task of records that name none. */
export type TaskIndex = number;
/** A row of `Profile.cgroups`; 0 is no group. */
export type CgroupIndex = number;
/** A row of `Profile.samples`. */
export type SampleIndex = number;
/** A row of `Pageblocks`. */
export type BlockIndex = number;

/** In a column of numbers of a source: the source does not say. */
export const UNKNOWN = -1;
