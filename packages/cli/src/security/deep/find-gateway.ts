/**
 * The gateway that is probed: the one that runs here, or the one the config names elsewhere.
 *
 * @module
 */
import { PortcullisError, type Secret } from '@portcullis/core';
import { type LiveSecrets, type LoadedConfig, getPath } from '@portcullis/gateway/config';
import { decidePort, gatewaySecrets, isLoopback, pageUrl } from '@portcullis/gateway/local';
import { isStored } from '@portcullis/policy/exposure';

import { runningAddress } from '../../compose/open-operator.ts';
import { configuredTarget, isRemote } from '../../compose/remote.ts';
import type { CommandContext } from '../../context.ts';
import { type Door, pin } from './door.ts';
import type { TrialGround } from './trials.ts';

/** A gateway that can be tried, or why there is none. */
export type FoundGateway =
  | { readonly url: string; readonly ground: TrialGround; readonly error?: undefined }
  | {
      readonly url: string;
      readonly ground?: undefined;
      readonly error: string;
      readonly secretMissing?: boolean;
    };

/** What looking needs. */
export interface Search {
  readonly context: CommandContext;
  readonly config: LoadedConfig;
  readonly secrets: LiveSecrets;
  readonly signal: AbortSignal;
}

/** Wrong answers that start a lock, where the config says nothing. */
const MAX_ATTEMPTS = 10;

/** Shorter texts are in many answers by chance. */
const TELLING = 6;

function wsUrl(url: string): string {
  return url.replace(/^http/u, 'ws').replace(/\/$/u, '');
}

interface Shared {
  readonly token?: Secret | undefined;
  readonly password?: Secret | undefined;
}

/** What everybody shows who comes in; undefined where it cannot be had. */
function sharedOf({ context, secrets }: Search): Shared | undefined {
  try {
    return gatewaySecrets(secrets, context.paths, false);
  } catch (error) {
    if (!PortcullisError.is(error)) throw error;
    return undefined;
  }
}

function revealed({ token, password }: Shared): TrialGround['owner'] {
  return { token: token?.reveal(), password: password?.reveal() };
}

function groundOf(
  { context, config }: Search,
  shared: Shared | undefined,
  { key, ...ground }: Pick<TrialGround, 'door' | 'owner' | 'isHere'> & { readonly key?: string },
): TrialGround {
  const configured = getPath(config.value, 'gateway.auth.rateLimit.maxAttempts');
  const texts = [shared?.token, shared?.password].flatMap((secret) => secret?.reveal() ?? []);
  return {
    ...ground,
    version: context.version,
    right: texts.find((text) => !isStored(text)),
    privateTexts: [...texts, key ?? '', context.paths.stateDir].filter(
      (text) => text.length >= TELLING,
    ),
    maxAttempts: typeof configured === 'number' ? configured : MAX_ATTEMPTS,
  };
}

async function held(door: Door, fingerprint: string | undefined): Promise<Door | undefined> {
  if (fingerprint === undefined) return door;
  const tls = await pin(door, fingerprint);
  return tls === undefined ? undefined : { ...door, tls };
}

const OTHER_CERTIFICATE = 'the gateway shows another certificate than it said';

async function here(search: Search): Promise<FoundGateway | undefined> {
  const address = await runningAddress(search.context.paths);
  if (address === undefined) return undefined;
  const page = pageUrl(address);
  const url = wsUrl(page);
  const shared = sharedOf(search);
  const { key } = address;
  const isHere = isLoopback(address);
  const owner = key !== undefined && isHere ? { token: key } : shared && revealed(shared);
  if (owner === undefined) return { url, error: NO_SECRET, secretMissing: true };
  const door = await held({ url: new URL(page), signal: search.signal }, address.tls);
  if (door === undefined) return { url, error: OTHER_CERTIFICATE };
  const ground = { door, owner, isHere, ...(key !== undefined && { key }) };
  return { url, ground: groundOf(search, shared, ground) };
}

const NO_SECRET = 'its secret is a reference that could not be followed';

const BEHIND_SSH = 'it is behind SSH, where only its own machine can try it';

async function elsewhere(search: Search): Promise<FoundGateway | undefined> {
  const { context, config, secrets, signal } = search;
  if (!isRemote(config)) return undefined;
  const written = getPath(config.value, 'gateway.remote.url');
  const url = typeof written === 'string' ? written : '';
  try {
    const target = configuredTarget(config, secrets, {}, context.env);
    if (target.route !== undefined) return { url: wsUrl(target.url), error: BEHIND_SSH };
    const { token, password, fingerprint } = target;
    const start = { url: new URL(target.url.replace(/^ws/u, 'http')), signal };
    const door = await held(start, fingerprint);
    if (door === undefined) return { url: wsUrl(target.url), error: OTHER_CERTIFICATE };
    const shared = { token, password };
    const ground = { door, owner: revealed(shared), isHere: false };
    return { url: wsUrl(target.url), ground: groundOf(search, shared, ground) };
  } catch (error) {
    if (!PortcullisError.is(error)) throw error;
    const secretMissing = error.code === 'secret.unresolved';
    return { url, error: error.message, ...(secretMissing && { secretMissing }) };
  }
}

/** Looks for the gateway. Where none runs, says whether something else has its port. */
export async function findGateway(search: Search): Promise<FoundGateway> {
  const found = (await here(search)) ?? (await elsewhere(search));
  if (found !== undefined) return found;
  const port = decidePort(search.config, undefined);
  return { url: `ws://127.0.0.1:${String(port)}`, error: await atPort(port, search.signal) };
}

/** Nothing is sent: whoever listens there is not known. */
async function atPort(port: number, signal: AbortSignal): Promise<string> {
  const { connect } = await import('node:net');
  return await new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, signal, timeout: 1000 });
    const end = (text: string): void => {
      resolve(text);
      socket.destroy();
    };
    socket.once('error', (error) => end(error.message));
    socket.once('timeout', () => end(`no answer from 127.0.0.1:${String(port)}`));
    socket.once('connect', () =>
      end(
        `no gateway of this state directory runs, and something else listens on port ${String(port)}`,
      ),
    );
  });
}
