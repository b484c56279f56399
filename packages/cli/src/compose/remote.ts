/**
 * A gateway of another machine: the one of the config where `gateway.mode` is `remote`, or one that
 * a call names.
 *
 * @module
 */
import { homedir } from 'node:os';
import { join } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import {
  type Environment,
  type LiveSecrets,
  type LoadedConfig,
  getPath,
} from '@portcullis/gateway/config';
import { classifyAddress } from '@portcullis/policy/network';

import type { WireTarget } from './wire-operator.ts';
import type { GatewayWords } from '../context.ts';
import { credentialsOfEnvironment, credentialsOfFiles } from './credentials.ts';
import { type TunnelRoute, readTarget } from './ssh-tunnel.ts';

/** How a gateway elsewhere is reached: where, with what, and through what. */
export interface RemoteTarget extends Omit<
  WireTarget,
  'version' | 'tunnel' | 'device' | 'elsewhere'
> {
  /** Through SSH. */
  readonly route?: TunnelRoute;
  /** True where another machine answers, so that a shared secret alone is not enough. */
  readonly isElsewhere: boolean;
}

/** Lets a secret leave this machine unencrypted, into a private network. Of this process only. */
const OPT_IN = 'OPENCLAW_ALLOW_INSECURE_PRIVATE_WS';

const PRIVATE: ReadonlySet<string> = new Set(['private', 'ula', 'link_local', 'cgnat']);

const PRESET_PORT = 18_789;

const FINGERPRINT = /^(?:sha-?256:)?[0-9a-f]{2}(?::?[0-9a-f]{2}){31}$/iu;

/** Whether the config says that the gateway is elsewhere. */
export function isRemote(config: LoadedConfig): boolean {
  return getPath(config.value, 'gateway.mode') === 'remote';
}

/**
 * The gateway that a call or its environment names; undefined where they name none. It is shown
 * nothing that belongs to the gateway of the config.
 *
 * Throws `gateway.remote_insecure`, `usage.secret_file`, `usage.invalid_value`.
 */
export function namedTarget(words: GatewayWords, env: Environment): RemoteTarget | undefined {
  const fromEnvironment = env['OPENCLAW_GATEWAY_URL'] ?? '';
  const written = words.url ?? (fromEnvironment === '' ? undefined : fromEnvironment);
  if (written === undefined) return undefined;
  const url = secureUrl(written, env);
  const fingerprint = fingerprintOf(words.tlsFingerprint);
  return {
    url,
    ...(fingerprint !== undefined && { fingerprint }),
    ...(words.url === undefined && credentialsOfEnvironment(env)),
    ...credentialsOfFiles(words),
    isElsewhere: !isLoopback(url),
  };
}

function fingerprintOf(text: string | undefined): string | undefined {
  if (text === undefined || FINGERPRINT.test(text)) return text;
  throw new PortcullisError(
    'usage.invalid_value',
    '--tls-fingerprint must be a SHA-256 fingerprint in hex, with or without colons.',
    { hint: '"openclaw status" shows it on the gateway.' },
  );
}

/**
 * The gateway of the config.
 *
 * Throws `gateway.remote_incomplete` where it is not said how to reach it, `gateway.ssh_target`, and
 * `gateway.remote_insecure` where a secret would leave this machine unencrypted.
 */
export function configuredTarget(
  config: LoadedConfig,
  secrets: Pick<LiveSecrets, 'resolve'>,
  words: GatewayWords,
  env: Environment,
): RemoteTarget {
  const setting = (name: string): unknown => getPath(config.value, `gateway.remote.${name}`);
  const isTunnel = setting('transport') === 'ssh';
  const port = setting('remotePort');
  const behind = `ws://127.0.0.1:${String(typeof port === 'number' ? port : PRESET_PORT)}/`;
  const written = setting('url') ?? (isTunnel ? behind : undefined);
  if (typeof written !== 'string') throw incomplete(setting('sshTarget') !== undefined);
  const url = secureUrl(written, env);
  const route = isTunnel ? routeOf(url, setting, env) : undefined;
  const own = credentialsOfFiles(words);
  const token = own.token ?? secrets.resolve('gateway.remote.token', 'OPENCLAW_GATEWAY_TOKEN');
  const password =
    own.password ?? secrets.resolve('gateway.remote.password', 'OPENCLAW_GATEWAY_PASSWORD');
  const fingerprint = fingerprintOf(words.tlsFingerprint) ?? setting('tlsFingerprint');
  return {
    url,
    ...(route !== undefined && { route }),
    ...(typeof fingerprint === 'string' && { fingerprint }),
    ...(token !== undefined && { token }),
    ...(password !== undefined && { password }),
    isElsewhere: route === undefined && !isLoopback(url),
  };
}

function routeOf(url: string, setting: (name: string) => unknown, env: Environment): TunnelRoute {
  const target = setting('sshTarget');
  if (typeof target !== 'string') throw incomplete(false);
  if (!isLoopback(url)) {
    throw new PortcullisError(
      'gateway.remote_incomplete',
      'Behind SSH, gateway.remote.url is an address of the other side: ws://127.0.0.1:18789.',
      { hint: 'Leave it out where the gateway listens on its usual port.' },
    );
  }
  const { port: written } = new URL(url);
  const port = setting('remotePort') ?? (written === '' ? PRESET_PORT : Number(written));
  const identity = setting('sshIdentity');
  return {
    ...readTarget(target),
    ...(typeof identity === 'string' && { identity: inHome(identity, env) }),
    port: Number(port),
  };
}

function inHome(path: string, env: Environment): string {
  return path.startsWith('~/') ? join(env['HOME'] ?? homedir(), path.slice(2)) : path;
}

function incomplete(hasTarget: boolean): PortcullisError {
  return new PortcullisError(
    'gateway.remote_incomplete',
    'gateway.mode is "remote", and it is not said how to reach the gateway.',
    {
      hint: hasTarget
        ? 'openclaw config set gateway.remote.transport ssh'
        : 'Set gateway.remote.url, or gateway.remote.transport to ssh and gateway.remote.sshTarget.',
    },
  );
}

/** Whether an address is of this machine. */
export function isLoopback(url: string): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/u.test(URL.parse(url)?.hostname ?? '');
}

/** Whether an address or name is of a private network, where the opt-in counts. */
function isPrivate(hostname: string): boolean {
  const kind = classifyAddress(hostname.replaceAll(/^\[|\]$/gu, ''));
  if (kind !== undefined) return PRIVATE.has(kind);
  return /\.(?:local|lan|internal|home\.arpa|ts\.net)$/u.test(hostname);
}

/**
 * The address of a WebSocket that carries secrets: encrypted, or on this machine. With the opt-in
 * also unencrypted within a private network, never beyond.
 *
 * Throws `gateway.remote_insecure`.
 */
export function secureUrl(text: string, env: Environment = {}): string {
  const url = URL.parse(text.replace(/^http/u, 'ws'));
  if (url !== null && url.username === '' && url.password === '' && url.search === '') {
    if (url.protocol === 'wss:' || (url.protocol === 'ws:' && isLoopback(url.href)))
      return url.href;
    const isWanted = url.protocol === 'ws:' && env[OPT_IN] === '1';
    if (isWanted && isPrivate(url.hostname)) return url.href;
  }
  throw new PortcullisError(
    'gateway.remote_insecure',
    'The address of the gateway would send its secret in the clear, or holds one.',
    {
      hint: `Use wss://, an SSH tunnel, or ws://127.0.0.1. Within a network you trust, ${OPT_IN}=1 lets one command do it.`,
    },
  );
}
