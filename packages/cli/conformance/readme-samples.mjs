// What the README shows is what the command prints, for the dumps of the boot it says.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Files of the samples, below the folder of the boot. */
const FILES = {
  'before.txt': 't2/page_owner.txt.gz',
  'after.txt': 't3/page_owner.txt.gz',
  't1.txt': 't1/page_owner.txt.gz',
  't2.txt': 't2/page_owner.txt.gz',
  't3.txt': 't3/page_owner.txt.gz',
  'meminfo.txt': 't3/meminfo.txt',
  'pagetypeinfo.txt': 't3/pagetypeinfo.txt',
};
const SAMPLE = /^```\n\$ page-owner ([^\n]*)\n(.*?)^```/gms;

/** Each sample of whose files all are there: its command line, and the lines of it that the command does not print. */
export function* differingSamples(readme, bin, boot) {
  if (!existsSync(boot)) return;
  const folder = mkdtempSync(join(tmpdir(), 'readme-'));
  try {
    for (const [name, path] of Object.entries(FILES)) symlinkSync(join(boot, path), join(folder, name));
    for (const [, line, shown] of readFileSync(readme, 'utf8').matchAll(SAMPLE)) {
      const args = line.split(' ');
      if (args.some((arg) => arg.endsWith('.txt') && !(arg in FILES))) continue;
      const { stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
        cwd: folder,
        env: { ...process.env, COLUMNS: '80', NO_COLOR: '1' },
        encoding: 'utf8',
        maxBuffer: 1 << 26,
      });
      const printed = new Set(`${stdout}${stderr}`.split('\n'));
      // `...` stands for lines that are left out.
      yield { line, differing: shown.split('\n').filter((text) => text !== '...' && !printed.has(text)) };
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
