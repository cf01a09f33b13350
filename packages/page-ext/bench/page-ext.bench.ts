/** `nx bench page-ext`: an owner's few words beside each page, against plain JavaScript ways to keep them. */
import {
  frameMapOf,
  PAGE_EXT_OWNER,
  PAGE_EXT_OWNER_ALLOCATED,
  PageExt,
  SHARED_TABLES,
} from '../src/index.js';
import { bytesKept, compare, perOperation, type Contender } from '@page-owner/measure';

const PAGES = (2 * 2 ** 30) / 4096;
const OPERATIONS = 500_000;

/** What page_owner writes on an allocation and reads back when it dumps: order, mask, handle, two flags. */
interface Owners {
  record(pfn: number, order: number, gfp: number, handle: number): void;
  handleOf(pfn: number): number;
  /** Adds up the handles of the frames below `endPfn`. */
  sumHandles(endPfn: number): number;
}

/** A frame at a time. */
const sumOneByOne = (owners: Pick<Owners, 'handleOf'>, endPfn: number): number => {
  let sum = 0;
  for (let pfn = 0; pfn < endPfn; pfn++) sum = (sum + owners.handleOf(pfn)) | 0;
  return sum;
};

function pageExt(shared: boolean, byTable = false): Owners {
  const owner = { name: 'page_owner', size: 64, needSharedFlags: true, need: () => true };
  const frames = frameMapOf([{ node: 0, startPfn: 0, endPfn: PAGES }]);
  const ext = new PageExt({ clients: [owner], frames, ...(shared && { tables: SHARED_TABLES }) });
  ext.boot();
  const offset = ext.offsetOf(owner);
  return {
    record(pfn, order, gfp, handle) {
      const table = ext.get(pfn);
      if (table === null) return;
      const at = table.entryAt(pfn);
      const words = table.u32;
      const own = (at + offset) >>> 2;
      table.u16[(at + offset) >>> 1] = order;
      words[own + 1] = gfp;
      words[own + 2] = handle;
      words[at >>> 2]! |= (1 << PAGE_EXT_OWNER) | (1 << PAGE_EXT_OWNER_ALLOCATED);
      ext.put(table);
    },
    handleOf(pfn) {
      const table = ext.get(pfn);
      if (table === null) return 0;
      const handle = table.u32[(table.entryAt(pfn) + offset + 8) >>> 2]!;
      ext.put(table);
      return handle;
    },
    sumHandles(endPfn) {
      if (!byTable) return sumOneByOne(this, endPfn);
      let sum = 0;
      for (let pfn = 0; pfn < endPfn;) {
        const table = ext.get(pfn);
        if (table === null) break;
        const end = Math.min(endPfn, table.endPfn);
        const { u32, entryBytes } = table;
        let at = table.entryAt(pfn) + offset + 8;
        for (; pfn < end; pfn++, at += entryBytes) sum = (sum + u32[at >>> 2]!) | 0;
        ext.put(table);
      }
      return sum;
    },
  };
}

/** All the fields of Linux 6.12's record, so that sizes compare. */
class OwnerRecord {
  everOwned = true;
  allocated = true;
  lastMigrateReason = -1;
  freeHandle = 0;
  tsNsec = 0;
  freeTsNsec = 0;
  comm = 'swapper';
  pid = 0;
  tgid = 0;
  freePid = 0;
  freeTgid = 0;
  order: number;
  gfp: number;
  handle: number;

  constructor(order: number, gfp: number, handle: number) {
    this.order = order;
    this.gfp = gfp;
    this.handle = handle;
  }
}

function byMap(): Owners {
  const records = new Map<number, OwnerRecord>();
  return {
    record(pfn, order, gfp, handle) {
      const record = records.get(pfn);
      if (record === undefined) return void records.set(pfn, new OwnerRecord(order, gfp, handle));
      record.order = order;
      record.gfp = gfp;
      record.handle = handle;
      record.allocated = record.everOwned = true;
    },
    handleOf: (pfn) => records.get(pfn)?.handle ?? 0,
    sumHandles(endPfn) {
      return sumOneByOne(this, endPfn);
    },
  };
}

function byArray(): Owners {
  const records: (OwnerRecord | undefined)[] = Array.from({ length: PAGES }, () => undefined);
  return {
    record(pfn, order, gfp, handle) {
      const record = records[pfn];
      if (record === undefined) return void (records[pfn] = new OwnerRecord(order, gfp, handle));
      record.order = order;
      record.gfp = gfp;
      record.handle = handle;
      record.allocated = record.everOwned = true;
    },
    handleOf: (pfn) => records[pfn]?.handle ?? 0,
    sumHandles(endPfn) {
      return sumOneByOne(this, endPfn);
    },
  };
}

/** Pages are objects anyway, one may think, so let the record hang on the page. The pages are counted, too. */
function byWeakMap(): Owners {
  const pages = Array.from({ length: PAGES }, (_, pfn) => ({ pfn }));
  const records = new WeakMap<object, OwnerRecord>();
  return {
    record(pfn, order, gfp, handle) {
      const record = records.get(pages[pfn]!);
      if (record === undefined) return void records.set(pages[pfn]!, new OwnerRecord(order, gfp, handle));
      record.order = order;
      record.gfp = gfp;
      record.handle = handle;
      record.allocated = record.everOwned = true;
    },
    handleOf: (pfn) => records.get(pages[pfn]!)?.handle ?? 0,
    sumHandles(endPfn) {
      return sumOneByOne(this, endPfn);
    },
  };
}

const makers: readonly [string, () => Owners][] = [
  ['page_ext', () => pageExt(false)],
  ['page_ext, shared', () => pageExt(true)],
  ['Map by frame number', byMap],
  ['array of objects', byArray],
  ['WeakMap by page', byWeakMap],
];

const fill = (owners: Owners): Owners => {
  for (let pfn = 0; pfn < PAGES; pfn++) owners.record(pfn, 0, 0xcc0, pfn);
  return owners;
};

/** Frames in an order that no cache likes, the same for all. */
const pfns = new Uint32Array(OPERATIONS);
let state = 0x2545f491;
for (let i = 0; i < OPERATIONS; i++) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  pfns[i] = (state >>> 0) % PAGES;
}

console.log(`Node ${process.version}, ${PAGES} pages, every one with a record`);
console.log('\nbytes kept per page');
for (const [name, make] of makers) {
  if (!name.includes('shared')) console.log(`${name}: ${(bytesKept(() => fill(make())) / PAGES).toFixed(1)}`);
}

const filled = makers.map(([name, make]): [string, Owners] => [name, fill(make())]);
compare(
  'record an allocation, random frames',
  perOperation(OPERATIONS),
  filled.map(([name, owners]): Contender => ({
    name,
    round: () => {
      for (let i = 0; i < OPERATIONS; i++) owners.record(pfns[i]!, i & 7, 0xcc0, i);
      return owners.handleOf(pfns[0]!);
    },
  })),
);
compare(
  'read a handle, random frames',
  perOperation(OPERATIONS),
  filled.map(([name, owners]): Contender => ({
    name,
    round: () => {
      let sum = 0;
      for (let i = 0; i < OPERATIONS; i++) sum = (sum + owners.handleOf(pfns[i]!)) | 0;
      return sum;
    },
  })),
);
const walker: [string, Owners] = ['page_ext, one get a table', fill(pageExt(false, true))];
compare(
  'read a handle, frames in order',
  perOperation(OPERATIONS),
  [...filled, walker].map(([name, owners]): Contender => ({
    name,
    round: () => owners.sumHandles(OPERATIONS),
  })),
);
