import { decodeText, encodeText, parseHeader } from '@page-owner/dump-format';
import type { ScanReport } from '@page-owner/dump-format';
import {
  ALLOCATOR_CMA,
  ALLOCATOR_OTHERS,
  ALLOCATOR_SLAB,
  ALLOCATOR_VMALLOC,
} from '@page-owner/page-owner-sort';
import type { CullKey, Group } from '@page-owner/page-owner-sort';
import type { SortCommand, SortedInput } from '@page-owner/page-owner-sort/node';
import { harmlessJson, JSON_VERSION } from '../json.js';

const CHUNK_LETTERS = 1 << 16;

/** The document of `sort --json`, in chunks: there may be as many groups as records. */
export function* sortedDocument(
  sorted: SortedInput,
  { input, options: { cull = [], sort, compat } }: SortCommand,
  report: ScanReport,
): Generator<Uint8Array> {
  const front = {
    format: 'page-owner/sort',
    version: JSON_VERSION,
    input,
    recordsRead: report.records,
    garbagePieces: report.garbagePieces,
    records: sorted.selected,
    ...(compat && { compat }),
    ...(sort && { sort: sort.map(({ key, descending }) => `${descending ? '-' : ''}${key}`) }),
    cull,
  };
  let text = `${JSON.stringify(front, undefined, 1).slice(0, -2)},\n "groups": [`;
  let separator = '\n  ';
  for (const group of sorted.groups()) {
    text += separator + JSON.stringify(groupDocument(group, cull, sorted));
    separator = ',\n  ';
    if (text.length < CHUNK_LETTERS) continue;
    yield encodeText(harmlessJson(text));
    text = '';
  }
  yield encodeText(harmlessJson(`${text}\n ]\n}\n`));
}

/** With nothing to cull by, the whole text makes the group, and so whatever it says. */
const TOLD_BY_TEXT: readonly CullKey[] = ['pid', 'tgid', 'name', 'stacktrace', 'module', 'allocator'];

function groupDocument(group: Group, cull: readonly CullKey[], sorted: SortedInput): Record<string, unknown> {
  const keys = cull.length ? cull : TOLD_BY_TEXT;
  return {
    records: group.times,
    pages: group.pages,
    ...(!cull.length && timesOf(group)),
    ...Object.fromEntries(keys.map((key) => [key, VALUE_OF[key](group)])),
    text: [...sorted.textOf(group)].map(decodeText).join(''),
  };
}

/** The times that are part of the text, as they are for an order by time. */
function timesOf({ line }: Group): Record<string, unknown> {
  const { tsNs, freeTsNs } = parseHeader(line) ?? {};
  return {
    ...(tsNs !== undefined && { tsNs: String(tsNs) }),
    ...(freeTsNs !== undefined && { freeTsNs: String(freeTsNs) }),
  };
}

const VALUE_OF: Readonly<Record<CullKey, (group: Group) => unknown>> = {
  pid: ({ pid }) => (pid < 0 ? null : pid),
  tgid: ({ tgid }) => (tgid < 0 ? null : tgid),
  name: ({ comm }) => decodeText(comm),
  stacktrace: ({ stack }) =>
    decodeText(stack)
      .split('\n')
      .map((line) => line.trimStart())
      .filter(Boolean),
  free: ({ released }) => released,
  module: ({ module }) => decodeText(module),
  allocator: ({ allocator }) => CLASSES.filter(([bit]) => allocator & bit).map(([, name]) => name),
};

const CLASSES = [
  [ALLOCATOR_CMA, 'CMA'],
  [ALLOCATOR_SLAB, 'SLAB'],
  [ALLOCATOR_VMALLOC, 'VMALLOC'],
  [ALLOCATOR_OTHERS, 'OTHERS'],
] as const;
