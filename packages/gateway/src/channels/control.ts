/**
 * What operators do with channel accounts: start, stop, link, log out, ask the network.
 *
 * @module
 */
import { type Channel, PortcullisError } from '@portcullis/core';

import { getPath } from '../config/index.ts';
import { type Kernel, commit } from '../kernel.ts';
import type {
  AccountWanted,
  Caller,
  ChannelReport,
  ChannelService,
  LoginReport,
  LoginWanted,
  ProbeReport,
} from '../services.ts';
import type { AccountId, AccountPlan, Channels } from './channels.ts';
import { Logins } from './logins.ts';
import { requireOn, requireSound } from './account-faults.ts';
import { unlink } from './unlink.ts';

/** How long the answer of a network stands: asking again sooner tells nothing new. */
const FRESH_MS = 5000;

type Probed = Channel & Required<Pick<Channel, 'probe'>>;

interface Asked {
  readonly at: number;
  readonly answer: Promise<ProbeReport>;
}

/** The channel accounts of a gateway, for operators. */
export class ChannelControl implements ChannelService {
  readonly #kernel: Kernel;
  readonly #channels: Channels;
  readonly #logins: Logins;
  /** Answers by the channel that gave them: another life of an account is asked anew. */
  readonly #asked = new WeakMap<Channel, Asked>();

  constructor(kernel: Kernel, channels: Channels) {
    this.#kernel = kernel;
    this.#channels = channels;
    this.#logins = new Logins(kernel, channels);
  }

  async start(caller: Caller, wanted: AccountWanted): Promise<ChannelReport> {
    const plan = this.#planOf(wanted);
    requireOn(plan);
    requireSound(plan);
    await this.#logins.end(plan);
    await this.#note(caller, plan, 'channel.started');
    await this.#channels.release(plan);
    return this.#reportOf(plan);
  }

  async stop(caller: Caller, wanted: AccountWanted): Promise<ChannelReport> {
    const plan = this.#planOf(wanted);
    await this.#logins.end(plan);
    await this.#note(caller, plan, 'channel.stopped');
    await this.#channels.hold(plan);
    return this.#reportOf(plan);
  }

  async logout(caller: Caller, wanted: AccountWanted): ReturnType<ChannelService['logout']> {
    const plan = this.#planOf(wanted);
    await this.#logins.end(plan);
    await this.#note(caller, plan, 'channel.logged_out');
    await this.#channels.hold(plan);
    const done = await unlink(this.#kernel, this.#channels, plan);
    return { report: this.#reportOf(plan), ...done, secretLeft: this.#hasSecret(plan) };
  }

  async startLogin(
    caller: Caller,
    { force, timeoutMs, ...wanted }: Parameters<ChannelService['startLogin']>[1],
  ): Promise<LoginReport> {
    const plan = this.#planOf(wanted);
    return await this.#logins.start(caller, plan, {
      timeoutMs,
      ...(force !== undefined && { force }),
    });
  }

  async waitLogin({ shown, timeoutMs, ...wanted }: LoginWanted): Promise<LoginReport> {
    return await this.#logins.wait(this.#planOf(wanted), {
      timeoutMs,
      ...(shown !== undefined && { shown }),
    });
  }

  async cancelLogin(_caller: Caller, wanted: AccountWanted): Promise<boolean> {
    return await this.#logins.end(this.#planOf(wanted));
  }

  /** Ends what people were asked to complete. */
  async close(): Promise<void> {
    await this.#logins.close();
  }

  async probe({
    channel: only,
    timeoutMs,
  }: Parameters<ChannelService['probe']>[0]): Promise<readonly ProbeReport[]> {
    const asked = this.#channels.report().flatMap(({ channel, accountId }) => {
      if (only !== undefined && channel !== only) return [];
      const live = this.#channels.find(channel, accountId);
      return canProbe(live) ? [this.#ask(live, { channel, accountId }, timeoutMs)] : [];
    });
    return await Promise.all(asked);
  }

  #ask(live: Probed, account: AccountId, timeoutMs: number): Promise<ProbeReport> {
    const before = this.#asked.get(live);
    const at = this.#kernel.now();
    if (before !== undefined && at - before.at < FRESH_MS) return before.answer;
    const answer = askNetwork(live, { ...account, at }, timeoutMs);
    this.#asked.set(live, { at, answer });
    return answer;
  }

  #planOf({ channel, accountId }: AccountWanted): AccountPlan {
    const ids = this.#channels
      .report()
      .filter((each) => each.channel === channel)
      .map((each) => each.accountId);
    const id = accountId ?? this.#usual(channel, ids);
    const plan = id === undefined ? undefined : this.#channels.plan({ channel, accountId: id });
    if (plan !== undefined) return plan;
    const several = accountId === undefined && ids.length > 1;
    throw new PortcullisError(
      'channel.unknown_account',
      several
        ? 'The channel has several accounts, and none was named.'
        : 'There is no such account.',
      {
        hint:
          ids.length === 0
            ? `openclaw channels add ${channel} sets one up.`
            : 'openclaw channels list shows the accounts there are.',
      },
    );
  }

  #usual(channel: string, ids: readonly string[]): string | undefined {
    if (ids.length === 1) return ids[0];
    const usual = getPath(this.#kernel.config().value, `channels.${channel}.defaultAccount`);
    return ids.find((each) => each === (usual ?? 'default'));
  }

  #reportOf({ channel, accountId }: AccountPlan): ChannelReport {
    const found = this.#channels
      .report()
      .find((each) => each.channel === channel && each.accountId === accountId);
    if (found !== undefined) return found;
    throw new PortcullisError('channel.unknown_account', 'The account is no longer configured.', {
      hint: 'openclaw channels list shows the accounts there are.',
    });
  }

  #hasSecret(plan: AccountPlan): boolean {
    const secrets = this.#kernel.registry.channels.get(plan.channel)?.secrets ?? {};
    return Object.keys(secrets).some((key) => plan.secret(key) !== undefined);
  }

  async #note(caller: Caller, { channel, accountId }: AccountPlan, code: string): Promise<void> {
    await commit(this.#kernel, (tx) => {
      this.#kernel.journal.record(tx, {
        kind: 'operator',
        at: this.#kernel.now(),
        principal: caller.id,
        effect: 'allow',
        code,
        channel,
        accountId,
      });
    });
  }
}

function canProbe(live: Channel | undefined): live is Probed {
  return live?.probe !== undefined;
}

async function askNetwork(
  live: Probed,
  asked: AccountId & { readonly at: number },
  timeoutMs: number,
): Promise<ProbeReport> {
  const began = performance.now();
  const elapsed = (): number => Math.round(performance.now() - began);
  const signal = AbortSignal.timeout(timeoutMs);
  const late = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(tooLate()), { once: true });
  });
  try {
    // Asked within a promise: what fails at once must not leave `late` behind with nobody to hear it.
    const asking = Promise.resolve().then(() => live.probe(signal));
    const { identity } = await Promise.race([asking, late]);
    return {
      ...asked,
      ok: true,
      elapsedMs: elapsed(),
      ...(identity !== undefined && { identity }),
    };
  } catch (error) {
    const fault = PortcullisError.is(error) ? error.message : 'The channel had a fault of its own.';
    return { ...asked, ok: false, elapsedMs: elapsed(), error: fault };
  }
}

function tooLate(): PortcullisError {
  return new PortcullisError('channel.silent', 'The network did not answer in time.', {
    retryable: true,
    hint: 'Try again, or give it longer with --timeout.',
  });
}
