import { decodeText, encodeText } from '@page-owner/dump-format';
import type { RecordHeader } from '@page-owner/dump-format';
import { allocatorOfStack, moduleOfStack } from './allocator-class.js';
import type { LineFacts, StackFacts, Texts } from './grouper.js';
import type { Plan } from './plan.js';

/** Kernels have orders to 10; a damaged one may be as high as counts stay exact, and above that it says nothing. */
const HIGHEST_ORDER = 52;

/** Gives the numbers by which a plan tells lines and stack texts apart. */
export class GroupKeys {
  readonly #plan: Plan;
  readonly #keys = new Map<string, number>();

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** Of the line with this id; with nothing to cull by, each line is a key of its own. */
  ofLine(id: number, pid: number, tgid: number, comm: string): number {
    const { cull } = this.#plan;
    if (!cull.length) return id;
    let key = '';
    if (cull.includes('pid')) key += `p${pid} `;
    if (cull.includes('tgid')) key += `t${tgid} `;
    if (cull.includes('name')) key += `n${comm}`;
    return key ? this.#number(key) : 0;
  }

  /** Of the stack text with this id. */
  ofStack(id: number, module: string): number {
    const { cull } = this.#plan;
    if (!cull.length) return id;
    const byStack = cull.includes('stacktrace');
    if (!cull.includes('module')) return byStack ? id : 0;
    return this.#number(byStack ? `s${id} ${module}` : `m${module}`);
  }

  clear(): void {
    this.#keys.clear();
  }

  #number(key: string): number {
    const known = this.#keys.get(key);
    if (known !== undefined) return known;
    this.#keys.set(key, this.#keys.size);
    return this.#keys.size - 1;
  }
}

/** What the texts of a dump mean, worked out once for each distinct text. */
export class DumpFacts {
  readonly #plan: Plan;
  readonly #keys: GroupKeys;
  readonly #texts: Texts & { header(id: number): RecordHeader };
  #lines: (LineFacts | undefined)[] = [];
  #stacks: (StackFacts | undefined)[] = [];

  constructor(plan: Plan, texts: Texts & { header(id: number): RecordHeader }) {
    this.#plan = plan;
    this.#keys = new GroupKeys(plan);
    this.#texts = texts;
  }

  line(id: number): LineFacts {
    return (this.#lines[id] ??= this.#readLine(id));
  }

  stack(id: number): StackFacts {
    return (this.#stacks[id] ??= this.#readStack(id));
  }

  /** To be called whenever ids begin anew. */
  clear(): void {
    this.#keys.clear();
    this.#lines = [];
    this.#stacks = [];
  }

  #readLine(id: number): LineFacts {
    const { order, pid = -1, tgid = -1, comm = '' } = this.#texts.header(id);
    const { pids, tgids, names } = this.#plan;
    return {
      pages: order <= HIGHEST_ORDER ? 2 ** order : 0,
      pid,
      tgid,
      comm: encodeText(comm),
      selected:
        (!pids || pids.includes(pid)) && (!tgids || tgids.includes(tgid)) && (!names || names.includes(comm)),
      key: this.#keys.ofLine(id, pid, tgid, comm),
    };
  }

  #readStack(id: number): StackFacts {
    const text = decodeText(this.#texts.stackText(id));
    const module = moduleOfStack(text);
    return {
      allocator: allocatorOfStack(text),
      module: encodeText(module),
      selected: this.#plan.modules?.includes(module) ?? true,
      key: this.#keys.ofStack(id, module),
    };
  }
}
