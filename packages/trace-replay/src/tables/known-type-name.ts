import { migratetypeName } from '@page-owner/kernel-abi';
import type { Era } from '@page-owner/kernel-abi';

/** The name of a migratetype; undefined when no kernel of that era has it. */
export function knownTypeName(type: number, era: Era): string | undefined {
  try {
    return migratetypeName(type, era);
  } catch {
    return undefined;
  }
}
