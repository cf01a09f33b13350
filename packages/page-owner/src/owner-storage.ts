/** Where records are. */
import type { PageExtTable, Pfn } from '@page-owner/page-ext';

/** Entries by frame: a PageExt, or the PageExtLookup of another thread. */
export interface OwnerStorage {
  get(pfn: Pfn): PageExtTable | null;
  put(table: PageExtTable): unknown;
}
