/**
 * The refusals of approvals, in the words of policy.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

type Refusal =
  | 'not_found'
  | 'not_authorized'
  | 'own'
  | 'exists'
  | 'flood'
  | 'already_resolved'
  | 'expired'
  | 'decision_not_offered'
  | 'denied'
  | 'pending'
  | 'mismatch'
  | 'consumed';

const REFUSALS: Readonly<Record<Refusal, () => PortcullisError>> = {
  not_found: () =>
    new PortcullisError('exec.approval.not_found', 'There is no such approval.', {
      hint: 'openclaw approvals list shows those that wait.',
    }),
  not_authorized: () =>
    new PortcullisError('exec.approval.not_authorized', 'You may not answer approvals.', {
      hint: 'It needs the scope operator.approvals.',
    }),
  own: () =>
    new PortcullisError('exec.approval.not_authorized', 'Whoever asked cannot allow it.', {
      hint: 'Somebody else has to answer; deny takes the question back.',
    }),
  exists: () =>
    new PortcullisError('exec.approval.exists', 'There is another question with this id.', {
      hint: 'Leave the id out, or make a new one for each question.',
    }),
  flood: () =>
    new PortcullisError('approval.ask_flood', 'Too often asked for what nobody allowed.', {
      hint: 'Ask again in ten minutes.',
    }),
  already_resolved: () =>
    new PortcullisError('exec.approval.already_resolved', 'The approval was answered already.', {
      hint: 'The first answer counts.',
    }),
  expired: () =>
    new PortcullisError('exec.approval.expired', 'The time of the approval is over.', {
      hint: 'The agent has to ask again.',
    }),
  decision_not_offered: () =>
    new PortcullisError('exec.approval.decision_not_offered', 'This answer is not offered here.', {
      hint: 'openclaw approvals show lists the answers that are.',
    }),
  denied: () =>
    new PortcullisError('exec.approval.denied', 'The approver said no.', {
      hint: 'Go on without it; do not ask for the same again.',
    }),
  pending: () =>
    new PortcullisError('exec.approval.pending', 'Nobody has answered the approval yet.', {
      hint: 'Wait for the answer.',
    }),
  mismatch: () =>
    new PortcullisError(
      'exec.approval.mismatch',
      'What would happen is no longer what was asked about.',
      { hint: 'Something of it changed meanwhile. Ask again.' },
    ),
  consumed: () =>
    new PortcullisError('exec.approval.consumed', 'The approval was used already.', {
      hint: 'An approval is good for one use. Ask again.',
    }),
};

/** The refusal `exec.approval.<what>`; `own` is one of `not_authorized`, `flood` is `approval.ask_flood`. */
export function refusal(what: Refusal): PortcullisError {
  return REFUSALS[what]();
}
