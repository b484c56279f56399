/**
 * Methods on devices that ask, and devices that are paired.
 *
 * @module
 */
import { holdsScope } from '../../authority.ts';
import { endWorkOf } from '../../ending.ts';
import { forbidden, invalidRequest } from '../../refusal.ts';
import type { DeviceRecord } from '../../devices/record.ts';
import type { Handlers, MethodContext } from '../../plane.ts';
import {
  deviceOf,
  knownScopes,
  mayTouch,
  noteDevice,
  requireCovers,
  requireTouch,
  toPaired,
} from './authority.ts';

async function approve(requestId: string, context: MethodContext): Promise<DeviceRecord> {
  const { plane, caller } = context;
  const request = await plane.devices.requested(requestId);
  const { deviceId, role, scopes } = request;
  if (deviceOf(caller) === deviceId) {
    throw forbidden('no device approves itself', 'DEVICE_SELF_APPROVAL');
  }
  if (!mayTouch(caller, deviceId)) {
    throw forbidden('this device may only manage itself', 'DEVICE_NOT_OWN');
  }
  requireCovers(caller, request);
  const record = await plane.devices.approve(request);
  await noteDevice(context, 'device.approved', { deviceId, role, scopes: knownScopes(scopes) });
  const ts = Date.now();
  plane.announce('device.pair.resolved', { requestId, deviceId, decision: 'approved', ts });
  return record;
}

async function reject(requestId: string, context: MethodContext): Promise<string> {
  const { plane, caller } = context;
  const request = await plane.devices.requested(requestId);
  const { deviceId } = request;
  if (!mayTouch(caller, deviceId)) {
    throw forbidden('this device may only manage itself', 'DEVICE_NOT_OWN');
  }
  await plane.devices.reject(request);
  await noteDevice(context, 'device.rejected', { deviceId });
  const ts = Date.now();
  plane.announce('device.pair.resolved', { requestId, deviceId, decision: 'rejected', ts });
  return deviceId;
}

/** Takes a setup code back that nobody used. Whoever may make one may take it back. */
async function cancelSetup(setupId: string, context: MethodContext): Promise<boolean> {
  const { plane, caller } = context;
  if (!holdsScope(caller.scopes, 'operator.admin')) return false;
  if (!(await plane.devices.setups.cancel(setupId))) return false;
  await noteDevice(context, 'device.setup_code_cancelled', { setupId });
  return true;
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
    const record = await approve(requestId, context);
    return { requestId, device: toPaired(record, context.plane) };
  },
  'device.pair.reject': async ({ requestId }, context) => {
    if (await cancelSetup(requestId, context)) return { requestId, deviceId: requestId };
    return { requestId, deviceId: await reject(requestId, context) };
  },
  'device.pair.remove': async ({ deviceId }, context) => {
    const { plane, services, caller } = context;
    requireTouch(caller, plane.devices.require(deviceId));
    const removedAtMs = Date.now();
    await plane.devices.update(deviceId, (record) => ({ ...record, removedAtMs }));
    await noteDevice(context, 'device.removed', { deviceId });
    await endWorkOf(deviceId, services);
    return { deviceId };
  },
  'device.pair.rename': async ({ deviceId, label }, { plane, caller }) => {
    requireTouch(caller, plane.devices.require(deviceId));
    const displayName = label.trim();
    if (displayName === '') throw invalidRequest('a name needs a letter');
    await plane.devices.update(deviceId, (record) => ({ ...record, displayName }));
    return { deviceId, label: displayName };
  },
};
