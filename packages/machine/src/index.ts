/** A computer in memory whose every page has an owner. */
export { bootMachine, Machine, type MachineOptions, type MachineParts } from './machine.js';
export type { MemoryOption } from './memory-map.js';
export type { MachineReclaimer } from './counted-keepers.js';
export type { AddMemoryOptions } from './memory-hotplug.js';
export { KERNEL_IMAGES, type KernelImage } from './kernel-image.js';
export type { FileTree, MachineFile, OpenFile } from './files/file-tree.js';
export type { MachineClock } from './clock.js';
export type { CommandLine } from './command-line.js';
export type { DirectMap } from './direct-map.js';
export type { Kernel } from './kernel.js';
export type { MemoryEvents } from './memory-events.js';
export type { NoteId, PageNote, PageNotes } from './page-notes.js';
export type { PageUse } from './page-use.js';
export type { Random } from './random.js';
export type { RecordText } from './record-text.js';
export type { StackId, Stacks } from './stacks.js';
export type { Tasks } from './tasks.js';
export type { Trace, TraceOptions } from './trace.js';

// From a real boot
export { reenact, type Reenactment } from './reenactment/reenact.js';
export { parseBoot, parseZoneinfo } from './reenactment/boot-report.js';
export type { BootReport, BootTexts, ReportedZone } from './reenactment/boot-report.js';
export type { Recorded } from './reenactment/recording.js';

// Work for it
export { runWorkload, startWorkload, WORKLOADS } from './workloads/run-workload.js';
export type { OwnWorkload, WorkloadName, WorkloadOptions } from './workloads/run-workload.js';
export type { Folio, Site, SiteOptions, Workbench } from './workloads/workbench.js';
export type { Job, Steps } from './workloads/workload.js';
