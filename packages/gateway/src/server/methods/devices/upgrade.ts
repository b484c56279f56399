/**
 * A paired device asks an operator for more scopes, without letting go of its connection.
 *
 * @module
 */
import type { MethodResult } from '@portcullis/protocol';

import { grantOf } from '../../devices/record.ts';
import type { DeviceRegistry } from '../../devices/registry.ts';
import type { Handlers, MethodContext } from '../../plane.ts';
import { invalidRequest } from '../../refusal.ts';
import { deviceOf } from './authority.ts';

/** How often an answer is looked for that nobody announced: that of a request which expires. */
const LOOK_MS = 5000;

function requireDevice({ caller, plane }: MethodContext) {
  const deviceId = deviceOf(caller);
  if (deviceId === undefined) throw invalidRequest('only a paired device can ask for more scopes');
  return plane.devices.require(deviceId);
}

/** Resolves at the next change of the registry, or after a while. */
function nextLook(devices: DeviceRegistry): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      stop();
      resolve();
    };
    const timer = setTimeout(finish, LOOK_MS).unref();
    const stop = devices.onChange(finish);
  });
}

async function waitFor(
  requestId: string,
  context: MethodContext,
): Promise<MethodResult<'device.scopes.waitUpgrade'>> {
  const { devices } = context.plane;
  for (;;) {
    const record = requireDevice(context);
    const change = nextLook(devices);
    const outcome = await devices.outcomeOf(requestId, record.deviceId);
    if (outcome === 'pending') {
      await change;
      continue;
    }
    if (outcome !== 'approved') return { status: outcome, requestId };
    const deviceToken = devices.tokenOf(devices.require(record.deviceId), 'operator');
    const scopes = grantOf(devices.require(record.deviceId), 'operator')?.scopes ?? [];
    if (deviceToken === undefined) return { status: 'rejected', requestId };
    return { status: 'approved', requestId, deviceToken, scopes: [...scopes] };
  }
}

/** Methods by which a device asks for more scopes. */
export const deviceUpgradeHandlers: Handlers<
  'device.scopes.requestUpgrade' | 'device.scopes.waitUpgrade'
> = {
  'device.scopes.requestUpgrade': async ({ scopes }, context) => {
    const { plane } = context;
    const record = requireDevice(context);
    const held = grantOf(record, 'operator')?.scopes ?? [];
    const { deviceId, publicKey, displayName, platform, deviceFamily, clientId, clientMode } =
      record;
    const optional = { displayName, platform, deviceFamily, clientId, clientMode };
    const known = Object.fromEntries(
      Object.entries(optional).filter(([, value]) => value !== undefined),
    );
    const { request, isNew } = await plane.devices.request({
      deviceId,
      publicKey,
      ...known,
      role: 'operator',
      roles: ['operator'],
      // What it has is asked for again, so that the approver sees the whole of it.
      scopes: [...new Set([...held, ...scopes])],
    });
    if (isNew) plane.announce('device.pair.requested', request);
    return { requestId: request.requestId };
  },
  'device.scopes.waitUpgrade': ({ requestId }, context) => waitFor(requestId, context),
};
