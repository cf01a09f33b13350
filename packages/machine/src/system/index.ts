/** Machines that have booted a system. */
export { bootSystem, hasRoomForSystem, type SystemOptions } from './boot-system.js';
