#!/usr/bin/env node
// Times a page allocated and freed with its JavaScript call stacks, against what one writes by hand, and the allocator alone.
//
//   nx bench @page-owner/tracked-pages
import { createAllocator } from '@page-owner/buddy-allocator';
import { compare, perOperation } from '@page-owner/measure';
import { trackPages } from '@page-owner/tracked-pages';

const PAGES = 65536;
const OPERATIONS = 10_000;
/** How deep the program is in its functions. */
const DEPTHS = [4, 16];

const off = () => createAllocator({ pages: PAGES });

function tracked() {
  const pages = off();
  trackPages(pages, { page_owner: 'on' });
  return pages;
}

/** The text of the stack beside each page, of the allocation and of the free. */
function byHand() {
  const pages = off();
  const taken = new Map();
  const freed = new Map();
  pages.hooks = {
    allocated: (pfn) => taken.set(pfn, new Error().stack),
    freed(pfn) {
      taken.delete(pfn);
      freed.set(pfn, new Error().stack);
    },
    split() {},
    migrated() {},
  };
  return pages;
}

/** A pair from `depth` functions down. */
function descend(pages, depth) {
  if (depth > 0) return descend(pages, depth - 1) + 1;
  const pfn = pages.allocPages(0);
  pages.freePages(pfn);
  return pfn;
}

const contender = (name, pages, depth) => ({
  name,
  round() {
    let sum = 0;
    for (let i = 0; i < OPERATIONS; i++) sum += descend(pages, depth);
    return sum;
  },
});

// V8 gives 10 unasked; page_owner has 16.
Error.stackTraceLimit = 16;

console.log(`Node ${process.version}; a pair is one allocation and its free`);
for (const depth of DEPTHS) {
  compare(`pairs, ${depth} functions deep`, perOperation(OPERATIONS), [
    contender('tracked', tracked(), depth),
    contender('new Error().stack into a Map', byHand(), depth),
    contender('off', off(), depth),
  ]);
}
