/** A computer in memory whose every page has an owner. */
export { bootMachine, Machine, type MachineOptions, type MachineParts } from './machine.js';
export type { MemoryOption } from './memory-map.js';
export type { NoteId, PageNote } from './page-notes.js';
export type { StackId } from './stacks.js';
