import { printable } from '../printable.js';

const MB = 1e6;

/** A bar on a terminal's stderr: how much of the input has been read, how fast, how long it will take. */
export interface Progress {
  /** How many bytes have been read. */
  update(bytes: number): void;
  /** Takes the bar away. */
  stop(): void;
}

/** No bar where stderr is no terminal, or the size of the input is not known. */
export async function startProgress(path: string, size: number | undefined): Promise<Progress> {
  if (!process.stderr.isTTY || !size) return { update() {}, stop() {} };
  const { SingleBar } = await import('cli-progress');
  const started = performance.now();
  const bar = new SingleBar({
    format: `reading ${printable(path)} {bar} {percentage} %  {rate} MB/s  {left} s left`,
    barsize: 30,
    barCompleteChar: '━',
    barIncompleteChar: '─',
    clearOnComplete: true,
    hideCursor: true,
    stream: process.stderr,
  });
  bar.start(size, 0, { rate: '0', left: '-' });
  return {
    update(bytes) {
      const seconds = (performance.now() - started) / 1000;
      const rate = bytes / seconds;
      bar.update(Math.min(bytes, size), {
        rate: (rate / MB).toFixed(0),
        left: rate ? ((size - bytes) / rate).toFixed(0) : '-',
      });
    },
    stop: () => bar.stop(),
  };
}
