/**
 * A node host: a machine without a screen that runs commands for a gateway under its own policy.
 *
 * It connects, waits until somebody has paired and approved it, does what it is asked for, and comes
 * back when the connection breaks. It ends when the gateway takes it back.
 *
 * @module
 */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { type Json, PortcullisError } from '@portcullis/core';
import type { NodeInvokeRequest } from '@portcullis/protocol';

import type { CommandRun } from '../brokers/proc/command-run.ts';
import { Sandbox } from '../brokers/proc/sandbox.ts';
import type { ConfigObject, StatePaths } from '../config/index.ts';
import { DeviceIdentity } from '../local/device-identity.ts';
import { NodeCommands, readRun } from './commands.ts';
import {
  type Closed,
  NodeConnection,
  type NodeCredentials,
  type NodeTarget,
  type Refused,
} from './connection.ts';

import { FOLDER } from './folder.ts';
import { NodeJournal } from './journal.ts';
import { nodeSettings } from './settings.ts';

/** What a node host tells the person who runs it. */
export type NodeNews =
  | { readonly what: 'waiting'; readonly requestId: string }
  | { readonly what: 'connected' }
  | { readonly what: 'lost'; readonly why: string }
  | { readonly what: 'asked'; readonly command: string; readonly code: string };

/** What a node host is made of. */
export interface NodeHostOptions {
  readonly version: string;
  readonly config: ConfigObject;
  readonly paths: StatePaths;
  /** `ws:` to this machine only, `wss:` to everywhere. */
  readonly url: string;
  /** SHA-256 the certificate must have. */
  readonly fingerprint?: string;
  readonly credentials: NodeCredentials;
  readonly displayName: string;
  readonly tell: (news: NodeNews) => void;
}

/** A node host that runs. */
export interface NodeHost {
  readonly nodeId: string;
  /**
   * Resolves when it was stopped. Rejects with `node.revoked`, `node.replaced`, `node.refused` when
   * the gateway does not want it.
   */
  readonly ended: Promise<void>;
  /** Ends what it runs, and the connection. Safe to call twice. */
  stop(): Promise<void>;
}

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;
/** An offer that waits is made again before the gateway forgets it. */
const PAIRING_WAIT_MS = 2000;
const MOST_RUNNING = 8;
/** Longest of what the gateway makes up: more than any of ours does. */
const MOST_NAME = 128;
const MOST_ID = 256;
const MOST_KEY = 1024;
const MOST_PARAMS = 4_000_000;

/** A command that was asked for and has not ended. */
interface Asked {
  /** Undefined while it is being looked at. */
  run: CommandRun | undefined;
  /** Set once the journal has it: what was turned away before leaves no line. */
  hasBegun: boolean;
  /** Nobody waits for it any more: what has not begun does not begin. */
  isOver: boolean;
}

/** Starts a node host. Throws `node.url`, `node.identity`, `node.settings`. */
export function startNodeHost(options: NodeHostOptions): NodeHost {
  return new Host(options);
}

class Host implements NodeHost {
  readonly nodeId: string;
  readonly ended: Promise<void>;
  readonly #options: NodeHostOptions;
  readonly #target: NodeTarget;
  readonly #identity: DeviceIdentity;
  readonly #commands: NodeCommands;
  readonly #journal: NodeJournal;
  readonly #stopped = new AbortController();
  /** What was asked for and has not ended, by call. */
  readonly #running = new Map<string, Asked>();
  readonly #work = new Set<Promise<void>>();
  #connection: NodeConnection | undefined;

  constructor(options: NodeHostOptions) {
    const { paths, config, url, fingerprint, credentials, version, displayName } = options;
    this.#options = options;
    this.#identity = DeviceIdentity.open(paths.stateDir, FOLDER);
    this.nodeId = this.#identity.deviceId;
    this.#target = {
      url: readUrl(url),
      ...(fingerprint === undefined ? {} : { fingerprint }),
      identity: this.#identity,
      credentials,
      version,
      displayName,
    };
    this.#commands = new NodeCommands(nodeSettings(config, paths), new Sandbox());
    this.#journal = new NodeJournal(paths.stateDir);
    this.ended = this.#live().finally(async () => {
      this.#endAll();
      // How everything ended is written before the file is closed.
      await Promise.all(this.#work);
      this.#journal.close();
    });
    // Who started it awaits it.
    this.ended.catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#endAll();
    this.#connection?.close();
    await this.ended.catch(() => undefined);
  }

  async #live(): Promise<void> {
    const { signal } = this.#stopped;
    let wait = FIRST_WAIT_MS;
    while (!signal.aborted) {
      const outcome = await this.#connect();
      if (signal.aborted) return;
      if (outcome === 'served') wait = FIRST_WAIT_MS;
      const pause = typeof outcome === 'number' ? outcome : wait + randomInt(FIRST_WAIT_MS);
      if (outcome === 'lost') wait = Math.min(wait * 2, LONGEST_WAIT_MS);
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
  }

  /** One connection from beginning to end. A number: how long to wait before the next. */
  async #connect(): Promise<'served' | 'lost' | number> {
    const { tell } = this.#options;
    try {
      const opened = await NodeConnection.open(this.#target, {
        invoke: (request) => this.#take(request),
        cancel: (id) => end(this.#running.get(id)),
      });
      if ('refused' in opened) return this.#refused(opened.refused);
      this.#connection = opened;
      if (this.#stopped.signal.aborted) opened.close();
      else tell({ what: 'connected' });
      const closed = await opened.closed;
      this.#connection = undefined;
      // Nobody waits for what still runs.
      this.#endAll();
      if (this.#stopped.signal.aborted) return 'served';
      judgeEnd(closed);
      tell({ what: 'lost', why: closed.reason === '' ? String(closed.code) : closed.reason });
      return 'served';
    } catch (error) {
      if (!PortcullisError.is(error) || error.code !== 'node.unreachable') throw error;
      tell({ what: 'lost', why: error.message });
      return 'lost';
    }
  }

  /** What a refusal means: to wait, or the end. */
  #refused({ code, message, requestId, retryAfterMs }: Refused): number | 'lost' {
    if (code === 'PAIRING_REQUIRED') {
      this.#options.tell({ what: 'waiting', requestId: requestId ?? '' });
      return PAIRING_WAIT_MS;
    }
    if (code === 'AUTH_RATE_LIMITED') return retryAfterMs ?? LONGEST_WAIT_MS;
    if (code === 'UNAVAILABLE') return 'lost';
    const { origin } = this.#target.url;
    const { token, password, bootstrapToken } = this.#target.credentials;
    const hasOther = (token ?? password ?? bootstrapToken) !== undefined;
    if (code === 'AUTH_DEVICE_TOKEN_MISMATCH' && hasOther) {
      // What the gateway gave is good no more; what a person gave may still be.
      if (this.#identity.tokenFor(origin) === undefined) throw refusedBy(code, message);
      this.#identity.keepToken(origin, undefined);
      return FIRST_WAIT_MS;
    }
    throw refusedBy(code, message);
  }

  #take(request: NodeInvokeRequest): void {
    if (this.#stopped.signal.aborted || !isBounded(request)) return;
    // Where not even the journal can be written nothing was run, and the gateway hears nothing.
    const work = this.#invoke(request)
      .catch(() => undefined)
      .finally(() => this.#work.delete(work));
    this.#work.add(work);
  }

  async #invoke(request: NodeInvokeRequest): Promise<void> {
    const { id, command, idempotencyKey: key } = request;
    if (this.#running.has(id)) return;
    const asked: Asked = { run: undefined, hasBegun: false, isOver: false };
    this.#running.set(id, asked);
    const named = { id, command, ...(key === undefined ? {} : { key }) };
    try {
      const payload = await this.#perform(request, named, asked);
      this.#journal.write({ at: Date.now(), phase: 'ended', ...named, code: 'node.done' });
      this.#answer(id, { ok: true, payloadJSON: JSON.stringify(payload) });
    } catch (error) {
      const code = PortcullisError.is(error) ? error.code : 'node.internal';
      const message = PortcullisError.is(error) ? error.message : 'it failed inside';
      if (asked.hasBegun) {
        this.#journal.write({ at: Date.now(), phase: 'ended', ...named, code });
      }
      this.#answer(id, { ok: false, error: { code, message } });
    } finally {
      this.#running.delete(id);
    }
  }

  async #perform(
    request: NodeInvokeRequest,
    named: { readonly id: string; readonly command: string; readonly key?: string },
    asked: Asked,
  ): Promise<Json> {
    const { command, paramsJSON = '{}' } = request;
    if (this.#running.size > MOST_RUNNING) throw busy();
    const params: unknown = JSON.parse(paramsJSON);
    const begin = (code: string, facts: Readonly<Record<string, string | boolean>> = {}): void => {
      // Looking twice is no harm; running twice is.
      if (this.#journal.knows(named)) throw replayed();
      this.#journal.write({ at: Date.now(), phase: 'asked', ...named, code, ...facts });
      asked.hasBegun = true;
      this.#options.tell({ what: 'asked', command, code });
    };
    switch (command) {
      case 'system.which':
        begin('node.asked');
        return await this.#commands.which(params);
      case 'system.run.prepare': {
        begin('node.asked');
        const { plan } = await this.#commands.prepare(readRun(params));
        return { plan };
      }
      case 'system.run':
        return await this.#run(asked, readRun(params), begin);
      default:
        begin('node.unknown_command');
        throw unknownCommand();
    }
  }

  async #run(
    asked: Asked,
    wanted: ReturnType<typeof readRun>,
    begin: (code: string, facts: Readonly<Record<string, string | boolean>>) => void,
  ): Promise<Json> {
    // An approval of something this machine did not prepare is an approval of nothing.
    const request = { ...wanted, approved: wanted.approved && wanted.plan !== undefined };
    const prepared = await this.#commands.prepare(request);
    const { decision, digest } = prepared;
    begin(decision.code, { digest, effect: decision.effect, approved: request.approved });
    if (request.plan !== undefined && request.plan !== digest) throw changed();
    if (decision.effect !== 'allow') {
      throw new PortcullisError(decision.code, `This machine's policy: ${decision.reason}`, {
        hint: 'nodeHost.exec on the node decides.',
      });
    }
    const run = await this.#commands.start(prepared, request, () => {
      if (asked.isOver) throw cancelled();
    });
    asked.run = run;
    if (asked.isOver) run.stop('killed');
    await run.ended;
    const { text, truncated } = run.output.all();
    return {
      exitCode: run.exit?.code ?? null,
      success: run.exit?.code === 0,
      timedOut: run.state === 'timed-out',
      stdout: text,
      stderr: '',
      truncated,
      durationMs: run.elapsedMs,
      error: run.state === 'killed' ? 'it was stopped' : null,
    };
  }

  #answer(id: string, result: object): void {
    this.#connection?.tell('node.invoke.result', { id, nodeId: this.nodeId, ...result });
  }

  #endAll(): void {
    for (const asked of this.#running.values()) end(asked);
  }
}

/** Whether a request is of a size that a gateway means: one that is not is heard by nobody. */
function isBounded({ id, command, idempotencyKey, paramsJSON }: NodeInvokeRequest): boolean {
  return (
    id.length <= MOST_ID &&
    command.length <= MOST_NAME &&
    (idempotencyKey?.length ?? 0) <= MOST_KEY &&
    (paramsJSON?.length ?? 0) <= MOST_PARAMS
  );
}

function end(asked: Asked | undefined): void {
  if (asked === undefined) return;
  asked.isOver = true;
  asked.run?.stop('killed');
}

/** Throws where the end of a connection is the end of the node. */
function judgeEnd({ code, reason }: Closed): void {
  if (code !== 4001) return;
  if (reason === 'device removed' || reason === 'node removed') {
    throw new PortcullisError('node.revoked', 'The gateway took this node back.', {
      hint: 'Start it again to ask to be let in once more.',
    });
  }
  if (reason.endsWith('the node connected again')) {
    throw new PortcullisError('node.replaced', 'Another process runs this node.', {
      hint: 'One is enough; a copied state directory needs a key of its own.',
    });
  }
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/u;

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:') url.protocol = 'ws:';
  if (url?.protocol === 'https:') url.protocol = 'wss:';
  const plain = url?.protocol === 'ws:' && LOOPBACK.test(url.hostname);
  if (url === undefined || (url.protocol !== 'wss:' && !plain) || url.username !== '') {
    throw new PortcullisError('node.url', 'This is no address a node connects to.', {
      hint: 'Use wss://, or ws:// to this machine, for example through: ssh -N -L 18789:127.0.0.1:18789 <gateway>',
    });
  }
  return url;
}

function refusedBy(code: string, message: string): PortcullisError {
  return new PortcullisError('node.refused', `The gateway refuses this node: ${message}`, {
    hint: 'Give it the token of the gateway: OPENCLAW_GATEWAY_TOKEN or gateway.remote.token.',
    details: { code },
  });
}

function cancelled(): PortcullisError {
  return new PortcullisError('node.cancelled', 'Nobody waits for the answer any more.', {
    hint: 'It did not run.',
  });
}

function busy(): PortcullisError {
  return new PortcullisError('node.busy', 'The node works on too much already.', {
    hint: 'Wait until something has ended.',
    retryable: true,
  });
}

function replayed(): PortcullisError {
  return new PortcullisError('node.replayed', 'The node was asked for this before.', {
    hint: 'Nothing runs twice; ask with a new key.',
  });
}

function changed(): PortcullisError {
  return new PortcullisError(
    'exec.approval.mismatch',
    'What would run is no longer what was prepared.',
    { hint: 'A program, script or directory changed meanwhile. Ask again.' },
  );
}

function unknownCommand(): PortcullisError {
  return new PortcullisError('node.unknown_command', 'The node does not offer this command.', {
    hint: '"openclaw nodes describe" shows what it offers.',
  });
}
