/**
 * Boots a system for each boot of a corpus, with its memory, cpus, kernel and command line, and compares every number in
 * /proc/zoneinfo, vmstat and meminfo with the real files, which were read in that order after buddyinfo and pagetypeinfo. One line for
 * each row that is not equal, one for each file; exit status 1 if a row differs that follows from memory, kernel and command line.
 *
 *   npx nx conformance machine CORPUS_DIR
 *
 * CORPUS_DIR holds BOOT/dmesg.txt[.gz] and BOOT/t0/zoneinfo.txt, vmstat.txt and meminfo.txt. How far others may be from each other:
 *
 * - counters of pages: what the cpus have counted and not yet told, at most their `vm stats threshold`
 * - free pages, and what is computed of them: what lies on per-cpu lists here or there, and what the reading programs themselves had
 * - events: 10 %, as the boots of one kernel among themselves; pages allocated and freed 2 %
 * - per-cpu lists and their limits, pages of a file that was just written: anything
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseBoot } from '@page-owner/machine';
import { bootSystem } from '@page-owner/machine/system';

const READ_FIRST = ['buddyinfo', 'pagetypeinfo'];
const FILES = ['zoneinfo', 'vmstat', 'meminfo'];
/** The kernels of the corpus were built with 16 MiB of CMA. */
const BUILT_IN = 'cma=16M';
const EVENTS = 0.1;
const PAGES = 0.02;
/** A program for each file: stack, page tables, anonymous memory, page cache of what it wrote. */
const READERS = 160;
const PAGE_KB = 4;
const AVAILABLE_TO_DIRTY = 0.2;

const FREE = /^(nr_free_pages|free|MemFree|MemAvailable)$/;
const DIRTY_LIMITS = /^nr_dirty_(background_)?threshold$/;
const PAGE_EVENT = /^pg(alloc|free)/;
const EVENT = /^(pg|numa_|nr_dirtied|nr_written)/;
const ANY = /^(count|high)$/;
const WRITTEN = /^(nr_dirty|nr_dirtied|nr_zone_write_pending|Dirty)$/;

const [corpus] = process.argv.slice(2);
if (corpus === undefined) {
  console.error('usage: booted.ts CORPUS_DIR');
  process.exit(2);
}
const folders = readdirSync(corpus, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('t0/vmstat.txt'))
  .map((path) => dirname(dirname(join(corpus, path))))
  .sort();
let [differ, wrong] = [0, 0];
for (const folder of folders) compare(folder);
console.log(`${folders.length} boots, ${differ} rows differ, ${wrong} of them must not`);
process.exit(wrong > 0 || folders.length === 0 ? 1 : 0);

function read(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : gunzipSync(readFileSync(`${path}.gz`)).toString();
}

interface Row {
  /** Where in the file: node, zone, cpu. */
  readonly place: string;
  readonly name: string;
  readonly value: number;
}

/** Every line with one number at its end. */
function rowsOf(text: string): Row[] {
  let place = '';
  const rows: Row[] = [];
  for (const line of text.split('\n')) {
    if (/^Node /.test(line)) place = `${line.replaceAll(/ +/g, ' ')}, `;
    const cpu = /^ +(cpu: \d+)$/.exec(line)?.[1];
    if (cpu !== undefined) place = `${place.replace(/cpu.*/, '')}${cpu}, `;
    const [, name, value] = /^ *(?:pages )?([\w()]+):? +(\d+)(?: kB)?$/.exec(line) ?? [];
    if (cpu === undefined && name !== undefined) rows.push({ place, name, value: Number(value) });
  }
  return rows;
}

function sumOf(rows: readonly Row[], wanted: string): number {
  return rows.reduce((sum, { name, value }) => sum + (name === wanted ? value : 0), 0);
}

function compare(folder: string): void {
  const real = (name: string): string => read(join(folder, 't0', `${name}.txt`));
  const report = parseBoot({ dmesg: read(join(folder, 'dmesg.txt')), zoneinfo: real('zoneinfo') });
  const { files } = bootSystem({
    ...{ memory: report.nodes, cpus: report.cpus, kernel: report.kernel },
    cmdline: `${report.cmdline} ${BUILT_IN}`,
  });
  for (const name of READ_FIRST) files.text(`/proc/${name}`);
  const zones = [files.text('/proc/zoneinfo'), real('zoneinfo')];
  const lists = zones.map((text) => sumOf(rowsOf(text), 'count'));
  const thresholds = [...zones[1]!.matchAll(/vm stats threshold: (\d+)/g)].map(([, pages]) => Number(pages));
  const drift = report.cpus * Math.max(...thresholds);
  const unsteady = Math.max(...lists) + drift + READERS;

  /** By how much a row may differ. */
  const most = (file: string, { name, place, value }: Row): number => {
    const unit = file === 'meminfo' ? PAGE_KB : 1;
    if (file === 'zoneinfo' && ANY.test(name) && place.includes('cpu')) return Infinity;
    if (WRITTEN.test(name)) return Infinity;
    if (FREE.test(name)) return unit * unsteady;
    if (DIRTY_LIMITS.test(name)) return AVAILABLE_TO_DIRTY * unsteady;
    if (PAGE_EVENT.test(name)) return PAGES * value;
    if (EVENT.test(name)) return EVENTS * value;
    if (/^(nr_|thp_)/.test(name) || file === 'meminfo') return unit * drift;
    return 0;
  };

  for (const file of FILES) {
    const [ours, theirs] = [rowsOf(files.text(`/proc/${file}`)), rowsOf(real(file))];
    const counts = { equal: 0, within: 0, DIFFER: 0 };
    for (const [i, row] of theirs.entries()) {
      const own = ours[i];
      const difference = (own?.value ?? NaN) - row.value;
      const label = `${relative(corpus!, folder)} ${file}: ${row.place}${row.name}`;
      if (own?.name !== row.name) throw new Error(`${label}: the machine has ${own?.name} there`);
      if (difference === 0) {
        counts.equal++;
        continue;
      }
      const allowed = most(file, row);
      const verdict = Math.abs(difference) <= allowed ? 'within' : 'DIFFER';
      counts[verdict]++;
      if (allowed === 0) wrong++;
      const limit = allowed === Infinity ? 'anything' : `${Math.round(allowed)}`;
      console.log(
        `${label}: ${own.value}, real ${row.value}, ${difference > 0 ? '+' : ''}${difference}, ` +
          (verdict === 'within' ? `within ${limit}` : `DIFFERS by more than ${limit}`),
      );
    }
    differ += counts.DIFFER;
    console.log(
      `${relative(corpus!, folder)} ${file}: ${theirs.length} rows, ${counts.equal} equal, ${counts.within} within, ${counts.DIFFER} differ`,
    );
  }
}
