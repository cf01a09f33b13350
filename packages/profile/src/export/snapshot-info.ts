/** What a dump does not say of itself, for exports that are kept or put together with others. */
export interface SnapshotInfo {
  /** Name of the machine. */
  readonly host?: string | undefined;
  /** /proc/sys/kernel/random/boot_id: tells boots of one host apart. */
  readonly bootId?: string | undefined;
  /** uname -r */
  readonly kernelRelease?: string | undefined;
  /** Wall clock of the moment in which the source was read. */
  readonly capturedAt?: Date | undefined;
  /** Bytes of a base page, a power of two from 4096 to 65536; the default is 4096. */
  readonly pageBytes?: number | undefined;
}

const DEFAULT_PAGE_BYTES = 4096;

/** @throws RangeError when `pageBytes` is no page size that Linux has */
export function pageBytesOf({ pageBytes = DEFAULT_PAGE_BYTES }: SnapshotInfo): number {
  if (![4096, 8192, 16384, 32768, 65536].includes(pageBytes))
    throw new RangeError(`a page of ${pageBytes} bytes: Linux has pages of 4096 to 65536, powers of two`);
  return pageBytes;
}

/** @throws RangeError when `capturedAt` is no valid date */
export function capturedAtOf({ capturedAt }: SnapshotInfo): Date | undefined {
  if (capturedAt && Number.isNaN(capturedAt.getTime()))
    throw new RangeError('capturedAt is not a valid date');
  return capturedAt;
}
