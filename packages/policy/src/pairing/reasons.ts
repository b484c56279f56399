/**
 * The codes of pairing, each with its one sentence.
 *
 * @module
 */
import { type Verdicts, verdictsFrom } from '../verdict.ts';

/** Code to sentence, for pairing. */
export const pairingReasons = {
  'pairing.sender.missing_id': 'The sender has no stable id of this network.',
  'pairing.already_approved': 'The sender is already approved.',
  'pairing.already_pending': 'The sender already has a pairing code.',
  'pairing.rejected_recently': 'The sender was rejected within the last 24 hours.',
  'pairing.queue_full': 'Too many pairing requests wait for an answer.',
  'pairing.no_code': 'No unused pairing code could be drawn.',
  'pairing.created': 'A pairing code was made for the sender.',
  'pairing.actor.unauthorized': 'The actor may not decide about pairing.',
  'pairing.rate_limited': 'The actor tried too many wrong codes and has to wait.',
  'pairing.code.not_found': 'No waiting pairing request has this code.',
  'pairing.approved': 'The sender is approved for direct messages.',
  'pairing.approved.owner_bootstrapped': 'The sender is approved and becomes the owner.',
  'pairing.rejected': 'The pairing request is rejected.',
  'pairing.revoked': 'The sender is no longer approved.',
  'pairing.revoke.not_found': 'The sender was not approved.',
} as const;

/** A code of this area. */
export type PairingCode = keyof typeof pairingReasons;

/** Decisions of this area. */
export const verdict: Verdicts<PairingCode> = verdictsFrom(pairingReasons);
