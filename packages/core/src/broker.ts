/**
 * The only doors a tool has to the world, one per kind of effect.
 *
 * A tool is handed brokers in its context and has no other way out. Every call of a broker asks
 * policy, writes its line in the audit log, has its effect in the safest way the machine offers, and
 * writes the outcome. A refusal is a `PortcullisError` with the code of the decision; what
 * needs an approver waits until somebody answers.
 *
 * @module
 */
import type { BrowserBroker } from './browser.ts';
import type { AskBroker } from './ask-broker.ts';
import type { ScheduleBroker } from './schedule.ts';
import type { Secret } from './secret.ts';
import type { SessionsBroker } from './sessions-broker.ts';

/** What a path names. */
export interface FileEntry {
  /** Last part of the path. */
  readonly name: string;
  readonly type: 'file' | 'directory' | 'other';
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
}

/** Bytes of a file, or of a part of it. */
export interface FileContent {
  readonly bytes: Uint8Array;
  /** Size of the whole file in bytes. */
  readonly size: number;
  /** SHA-256 of the whole file, hex; undefined when only a part was read. */
  readonly sha256?: string;
}

/** One file of a set that changes together. */
export interface FileChange {
  readonly path: string;
  /** What is to be there; `null` removes the file. */
  readonly bytes: Uint8Array | null;
  /** SHA-256 of what is there now; `null` for nothing. */
  readonly expect: string | null;
}

/** What a path below a directory names. */
export interface TreeEntry extends FileEntry {
  /** Relative to the directory. */
  readonly path: string;
}

/** One file of several: its content, or the code of what kept it from being read. */
export type FileReading = FileContent | { readonly refused: string };

/**
 * The agent's workspace. Paths are relative to it, or absolute within it. Links out of it, hard links,
 * devices, pipes and sockets are refused.
 */
export interface FilesBroker {
  /** Reads a file. Throws `files.too_large` beyond `maxBytes` (default 10 MB) unless a range is asked for. */
  read(
    path: string,
    options?: { readonly maxBytes?: number; readonly offset?: number; readonly length?: number },
  ): Promise<FileContent>;
  /** Entries of a directory, by name, at most `limit` (default 1,000). */
  list(
    path: string,
    options?: { readonly limit?: number },
  ): Promise<{ readonly entries: readonly FileEntry[]; readonly more: boolean }>;
  /**
   * Entries of a directory and of all below it, directory by directory, each by name: at most `limit`
   * (default 20,000). Directories named in `except` are told and not looked into. `more` is true
   * when something was left out for any other reason: there was too much, or a directory is refused.
   */
  tree(
    path: string,
    options?: { readonly limit?: number; readonly except?: readonly string[] },
  ): Promise<{ readonly entries: readonly TreeEntry[]; readonly more: boolean }>;
  /**
   * Reads several files as one effect, in the order of `paths`, at most 5,000. A file that is refused,
   * is gone or is larger than `maxBytes` (default 1 MB) has the code of that; so do those after the
   * first `totalBytes` (default 20 MB), with `files.too_large`. Throws when all are refused by policy.
   */
  readMany(
    paths: readonly string[],
    options?: { readonly maxBytes?: number; readonly totalBytes?: number },
  ): Promise<readonly FileReading[]>;
  /** Undefined when there is nothing. */
  stat(path: string): Promise<FileEntry | undefined>;
  /**
   * Replaces or makes a file atomically, making missing directories. With `expect`, only if the file
   * still has that SHA-256 (`null`: only if there is none); else throws `files.changed`.
   */
  write(
    path: string,
    bytes: Uint8Array,
    options?: { readonly expect?: string | null },
  ): Promise<{ readonly created: boolean }>;
  /** Removes a file. */
  remove(path: string): Promise<void>;
  /**
   * Changes several files together: decided as one, asked about as one with every file shown, all or
   * none. If a later change fails, those before it are put back. Throws `files.changed` when a file
   * is not what was expected, `files.change_invalid` for a set that names a file twice, and
   * `files.change_partial` when something could not be put back.
   */
  change(changes: readonly FileChange[]): Promise<void>;
}

/** A request of a tool to a web server. */
export interface NetRequest {
  readonly url: string;
  /** Default `GET`. */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /**
   * Headers of the request alone: a redirect to another origin carries none of them. A credential
   * is handed over as the {@link Secret} it is, and leaves over https or to this machine only. The
   * names that steer the connection, and `cookie`, throw `net.header`.
   */
  readonly headers?: Readonly<Record<string, string | Secret>>;
  readonly body?: Uint8Array | string;
  /**
   * `search` when the URL carries a query that somebody made up to a search engine. It is judged at
   * least as strictly as `read`, the default, and says nothing of requests that write.
   */
  readonly purpose?: 'read' | 'search';
  /** Most bytes of the answer, after decompression. Default 2,000,000, at most 20,000,000. */
  readonly maxBytes?: number;
  /**
   * From the first look-up to the last byte, over all redirects, without the time an approver takes.
   * Default 30,000, at most 120,000.
   */
  readonly timeoutMs?: number;
}

/** The answer of a web server. */
export interface NetResponse {
  /** Where the answer came from, after redirects. */
  readonly url: string;
  readonly status: number;
  /** By lower-case name. Cookies are left out. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** True when the body was cut at `maxBytes`. */
  readonly truncated: boolean;
}

/** The network, one checked connection at a time: every redirect is decided again. */
export interface NetBroker {
  fetch(request: NetRequest): Promise<NetResponse>;
}

/** A command a tool wants to run. */
export interface ProcRequest {
  /** As a person would type it. Analysed by the strict subset of the shell, then run without one. */
  readonly command: string;
  /** Relative to the workspace. Default: the workspace. */
  readonly cwd?: string;
  /** Environment variables on top of a clean environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default 120,000. */
  readonly timeoutMs?: number;
  /** Text for its standard input. Default: none. */
  readonly input?: string;
  /** Go on without waiting for its end; look after it with the other members. */
  readonly background?: boolean;
  /** Where to run. Default: what the config says. */
  readonly host?: 'sandbox' | 'gateway' | 'node';
  /** Id of the node it runs on, or the beginning of it. Default: what the config says, or the only one. */
  readonly node?: string;
  /** Leave the sandbox for it, where the operator lets the sender. Default: as the session is set. */
  readonly elevated?: boolean;
  /** When a person is to be asked. It only tightens what the config says. */
  readonly ask?: 'off' | 'on-miss' | 'always';
}

/** A command that ran, or runs. */
export interface ProcResult {
  /** Names a background command. */
  readonly id?: string;
  readonly state: 'running' | 'exited' | 'killed' | 'timed-out';
  readonly exitCode?: number;
  readonly signal?: string;
  /** How long it has run, or ran, in milliseconds. */
  readonly elapsedMs?: number;
  /** Both streams in the order they came, as text; the oldest is dropped first when there is too much. */
  readonly output: string;
  readonly truncated: boolean;
}

/** Commands on this machine, in the sandbox where one is configured. */
export interface ProcBroker {
  run(request: ProcRequest): Promise<ProcResult>;
  /** Background commands of this session. */
  list(): readonly ProcResult[];
  /** Output since the last look, and how it is doing. Throws `proc.not_found`. */
  poll(id: string, waitMs?: number): Promise<ProcResult>;
  /** Writes to its standard input. */
  write(id: string, text: string): Promise<void>;
  /** Ends it and everything it started. */
  kill(id: string): Promise<ProcResult>;
}

/** Messages to people and rooms. */
export interface SendBroker {
  /**
   * Sends to the current conversation (no `to`), to a person as `<channel>:<id>`, or to a room as
   * `<channel>:group:<id>` or `<channel>:channel:<id>`, through the outbox like an answer. Resolves
   * once it is durable.
   *
   * A `file` of the workspace is read first, as by the `files` broker and only for those who may read
   * it; what is decided about is exactly what goes out.
   *
   * Throws `send.unknown_peer`, `send.unknown_account`, `send.no_conversation`, `send.no_files`,
   * `send.file_denied`, and what reading the file throws.
   */
  send(message: {
    readonly text: string;
    /** Path of a file in the workspace. */
    readonly file?: string;
    readonly to?: string;
    readonly accountId?: string;
  }): Promise<{ readonly ids: readonly string[] }>;
}

/** The brokers of one call. A kind this gateway does not offer is absent. */
export interface Brokers {
  readonly files?: FilesBroker;
  readonly net?: NetBroker;
  readonly proc?: ProcBroker;
  readonly send?: SendBroker;
  readonly sessions?: SessionsBroker;
  readonly ask?: AskBroker;
  readonly schedule?: ScheduleBroker;
  readonly browser?: BrowserBroker;
}
