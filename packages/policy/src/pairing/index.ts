/**
 * Pairing: how a stranger becomes somebody the agent talks to.
 *
 * @module
 */
export {
  type AccountPairing,
  type ActorFailures,
  CODE_TTL_MS,
  type PairingAction,
  type PairingActor,
  type PairingFacts,
  type PairingState,
  type PendingRequest,
  emptyPairing,
} from './state.ts';
export { type PairingResult, pairingTransition } from './transition.ts';
