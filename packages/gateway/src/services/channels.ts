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

/** Where a login is. */
export interface LoginReport {
  readonly channel: string;
  readonly accountId: string;
  /** `ended` also where there is none. */
  readonly state: 'waiting' | 'linked' | 'ended';
  /** As one sentence. */
  readonly message: string;
  /** Text of the code that is to be scanned now. */
  readonly qr?: string;
  /** The same as a picture. */
  readonly qrDataUrl?: string;
  /** Who we are on the network. */
  readonly identity?: string;
}

/** What a waiting client knows. */
export interface LoginWanted extends AccountWanted {
  /** The picture that it shows. */
  readonly shown?: string;
  readonly timeoutMs: number;
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
   * Stops an account, ends its login on the network and forgets what the gateway keeps of it. Throws
   * `channel.unknown_account`.
   */
  logout(
    caller: Caller,
    wanted: AccountWanted,
  ): Promise<{
    readonly report: ChannelReport;
    /** True when a login was kept, and is gone. */
    readonly cleared: boolean;
    /** Whether the network ended the login; `none` where it has none of its own to end. */
    readonly network: 'ended' | 'not_reached' | 'none';
    /** True when the config or the environment still holds a secret that logs in. */
    readonly secretLeft: boolean;
  }>;
  /**
   * Begins to link an account with an app of its owner, in the place of a login that is under way.
   * Resolves with the first code, or how it is after `timeoutMs`. An account that is connected stays
   * so, unless `force` ends that login first. Throws `channel.unknown_account`,
   * `channel.cannot_start`, `channel.no_login`, `channel.still_stopping`.
   */
  startLogin(
    caller: Caller,
    wanted: AccountWanted & { readonly force?: boolean; readonly timeoutMs: number },
  ): Promise<LoginReport>;
  /** Waits for another code than the one shown, or for the end. Throws `channel.unknown_account`. */
  waitLogin(wanted: LoginWanted): Promise<LoginReport>;
  /** Ends a login that is under way. Resolves with whether there was one. */
  cancelLogin(caller: Caller, wanted: AccountWanted): Promise<boolean>;
  /**
   * Asks the networks whether they take our logins. Accounts that are off, or whose channel cannot
   * be asked, are left out. `timeoutMs` is for each.
   */
  probe(options: {
    readonly channel?: string;
    readonly timeoutMs: number;
  }): Promise<readonly ProbeReport[]>;
}
