/** Clients and machines for tests. */
import { frameMapOf, type FrameMap, type PageExtClient } from '@page-owner/page-ext';

export const client = (name: string, size: number, options: Partial<PageExtClient> = {}): PageExtClient => ({
  name,
  size,
  needSharedFlags: false,
  need: () => true,
  ...options,
});

/** page_owner of Linux 6.12. */
export const OWNER = client('page_owner', 64, { needSharedFlags: true });

/** page_owner without `page_owner=on`. */
export const OWNER_OFF: PageExtClient = { ...OWNER, need: () => false };

const MIB_PAGES = 256;

/** One node, memory from 0 without a hole. */
export const plainMemory = (mib: number): FrameMap =>
  frameMapOf([{ node: 0, startPfn: 0, endPfn: mib * MIB_PAGES }]);
