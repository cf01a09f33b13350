import { ALLOCATOR_CMA, ALLOCATOR_OTHERS, ALLOCATOR_SLAB, ALLOCATOR_VMALLOC } from './group.js';
import type { Group } from './group.js';
import type { Plan } from './plan.js';

const CHUNK = 64 << 10;
const encoder = new TextEncoder();
const END_OF_RECORD = encoder.encode('\n');
const BEFORE_STACK = encoder.encode(':\n');
const TASK_NAME = encoder.encode(', task_comm_name: ');
const MODULE = encoder.encode(', module: ');

/**
 * The text of groups, as the C tool writes it:
 *
 *   N times, M pages, allocated by CLASSES :     without cull: the header line and the stack text follow
 *   N times, M pages[, PID p][, TGID t][, task_comm_name: n][, module: m][, allocated by CLASSES ][ (RELEASED)][:]
 *
 * A key that is culled or selected by is printed; the stack text follows when it is culled by.
 */
export function* formatGroups(groups: Iterable<Group>, plan: Plan): Generator<Uint8Array> {
  let chunk = new Uint8Array(CHUNK);
  let used = 0;
  for (const group of groups) {
    for (const part of groupParts(group, plan)) {
      if (used + part.length > chunk.length) {
        yield chunk.subarray(0, used);
        chunk = new Uint8Array(Math.max(CHUNK, part.length));
        used = 0;
      }
      chunk.set(part, used);
      used += part.length;
    }
  }
  if (used) yield chunk.subarray(0, used);
}

/** The text of a group, in pieces. */
export function groupParts(group: Group, plan: Plan): Iterable<Uint8Array> {
  return plan.cull.length ? culledParts(group, plan) : textParts(group);
}

function textParts({ times, pages, allocator, line, stack }: Group): Uint8Array[] {
  const head = encoder.encode(`${times} times, ${pages} pages, ${allocatedBy(allocator)}:\n`);
  return [head, line, stack, END_OF_RECORD];
}

function* culledParts(group: Group, plan: Plan): Generator<Uint8Array> {
  const { cull, compat } = plan;
  yield encoder.encode(`${group.times} times, ${group.pages} pages`);
  if (cull.includes('pid') || plan.pids) yield encoder.encode(`, PID ${group.pid}`);
  if (cull.includes('tgid') || plan.tgids) yield encoder.encode(`, TGID ${group.tgid}`);
  if (cull.includes('name') || plan.names) {
    yield TASK_NAME;
    yield group.comm;
  }
  if (cull.includes('module') || plan.modules) {
    yield MODULE;
    yield group.module;
  }
  if (cull.includes('allocator')) yield encoder.encode(`, ${allocatedBy(group.allocator)}`);
  if (cull.includes('free')) {
    // The 6.1 tool has the two words the wrong way round.
    yield encoder.encode(group.released === (compat !== '6.1') ? ' (RELEASED)' : ' (UNRELEASED)');
  }
  if (cull.includes('stacktrace')) {
    yield BEFORE_STACK;
    yield group.stack;
  }
  yield END_OF_RECORD;
}

/** `allocated by SLAB `: a class each, and a space after each. */
function allocatedBy(allocator: number): string {
  let text = 'allocated by ';
  if (allocator & ALLOCATOR_CMA) text += 'CMA ';
  if (allocator & ALLOCATOR_SLAB) text += 'SLAB ';
  if (allocator & ALLOCATOR_VMALLOC) text += 'VMALLOC ';
  if (allocator & ALLOCATOR_OTHERS) text += 'OTHERS ';
  return text;
}
