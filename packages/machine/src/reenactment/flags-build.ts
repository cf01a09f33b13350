/** From flags words and their names to the build options that explain them. */
import { formatPageFlags, pageFlagsLayout, type Era, type PageFlagsBuild } from '@page-owner/kernel-abi';

/** What kernels are built with: CONFIG_NODES_SHIFT, zones, CONFIG_NR_CPUS as a power of two or 0. */
const NODES_SHIFTS = Array.from({ length: 11 }, (_, shift) => shift);
const ZONES = [2, 4, 5];
const NR_CPUS = [0, ...Array.from({ length: 14 }, (_, log) => 2 ** log)];

/** The build whose words have these names; undefined if there is none. */
export function flagsBuildOf(words: ReadonlyMap<string, bigint>, era: Era): PageFlagsBuild | undefined {
  for (const nodesShift of NODES_SHIFTS) {
    for (const zones of ZONES) {
      for (const nrCpus of NR_CPUS) {
        const build = { nodesShift, zones, nrCpus };
        if (explains(build, words, era)) return build;
      }
    }
  }
  return undefined;
}

function explains(build: PageFlagsBuild, words: ReadonlyMap<string, bigint>, era: Era): boolean {
  const layout = pageFlagsLayout(build);
  try {
    for (const [names, word] of words) if (formatPageFlags(word, { era, layout }) !== names) return false;
    return true;
  } catch {
    return false; // Fields so wide that flags have no room.
  }
}
