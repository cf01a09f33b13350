/** `nx bench machine`: a machine of 2 GiB dumped to text, the boot of one of 64 GiB, and what page_owner costs. */
import type { OwnerRecord } from '@page-owner/page-owner';
import { bootMachine } from '../src/index.js';
import { bootSystem } from '../src/system/index.js';
import { costs } from './cost.js';
import { fullMachine, PAGES } from './full-machine.js';
import { compare } from '@page-owner/measure';
import { templateFormatter } from './rivals.js';

const PAGE_OWNER = '/sys/kernel/debug/page_owner';
const machine = fullMachine();
const encoder = new TextEncoder();

/** Dumps the machine with another formatter into a buffer that is used again; returns how many bytes that is. */
function dump(format: (record: OwnerRecord) => string, into: Uint8Array | null = null): number {
  const buffer = new Uint8Array(1 << 20);
  const file = machine.owner.open();
  let total = 0;
  let used = 0;
  while (file.next()) {
    if (used > buffer.length - 8192) used = 0;
    const { written } = encoder.encodeInto(format(file.record), buffer.subarray(used));
    into?.set(buffer.subarray(used, used + written), total);
    used += written;
    total += written;
  }
  return total;
}

const text = machine.files.read(PAGE_OWNER);
const records = text.reduce((count, byte, i) => count + Number(byte === 10 && text[i + 1] === 10), 0);
const template = templateFormatter(machine);
const theirs = new Uint8Array(text.length + 8192);
if (Buffer.compare(theirs.subarray(0, dump(template, theirs)), text) !== 0) {
  throw new Error('the template string writes another dump');
}

const megabytes = text.length / 1e6;
console.log(`Node ${process.version}; ${records} records of ${PAGES} pages, ${megabytes.toFixed(0)} MB`);
compare('2 GiB dumped to text', { unit: 'MB/s', of: (ms) => megabytes / (ms / 1000) }, [
  {
    name: 'machine.files.pieces',
    round: () => {
      let bytes = 0;
      for (const piece of machine.files.pieces(PAGE_OWNER)) bytes += piece.length;
      return bytes;
    },
  },
  { name: 'template string', round: () => dump(template) },
]);

const boot = (cmdline: string, memory: string, how = bootMachine): number =>
  how({ memory, cmdline, cpus: 4, kernel: '6.12' }).allocator.freePageCount;
compare('boot', { unit: 'ms', of: (ms) => ms, rounds: 7 }, [
  { name: '64 GiB, page_owner=on', round: () => boot('page_owner=on', '64G') },
  { name: '64 GiB, off', round: () => boot('', '64G') },
  { name: '64 GiB, page_owner=on, system', round: () => boot('page_owner=on', '64G', bootSystem) },
  { name: '2 GiB, page_owner=on', round: () => boot('page_owner=on', '2G') },
  { name: '2 GiB, page_owner=on, system', round: () => boot('page_owner=on', '2G', bootSystem) },
]);

costs();
