// One timed run over trace text, in a process of its own; prints the seconds of processor time after the start of Node.
//
//   node once.mjs replay|regexp FILE
import { closeSync, openSync, readSync } from 'node:fs';
import { TracePlayer } from '@page-owner/trace-replay';

const CHUNK = 1 << 20;
const [mode, path] = process.argv.slice(2);
if (mode === 'replay') await playOnce(path);
else regexpOnce(path);

async function playOnce(file) {
  const before = process.cpuUsage();
  const player = await TracePlayer.create();
  for (const chunk of chunksOf(file)) player.push(chunk);
  player.finish();
  console.log(String(secondsSince(before)));
}

function regexpOnce(file) {
  const before = process.cpuUsage();
  const event =
    /^ *(.+)-(\d+) +\[(\d+)\] \S+ +(\d+\.\d+): (\w+): page=\S+ pfn=0x([0-9a-f]+) order=(\d+)(?:.*gfp_flags=(\S+))?/;
  const live = new Map();
  let last;
  let rest = '';
  const take = (line) => {
    if (line.startsWith(' => ')) {
      if (last) last.stack += line;
      return;
    }
    const found = event.exec(line);
    if (!found) return;
    const [, comm, pid, cpu, time, name, pfn, order, gfp] = found;
    last = undefined;
    if (name === 'mm_page_alloc') {
      last = { comm, pid, cpu, time: Number(time), order: Number(order), gfp, stack: '' };
      live.set(Number.parseInt(pfn, 16), last);
    } else if (name === 'mm_page_free') live.delete(Number.parseInt(pfn, 16));
  };
  for (const chunk of chunksOf(file)) {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop();
    lines.forEach(take);
  }
  console.log(String(secondsSince(before)));
}

function secondsSince(before) {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function* chunksOf(file) {
  const fd = openSync(file, 'r');
  const chunk = Buffer.alloc(CHUNK);
  for (let count; (count = readSync(fd, chunk, 0, CHUNK, null)) > 0;) yield chunk.subarray(0, count);
  closeSync(fd);
}
