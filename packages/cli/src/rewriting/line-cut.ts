import { BLOCK, FREE_TS, PFN, PFN_DECIMAL, PFN_HEX, REST, TS } from './recipes.js';
import type { Recipe } from './recipes.js';

/** Numbers to try a line with, by slot; the PFN is given in its radix. The two differ in everything. */
const SAMPLES = [
  { pfn: 0x1a2b, numbers: { [TS]: '1234567', [FREE_TS]: '89', [BLOCK]: '13', [REST]: '5c' } },
  { pfn: 57, numbers: { [TS]: '4', [FREE_TS]: '98765432', [BLOCK]: '207', [REST]: '1ffc00000004028' } },
] as const;

const TIMES = /(?:, ts (\d+) ns)?(?:, free_ts (\d+) ns)?\n$/d;
const NAMES_LINE = /^PFN (0x)?([0-9a-f]+) type \S+ Block (\d+) type \S+ Flags 0x([0-9a-f]+\(.*\)\n)$/ds;
const LETTERS_LINE = /^PFN ()(\d+) Block (\d+) type \d+ (?:Fallback| {8}) Flags /d;

/** Up to the PFN. */
export const DECIMAL_BYTES = 'PFN '.length;
export const HEX_BYTES = 'PFN 0x'.length;

/** A line (one letter a byte, with its newline) cut at its numbers, and at what is copied like them. */
export class LineCut {
  readonly literals: string[] = [];
  readonly stretches: string[] = [];
  readonly slots: number[] = [];
  readonly hex: boolean;

  constructor(line: string, match: RegExpExecArray, slots: Readonly<Record<number, number>>) {
    this.hex = match[1] === '0x';
    let from = 0;
    for (const [group, slot] of Object.entries(slots)) {
      const [start, end] = match.indices![Number(group)] ?? [];
      if (start === undefined) continue;
      this.literals.push(line.slice(from, start));
      this.stretches.push(line.slice(start, end));
      this.slots.push(slot);
      from = end!;
    }
    this.literals.push(line.slice(from));
  }

  sample(which: 0 | 1): SampleLine {
    const { pfn, numbers } = SAMPLES[which];
    const stretches = this.slots.map((slot, i) => {
      if (slot === PFN) return pfn.toString(this.hex ? 16 : 10);
      const number = numbers[slot as keyof typeof numbers];
      return slot === REST ? this.stretches[i]!.replace(/^[0-9a-f]+/, number) : number;
    });
    return new SampleLine(this, pfn, stretches);
  }
}

/** The line with other numbers. */
class SampleLine {
  readonly pfn: number;
  readonly text: string;
  readonly #cut: LineCut;
  readonly #stretches: readonly string[];

  constructor(cut: LineCut, pfn: number, stretches: readonly string[]) {
    this.pfn = pfn;
    this.text = cut.literals.map((literal, i) => literal + (stretches[i] ?? '')).join('');
    this.#cut = cut;
    this.#stretches = stretches;
  }

  stretch(slot: number): string | undefined {
    if (slot === PFN_DECIMAL) return String(this.pfn);
    if (slot === PFN_HEX) return this.pfn.toString(16);
    return this.#stretches[this.#cut.slots.indexOf(slot)];
  }

  /** What `recipe` makes of it. */
  follow({ literals, slots }: Recipe): string {
    return literals.map((literal, i) => literal + (i < slots.length ? this.stretch(slots[i]!) : '')).join('');
  }
}

/** A header line, cut at the times at its end. */
export function cutHeaderLine(line: string): LineCut {
  return new LineCut(line, TIMES.exec(line)!, { 1: TS, 2: FREE_TS });
}

/** A PFN line as kernels write it, or undefined. */
export function cutPageLine(line: string): LineCut | undefined {
  const match = NAMES_LINE.exec(line) ?? LETTERS_LINE.exec(line);
  return match ? new LineCut(line, match, { 2: PFN, 3: BLOCK, 4: REST }) : undefined;
}

/** How a line becomes `made`, as a sample of it does; undefined when that is no line of its kind. */
export function recipeOf(cut: LineCut, sample: SampleLine, made: string): Recipe | undefined {
  const madeCut = cut.slots.includes(PFN) ? cutPageLine(made) : cutHeaderLine(made);
  if (!madeCut) return undefined;
  const literals: string[] = [];
  const slots: number[] = [];
  let literal = '';
  for (const [i, slot] of madeCut.slots.entries()) {
    literal += madeCut.literals[i]!;
    const stretch = madeCut.stretches[i]!;
    const radix = madeCut.hex ? PFN_HEX : PFN_DECIMAL;
    const source = [slot, ...(slot === PFN ? [radix] : [])].find((one) => sample.stretch(one) === stretch);
    if (source === undefined) {
      literal += stretch;
    } else {
      literals.push(literal);
      slots.push(source);
      literal = '';
    }
  }
  return { literals: [...literals, literal + madeCut.literals.at(-1)!], slots };
}
