/** `nx bench stackdepot`: saving known and new stacks, against plain JavaScript ways to do it. */
import { StackDepot } from '../src/index.js';
import { bytesKept, compare, perOperation, type Contender } from '@page-owner/measure';
import { BigIntHashDepot, JoinedStringDepot, MapTreeDepot } from './rivals.js';

const DEPTH = 16;
const STACKS = 5000;
const HIT_ROUNDS = 10;

/** Stacks that share their outer frames, as real ones do: random walks over a call tree, seeded. */
function makeStacks(): Uint32Array[] {
  let state = 0x2545f491;
  const random = (below: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  return Array.from({ length: STACKS }, (_, id) => {
    const frames = new Uint32Array(2 * DEPTH);
    for (let frame = 0; frame < DEPTH; frame++) {
      // The outer the frame, the fewer the choices; the innermost tells the stacks apart.
      const choices = 1 + (DEPTH - frame) * 4;
      frames[2 * frame] =
        frame === 0 ? 0x81000000 + 16 * id : 0x82000000 + frame * 0x10000 + 16 * random(choices);
      frames[2 * frame + 1] = 0xffffffff;
    }
    return frames;
  });
}

interface Depot {
  save(frames: Uint32Array, depth: number): number;
}

const stacks = makeStacks();
const MEMORY_PAGES = (2 * 2 ** 30) / 4096;
const makers: readonly [string, () => Depot][] = [
  ['StackDepot', () => StackDepot.create({ memoryPages: MEMORY_PAGES })],
  ['StackDepot, shared', () => StackDepot.create({ memoryPages: MEMORY_PAGES, shared: true })],
  ['Map by joined string', () => new JoinedStringDepot()],
  ['Map by BigInt hash', () => new BigIntHashDepot()],
  ['tree of Maps', () => new MapTreeDepot()],
];

const saveAll = (depot: Depot): number => {
  let sum = 0;
  for (const stack of stacks) sum += depot.save(stack, DEPTH);
  return sum;
};

console.log(`Node ${process.version}, stacks of ${DEPTH} frames, ${STACKS} distinct`);

compare(
  'known stacks',
  perOperation(HIT_ROUNDS * STACKS),
  makers.map(([name, make]): Contender => {
    const depot = make();
    saveAll(depot);
    return {
      name,
      round: () => {
        let sum = 0;
        for (let i = 0; i < HIT_ROUNDS; i++) sum += saveAll(depot);
        return sum;
      },
    };
  }),
);

compare(
  'new stacks',
  perOperation(STACKS),
  makers.map(([name, make]): Contender => {
    let depot = make();
    return { name, prepare: () => (depot = make()), round: () => saveAll(depot) };
  }),
);

console.log('\nbytes kept per stack, with the hash table of a machine of 2 GiB');
for (const [name, make] of makers) {
  if (name.includes('shared')) continue;
  const bytes = bytesKept(() => {
    const depot = make();
    saveAll(depot);
    return depot;
  });
  console.log(`${name}: ${Math.round(bytes / STACKS)}`);
}

const known = StackDepot.create({ memoryPages: MEMORY_PAGES });
for (let i = 0; i < 2 * HIT_ROUNDS; i++) saveAll(known);
const before = process.memoryUsage().heapUsed;
for (let i = 0; i < 2 * HIT_ROUNDS; i++) saveAll(known);
const allocated = process.memoryUsage().heapUsed - before;
console.log(`\nheap bytes allocated by ${2 * HIT_ROUNDS * STACKS} saves of known stacks: ${allocated}`);
