/** The state of the head of a block that is given out. */
import { ALLOCATED, COMPOUND, MOVABLE } from '../layout/frame-state.js';
import { GFP_COMP, GFP_MOVABLE } from './gfp-request.js';

const TO_MOVABLE = MOVABLE / GFP_MOVABLE;
/** By how many bits `__GFP_COMP` is shifted right to become COMPOUND. */
export const TO_COMPOUND = Math.log2(GFP_COMP / COMPOUND);

/** State of the head of a block given out for this mask. */
export function headState(gfp: number, order: number): number {
  return ALLOCATED | ((gfp & GFP_MOVABLE) * TO_MOVABLE) | ((gfp & GFP_COMP) >> TO_COMPOUND) | order;
}
