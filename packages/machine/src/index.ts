/** A computer in memory whose every page has an owner. */
export { bootMachine, Machine, type MachineOptions, type MachineParts } from './machine.js';
export type { MemoryOption } from './memory/memory-map.js';
export type { MachineReclaimer } from './memory/counted-keepers.js';
export type { AddMemoryOptions } from './memory/memory-hotplug.js';
export { KERNEL_IMAGES, type KernelImage } from './memory/kernel-image.js';
export type { FileTree, MachineFile, OpenFile } from './files/file-tree.js';
export type { MachineClock } from './running/clock.js';
export type { CommandLine } from './boot/command-line.js';
export type { DirectMap } from './memory/direct-map.js';
export type { Kernel } from './kernel/kernel.js';
export type { MemoryEvents } from './memory/memory-events.js';
export type { NoteId, PageNote, PageNotes } from './pages/page-notes.js';
export type { PageUse } from './pages/page-use.js';
export type { Random } from './running/random.js';
export type { RecordText } from './pages/record-text.js';
export type { StackId, Stacks } from './running/stacks.js';
export type { Tasks } from './running/tasks.js';
export type { Trace, TraceOptions } from './running/trace.js';

// From a real boot
export { reenact, type Reenactment } from './reenactment/reenact.js';
export { parseBoot, parseReportedZones } from './reenactment/boot-report.js';
export type { BootReport, BootTexts, ReportedZone } from './reenactment/boot-report.js';
export type { Recorded } from './reenactment/recording.js';

// Work for it
export { runWorkload, startWorkload, WORKLOADS } from './workloads/run-workload.js';
export type { OwnWorkload, WorkloadName, WorkloadOptions } from './workloads/run-workload.js';
export type { Folio, Site, SiteOptions, Workbench } from './workloads/workbench.js';
export type { Job, Steps } from './workloads/workload.js';
