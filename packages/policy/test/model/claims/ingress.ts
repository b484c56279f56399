/**
 * All claims about admission.
 *
 * @module
 */
import type { Claim } from '../explorer.ts';
import { directClaims } from './ingress-direct.ts';
import { gateClaims } from './ingress-gates.ts';
import { roomClaims } from './ingress-rooms.ts';

/** In the order of their numbers. */
export const claims: readonly Claim[] = [...directClaims, ...roomClaims, ...gateClaims].toSorted(
  (one, other) => Number(one.id.slice(1)) - Number(other.id.slice(1)),
);
