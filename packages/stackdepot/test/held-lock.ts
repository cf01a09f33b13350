/** A lock that another thread holds and gives back after a while. */
import { Worker } from 'node:worker_threads';

const HOLDER = `
const { parentPort, workerData: words } = require('node:worker_threads');
Atomics.store(words, 0, 1);
parentPort.postMessage('held');
setTimeout(() => {
  words[1] = 42;
  if (Atomics.exchange(words, 0, 0) === 2) Atomics.notify(words, 0, 1);
}, 50);
`;

/** Word 0 is the lock, held; word 1 becomes 42 just before it is given back; word 2 is there to count. */
export async function heldLock(): Promise<Int32Array> {
  const words = new Int32Array(new SharedArrayBuffer(12));
  const holder = new Worker(HOLDER, { eval: true, workerData: words, execArgv: [] });
  await new Promise((resolve) => holder.once('message', resolve));
  return words;
}
