/**
 * The one place that loads the client library and says how it is to behave.
 *
 * @module
 */
import { type Logger, PortcullisError } from '@portcullis/core';
import type { AuthenticationState, SocketConfig, WASocket } from 'baileys';
import type { WhatsAppOptions } from './config.ts';
import { harden, inScope, type Scope } from './hardening.ts';

/** The client library, loaded on use: it costs a quarter of a second and 60 MB. */
export type Baileys = typeof import('baileys');

/** How long things may take, milliseconds. */
export interface Timings {
  /** Until a connection stands. */
  readonly connectMs: number;
  /** Between two signs of life we give. */
  readonly keepAliveMs: number;
  /** Without a sign of life of the server after which the connection counts as dead. */
  readonly silenceMs: number;
  /** For an answer to a question. */
  readonly queryMs: number;
  /** For the server to take a message. */
  readonly takenMs: number;
  /** The shortest pause between two messages to anybody. */
  readonly paceMs: number;
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
}

export const DEFAULT_TIMINGS: Timings = {
  connectMs: 20_000,
  keepAliveMs: 25_000,
  silenceMs: 60_000,
  queryMs: 30_000,
  takenMs: 30_000,
  paceMs: 250,
  backoffMinMs: 1000,
  backoffMaxMs: 60_000,
};

/**
 * Loads the library with its checks made real.
 *
 * Throws `whatsapp.library_unknown` when it is not the library this channel was made for.
 */
export async function loadBaileys(): Promise<Baileys> {
  harden();
  return await import('baileys');
}

/** What the library calls a logger. */
type LibraryLogger = SocketConfig['logger'];

const drop = () => undefined;

/** Sentences of the library that hold nothing but its own words. */
const SENTENCE = /^[\w ,.'()-]{1,120}$/u;

/**
 * A logger for the library. It tells what happened and never about what: the library hands whole
 * messages, keys and addresses to its logger.
 */
export function quietLogger(log: Logger): LibraryLogger {
  const tell = (fields: unknown, message: unknown) => {
    const words = typeof fields === 'string' ? fields : message;
    if (typeof words === 'string' && SENTENCE.test(words) && !/\d{5}|@/u.test(words)) {
      log.debug({ from: 'baileys' }, words);
    }
  };
  const logger: LibraryLogger = {
    level: 'warn',
    child: () => logger,
    trace: drop,
    debug: drop,
    info: drop,
    warn: tell,
    error: tell,
  };
  return logger;
}

/** What the settings of a socket are made from. */
export interface SocketParts {
  readonly baileys: Baileys;
  readonly options: WhatsAppOptions;
  readonly timings: Timings;
  readonly log: Logger;
  readonly auth: AuthenticationState;
  readonly makeSignalRepository: SocketConfig['makeSignalRepository'];
  /** A message we sent, for a device that could not read it. */
  readonly getMessage: SocketConfig['getMessage'];
  readonly cachedGroupMetadata: SocketConfig['cachedGroupMetadata'];
}

/** Addresses of which nothing is for us. */
export function isNobody(jid: string): boolean {
  return (
    jid.endsWith('@broadcast') ||
    jid.endsWith('@newsletter') ||
    jid.endsWith('@bot') ||
    jid.endsWith('@hosted.bot')
  );
}

/** The library asks nobody by HTTP: neither for files nor for parts of its own state. */
export const NO_REQUESTS: { readonly dispatch: () => never } = {
  dispatch: () => {
    throw new PortcullisError('whatsapp.request_refused', 'The library wanted to fetch a file.', {
      hint: 'Nothing to do: files are fetched by the channel, from WhatsApp only.',
    });
  },
};

function settings(parts: SocketParts): Partial<SocketConfig> & Pick<SocketConfig, 'auth'> {
  const { baileys, options, timings, log, auth } = parts;
  const { makeSignalRepository, getMessage, cachedGroupMetadata } = parts;
  return {
    auth,
    waWebSocketUrl: options.socketUrl,
    ...(options.version === undefined ? {} : { version: [...options.version] }),
    logger: quietLogger(log),
    browser: baileys.Browsers.ubuntu('Chrome'),
    connectTimeoutMs: timings.connectMs,
    keepAliveIntervalMs: timings.keepAliveMs,
    defaultQueryTimeoutMs: timings.queryMs,
    // What was said before is not for us, and it would be fetched from where a message says.
    syncFullHistory: false,
    shouldSyncHistoryMessage: () => false,
    options: { dispatcher: NO_REQUESTS } as object,
    markOnlineOnConnect: false,
    generateHighQualityLinkPreview: false,
    shouldIgnoreJid: isNobody,
    // A store that cannot be written is our matter: nothing is acknowledged then.
    transactionOpts: { maxCommitRetries: 1, delayBetweenTriesMs: 0 },
    emitOwnEvents: false,
    makeSignalRepository,
    getMessage,
    cachedGroupMetadata,
  };
}

type Listener = (...args: unknown[]) => unknown;

/**
 * Nobody waits for the listeners of the library, and what they reject with would end the process.
 * `fault` is told instead.
 */
function guard(ws: WASocket['ws'], fault: (event: string) => void): void {
  for (const event of ws.eventNames()) {
    const listeners = ws.listeners(event) as Listener[];
    ws.removeAllListeners(event);
    for (const listener of listeners) {
      ws.on(event, async (...args: unknown[]) => {
        try {
          await Reflect.apply(listener, ws, args);
        } catch {
          fault(String(event));
        }
      });
    }
  }
}

/**
 * Opens a socket. It lives in `scope`, and is good for one connection. `fault` is told of an event of
 * the connection that the library could not cope with.
 */
export function openSocket(
  parts: SocketParts,
  scope: Scope,
  fault: (event: string) => void,
): WASocket {
  return inScope(scope, () => {
    const socket = parts.baileys.makeWASocket(settings(parts));
    guard(socket.ws, fault);
    return socket;
  });
}
