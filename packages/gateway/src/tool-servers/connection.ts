/**
 * The connection to one server: made when it is first needed, kept while it is used, let go when
 * nobody uses it, and not tried again at once when it failed.
 *
 * @module
 */
import {
  PortcullisError,
  type ProgramLink,
  type Secret,
  type ToolResult,
  type ToolServer,
  type ToolSession,
  type ToolSource,
} from '@portcullis/core';

import { ConfigGate } from '../brokers/config-effect.ts';
import { createLink } from '../brokers/net/link.ts';
import type { Resolve } from '../brokers/net/resolve.ts';
import type { LinkedProgram } from '../brokers/proc/program.ts';
import { formatPath, parsePath } from '../config/index.ts';
import { until, within } from './deadline.ts';
import { busy, closing, gone, noHeader, notAccepted } from './faults.ts';
import { type ListedTool, plainText, readListing } from './listing.ts';
import { type ProgramRooms, startProgram } from './program.ts';
import type { ServerSettings } from './settings.ts';

/** What connections are made with. */
export interface ConnectionRooms extends ProgramRooms {
  readonly resolve: Resolve;
  /** Told of every list that was read. */
  readonly listed: (settings: ServerSettings, tools: readonly ListedTool[]) => Promise<void>;
}

/** Why a server is not connected. */
export interface ConnectionFault {
  readonly code: string;
  /** One sentence of ours. */
  readonly message: string;
  /** The end of what its program said on standard error: text from outside, bounded. */
  readonly said?: string;
  readonly at: number;
  /** Not tried again before this. */
  readonly until: number;
}

/** One try to connect, and what it started. */
interface Attempt {
  readonly scope: AbortController;
  program?: LinkedProgram;
}

interface Live {
  readonly attempt: Attempt;
  readonly session: ToolSession;
  tools: ReadonlyMap<string, ListedTool>;
  /** The server said that its tools changed, and they were not read since. */
  stale: boolean;
  /** They are being read. */
  reading?: Promise<void>;
  calls: number;
  /** Calls in a row that were not answered in time. */
  late: number;
  idle?: NodeJS.Timeout;
  recheck?: NodeJS.Timeout;
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 300_000;
/** A connection that lasted this long was none that fails at once. */
const LASTING_MS = 60_000;
/** Calls of one server at one time. */
const MOST_CALLS = 4;
const SAID_CHARS = 500;
const RECHECK_MS = 1000;
/** For saying goodbye. */
const CLOSE_MS = 1000;
/** Calls in a row that are not answered before the connection is given up. */
const MOST_LATE = 2;

/** One server, connected or not. */
export class Connection {
  readonly settings: ServerSettings;
  readonly #source: ToolSource;
  readonly #rooms: ConnectionRooms;
  readonly #idleMs: number;
  #live: Live | undefined;
  #connecting: Promise<Live> | undefined;
  /** The latest try. */
  #attempt: Attempt | undefined;
  #fault: ConnectionFault | undefined;
  #failures = 0;
  #closed = false;

  constructor(
    settings: ServerSettings,
    source: ToolSource,
    rooms: ConnectionRooms,
    idleMs: number,
  ) {
    this.settings = settings;
    this.#source = source;
    this.#rooms = rooms;
    this.#idleMs = idleMs;
  }

  get state(): 'idle' | 'connecting' | 'connected' | 'failed' {
    if (this.#live !== undefined) return 'connected';
    if (this.#connecting !== undefined) return 'connecting';
    return this.#fault === undefined ? 'idle' : 'failed';
  }

  /** Why it is not connected, where it should be. */
  get fault(): ConnectionFault | undefined {
    return this.#live === undefined ? this.#fault : undefined;
  }

  /** True while it is not worth a try. */
  get paused(): boolean {
    return this.fault !== undefined && this.#rooms.kernel.now() < this.fault.until;
  }

  /** The tools there are now. Connects where needed; `anew` asks however long ago it was tried. */
  async tools(signal: AbortSignal, anew = false): Promise<ReadonlyMap<string, ListedTool>> {
    const known = this.#live;
    const live = await this.#use(signal, anew);
    if (anew && live === known) await until(signal, this.#read(live));
    return live.tools;
  }

  /** Calls a tool that is still exactly what `hash` names. */
  async call(
    name: string,
    hash: string,
    input: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<ToolResult> {
    const live = await this.#use(signal, false);
    if (live.calls >= MOST_CALLS) throw busy();
    live.calls += 1;
    clearTimeout(live.idle);
    try {
      if (live.tools.get(name)?.hash !== hash) throw notAccepted();
      const signals = [signal, live.attempt.scope.signal];
      const result = await within(this.settings.timeoutMs, signals, (limit) =>
        live.session.call(name, input, limit),
      );
      live.late = 0;
      this.#failures = 0;
      return result;
    } catch (error) {
      if (PortcullisError.is(error) && error.code === 'server.timeout')
        await this.#late(live, error);
      throw error;
    } finally {
      live.calls -= 1;
      this.#rest(live);
    }
  }

  /** Lets go for good. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#connecting !== undefined) this.#attempt?.scope.abort(closing());
    await this.#connecting?.catch(() => undefined);
    if (this.#live !== undefined) await this.#drop(this.#live, closing());
  }

  /** The live connection with a fresh list. */
  async #use(signal: AbortSignal, anew: boolean): Promise<Live> {
    signal.throwIfAborted();
    if (this.#closed) throw closing();
    const { fault } = this;
    if (!anew && fault !== undefined && this.paused) {
      throw new PortcullisError(fault.code, fault.message, { retryable: true });
    }
    const live = this.#live ?? (await until(signal, (this.#connecting ??= this.#connect())));
    if (live.stale || live.reading !== undefined) await until(signal, this.#read(live));
    return live;
  }

  async #connect(): Promise<Live> {
    const scope = new AbortController();
    const attempt: Attempt = { scope };
    this.#attempt = attempt;
    const opening = this.#source.open(this.#server(attempt));
    try {
      const session = await within(this.settings.connectMs, [scope.signal], () => opening);
      const live: Live = { attempt, session, tools: new Map(), stale: false, calls: 0, late: 0 };
      session.onChange?.(() => this.#changed(live));
      const since = this.#rooms.kernel.now();
      void session.ended.then(() => this.#lost(live, since));
      await this.#read(live);
      this.#live = live;
      this.#fault = undefined;
      this.#rest(live);
      return live;
    } catch (error) {
      scope.abort(closing());
      // One that comes too late is let go of as soon as it is there.
      void opening.then((session) => session.close()).catch(() => undefined);
      await attempt.program?.close();
      this.#fail(error);
      throw error;
    } finally {
      this.#connecting = undefined;
    }
  }

  /** Reads the list, once for all who wait for it. */
  #read(live: Live): Promise<void> {
    live.reading ??= this.#list(live).finally(() => {
      delete live.reading;
    });
    return live.reading;
  }

  async #list(live: Live): Promise<void> {
    const { session, attempt } = live;
    live.stale = false;
    try {
      const served = await within(this.settings.connectMs, [attempt.scope.signal], (limit) =>
        session.list(limit),
      );
      const tools = readListing(served);
      live.tools = new Map(tools.map((tool) => [tool.name, tool]));
      await this.#rooms.listed(this.settings, tools);
    } catch (error) {
      // What was true before may not be any more: nothing of it is used again.
      live.tools = new Map();
      if (this.#live === live) {
        await this.#drop(live, closing());
        this.#fail(error);
      }
      throw error;
    }
  }

  /** The server says that its tools changed: they are read again soon, or at the next use. */
  #changed(live: Live): void {
    live.stale = true;
    live.recheck ??= setTimeout(() => {
      delete live.recheck;
      if (this.#live === live && live.stale) {
        void this.#read(live).catch(() => undefined);
      }
    }, RECHECK_MS).unref();
  }

  /** A server that hangs is let go of, so that not every call waits for it. */
  async #late(live: Live, error: PortcullisError): Promise<void> {
    live.late += 1;
    if (live.late < MOST_LATE || this.#live !== live) return;
    await this.#drop(live, closing());
    this.#fail(error);
  }

  #server(attempt: Attempt): ToolServer {
    const { kernel, secrets, resolve } = this.#rooms;
    const { settings } = this;
    const { id, principal, path, program, web } = settings;
    const { signal } = attempt.scope;
    const gate = new ConfigGate(kernel, principal, signal);
    const start = async (): Promise<ProgramLink> => {
      const started = await startProgram(this.#rooms, gate, settings);
      attempt.program = started;
      const end = (): void => void started.close();
      if (signal.aborted) end();
      else signal.addEventListener('abort', end, { once: true });
      return started;
    };
    const headersOf = (): Readonly<Record<string, Secret>> =>
      Object.fromEntries(
        (web?.headers ?? []).map((name) => {
          const secret = secrets.resolve(formatPath([...parsePath(path), 'headers', name]));
          if (secret === undefined) throw noHeader();
          return [name, secret];
        }),
      );
    return {
      id,
      log: kernel.log,
      signal,
      ...(program === undefined ? {} : { start }),
      ...(web === undefined
        ? {}
        : {
            web: createLink(kernel, gate, {
              url: web.url,
              path: `${path}.url`,
              headers: headersOf,
              timeoutMs: settings.timeoutMs,
              resolve,
            }),
          }),
    };
  }

  /** Nobody uses it: lets go after a while. */
  #rest(live: Live): void {
    clearTimeout(live.idle);
    if (this.#live !== live || live.calls > 0 || this.#idleMs === 0) return;
    live.idle = setTimeout(() => {
      if (live.calls === 0) void this.#drop(live, closing());
    }, this.#idleMs);
    live.idle.unref();
  }

  async #drop(live: Live, why: PortcullisError): Promise<void> {
    if (this.#live === live) this.#live = undefined;
    clearTimeout(live.idle);
    clearTimeout(live.recheck);
    await within(CLOSE_MS, [], () => live.session.close()).catch(() => undefined);
    live.attempt.scope.abort(why);
    await live.attempt.program?.close();
  }

  /** It went away by itself. */
  #lost(live: Live, since: number): void {
    live.attempt.scope.abort(gone());
    clearTimeout(live.idle);
    clearTimeout(live.recheck);
    if (this.#live !== live) return;
    this.#live = undefined;
    if (this.#rooms.kernel.now() - since >= LASTING_MS) this.#failures = 0;
    this.#fail(gone());
  }

  #fail(error: unknown): void {
    if (this.#closed) return;
    const { kernel } = this.#rooms;
    const now = kernel.now();
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS);
    this.#failures = Math.min(this.#failures + 1, 30);
    const said = kernel.egress.redact(lastWords(this.#attempt?.program?.complaints ?? ''));
    const fault = PortcullisError.is(error) ? error : gone();
    this.#fault = {
      code: fault.code,
      message: fault.message,
      ...(said === '' ? {} : { said }),
      at: now,
      until: now + pause,
    };
    kernel.log.warn({ server: this.settings.principal, code: fault.code }, 'server: not connected');
  }
}

/** The end of what a program complained, where the reason is most likely to stand. */
function lastWords(complaints: string): string {
  return plainText(complaints.slice(-SAID_CHARS), SAID_CHARS);
}
