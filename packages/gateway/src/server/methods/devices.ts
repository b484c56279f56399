/**
 * Methods on paired devices.
 *
 * @module
 */
import type { DeviceRequest, PairedDevice } from '@portcullis/protocol';

import type { Caller } from '../../services.ts';
import { firstNotGrantable, holdsScope } from '../authority.ts';
import type { DeviceRecord, TokenRecord } from '../devices.ts';
import type { Handlers, MethodContext, Plane } from '../plane.ts';
import { forbidden, invalidRequest, missingScope } from '../refusal.ts';

/** A token without its generation, which it is derived from. */
function toToken(token: TokenRecord): PairedDevice['tokens'][number] {
  const { generation: _generation, scopes, ...rest } = token;
  return { ...rest, scopes: [...scopes] };
}

function toPaired(record: DeviceRecord, plane: Plane): PairedDevice {
  const { removedAtMs: _removed, tokens, ...rest } = record;
  return {
    ...rest,
    connected: plane.isConnected(record.deviceId),
    tokens: tokens.map(toToken),
  };
}

/** The device a caller is, when it is one. */
function deviceOf(caller: Caller): string | undefined {
  return caller.id.startsWith('device:') ? caller.id.slice('device:'.length) : undefined;
}

/** What a device without admin may see and touch: itself. */
function mayTouch(caller: Caller, deviceId: string): boolean {
  const own = deviceOf(caller);
  return own === undefined || own === deviceId || holdsScope(caller.scopes, 'operator.admin');
}

/** Nobody hands out, or takes from a device, more than he holds. */
function requireCovers(caller: Caller, subject: Pick<DeviceRequest, 'role' | 'scopes'>): void {
  if (subject.role !== 'operator' && !holdsScope(caller.scopes, 'operator.admin')) {
    throw missingScope('operator.admin');
  }
  const lacking = firstNotGrantable(caller.scopes, subject.scopes);
  if (lacking !== undefined) throw invalidRequest(`missing scope: ${lacking}`);
}

function requireTouch(caller: Caller, record: DeviceRecord): void {
  if (!mayTouch(caller, record.deviceId)) {
    throw forbidden('this device may only manage itself', 'DEVICE_NOT_OWN');
  }
  if (deviceOf(caller) !== record.deviceId) requireCovers(caller, record);
}

async function resolve(
  requestId: string,
  decision: 'approved' | 'rejected',
  { plane, caller }: MethodContext,
): Promise<{ readonly deviceId: string; readonly record?: DeviceRecord }> {
  const request = await plane.devices.requested(requestId);
  if (!mayTouch(caller, request.deviceId)) {
    throw forbidden('this device may only manage itself', 'DEVICE_NOT_OWN');
  }
  const { deviceId } = request;
  let record: DeviceRecord | undefined;
  if (decision === 'approved') {
    requireCovers(caller, request);
    record = await plane.devices.approve(request);
  } else {
    await plane.devices.reject(requestId);
  }
  plane.announce('device.pair.resolved', { requestId, deviceId, decision, ts: Date.now() });
  return { deviceId, ...(record !== undefined && { record }) };
}

function requireToken(record: DeviceRecord, role: string): DeviceRecord['tokens'][number] {
  const token = record.tokens.find((each) => each.role === role);
  if (token === undefined) throw invalidRequest('unknown role for this device');
  return token;
}

/** Methods on devices and pairing. */
export const deviceHandlers: Handlers<
  | 'device.pair.list'
  | 'device.pair.approve'
  | 'device.pair.reject'
  | 'device.pair.remove'
  | 'device.pair.rename'
> = {
  'device.pair.list': async (_params, { plane, caller }) => {
    const pending = await plane.devices.pending();
    const isSeen = ({ deviceId }: { readonly deviceId: string }) => mayTouch(caller, deviceId);
    return {
      pending: pending.filter(isSeen),
      paired: plane.devices
        .paired()
        .filter(isSeen)
        .map((record) => toPaired(record, plane)),
    };
  },
  'device.pair.approve': async ({ requestId }, context) => {
    const { record } = await resolve(requestId, 'approved', context);
    if (record === undefined) throw invalidRequest('unknown requestId');
    return { requestId, device: toPaired(record, context.plane) };
  },
  'device.pair.reject': async ({ requestId }, context) => {
    const { deviceId } = await resolve(requestId, 'rejected', context);
    return { requestId, deviceId };
  },
  'device.pair.remove': async ({ deviceId }, { plane, caller }) => {
    requireTouch(caller, plane.devices.require(deviceId));
    const removedAtMs = Date.now();
    await plane.devices.update(deviceId, (record) => ({ ...record, removedAtMs }));
    return { deviceId };
  },
  'device.pair.rename': async ({ deviceId, label }, { plane, caller }) => {
    requireTouch(caller, plane.devices.require(deviceId));
    await plane.devices.update(deviceId, (record) => ({ ...record, displayName: label }));
    return { deviceId, label };
  },
};

/** Methods on device tokens. */
export const deviceTokenHandlers: Handlers<'device.token.rotate' | 'device.token.revoke'> = {
  'device.token.rotate': async ({ deviceId, role, scopes }, { plane, caller }) => {
    const record = plane.devices.require(deviceId);
    requireTouch(caller, record);
    const token = requireToken(record, role);
    const wanted = scopes ?? token.scopes;
    if (firstNotGrantable(token.scopes, wanted) !== undefined) {
      throw invalidRequest('device token rotation denied');
    }
    const rotatedAtMs = Date.now();
    const changed = await plane.devices.update(deviceId, (current) => ({
      ...current,
      tokens: current.tokens.map((each) =>
        each.role === role
          ? {
              role,
              scopes: wanted,
              generation: each.generation + 1,
              createdAtMs: each.createdAtMs,
              rotatedAtMs,
            }
          : each,
      ),
    }));
    const fresh = deviceOf(caller) === deviceId ? plane.devices.tokenOf(changed, role) : undefined;
    const result = { deviceId, role, scopes: [...wanted], rotatedAtMs };
    return fresh === undefined
      ? { ...result, tokenDelivery: 'withheld-cross-device' }
      : { ...result, tokenDelivery: 'in-band', token: fresh };
  },
  'device.token.revoke': async ({ deviceId, role }, { plane, caller }) => {
    const record = plane.devices.require(deviceId);
    requireTouch(caller, record);
    requireToken(record, role);
    const revokedAtMs = Date.now();
    await plane.devices.update(deviceId, (current) => ({
      ...current,
      tokens: current.tokens.map((each) => (each.role === role ? { ...each, revokedAtMs } : each)),
    }));
    return { deviceId, role, revokedAtMs };
  },
};
