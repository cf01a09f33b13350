/**
 * Kernel eras: runs of releases in which no table of this package changes.
 *
 * An era is named after its first release. Distribution kernels backport freely, so an era says which *tables* apply
 * to a piece of text, not which kernel wrote it; where the two can disagree, trust the text.
 */

/** Every era, oldest first. `newest` is 6.14 and later, and the development tree. */
export const ERAS = [
  '3.19', // page_owner enters the kernel
  '4.0', //  page_ext entry: stack descriptor gone
  '4.4', //  gfp: __GFP_WAIT split into two reclaim bits; migratetypes renumbered; page flag `tail` gone
  '4.6', //  names in place of numbers; migrate reasons
  '4.8', //  page_ext entry: stack handle; GFP_TRANSHUGE_LIGHT
  '4.9', //  page_ext entry: owner data becomes a client's
  '4.10', // page flags: `waiters` is bit 7, `swapcache` gone; gfp: __GFP_OTHER_NODE gone
  '4.13', // gfp: __GFP_REPEAT is now __GFP_RETRY_MAYFAIL
  '4.15', // gfp: __GFP_COLD, __GFP_NOTRACK and GFP_TEMPORARY gone
  '4.16', // migrate reason `cma` is now `contig_range`
  '4.18', // gfp: reclaim bits moved down to 0x600000
  '4.20', // page flags: `workingset`
  '5.1', //  gfp: today's bit order
  '5.4', //  page_ext entry: free handle
  '5.11', // page_ext entry: time stamp and pid
  '5.13', // page_ext entry: free time stamp
  '5.14', // gfp: __GFP_ZEROTAGS; page flags text shows node, zone and lastcpupid
  '5.18', // page_ext entry: comm and tgid
  '6.1', //  the same tables as 5.18, but read from this release's source
  '6.3', //  gfp: __GFP_ATOMIC gone
  '6.6', //  page flags rearranged, `writeback` is bit 1
  '6.8', //  page_ext entry: pid and tgid of the freeing task; GFP_NOWAIT includes __GFP_NOWARN
  '6.12', // gfp: optional bits packed; page flags: `slab`, `error`, `mappedtodisk` gone, `owner_2` new
  'newest', // gfp: names of single bits print in bit order; page flag `dropbehind`
] as const;

/** A run of kernel releases with one set of tables, named after its first release. */
export type Era = (typeof ERAS)[number];

/** A kernel release as people write it, `6.12`, `v6.12-rc3`, `6.12.117-amd64`, or the name of an era. */
export type Release = Era | (string & Record<never, never>);

/** The release at which `newest` begins. */
const NEWEST_SINCE = '6.14';

const RELEASE = /^v?(\d{1,3})\.(\d{1,3})(?!\d)/;

const isEra = (release: Release): release is Era => ERAS.includes(release as Era);

/** A number that orders releases. */
function rankOf(release: Release): number {
  // A number would lose digits: 6.10 is 6.1.
  if (typeof release !== 'string')
    throw new TypeError(`a kernel release is text such as "6.12", got ${String(release)}`);
  const match = RELEASE.exec(release);
  if (match === null) throw new TypeError(`not a kernel release: "${release}"`);
  return Number(match[1]) * 1000 + Number(match[2]);
}

const STARTS: readonly number[] = ERAS.map((era) => rankOf(era === 'newest' ? NEWEST_SINCE : era));

/**
 * The era a kernel release belongs to. Only major and minor count: `6.12`, `v6.12-rc3` and `6.12.117-amd64` are the
 * same era. An era's own name, `newest` among them, stands for itself.
 *
 * @throws TypeError if `release` is no text that begins with a version number
 * @throws RangeError if it is older than 3.19, the first release with page_owner
 */
export function eraOf(release: Release): Era {
  if (isEra(release)) return release;
  const wanted = rankOf(release);
  const era = ERAS[STARTS.findLastIndex((start) => start <= wanted)];
  if (era === undefined) throw new RangeError(`page_owner begins with Linux 3.19, got "${release}"`);
  return era;
}

/** Values for the eras at which something changed. Every other era has the value of the one before it. */
export type EraChanges<T> = Partial<Record<Era, T>>;

/**
 * Looks up what holds in `era`: the value of the last change at or before it.
 *
 * @throws RangeError if `era` lies before the first change (`what` names the table)
 */
export function inEra<T>(changes: EraChanges<T>, era: Era, what: string): T {
  for (let at = ERAS.indexOf(era); at >= 0; at--) {
    const value = changes[ERAS[at] as Era];
    if (value !== undefined) return value;
  }
  throw new RangeError(`Linux ${era} has no ${what}`);
}
