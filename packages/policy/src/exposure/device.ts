/**
 * Which device is this, and may it have what it asks for?
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { asChoice, asFlag, asText, asTexts, InvalidSetting, own, setting } from '../setting.ts';
import { total } from '../verdict.ts';
import { verdict } from './reasons.ts';
import { holdsScope } from './scope.ts';
import { identityCeilingOf, trustedProxyOf } from './settings.ts';

/** What an approved device may do. */
export interface DeviceRights {
  readonly role: string;
  readonly scopes: readonly string[];
}

/** A connecting client after authentication. */
export interface DeviceInput {
  readonly surface: 'ws' | 'http' | 'control-ui';
  /** True for a direct client of this machine, as `decideProxy` found. */
  readonly local: boolean;
  /** How the client authenticated. `setup`: with a setup code an operator made for it. */
  readonly auth: 'shared' | 'none' | 'tailscale' | 'proxy' | 'setup';
  /** The user whom the proxy or the tailnet named. */
  readonly identity?: string;
  /** What the setup code is good for. */
  readonly setup?: DeviceRights;
  /** The identity it presents, with the caller's check of signature and nonce. */
  readonly device: {
    readonly id: string;
    readonly signature: 'valid' | 'invalid' | 'missing';
    readonly nonce: 'fresh' | 'stale' | 'replayed';
    /** Whether platform and family are still what they were when it was approved. Default same. */
    readonly metadata?: 'same' | 'changed';
  } | null;
  /** Approved devices by id. */
  readonly store: Readonly<Record<string, DeviceRights & { readonly revoked?: boolean }>>;
  readonly requested: DeviceRights;
  /** The kind of program: the command line and in-process clients of this machine keep their scopes without a device. */
  readonly client?: 'cli' | 'backend' | 'other';
}

const PATH = '<devices>';

function rightsOf(holder: unknown, ...at: readonly string[]): DeviceRights {
  const role = asText(setting(holder, ...at, 'role'));
  if (role === undefined) throw new InvalidSetting([...at, 'role'].join('.'));
  return { role, scopes: asTexts(setting(holder, ...at, 'scopes')) ?? [] };
}

/** A client that presents no device: operator tools may hold the shared secret, nothing else. */
function decideWithout(input: DeviceInput, requested: DeviceRights): Decision {
  const operator = input.surface === 'ws' && requested.role === 'operator';
  if (!operator || input.auth !== 'shared') {
    return verdict.deny('gateway.device.identity_required', PATH);
  }
  const trusted = input.local === true && (input.client === 'cli' || input.client === 'backend');
  const value: DeviceRights = { role: 'operator', scopes: trusted ? requested.scopes : [] };
  return verdict.allow('gateway.device.none', PATH, { value });
}

function decideUnknown(config: unknown, input: DeviceInput, requested: DeviceRights): Decision {
  const nodesToo = asFlag(setting(config, 'gateway', 'nodes', 'pairing', 'autoApproveLocal'));
  const role = requested.role === 'operator' || (requested.role === 'node' && nodesToo === true);
  if (role && input.local === true && input.auth === 'shared') {
    return verdict.allow('gateway.device.auto_approved_local', PATH, { value: requested });
  }
  const automatic = input.auth === 'proxy' && trustedProxyOf(config).autoApprove !== undefined;
  if (automatic && requested.role === 'operator' && requested.scopes.length > 0) {
    const path = 'gateway.auth.trustedProxy.deviceAutoApprove';
    return verdict.allow('gateway.device.auto_approved_proxy', path, { value: requested });
  }
  return verdict.pair('gateway.device.pairing_required', PATH, { value: requested });
}

/** What an operator made a setup code for: that role, and at most those scopes. */
function decideSetup(setup: DeviceRights, requested: DeviceRights): Decision {
  const covered =
    requested.role === setup.role &&
    requested.scopes.every((scope) => holdsScope(setup.scopes, scope));
  return covered
    ? verdict.allow('gateway.device.setup_code', PATH, { value: requested })
    : verdict.deny('gateway.device.setup_exceeded', PATH);
}

/**
 * Those of the requested scopes that the user may hold whom a proxy or the tailnet named: by who he
 * is, never by what his client claims.
 */
export function scopesWithin(
  config: unknown,
  { auth, identity }: Pick<DeviceInput, 'auth' | 'identity'>,
  scopes: readonly string[],
): readonly string[] {
  if (auth !== 'proxy' && auth !== 'tailscale') return scopes;
  // Whoever comes through a proxy that names nobody is nobody.
  const ceiling = identity === undefined ? [] : identityCeilingOf(config, identity, auth);
  if (ceiling === undefined) return scopes;
  return scopes.filter((scope) => holdsScope(ceiling, scope));
}

function decideKnown(approved: DeviceRights, requested: DeviceRights): Decision {
  const covered =
    requested.role === approved.role &&
    requested.scopes.every((scope) => holdsScope(approved.scopes, scope));
  return covered
    ? verdict.allow('gateway.device.ok', PATH, { value: requested })
    : verdict.pair('gateway.device.scope_upgrade', PATH, { value: approved });
}

/**
 * Whether the device may connect with the role and scopes it asks for.
 *
 * `value` is what it holds if let in: for a `scope_upgrade` the rights it keeps while the request
 * waits.
 */
export function decideDevice(config: unknown, input: DeviceInput): Decision {
  return total(() => {
    asChoice(setting(input, 'surface'), ['ws', 'http', 'control-ui']);
    asChoice(setting(input, 'auth'), ['shared', 'none', 'tailscale', 'proxy', 'setup']);
    asFlag(setting(input, 'local'));
    const wish = rightsOf(input, 'requested');
    const requested = { ...wish, scopes: scopesWithin(config, input, wish.scopes) };
    const device = own(input, 'device');
    if (device === undefined || device === null) return decideWithout(input, requested);
    const id = own(device, 'id');
    const proved = own(device, 'signature') === 'valid' && own(device, 'nonce') === 'fresh';
    if (!proved || typeof id !== 'string' || id === '') {
      return verdict.deny('gateway.device.signature_invalid', PATH);
    }
    if (input.auth === 'setup') return decideSetup(rightsOf(input, 'setup'), requested);
    const known = setting(input, 'store', id).value;
    if (known === undefined) return decideUnknown(config, input, requested);
    const revoked = own(known, 'revoked');
    if (revoked !== undefined && revoked !== false) {
      return verdict.deny('gateway.device.revoked', PATH);
    }
    const approved = rightsOf(input, 'store', id);
    if (asChoice(setting(device, 'metadata'), ['same', 'changed']) === 'changed') {
      return verdict.pair('gateway.device.metadata_changed', PATH, { value: approved });
    }
    return decideKnown(approved, requested);
  });
}
