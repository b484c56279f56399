/**
 * The gateway of another machine, where `gateway.mode` is `remote`.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { type LiveSecrets, type LoadedConfig, getPath } from '@portcullis/gateway/config';

import type { WireTarget } from './wire-operator.ts';

/** How the gateway of the config is reached: where, and with what. */
export type RemoteTarget = Omit<WireTarget, 'version'>;

/**
 * The target, or undefined when the gateway runs here.
 *
 * Throws `gateway.remote_incomplete` without a URL, and `gateway.remote_insecure` where a secret
 * would leave this machine unencrypted.
 */
export function remoteTarget(
  config: LoadedConfig,
  secrets: Pick<LiveSecrets, 'resolve'>,
): RemoteTarget | undefined {
  if (getPath(config.value, 'gateway.mode') !== 'remote') return undefined;
  const url = getPath(config.value, 'gateway.remote.url');
  const transport = getPath(config.value, 'gateway.remote.transport');
  if (typeof url !== 'string' || transport === 'ssh') {
    throw new PortcullisError(
      'gateway.remote_incomplete',
      transport === 'ssh'
        ? 'SSH tunnels are not opened from here.'
        : 'gateway.mode is "remote" and gateway.remote.url is not set.',
      {
        hint: 'ssh -N -L 18789:127.0.0.1:18789 <user>@<host>, then set gateway.remote.url to ws://127.0.0.1:18789',
      },
    );
  }
  const fingerprint = getPath(config.value, 'gateway.remote.tlsFingerprint');
  const token = secrets.resolve('gateway.remote.token', 'OPENCLAW_GATEWAY_TOKEN');
  const password = secrets.resolve('gateway.remote.password', 'OPENCLAW_GATEWAY_PASSWORD');
  return {
    url: secureUrl(url),
    ...(typeof fingerprint === 'string' && { fingerprint }),
    ...(token !== undefined && { token }),
    ...(password !== undefined && { password }),
  };
}

/** The address of a WebSocket that carries secrets: encrypted, or on this machine. */
export function secureUrl(text: string): string {
  const url = URL.parse(text.replace(/^http/u, 'ws'));
  const isHere = url !== null && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/u.test(url.hostname);
  if (url !== null && url.username === '' && url.search === '') {
    if (url.protocol === 'wss:' || (url.protocol === 'ws:' && isHere)) return url.href;
  }
  throw new PortcullisError(
    'gateway.remote_insecure',
    'The address of the gateway would send its secret in the clear, or holds one.',
    { hint: 'Use wss://, or a tunnel to this machine: ws://127.0.0.1:18789' },
  );
}
