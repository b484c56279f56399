/**
 * Methods on the tokens of devices, which are what a device was approved for in a role.
 *
 * @module
 */
import { firstNotGrantable, holdsScope } from '../../authority.ts';
import { type DeviceRecord, grantOf, type TokenRecord, withTokens } from '../../devices/record.ts';
import type { Caller } from '../../../services.ts';
import type { Handlers } from '../../plane.ts';
import { endWorkOf } from '../../ending.ts';
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

/** The scopes of a token after its rotation. Throws `request.invalid` where there may be none. */
function judgeRotation(
  record: DeviceRecord,
  asked: {
    readonly role: string;
    readonly scopes: readonly string[] | undefined;
    readonly isOwn: boolean;
  },
  caller: Caller,
): readonly string[] {
  requireTouch(caller, record);
  const token = requireToken(record, asked.role);
  const wanted = asked.scopes ?? token.scopes;
  const widens = firstNotGrantable(token.scopes, wanted) !== undefined;
  // A device whose token was taken back does not give itself another one: that of an operator has
  // nothing left to ask with, whatever it was let in for.
  const revives = token.revokedAtMs !== undefined && asked.isOwn;
  const isOver = asked.role === 'operator' || !holdsScope(caller.scopes, 'operator.admin');
  if (widens || (revives && isOver)) {
    throw invalidRequest('device token rotation denied');
  }
  return wanted;
}

/** Methods on device tokens. */
export const deviceTokenHandlers: Handlers<'device.token.rotate' | 'device.token.revoke'> = {
  'device.token.rotate': async ({ deviceId, role, scopes }, context) => {
    const { plane, services, caller } = context;
    const record = plane.devices.require(deviceId);
    requireTouch(caller, record);
    const isOwn = deviceOf(caller) === deviceId;
    const rotatedAtMs = Date.now();
    // Judged by what is stored when it is stored: what was taken back meanwhile stays taken back.
    const changed = await plane.devices.update(deviceId, (current) => {
      const wanted = judgeRotation(current, { role, scopes, isOwn }, caller);
      return changeToken(current, role, ({ generation, createdAtMs }) => ({
        role,
        scopes: wanted,
        generation: generation + 1,
        createdAtMs,
        rotatedAtMs,
      }));
    });
    const wanted = requireToken(changed, role).scopes;
    const lost = firstNotGrantable(wanted, grantOf(record, role)?.scopes ?? []);
    if (role === 'operator' && lost !== undefined) await endWorkOf(deviceId, services);
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
    if (role === 'operator') await endWorkOf(deviceId, services);
    return { deviceId, role, revokedAtMs };
  },
};
