import { PAGEBLOCK_ORDER } from '@page-owner/buddy-allocator';
import type { PageOwnerRecord } from '@page-owner/dump-format';
import {
  formatGfp,
  gfpMigratetype,
  migrateReasonName,
  migratetypeName,
  MIGRATE_REASON_NEVER,
  type Era,
} from '@page-owner/kernel-abi';
import type { OwnerRecord } from '@page-owner/page-owner';

/** The tracker's record as one of a dump. Pages of a program have no flags. */
export function toRecord(
  { pfn, order, gfp, pid, tgid, commText, ts, reason }: OwnerRecord,
  era: Era,
  pageblockType: number,
  stack: readonly string[],
): PageOwnerRecord {
  return {
    ...{ order, gfpMask: gfp, gfpNames: formatGfp(gfp, era), pid, tgid, comm: commText, tsNs: ts },
    ...{ pfn, pfnRadix: 16, block: pfn >>> PAGEBLOCK_ORDER },
    migratetype: migratetypeName(gfpMigratetype(gfp, era), era),
    pageblockMigratetype: migratetypeName(pageblockType, era),
    ...{ flags: 0n, flagNames: '', stack },
    ...(reason !== MIGRATE_REASON_NEVER && { migrateReason: migrateReasonName(reason, era) }),
  };
}
