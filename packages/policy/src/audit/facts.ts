/**
 * What an audit has to be told beside the config: what the machine looks like. Facts are gathered by
 * looking, never by doing, and never hold a secret.
 *
 * @module
 */
import type { BrowserFact, PluginCodeFact, ProbeFact } from './tried/facts.ts';
import { isBlankSecret, isPlaceholder } from '../exposure/secret.ts';

/** A credential, without its text. */
export interface SecretFact {
  /**
   * Where it comes from: a text of the config, a `${VARIABLE}` of it, a SecretRef, a file, the
   * environment, the settings of a remote gateway, or a hash that stands in the config.
   */
  readonly from: 'text' | 'variable' | 'reference' | 'file' | 'environment' | 'remote' | 'hash';
  /** Characters; undefined where it could not be had. */
  readonly length?: number;
  /** Nobody looked: a program would have to be run for it. Counts as there. Default false. */
  readonly isUnread?: boolean;
  /** It is empty, or says `undefined` or `null`. */
  readonly isBlank: boolean;
  /** It stands in a published example. */
  readonly isPlaceholder: boolean;
}

/** The fact of a secret whose text is known. */
export function secretFact(from: SecretFact['from'], text: string): SecretFact {
  return {
    from,
    length: text.trim().length,
    isBlank: isBlankSecret(text),
    isPlaceholder: isPlaceholder(text),
  };
}

/** The credentials of the gateway. */
export interface SecretFacts {
  readonly token?: SecretFact;
  readonly password?: SecretFact;
  /** `gateway.remote.token`. */
  readonly remoteToken?: SecretFact;
  readonly hooksToken?: SecretFact;
  /** The token of the environment is set and is another than the config's. */
  readonly environmentDiffers?: boolean;
  /** The webhooks' token is the gateway's own token or password. */
  readonly hooksTokenIsGateways?: boolean;
}

/** What a file or folder is for. */
export type FileRole =
  | 'state_dir'
  | 'config'
  | 'include'
  | 'credentials_dir'
  | 'credential'
  | 'auth_profiles'
  | 'sessions_store'
  | 'log'
  | 'state';

/** A file or folder that is there. */
export interface FileFact {
  readonly role: FileRole;
  readonly path: string;
  /** Permission bits of what a link leads to: `0o600`. */
  readonly mode: number;
  readonly isSymlink: boolean;
}

/** A folder below `<state>/extensions`. */
export interface PluginFact {
  readonly id: string;
  readonly path: string;
}

/** Everything an audit is told. All of it may be missing: then nothing is said about it. */
export interface AuditFacts {
  readonly secrets?: SecretFacts;
  readonly files?: readonly FileFact[];
  /** Where the state is, as the user named it. */
  readonly stateDir?: string;
  readonly configPath?: string;
  readonly homeDir?: string;
  /** Where links among the sources of `sandbox.docker.binds` lead, by the path as it is written. */
  readonly reached?: Readonly<Record<string, string>>;
  /** Senders approved by pairing, by channel and account. */
  readonly paired?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly plugins?: readonly PluginFact[];
  /** Ids of the packages that are part of the product. */
  readonly knownPlugins?: readonly string[];
  /** `exec-approvals.json`, parsed. */
  readonly execApprovals?: unknown;
  /** A key for web search is there, in the config or in the environment. */
  readonly hasSearchKey?: boolean;
  /** Channel accounts that have what they need to connect: `<channel>/<account>`. */
  readonly configuredAccounts?: readonly string[];
  /** Those of them whose secret could not be had by reading alone: `<channel>/<account>`. */
  readonly unreadAccounts?: readonly string[];
  /** Whether commands can be sandboxed on this machine. */
  readonly sandboxAvailable?: boolean;
  /** What a probe of the running gateway found; absent when none was made. */
  readonly probe?: ProbeFact;
  /** The code of plugins; absent when nobody looked at it. */
  readonly pluginCode?: readonly PluginCodeFact[];
  /** The browser of this machine; absent when nobody looked for it. */
  readonly browser?: BrowserFact;
}
