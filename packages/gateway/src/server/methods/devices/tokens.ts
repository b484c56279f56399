/**
 * Methods on the tokens of devices, which are what a device was approved for in a role.
 *
 * @module
 */
import { firstNotGrantable, holdsScope } from '../../authority.ts';
import { type DeviceRecord, grantOf, type TokenRecord, withTokens } from '../../devices/record.ts';
import type { Handlers } from '../../plane.ts';
import { invalidRequest } from '../../refusal.ts';
import { deviceOf, knownScopes, noteDevice, requireTouch } from './authority.ts';

function requireToken(record: DeviceRecord, role: string): TokenRecord {
  const token = grantOf(record, role);
  if (token === undefined) throw invalidRequest('unknown role for this device');
  return token;
}

function changeToken(
  record: DeviceRecord,
  role: string,
  change: (token: TokenRecord) => TokenRecord,
): DeviceRecord {
  return withTokens(
    record,
    record.tokens.map((each) => (each.role === role ? change(each) : each)),
  );
}

/** Methods on device tokens. */
export const deviceTokenHandlers: Handlers<'device.token.rotate' | 'device.token.revoke'> = {
  'device.token.rotate': async ({ deviceId, role, scopes }, context) => {
    const { plane, caller } = context;
    const record = plane.devices.require(deviceId);
    requireTouch(caller, record);
    const token = requireToken(record, role);
    const isOwn = deviceOf(caller) === deviceId;
    // A device whose token was taken back does not give itself another one.
    const revives = token.revokedAtMs !== undefined;
    const wanted = scopes ?? token.scopes;
    const widens = firstNotGrantable(token.scopes, wanted) !== undefined;
    if (widens || (revives && isOwn && !holdsScope(caller.scopes, 'operator.admin'))) {
      throw invalidRequest('device token rotation denied');
    }
    const rotatedAtMs = Date.now();
    const changed = await plane.devices.update(deviceId, (current) =>
      changeToken(current, role, ({ generation, createdAtMs }) => ({
        role,
        scopes: wanted,
        generation: generation + 1,
        createdAtMs,
        rotatedAtMs,
      })),
    );
    const facts = { deviceId, role, scopes: knownScopes(wanted) };
    await noteDevice(context, 'device.token_rotated', facts);
    const fresh = isOwn ? plane.devices.tokenOf(changed, role) : undefined;
    const result = { deviceId, role, scopes: [...wanted], rotatedAtMs };
    return fresh === undefined
      ? { ...result, tokenDelivery: 'withheld-cross-device' }
      : { ...result, tokenDelivery: 'in-band', token: fresh };
  },
  'device.token.revoke': async ({ deviceId, role }, context) => {
    const { plane, services, caller } = context;
    const record = plane.devices.require(deviceId);
    requireTouch(caller, record);
    requireToken(record, role);
    const revokedAtMs = Date.now();
    await plane.devices.update(deviceId, (current) =>
      changeToken(current, role, (token) => ({ ...token, revokedAtMs })),
    );
    await noteDevice(context, 'device.token_revoked', { deviceId, role });
    if (role === 'operator') await services.chat.abortOf(`device:${deviceId}`);
    return { deviceId, role, revokedAtMs };
  },
};
