/**
 * Channel accounts, as operators start, stop and ask about them.
 *
 * @module
 */
import type { Caller } from './caller.ts';
import type { ChannelReport } from './reports.ts';

/** Which account is meant. Without an id: the one the config calls usual, or the only one. */
export interface AccountWanted {
  readonly channel: string;
  readonly accountId?: string;
}

/** What a network said when it was asked whether it takes our login. */
export interface ProbeReport {
  readonly channel: string;
  readonly accountId: string;
  readonly ok: boolean;
  /** Who we are there. */
  readonly identity?: string;
  /** Why not, as one sentence without secrets. */
  readonly error?: string;
  readonly at: number;
  readonly elapsedMs: number;
}

/** The accounts of a running gateway. Changes need every right, which the caller has shown. */
export interface ChannelService {
  /**
   * Starts an account that was stopped; one that runs is left alone. Throws
   * `channel.unknown_account`, `channel.off`, `channel.cannot_start`.
   */
  start(caller: Caller, wanted: AccountWanted): Promise<ChannelReport>;
  /**
   * Stops an account until it is started, or the gateway starts anew. The config stays as it is.
   * Throws `channel.unknown_account`.
   */
  stop(caller: Caller, wanted: AccountWanted): Promise<ChannelReport>;
  /**
   * Stops an account and forgets the login it keeps with the gateway. Throws
   * `channel.unknown_account`.
   */
  logout(
    caller: Caller,
    wanted: AccountWanted,
  ): Promise<{
    readonly report: ChannelReport;
    /** True when a login was kept, and is gone. */
    readonly cleared: boolean;
    /** True when the config or the environment still holds a secret that logs in. */
    readonly secretLeft: boolean;
  }>;
  /**
   * Asks the networks whether they take our logins. Accounts that are off, or whose channel cannot
   * be asked, are left out. `timeoutMs` is for each.
   */
  probe(options: {
    readonly channel?: string;
    readonly timeoutMs: number;
  }): Promise<readonly ProbeReport[]>;
}
