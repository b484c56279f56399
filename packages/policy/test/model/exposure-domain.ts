/**
 * Configs of the gateway's door, and the rule for what may be reachable.
 *
 * @module
 */
import { present } from './explorer.ts';

/** A secret that nobody published. */
export const RIGHT = 'k3yM4terial-that-nobody-published-0123';

/** Secrets from absent to good: blank, careless, published, short. */
export const SECRETS: readonly (string | undefined)[] = [
  undefined,
  '',
  ' ',
  'undefined',
  'secret',
  'short-one',
  RIGHT,
];

export const BINDS = [
  undefined,
  'loopback',
  'lan',
  'tailnet',
  'custom',
  'auto',
  '127.0.0.1',
  '::1',
  'localhost',
  '0.0.0.0',
  '::',
  'Lan',
  'anywhere',
] as const;

export const MODES = [undefined, 'none', 'token', 'password', 'trusted-proxy', 'None'] as const;

/** The settings of one start. */
export interface Door {
  readonly bind: (typeof BINDS)[number];
  readonly mode: (typeof MODES)[number];
  readonly token: string | undefined;
  readonly password: string | undefined;
  readonly tailscale: 'serve' | 'funnel' | undefined;
  readonly allowTailscale: boolean | undefined;
  readonly proxies: boolean;
  readonly origins: boolean;
}

/** The config of `door`. */
export function doorConfig(door: Door): { readonly gateway: Readonly<Record<string, unknown>> } {
  const { mode, token, password, allowTailscale } = door;
  const trustedProxy = door.proxies ? { userHeader: 'x-user' } : undefined;
  return {
    gateway: present({
      bind: door.bind,
      customBindHost: '192.168.1.5',
      auth: present({ mode, token, password, allowTailscale, trustedProxy }),
      tailscale: present({ mode: door.tailscale }),
      trustedProxies: door.proxies ? ['10.0.0.2'] : undefined,
      controlUi: door.origins ? { allowedOrigins: ['https://page.test'] } : undefined,
    }),
  };
}

/** The address that the bind resolves to. */
export function addressOf(bind: Door['bind']): string | undefined {
  if (bind === 'tailnet') return '100.64.0.5';
  return bind === 'custom' ? '192.168.1.5' : undefined;
}

/** Whether nobody can know or guess the secret. */
export function isSafe(secret: string | undefined): boolean {
  return secret !== undefined && !['', 'undefined', 'null', 'secret'].includes(secret.trim());
}

/** Whether the rule lets other machines reach a gateway that authenticates like this. */
export function mayBeReached({ mode, token, password, proxies }: Door): boolean {
  const inForce = mode ?? (password === undefined ? 'token' : 'password');
  if (inForce === 'token') return isSafe(token) && (token ?? '').length >= 24;
  if (inForce === 'password') return isSafe(password);
  return inForce === 'trusted-proxy' && proxies && token === undefined;
}
