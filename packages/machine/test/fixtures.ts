/** Real boots: what is here, and what other packages have committed. */
import { readFileSync } from 'node:fs';
import { openInput } from '@page-owner/dump-format/node';
import type { BootTexts } from '@page-owner/machine';

const pathOf = (path: string): string => new URL(path, import.meta.url).pathname;

export const readFixture = (name: string): string => readFileSync(pathOf(`fixtures/${name}`), 'utf8');

/** The boots of 2 GiB under Linux 6.1.192 and 6.12.117: lines of the log, and zoneinfo. */
export const bootTexts = (version: '6.1' | '6.12'): BootTexts => ({
  dmesg: readFixture(`dmesg-${version}.txt`),
  zoneinfo: readFileSync(pathOf(`../../buddy-allocator/test/fixtures/zoneinfo-${version}.txt`), 'utf8'),
});

/** Packed dumps of those boots. */
export const DUMPS = {
  '6.1 t0': '../../page-owner-sort/test/fixtures/linux-6.1-t0.txt.zst',
  '6.12 t0': '../../page-owner-sort/test/fixtures/linux-6.12-t0.txt.zst',
  '6.12 t3': '../../../examples/linux-6.12-page_owner.txt.zst',
  '6.12 t5': '../../page-owner-sort/test/fixtures/linux-6.12-t5-oddnames.txt.zst',
} as const;

/** The first records of a dump, of at most so many bytes. */
export async function readDump(name: keyof typeof DUMPS, most = Infinity): Promise<Uint8Array> {
  const input = await openInput(pathOf(DUMPS[name]));
  const chunks: Uint8Array[] = [];
  let total = 0;
  try {
    while (total < most) {
      const chunk = new Uint8Array(1 << 20);
      const count = await input.read(chunk);
      if (count === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, count));
      total += count;
    }
  } finally {
    input.close();
  }
  const bytes = Buffer.concat(chunks);
  return bytes.subarray(0, bytes.lastIndexOf('\n\nPage allocated') + 2);
}
