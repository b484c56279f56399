/**
 * Claims about pairing: nobody gets in but by an approval, and no approval can be had twice, late,
 * by guessing or by flooding.
 *
 * @module
 */
import type { PairingActor } from '../../../src/pairing/state.ts';
import { type Claim, type Run, explore } from '../explorer.ts';
import {
  type Observed,
  type PairingBounds,
  TTL_MS,
  type Waiting,
  chatPeer,
  liveAt,
  operator,
  pairingMachine,
  reader,
  waiting,
} from '../pairing-world.ts';
import { interleaving } from './pairing-interleaving.ts';
import { bootstrap, lockOut } from './pairing-operator.ts';

const CLOCK = [0, 1, TTL_MS, TTL_MS + 1, 2 * TTL_MS];

/** Two slices: everybody on one account, deep; two accounts with fewer senders, less deep. */
function search<Ghost>(
  run: Run,
  ghost: Ghost,
  judge: PairingBounds<Ghost>['judge'],
  actors: readonly PairingActor[] = [operator],
): void {
  const base = { times: CLOCK, actors, ghost, judge };
  const [one, two] = run.long ? [9, 7] : [7, 6];
  explore(pairingMachine({ ...base, accounts: ['default'], senders: 5, depth: one }), run);
  const accounts = ['default', 'work'];
  explore(pairingMachine({ ...base, accounts, senders: 5, depth: two }), run);
}

const BOUNDS =
  '5 senders; one account to depth 7 and two accounts to depth 6; clock 0, 1, TTL, TTL+1, 2 TTL. ' +
  'Long: depths 9 and 7';

const same = (one: Waiting, other: Waiting) =>
  one.account === other.account && one.id === other.id && one.createdAt === other.createdAt;

/** Three wait at most, each once, and none leaves without an answer while its hour lasts. */
function judgeQueue({ before, after, now, action, decision }: Observed<null>): string | undefined {
  const left = liveAt(after, now);
  for (const account of Object.keys(after.accounts)) {
    const ids = left.filter((each) => each.account === account).map(({ id }) => id);
    if (ids.length > 3) return 'more than three requests wait';
    if (new Set(ids).size < ids.length) return 'a sender waits twice';
  }
  const gone = liveAt(before, now).filter((each) => !left.some((other) => same(each, other)));
  const answered =
    (action.op === 'approve' || action.op === 'reject') && decision.effect === 'allow';
  if (gone.length > (answered ? 1 : 0)) return 'a request left without an answer';
  const isAnswered = ({ code, id }: Waiting) =>
    ('code' in action && action.code === code) || ('id' in action && action.id === id);
  return gone.every(isAnswered) ? undefined : 'another request left';
}

/** What the codes are worth, remembered from the answers alone: code to request. */
type Codes = Readonly<Record<string, { readonly at: number; readonly of: string }>>;

function judgeCodes({ action, decision, now, ghost }: Observed<Codes>) {
  if (decision.code === 'pairing.created') {
    const of = action.op === 'request' ? `${action.accountId}|${action.sender}` : '';
    return { ghost: { ...ghost, [String(decision.value)]: { at: now, of } } };
  }
  if (action.op !== 'approve' && action.op !== 'reject') return { ghost };
  if (action.op === 'reject' && action.code === undefined) {
    const { accountId, id } = Object(decision.value) as { accountId?: string; id?: string };
    const left = Object.entries(ghost).filter(([, { of }]) => of !== `${accountId}|${id}`);
    return { ghost: Object.fromEntries(left) };
  }
  const code = action.code ?? '';
  const known = ghost[code];
  const { [code]: _spent, ...others } = ghost;
  if (known !== undefined && now - known.at <= TTL_MS) {
    return decision.effect === 'allow'
      ? { ghost: others }
      : { ghost, broken: 'a waiting code was refused' };
  }
  const silent =
    decision.effect === 'deny' &&
    decision.code === 'pairing.code.not_found' &&
    decision.reason === 'No waiting pairing request has this code.';
  return { ghost, broken: silent ? undefined : 'a code that is no more tells something' };
}

/** Who may be let in: `account|id` of approvals by somebody entitled, minus revocations. */
type Approved = readonly string[];

function judgeAdmission({ before, action, decision, after, ghost }: Observed<Approved>) {
  let approved = ghost;
  if (action.op === 'approve' && decision.effect === 'allow') {
    const entitled =
      action.actor.kind !== 'chat' && action.actor.scopes.includes('operator.pairing');
    const request = waiting(before).find(({ code }) => code === action.code);
    if (entitled && request !== undefined)
      approved = [...ghost, `${request.account}|${request.id}`];
  }
  if (action.op === 'revoke' && decision.effect === 'allow') {
    approved = ghost.filter((each) => !each.endsWith(`|${action.sender}`));
  }
  const admitted = Object.entries(after.accounts).flatMap(([account, { allow }]) =>
    allow.map((id) => `${account}|${id}`),
  );
  const stranger = admitted.some((each) => !approved.includes(each));
  return {
    ghost: approved.toSorted(),
    broken: stranger ? 'somebody was let in unasked' : undefined,
  };
}

/** The first request of the one sender that is not answered yet. */
interface FirstAsked {
  readonly at: number | null;
}

function judgeTtl({ action, decision, now, ghost }: Observed<FirstAsked>) {
  const at = ghost.at !== null && now - ghost.at > TTL_MS ? null : ghost.at;
  if (action.op === 'request') {
    const fresh = decision.code === 'pairing.created' && at === null;
    return { ghost: { at: fresh ? now : at } };
  }
  if (decision.effect !== 'allow' || action.op === 'revoke') return { ghost: { at } };
  const late = action.op === 'approve' && at === null;
  return { ghost: { at: null }, broken: late ? 'a code lived longer than an hour' : undefined };
}

function judgeReplies({ before, after, now, decision }: Observed<null>): string | undefined {
  const replies = decision.obligations?.filter((each) => each === 'reply_pairing_code').length ?? 0;
  const grown = liveAt(after, now).length - liveAt(before, now).length;
  if (replies !== Math.max(0, grown)) return 'a reply without a new request';
  return (decision.code === 'pairing.created') === (replies === 1)
    ? undefined
    : 'replies and new requests differ';
}

/** What is proved about pairing. */
export const claims: readonly Claim[] = [
  {
    id: 'P1',
    sentence: 'at most three requests wait per account, once a sender, and none is pushed out',
    bounds: BOUNDS,
    check: (run) => search(run, null, (step) => ({ ghost: null, broken: judgeQueue(step) })),
  },
  interleaving,
  {
    id: 'P3',
    sentence: 'a code is good for one approval; wrong, used and expired codes read the same',
    bounds: BOUNDS,
    check: (run) => search<Codes>(run, {}, judgeCodes),
  },
  {
    id: 'P4',
    sentence: 'only an approval by somebody entitled lets a sender in, on that account',
    bounds: `${BOUNDS}; with a chat peer and a reader among the actors`,
    check: (run) => search<Approved>(run, [], judgeAdmission, [operator, chatPeer, reader]),
  },
  {
    id: 'P5',
    sentence: 'asking again never prolongs a code',
    bounds: 'one sender, clock in steps of 1 ms around the TTL, depth 12. Long: depth 14',
    check(run) {
      const times = [0, 1, TTL_MS - 1, TTL_MS, TTL_MS + 1, TTL_MS + 2, 2 * TTL_MS];
      const ghost: FirstAsked = { at: null };
      const depth = run.long ? 14 : 12;
      const bounds = { times, actors: [operator], accounts: ['default'], senders: 1, depth };
      explore(pairingMachine({ ...bounds, ghost, judge: judgeTtl }), run);
    },
  },
  bootstrap,
  lockOut,
  {
    id: 'P8',
    sentence: 'one reply with a code for each new request, and no other',
    bounds: BOUNDS,
    check: (run) => search(run, null, (step) => ({ ghost: null, broken: judgeReplies(step) })),
  },
];
