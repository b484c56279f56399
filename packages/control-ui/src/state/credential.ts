/**
 * What this browser signs in with.
 *
 * The shared token lives in session storage, while the tab is open, and nowhere else. A browser that
 * was signed in by an address of its own keeps the token of its device: it is worth nothing without
 * the device's key, which cannot be read.
 *
 * @module
 */
import type { ConnectionState, Credential } from '../wire/connection.ts';

const KEY = 'portcullis.token';
const DEVICE_KEY = 'portcullis.device-token';

/** The token of this browser's device, and what it may ask for with it. */
export interface DeviceCredential {
  readonly token: string;
  readonly scopes: readonly string[];
}

/** What an address brought along. */
export type Brought =
  | { readonly token: string; readonly setup?: undefined }
  /** A setup code, good once. */
  | { readonly setup: string; readonly token?: undefined };

/** The token of this tab, or empty. */
function readToken(): string {
  return sessionStorage.getItem(KEY) ?? '';
}

/** Keeps a token until the tab is closed. An empty one is forgotten. */
export function keepToken(token: string): void {
  if (token === '') sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, token);
}

/** What this browser may sign in with as a device of its own. */
function readDevice(): DeviceCredential | undefined {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(DEVICE_KEY) ?? 'null');
    return isDevice(kept) ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps what this browser may sign in with until it signs out. */
function keepDevice(device: DeviceCredential | undefined): void {
  if (device === undefined) localStorage.removeItem(DEVICE_KEY);
  else localStorage.setItem(DEVICE_KEY, JSON.stringify(device));
}

function isDevice(value: unknown): value is DeviceCredential {
  return (
    typeof value === 'object' &&
    value !== null &&
    'token' in value &&
    typeof value.token === 'string' &&
    'scopes' in value &&
    Array.isArray(value.scopes) &&
    value.scopes.every((scope) => typeof scope === 'string')
  );
}

/**
 * Takes `#token=...` or `#bootstrapToken=...` out of the address and removes it at once, so that it
 * is neither in the history nor in what somebody copies from the address bar.
 */
export function takeFromAddress(): Brought | undefined {
  const { hash, pathname, search } = globalThis.location;
  const fields = new URLSearchParams(hash.replace(/^#/, ''));
  const token = fields.get('token');
  const setup = fields.get('bootstrapToken');
  if (token === null && setup === null) return undefined;
  globalThis.history.replaceState(null, '', pathname + search);
  if (setup !== null && setup !== '') return { setup };
  return token === null || token === '' ? undefined : { token };
}

/** Refusals after which the token of this device is worth nothing. */
const USELESS: ReadonlySet<string> = new Set([
  'AUTH_DEVICE_TOKEN_MISMATCH',
  'AUTH_SCOPE_MISMATCH',
  'PAIRING_REQUIRED',
]);

/** What this browser signs in with, as it changes. */
export interface Keyring {
  /** What counts now: a setup code, the shared token of this tab, or the token of the device. */
  credential(): Credential;
  /** Takes up what an address brought along. */
  bring(brought: Brought): void;
  /** Learns from what became of a sign-in. */
  follow(state: ConnectionState): void;
  /** Forgets everything. */
  forget(): void;
}

/** The keyring of this browser; `scopes` is all that the page offers to do. */
export function createKeyring(scopes: readonly string[]): Keyring {
  let setup: string | undefined;
  const credential = (): Credential => {
    if (setup !== undefined) return { kind: 'setup', secret: setup, scopes };
    const shared: Credential = { kind: 'shared', secret: readToken(), scopes };
    const device = readDevice();
    if (shared.secret !== '' || device === undefined) return shared;
    return { kind: 'device', secret: device.token, scopes: device.scopes };
  };
  return {
    credential,
    bring(brought) {
      if (brought.setup === undefined) keepToken(brought.token);
      else ({ setup } = brought);
    },
    follow(next) {
      const { kind } = credential();
      if (next.phase === 'online' && kind === 'setup') {
        const { deviceToken: token, scopes: held } = next.hello.auth;
        if (token !== undefined) keepDevice({ token, scopes: held });
      }
      if (next.phase === 'stopped' && kind === 'device' && USELESS.has(next.refusal?.code ?? '')) {
        keepDevice(undefined);
      }
      // A setup code is good once.
      if (next.phase === 'online' || next.phase === 'stopped') setup = undefined;
    },
    forget() {
      setup = undefined;
      keepDevice(undefined);
      keepToken('');
    },
  };
}
