/**
 * Accounts that are being linked with the app of the person who owns them: a code is shown until it
 * was scanned, replaced whenever the network replaces it. The account does not run meanwhile. There
 * is one login of an account at a time; another one takes its place, so that a terminal that went
 * away keeps nobody waiting. Nothing of a code is ever logged.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { type Channel, PortcullisError } from '@portcullis/core';

import { type Kernel, commit } from '../kernel.ts';
import { Sequencer } from '../sequencer.ts';
import type { Caller, LoginReport } from '../services.ts';
import { requireSound } from './account-faults.ts';
import type { AccountId, AccountPlan, Channels } from './channels.ts';
import { qrDataUrl } from './qr-image.ts';
import { unlink } from './unlink.ts';

/** How long a person may take in all. */
const LOGIN_MS = 5 * 60_000;
/** A login that nobody waits for any more ends after this long. */
const ABANDONED_MS = 60_000;
/** How long a channel may take to let go of a login. */
const LETTING_GO_MS = 5000;

type Linking = Required<Pick<Channel, 'login'>>;

/** Why a login ended before it was done. */
type Ending = 'cancelled' | 'replaced' | 'expired' | 'abandoned' | 'stopped';

const ENDINGS: Readonly<Record<Ending, string>> = {
  cancelled: 'The login was cancelled.',
  replaced: 'Another login of this account took its place.',
  expired: 'Nobody scanned the code in time.',
  abandoned: 'Nobody waited for the login any more.',
  stopped: 'The gateway stopped.',
};

/** A code as it is shown. */
interface Code {
  readonly qr: string;
  readonly qrDataUrl: Promise<string>;
}

class Login {
  readonly plan: AccountPlan;
  readonly wasHeld: boolean;
  readonly stop = new AbortController();
  readonly codes: Code[] = [];
  ending: Ending | undefined;
  outcome: LoginReport | undefined;
  ended: Promise<void> = Promise.resolve();
  readonly #watchers = new Set<() => void>();
  #lonely: NodeJS.Timeout | undefined;

  constructor(plan: AccountPlan, wasHeld: boolean) {
    this.plan = plan;
    this.wasHeld = wasHeld;
  }

  get code(): Code | undefined {
    return this.codes.at(-1);
  }

  show(qr: string): void {
    if (this.outcome !== undefined || qr === this.code?.qr) return;
    this.codes.push({ qr, qrDataUrl: qrDataUrl(qr) });
    this.changed();
  }

  changed(): void {
    for (const tell of this.#watchers) tell();
  }

  end(why: Ending): void {
    this.ending ??= why;
    this.stop.abort();
  }

  /** Resolves at the next change, or after `ms`. */
  async change(ms: number): Promise<void> {
    clearTimeout(this.#lonely);
    const over = new AbortController();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#watchers.add(resolve);
    const late = sleep(ms, undefined, { signal: over.signal }).catch(() => undefined);
    await Promise.race([promise, late]);
    over.abort();
    this.#watchers.delete(resolve);
    if (this.#watchers.size > 0 || this.outcome !== undefined) return;
    this.#lonely = setTimeout(() => this.end('abandoned'), ABANDONED_MS).unref();
  }

  close(outcome: LoginReport): void {
    clearTimeout(this.#lonely);
    this.outcome = outcome;
    this.changed();
  }
}

/** The logins of a gateway. */
export class Logins {
  readonly #kernel: Kernel;
  readonly #channels: Channels;
  readonly #logins = new Map<string, Login>();
  readonly #order = new Sequencer();
  #closed = false;

  constructor(kernel: Kernel, channels: Channels) {
    this.#kernel = kernel;
    this.#channels = channels;
  }

  /**
   * Begins to link an account. Resolves with the first code, or after `timeoutMs`. An account that is
   * connected is left as it is unless `force` ends that login first.
   *
   * Throws `channel.cannot_start`, `channel.no_login`, `channel.still_stopping`.
   */
  async start(
    caller: Caller,
    plan: AccountPlan,
    { force = false, timeoutMs }: { readonly force?: boolean; readonly timeoutMs: number },
  ): Promise<LoginReport> {
    requireSound(plan);
    const begun = await this.#order.run(keyOf(plan), () => this.#begin(caller, plan, force));
    return begun instanceof Login ? await this.#report(begun, undefined, timeoutMs) : begun;
  }

  /**
   * Waits for another code than the one `shown` (its data URL; without it the one that is shown now),
   * or for the end. Resolves with how it
   * is after `timeoutMs`.
   */
  async wait(
    account: AccountId,
    { shown, timeoutMs }: { readonly shown?: string; readonly timeoutMs: number },
  ): Promise<LoginReport> {
    const login = this.#logins.get(keyOf(account));
    if (login === undefined) return none(account, 'No login is under way.');
    return await this.#report(login, shown ?? (await login.code?.qrDataUrl), timeoutMs);
  }

  /** Ends the login of an account, if one is under way. Resolves with whether there was one. */
  async end(account: AccountId, why: Ending = 'cancelled'): Promise<boolean> {
    const login = this.#logins.get(keyOf(account));
    if (login === undefined || login.outcome !== undefined) return false;
    login.end(why);
    await login.ended;
    return true;
  }

  /** Ends every login, and begins no other. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#logins.values()].map(({ plan }) => this.end(plan, 'stopped')));
  }

  async #begin(caller: Caller, plan: AccountPlan, force: boolean): Promise<Login | LoginReport> {
    if (this.#closed) return none(plan, ENDINGS.stopped);
    const former = this.#logins.get(keyOf(plan));
    const wasReplaced = await this.end(plan, 'replaced');
    const wasHeld = wasReplaced && former !== undefined ? former.wasHeld : this.#isHeld(plan);
    const live = this.#channels.find(plan.channel, plan.accountId);
    if (live !== undefined && live.login === undefined) throw noLogin();
    const { state, identity } = live?.status?.() ?? {};
    if (state === 'connected' && !force) return linked(plan, identity, 'The account is linked.');
    await this.#note(plan, 'channel.login_started', { principal: caller.id });
    const hasEnded = await this.#channels.hold(plan);
    try {
      if (!hasEnded) throw stillStopping();
      if (force) await unlink(this.#kernel, this.#channels, plan);
      const channel = await this.#channels.make(plan);
      if (!canLink(channel)) throw noLogin();
      const login = new Login(plan, wasHeld);
      this.#logins.set(keyOf(plan), login);
      login.ended = this.#keep(login, channel);
      // Stopped while the account was made ready: nobody else would end it any more.
      if (this.#closed) login.end('stopped');
      return login;
    } catch (error) {
      this.#channels.unmake(plan);
      if (!wasHeld) await this.#channels.release(plan);
      throw error;
    }
  }

  #isHeld(plan: AccountPlan): boolean {
    return this.#channels.isHeld(plan);
  }

  /** Goes on until the account is linked or the login ends. Never rejects. */
  async #keep(login: Login, channel: Linking): Promise<void> {
    const { plan } = login;
    const late = setTimeout(() => login.end('expired'), LOGIN_MS);
    const result = await this.#link(login, channel);
    clearTimeout(late);
    this.#channels.unmake(plan);
    const isLinked = 'identity' in result;
    try {
      const code = isLinked ? 'channel.linked' : 'channel.login_ended';
      await this.#note(plan, code, isLinked ? {} : { cause: result.cause });
      // Whoever links an account wants it used; one that was stopped before stays so otherwise.
      const goesOn = isLinked || (!login.wasHeld && login.ending !== 'replaced');
      if (goesOn && login.ending !== 'stopped') await this.#channels.release(plan);
    } catch (cause) {
      this.#kernel.log.error({ err: cause }, 'channel: the end of a login could not be written');
    }
    login.close(
      isLinked
        ? linked(plan, result.identity, linkedText(result.identity))
        : none(plan, result.message),
    );
  }

  async #link(
    login: Login,
    channel: Linking,
  ): Promise<{ identity: string | undefined } | { cause: string; message: string }> {
    const { signal } = login.stop;
    const late = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        setTimeout(() => reject(signal.reason as Error), LETTING_GO_MS).unref();
      });
    });
    try {
      // Called within a promise: what fails at once must not leave `late` behind.
      const linking = Promise.resolve().then(() => channel.login((qr) => login.show(qr), signal));
      const { identity } = await Promise.race([linking, late]);
      return { identity };
    } catch (error) {
      const { ending } = login;
      if (ending !== undefined) return { cause: ending, message: ENDINGS[ending] };
      const { channel: id, accountId: account } = login.plan;
      this.#kernel.log.warn({ channel: id, account, err: error }, 'channel: a login failed');
      return PortcullisError.is(error)
        ? { cause: error.code, message: error.message }
        : { cause: 'channel.failed', message: 'The channel had a fault of its own.' };
    }
  }

  /** How a login is, once that is news to whoever knows the code `shown`. */
  async #report(login: Login, shown: string | undefined, timeoutMs: number): Promise<LoginReport> {
    const known = await Promise.all(login.codes.map((each) => each.qrDataUrl));
    if (shown !== undefined && !known.includes(shown)) return none(login.plan, ENDINGS.replaced);
    const isNews = async (): Promise<boolean> => {
      const { code, outcome } = login;
      return outcome !== undefined || (code !== undefined && (await code.qrDataUrl) !== shown);
    };
    const deadline = performance.now() + timeoutMs;
    for (let left = timeoutMs; left > 0 && !(await isNews()); left = deadline - performance.now()) {
      await login.change(left);
    }
    const { code, outcome, plan } = login;
    if (outcome !== undefined) return outcome;
    return {
      ...none(plan, code === undefined ? 'Waiting for the network.' : 'Scan the code.'),
      state: 'waiting',
      ...(code !== undefined && { qr: code.qr, qrDataUrl: await code.qrDataUrl }),
    };
  }

  async #note(
    { channel, accountId }: AccountPlan,
    code: string,
    facts: { readonly principal?: string; readonly cause?: string },
  ): Promise<void> {
    await commit(this.#kernel, (tx) => {
      this.#kernel.journal.record(tx, {
        kind: 'operator',
        at: this.#kernel.now(),
        code,
        channel,
        accountId,
        ...facts,
      });
    });
  }
}

function canLink(channel: Channel | undefined): channel is Channel & Linking {
  return channel?.login !== undefined;
}

function keyOf({ channel, accountId }: AccountId): string {
  return JSON.stringify([channel, accountId]);
}

function linkedText(identity: string | undefined): string {
  return identity === undefined
    ? 'The account is linked.'
    : `The account is linked as ${identity}.`;
}

function linked(
  { channel, accountId }: AccountId,
  identity: string | undefined,
  message: string,
): LoginReport {
  return {
    channel,
    accountId,
    state: 'linked',
    message,
    ...(identity !== undefined && { identity }),
  };
}

function none({ channel, accountId }: AccountId, message: string): LoginReport {
  return { channel, accountId, state: 'ended', message };
}

function noLogin(): PortcullisError {
  return new PortcullisError(
    'channel.no_login',
    'The network has no login: its accounts are tokens.',
    {
      hint: 'openclaw channels add sets an account up.',
    },
  );
}

function stillStopping(): PortcullisError {
  return new PortcullisError('channel.still_stopping', 'The account has not stopped yet.', {
    retryable: true,
    hint: 'Try again in a moment.',
  });
}
