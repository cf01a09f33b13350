/** What is written to below /proc/sys/vm to make the kernel do something. Source: fs/drop_caches.c, mm/compaction.c. */
import type { Errno } from '@page-owner/page-owner';
import { isBefore } from '../kernel.js';
import type { Machine } from '../machine.js';
import type { MachineFile } from './file-tree.js';
import { textFile } from './text-file.js';

const ROOT = '/proc/sys/vm';
const WRITE_ONLY = 0o200;

const PAGE_CACHE = 1;
const SLAB = 2;
const QUIET = 4;

const encoder = new TextEncoder();

/** A number from `least` to `most` as a sysctl takes it, then what it does. */
function numberTo(
  least: number,
  most: number,
  act: (value: number) => void,
): (text: string) => number | Errno {
  return (text) => {
    const [, digits] = /^\s*([+-]?(?:0x[\da-f]+|\d+))\s*$/i.exec(text) ?? [];
    const value = Number(digits ?? NaN);
    if (!(value >= least && value <= most)) return 'EINVAL';
    act(value);
    return encoder.encode(text).length;
  };
}

export function vmSysctls(machine: Machine): MachineFile[] {
  const { allocator, events, kernel } = machine;
  let last = 0;
  let quiet = false;
  const drop = (value: number): void => {
    last = value;
    if ((value & PAGE_CACHE) !== 0) {
      machine.reclaimer?.drop?.('pagecache');
      events.add('drop_pagecache');
    }
    if ((value & SLAB) !== 0) {
      machine.reclaimer?.drop?.('slab');
      events.add('drop_slab');
    }
    if (!quiet) machine.print(`${nameOf(machine)} (${machine.tasks.running.pid}): drop_caches: ${value}`);
    quiet ||= (value & QUIET) !== 0;
  };
  const compact = (): void => void allocator.compact();
  // 6.1 compacts whatever number is written.
  const strict = kernel.allocator === '6.12';
  const write = strict ? numberTo(1, 1, compact) : numberTo(-(2 ** 31), 2 ** 31 - 1, compact);
  // Before 5.5 the last value could be read.
  const readable = isBefore(kernel.era, '5.11');
  const dropFile = textFile(`${ROOT}/drop_caches`, () => `${last}\n`, {
    mode: readable ? 0o644 : WRITE_ONLY,
    write: numberTo(1, 4, drop),
  });
  return [
    readable ? dropFile : writeOnly(dropFile),
    writeOnly(textFile(`${ROOT}/compact_memory`, () => '', { mode: WRITE_ONLY, write })),
  ];
}

/** Not even root may read it. */
const writeOnly = (file: MachineFile): MachineFile => ({
  ...file,
  open: () => {
    const { write } = file.open();
    return { write, read: () => 'EACCES', seek: () => 'EACCES' };
  },
});

/** The name of the running task; what would control a terminal as /dev/kmsg writes it. */
function nameOf({ tasks }: Machine): string {
  const { comm } = tasks.running;
  const name = new TextDecoder().decode(comm.subarray(0, comm.indexOf(0)));
  return name.replaceAll(/\p{Cc}/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
