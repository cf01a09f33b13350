/** Which of the two allocators that are built here a release has, or is more like. */
import { ERAS, eraOf, type Release } from '@page-owner/kernel-abi';
import type { AllocatorKernel } from './memory.js';

/** The first release that is more like 6.12: its page_ext, stack depot and page flags are. */
const RULES_OF_6_12_SINCE = ERAS.indexOf('6.8');

/**
 * The rules of a release: those of 6.1 before 6.8, those of 6.12 from there on. A release older than 6.1 is accepted,
 * because machines of such kernels are booted, and gets the rules of 6.1.
 *
 * @throws TypeError if it is no release; RangeError if it is older than 3.19
 */
export const rulesOf = (release: Release): AllocatorKernel =>
  ERAS.indexOf(eraOf(release)) < RULES_OF_6_12_SINCE ? '6.1' : '6.12';
