/**
 * Re-enacts every complete dump of a corpus and compares the machine's own dump with it: byte for byte, and sorted as
 * page_owner_sort sorts without options. Where pagetypeinfo lies beside it, also the mixed pageblocks that the machine
 * counts, which may differ by what happened between the two; where meminfo lies beside it, rows of both. One line a dump; exit status 1 if a sorted dump differs.
 *
 *   npx nx conformance machine CORPUS_DIR [BOOT/SNAPSHOT...]
 *
 * CORPUS_DIR holds BOOT/dmesg.txt and BOOT/SNAPSHOT/page_owner.txt[.gz], with zoneinfo.txt beside it if there is one.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { reenact, type Machine } from '@page-owner/machine';

const SORT = new URL('../../../node_modules/.bin/page_owner_sort', import.meta.url).pathname;
const ROWS = ['AnonPages', 'Shmem', 'Buffers', 'Slab', 'PageTables', 'KernelStack'];
const DUMP = /^page_owner.*\.txt(\.gz)?$/;

const [corpus, ...only] = process.argv.slice(2);
if (corpus === undefined) {
  console.error('usage: reenact.ts CORPUS_DIR [BOOT/SNAPSHOT...]');
  process.exit(2);
}
const temporary = mkdtempSync(join(tmpdir(), 'reenact-'));
let dumps = 0;
let differences = 0;
for (const path of readdirSync(corpus, { recursive: true, encoding: 'utf8' }).sort()) {
  if (!DUMP.test(path.slice(path.lastIndexOf('/') + 1))) continue;
  if (only.length > 0 && !only.some((part) => path.startsWith(part))) continue;
  const boot = bootOf(join(corpus, path));
  if (boot !== undefined) check(join(corpus, path), boot);
}
rmSync(temporary, { recursive: true });
console.log(`${dumps} dumps, ${differences} differ when sorted`);
process.exit(differences > 0 || dumps === 0 ? 1 : 0);

/** The folder with the log of the boot that a dump is from. */
function bootOf(path: string): string | undefined {
  for (let folder = dirname(path); folder.startsWith(corpus!); folder = dirname(folder)) {
    if (existsSync(join(folder, 'dmesg.txt'))) return folder;
    if (existsSync(join(folder, 'dmesg.txt.gz'))) return undefined; // dumps that the kernel did not complete
  }
  return undefined;
}

function check(path: string, boot: string): void {
  const packed = readFileSync(path);
  const real = path.endsWith('.gz') ? gunzipSync(packed) : packed;
  const zoneinfo = join(dirname(path), 'zoneinfo.txt');
  const { machine, misplaced } = reenact(real, {
    dmesg: readFileSync(join(boot, 'dmesg.txt'), 'utf8'),
    ...(existsSync(zoneinfo) && { zoneinfo: readFileSync(zoneinfo, 'utf8') }),
  });
  const own = machine.files.read('/sys/kernel/debug/page_owner');
  const identical = Buffer.compare(own, real) === 0;
  const same = identical || Buffer.compare(sorted(own), sorted(real)) === 0;
  dumps++;
  if (!same) differences++;
  console.log(
    `${relative(corpus!, path)}: ${real.length} bytes, ${identical ? 'identical' : 'not identical'}, ` +
      `sorted ${same ? 'identical' : 'DIFFERENT'}, ${misplaced.length} records misplaced` +
      mixed(path, machine) +
      meminfo(path, machine),
  );
}

/** How the tables of mixed pageblocks compare. */
function mixed(path: string, machine: Machine): string {
  const report = join(dirname(path), 'pagetypeinfo.txt');
  if (!existsSync(report)) return '';
  const table = (text: string): string => text.slice(text.indexOf('Number of mixed blocks'));
  const own = table(machine.files.text('/proc/pagetypeinfo'));
  return `, mixed pageblocks ${own === table(readFileSync(report, 'utf8')) ? 'identical' : 'not identical'}`;
}

/** What the machine counts as used for something, and what the kernel counted a moment before or after. */
function meminfo(path: string, machine: Machine): string {
  const report = join(dirname(path), 'meminfo.txt');
  if (!existsSync(report)) return '';
  const kb = (text: string, row: string): string =>
    new RegExp(`^${row}: +(\\d+) kB$`, 'm').exec(text)?.[1] ?? '?';
  const [own, real] = [machine.files.text('/proc/meminfo'), readFileSync(report, 'utf8')];
  return `, kB here and there: ${ROWS.map((row) => `${row} ${kb(own, row)} ${kb(real, row)}`).join(', ')}`;
}

function sorted(dump: Uint8Array): Buffer {
  const input = join(temporary, 'dump.txt');
  const output = join(temporary, 'sorted.txt');
  writeFileSync(input, dump);
  execFileSync(SORT, [input, output]);
  return readFileSync(output);
}
