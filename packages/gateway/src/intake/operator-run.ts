/**
 * What an operator does by the control plane, as the run that decisions and records are about.
 *
 * @module
 */
import type { Caller } from '../services.ts';
import type { InboxRun } from './inbox.ts';

/** Where an operator stands who uses the control plane. */
export const OPERATOR_PLACE = { channel: 'operator', accountId: 'default' } as const;

/** A run of an operator: the owner's, or that of somebody who was let in with fewer rights. */
export function operatorRun(
  { id }: Pick<Caller, 'id'>,
  run: Pick<InboxRun, 'runId' | 'agentId' | 'sessionKey'>,
  isOwner = true,
): InboxRun {
  const trust = isOwner ? 'owner' : 'trusted';
  return {
    ...run,
    principal: { id, trust, ...OPERATOR_PLACE },
    isOwner,
    code: 'event.operator',
  };
}
