/**
 * Who may do what about which device.
 *
 * @module
 */
import { isScope, type DeviceRequest, type PairedDevice } from '@portcullis/protocol';

import type { AuditNote, Caller } from '../../../services.ts';
import { firstNotGrantable, holdsScope } from '../../authority.ts';
import type { DeviceRecord, TokenRecord } from '../../devices/record.ts';
import type { MethodContext, Plane } from '../../plane.ts';
import { forbidden, invalidRequest, missingScope } from '../../refusal.ts';

/** A token without its generation, which it is derived from. */
function toToken(token: TokenRecord): PairedDevice['tokens'][number] {
  const { generation: _generation, scopes, ...rest } = token;
  return { ...rest, scopes: [...scopes] };
}

/** A device as clients see it: no token, nothing a token could be made from. */
export function toPaired(record: DeviceRecord, plane: Plane): PairedDevice {
  const { removedAtMs: _removed, tokens, ...rest } = record;
  return {
    ...rest,
    connected: plane.isConnected(record.deviceId),
    tokens: tokens.map(toToken),
  };
}

/** The device a caller is, when it is one. */
export function deviceOf(caller: Caller): string | undefined {
  return caller.id.startsWith('device:') ? caller.id.slice('device:'.length) : undefined;
}

/** What a device without admin may see and touch: itself. */
export function mayTouch(caller: Caller, deviceId: string): boolean {
  const own = deviceOf(caller);
  return own === undefined || own === deviceId || holdsScope(caller.scopes, 'operator.admin');
}

/**
 * Nobody hands out, or takes from a device, more than he holds.
 *
 * @throws PortcullisError `request.scope_missing`, `request.invalid`.
 */
export function requireCovers(
  caller: Caller,
  { roles, scopes }: Pick<DeviceRequest, 'roles' | 'scopes'>,
): void {
  const isOperator = roles.every((role) => role === 'operator');
  if (!isOperator && !holdsScope(caller.scopes, 'operator.admin')) {
    throw missingScope('operator.admin');
  }
  const lacking = firstNotGrantable(caller.scopes, scopes);
  if (lacking !== undefined) throw invalidRequest(`missing scope: ${lacking}`);
}

/**
 * The caller may look after that device.
 *
 * @throws PortcullisError `request.forbidden`, `request.scope_missing`, `request.invalid`.
 */
export function requireTouch(caller: Caller, record: DeviceRecord): void {
  if (!mayTouch(caller, record.deviceId)) {
    throw forbidden('this device may only manage itself', 'DEVICE_NOT_OWN');
  }
  if (deviceOf(caller) !== record.deviceId) requireCovers(caller, record);
}

/** Scopes this gateway knows: what a device made up itself is not written down. */
export function knownScopes(scopes: readonly string[]): string[] {
  return scopes.filter((scope) => isScope(scope));
}

/** Writes down what was done about a device. */
export async function noteDevice(
  { services, caller }: MethodContext,
  code: string,
  facts: NonNullable<AuditNote['facts']>,
): Promise<void> {
  await services.audit.note({ code, principal: caller.id, facts });
}
