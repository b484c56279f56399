/**
 * Deliberate bugs in pairing, two for each claim.
 *
 * @module
 */
import type { Mutant } from '../explorer.ts';

const TRANSITION = 'src/pairing/transition.ts';
const STATE = 'src/pairing/state.ts';
const CLIENTS = 'test/model/two-clients.ts';

export const mutants: readonly Mutant[] = [
  {
    claim: 'P1',
    id: 'M1',
    file: TRANSITION,
    find: 'account.pending.length >= maxPending(',
    replace: 'account.pending.length > maxPending(',
  },
  {
    claim: 'P1',
    id: 'M2',
    file: TRANSITION,
    find: "return keep(state, verdict.ignore('pairing.queue_full', 'pairing.maxPending'));",
    replace:
      'return request(withAccount(state, accountId, { ...account, pending: account.pending.slice(1) }), action, facts);',
  },
  {
    claim: 'P2',
    id: 'M1',
    file: CLIENTS,
    find: 'const HOLDS_STORE = true;',
    replace: 'const HOLDS_STORE = false;',
  },
  {
    claim: 'P2',
    id: 'M2',
    file: CLIENTS,
    find: 'const OWNERS_INSIDE = true;',
    replace: 'const OWNERS_INSIDE = false;',
  },
  {
    claim: 'P3',
    id: 'M1',
    file: TRANSITION,
    find: 'const pending = account.pending.filter((each) => each !== entry);',
    replace: 'const pending = account.pending;',
  },
  {
    claim: 'P3',
    id: 'M2',
    file: TRANSITION,
    find: '    return result.decision;',
    replace: `    const expired = JSON.stringify(state.accounts) !== JSON.stringify(next.accounts);
    return expired && result.decision.code === 'pairing.code.not_found'
      ? { ...result.decision, code: 'pairing.code.expired' }
      : result.decision;`,
  },
  {
    claim: 'P4',
    id: 'M1',
    file: TRANSITION,
    find: 'return withAccount(state, accountId, { ...account, pending, allow });',
    replace: `const moved = withAccount(state, accountId, { ...account, pending, allow });
  return Object.keys(moved.accounts).reduce(
    (all, id) => withAccount(all, id, { ...accountOf(all, id), allow: [...accountOf(all, id).allow, entry.id] }),
    moved,
  );`,
  },
  {
    claim: 'P4',
    id: 'M2',
    file: TRANSITION,
    find: "if (!mayDecide(actor)) return keep(state, verdict.deny('pairing.actor.unauthorized', PATH));",
    replace: `if (!mayDecide(actor)) {
    const wanted = findPending(state, undefined, typedCode(action.code));
    const moved = wanted === undefined ? state : movedToAllow(state, wanted);
    return keep(moved, verdict.deny('pairing.actor.unauthorized', PATH));
  }`,
  },
  {
    claim: 'P5',
    id: 'M1',
    file: TRANSITION,
    find: '{ ...entry, lastSeenAt: facts.now }',
    replace: '{ ...entry, createdAt: facts.now, lastSeenAt: facts.now }',
  },
  {
    claim: 'P5',
    id: 'M2',
    file: STATE,
    find: '({ createdAt }) => createdAt <= now + CLOCK_SKEW_MS && now - createdAt <= CODE_TTL_MS',
    replace: '({ lastSeenAt }) => now - lastSeenAt <= CODE_TTL_MS',
  },
  {
    claim: 'P6',
    id: 'M1',
    file: TRANSITION,
    find: 'ownersListed(facts.ownerAllowFrom) || state.ownerSettled',
    replace: 'ownersListed(undefined) || state.ownerSettled',
  },
  {
    claim: 'P6',
    id: 'M2',
    file: TRANSITION,
    find: "(asList({ value, path: 'commands.ownerAllowFrom' }) ?? []).length > 0",
    replace:
      "(asList({ value, path: 'commands.ownerAllowFrom' }) ?? []).some((each) => each !== '*')",
  },
  {
    claim: 'P7',
    id: 'M1',
    file: TRANSITION,
    find: 'if (isLocked(settled, actor, facts.now)) {',
    replace:
      'if (isLocked(settled, actor, facts.now) && findPending(settled, accountId, typedCode(action.code)) === undefined) {',
  },
  {
    claim: 'P7',
    id: 'M2',
    file: TRANSITION,
    find: 'const { actor } = action;',
    replace: 'const actor = { ...action.actor, id: state.channel };',
  },
  {
    claim: 'P8',
    id: 'M1',
    file: TRANSITION,
    find: "verdict.ignore('pairing.already_pending', PATH)",
    replace:
      "verdict.ignore('pairing.already_pending', PATH, { obligations: ['reply_pairing_code'] })",
  },
  {
    claim: 'P8',
    id: 'M2',
    file: TRANSITION,
    find: "verdict.ignore('pairing.queue_full', 'pairing.maxPending')",
    replace:
      "verdict.ignore('pairing.queue_full', 'pairing.maxPending', { obligations: ['reply_pairing_code'] })",
  },
];
