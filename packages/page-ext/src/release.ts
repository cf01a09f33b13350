/** Kernel releases, in their order. */

/** A kernel release: `6.12.117`, `v6.9-rc1`, or `newest` for the development tree. */
export type Release = string & Record<never, never>;

/**
 * A number that orders releases: 6012 for 6.12.117.
 *
 * @throws TypeError if it is no release
 */
export function rankOf(release: Release): number {
  if (release === 'newest') return Infinity;
  const [, major, minor] = /^v?(\d{1,3})\.(\d{1,3})(?!\d)/.exec(release) ?? [];
  if (major === undefined) throw new TypeError(`not a kernel release: "${release}"`);
  return Number(major) * 1000 + Number(minor);
}
