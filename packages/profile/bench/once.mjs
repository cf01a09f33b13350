// One timed run in a process of its own, which loads no more than it needs.
//
//   node once.mjs profile|growth|export FILE...
import { closeSync, openSync, readSync } from 'node:fs';
import { fragmentation, growth, ProfileBuilder } from '@page-owner/profile';

const [mode, ...paths] = process.argv.slice(2);
await once(mode, paths);

async function once(what, files) {
  const profiles = [];
  for (const path of files) profiles.push(await profileOf(path));
  if (what === 'export') console.log(JSON.stringify(await exportTimes(profiles[0])));
  else if (what === 'profile') console.log(profiles[0].pages, fragmentation(profiles[0]).blockers.length);
  else console.log(growth(profiles, { times: profiles.map((_, i) => BigInt(i)) }).rows.length);
}

async function profileOf(path) {
  const builder = new ProfileBuilder();
  const reader = await builder.openDump();
  const fd = openSync(path, 'r');
  for (;;) {
    const space = reader.space();
    const count = readSync(fd, space, 0, space.length, null);
    if (!count) break;
    reader.filled(count);
  }
  closeSync(fd);
  reader.finish();
  return builder.finish();
}

/** Milliseconds and bytes of each format, in this process for the first time. */
async function exportTimes(profile) {
  // Only here, so that the other runs do not load it.
  const { csv, folded, foldedDiff, jsonProfile, parquetTables, pprof, pprofDiff, sampleRows, speedscope } =
    await import('@page-owner/profile/export');
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  const bytesOf = (chunks) => Buffer.from([...chunks].join('')).length;
  const formats = {
    pprof: () => pprof(profile).length,
    'pprof, difference': () => pprofDiff(profile, profile).length,
    'folded stacks': () => bytesOf(folded(profile)),
    'folded stacks, difference': () => bytesOf(foldedDiff(profile, profile)),
    'speedscope, as text': () => bytesOf([JSON.stringify(speedscope(profile))]),
    'Parquet, both tables, written': () =>
      Object.values(parquetTables(profile)).reduce(
        (sum, table) => sum + parquetWriteBuffer(table).byteLength,
        0,
      ),
    'JSON, as text': () => bytesOf([JSON.stringify(jsonProfile(profile))]),
    CSV: () => bytesOf(csv(sampleRows(profile))),
  };
  return Object.entries(formats).map(([name, make]) => {
    const start = performance.now();
    const bytes = make();
    return { name, bytes, ms: performance.now() - start };
  });
}
