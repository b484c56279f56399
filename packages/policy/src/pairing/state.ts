/**
 * What pairing remembers, and what can happen to it.
 *
 * The state of one channel is plain JSON. The gateway reads it, runs one transition and writes the
 * result in one transaction; the limits below hold only because nothing comes in between.
 *
 * @module
 */

/** A request that waits for an approver. */
export interface PendingRequest {
  /** Canonical sender id. */
  readonly id: string;
  readonly code: string;
  /** Milliseconds since 1970. The code lives for {@link CODE_TTL_MS} from here, never longer. */
  readonly createdAt: number;
  readonly lastSeenAt: number;
}

/** Pairing of one account. */
export interface AccountPairing {
  readonly pending: readonly PendingRequest[];
  /** Canonical ids of approved senders. */
  readonly allow: readonly string[];
  /** Rejected senders, who get no new code for {@link MUTE_MS}. */
  readonly rejected?: readonly { readonly id: string; readonly at: number }[];
}

/** Wrong codes of one actor. */
export interface ActorFailures {
  readonly t: readonly number[];
  readonly lockedUntil: number;
}

/** Pairing of one channel. */
export interface PairingState {
  readonly channel: string;
  readonly accounts: Readonly<Record<string, AccountPairing>>;
  readonly failures: Readonly<Record<string, ActorFailures>>;
  /**
   * True once the gateway has had an owner. One mark for the whole gateway, kept for ever: an owner
   * list that is emptied later does not let the next one in.
   */
  readonly ownerSettled: boolean;
}

/** Who decides about a request. */
export interface PairingActor {
  readonly id: string;
  readonly kind: 'cli' | 'ui' | 'chat';
  /** True for a command line on the gateway's own machine. */
  readonly local?: boolean;
  /** `operator.pairing` is needed; `operator.admin` implies it. */
  readonly scopes: readonly string[];
  /** The explicit wish to make the approved sender the owner. */
  readonly bootstrapOwner?: boolean;
}

/** What can happen. */
export type PairingAction =
  | { readonly op: 'request'; readonly sender?: string; readonly accountId?: string }
  | {
      readonly op: 'approve';
      readonly code: string;
      readonly actor: PairingActor;
      /** Undefined: any account of the channel. */
      readonly accountId?: string;
    }
  | {
      readonly op: 'reject';
      readonly code?: string;
      readonly id?: string;
      readonly actor: PairingActor;
      readonly accountId?: string;
      /** False: drop this request only and let the sender ask again. Default true. */
      readonly mute?: boolean;
    }
  | {
      readonly op: 'revoke';
      readonly sender: string;
      readonly actor: PairingActor;
      readonly accountId?: string;
    };

/** What the caller knows at the time of a transition. */
export interface PairingFacts {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** `commands.ownerAllowFrom` as it is now, undefined when unset. */
  readonly ownerAllowFrom?: unknown;
  /** Random bytes for new codes, eight per try. Several tries, because codes must be unique. */
  readonly draw?: readonly ArrayLike<number>[];
  /** `pairing.maxPending`: 1 to 10. Default 3. */
  readonly maxPending?: unknown;
}

/** How long a code lives. */
export const CODE_TTL_MS = 3_600_000;
/** How far a stored time may lie in the future before it counts as damaged. */
export const CLOCK_SKEW_MS = 60_000;
/** How long a rejected sender gets no new code. */
export const MUTE_MS = 86_400_000;
/** Wrong codes of one actor within {@link FAILURE_WINDOW_MS} that lock him for {@link LOCK_MS}. */
export const MAX_FAILURES = 10;
/** The window of {@link MAX_FAILURES}. */
export const FAILURE_WINDOW_MS = 60_000;
/** How long a locked actor waits. */
export const LOCK_MS = 300_000;

/** The state of a channel nobody has asked for yet. */
export function emptyPairing(channel: string): PairingState {
  return { channel, accounts: {}, failures: {}, ownerSettled: false };
}

const EMPTY_ACCOUNT: AccountPairing = { pending: [], allow: [] };

/** The pairing of one account of `state`. */
export function accountOf(state: PairingState, accountId: string): AccountPairing {
  const account = Object.hasOwn(state.accounts, accountId) ? state.accounts[accountId] : undefined;
  return account ?? EMPTY_ACCOUNT;
}

/** `state` with the pairing of one account replaced. */
export function withAccount(
  state: PairingState,
  accountId: string,
  account: AccountPairing,
): PairingState {
  return { ...state, accounts: { ...state.accounts, [accountId]: account } };
}

/** `state` without what has expired at `now`. */
export function pruned(state: PairingState, now: number): PairingState {
  const accounts = Object.entries(state.accounts).map(
    ([id, account]) => [id, prunedAccount(account, now)] as const,
  );
  const failures = Object.entries(state.failures).filter(
    ([, { t, lockedUntil }]) => now < lockedUntil || t.some((at) => at > now - FAILURE_WINDOW_MS),
  );
  return {
    ...state,
    accounts: Object.fromEntries(accounts),
    failures: Object.fromEntries(failures),
  };
}

function prunedAccount(account: AccountPairing, now: number): AccountPairing {
  const pending = account.pending.filter(
    ({ createdAt }) => createdAt <= now + CLOCK_SKEW_MS && now - createdAt <= CODE_TTL_MS,
  );
  const rejected = (account.rejected ?? []).filter(({ at }) => now - at < MUTE_MS);
  const { allow } = account;
  return rejected.length === 0 ? { pending, allow } : { pending, allow, rejected };
}
