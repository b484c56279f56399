/**
 * `openclaw devices`: browsers and programs that may connect to the gateway as themselves.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import type { DeviceRequest } from '@portcullis/protocol';

import type { CommandHandler, Invocation } from '../../command.ts';
import { quote } from '../../parse/fault.ts';
import { formatInstant } from '../../terminal/time.ts';
import { type OperatorSession, withOperator } from '../operator-session.ts';

/** Enough of a device's id to tell it from others. */
const SHOWN_ID = 12;

function nameOf(device: Pick<DeviceRequest, 'displayName' | 'deviceId'>): string {
  return device.displayName ?? device.deviceId.slice(0, SHOWN_ID);
}

/** `openclaw devices list`. */
export const listDevices: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { out, json } = invocation;
    const { pending, paired } = await ask('device.pair.list', {});
    if (json) {
      out.json({ ok: true, pending, paired });
      return;
    }
    if (pending.length === 0) out.line('No device asks to be let in.');
    else {
      out.line(`Asking (${pending.length}):`);
      out.table(
        ['REQUEST', 'DEVICE', 'FROM', 'SINCE', 'ASKS FOR'],
        pending.map((each) => [
          each.requestId,
          nameOf(each),
          each.browserOrigin ?? each.remoteIp ?? '',
          formatInstant(each.ts),
          each.scopes.join(' '),
        ]),
      );
    }
    if (paired.length === 0) return;
    out.line();
    out.line(`Let in (${paired.length}):`);
    out.table(
      ['DEVICE', 'NAME', 'STATE', 'SINCE', 'MAY'],
      paired.map((each) => [
        each.deviceId,
        each.displayName ?? '',
        each.connected ? 'connected' : '',
        formatInstant(each.approvedAtMs),
        each.scopes.join(' '),
      ]),
    );
  });

function unknownRequest(requestId: string): PortcullisError {
  return new PortcullisError('device.unknown_request', `There is no request ${quote(requestId)}.`, {
    hint: 'Requests expire. "openclaw devices list" shows those that count.',
  });
}

/** The request that is named, or the only one there is. */
async function findRequest(
  { input }: Invocation,
  { ask }: OperatorSession,
): Promise<DeviceRequest> {
  const { pending } = await ask('device.pair.list', {});
  const requestId = input.given('request');
  if (requestId !== undefined) {
    const named = pending.find((each) => each.requestId === requestId);
    if (named === undefined) throw unknownRequest(requestId);
    return named;
  }
  const [first, second] = pending;
  if (first !== undefined && second === undefined) return first;
  throw new PortcullisError(
    'device.ambiguous',
    first === undefined
      ? 'No device asks to be let in.'
      : 'More than one device asks to be let in.',
    { hint: 'Name the request; "openclaw devices list" shows all.' },
  );
}

/** A request that was not named is approved only by somebody who was shown whose it is. */
async function confirmDevice({ input, doors }: Invocation, request: DeviceRequest): Promise<void> {
  if (input.given('request') !== undefined || input.flag('yes')) return;
  const from = request.browserOrigin ?? request.remoteIp ?? 'an unknown place';
  const question = `Let in ${nameOf(request)} from ${from}, which asks for ${request.scopes.join(' ')}?`;
  if (await doors.confirm(question)) return;
  throw new PortcullisError('usage.declined', 'No device was let in.', {
    hint: '"openclaw devices reject" refuses it for good.',
  });
}

/** `openclaw devices approve [request]`. */
export const approveDevice: CommandHandler = (invocation) =>
  withOperator(invocation, async (session) => {
    const { out, json } = invocation;
    const request = await findRequest(invocation, session);
    await confirmDevice(invocation, request);
    const { requestId } = request;
    const { device } = await session.ask('device.pair.approve', { requestId });
    if (json) out.json({ ok: true, requestId, device });
    else out.line(`${nameOf(device)} is let in: ${device.scopes.join(' ')}.`);
  });

/** `openclaw devices reject <request>`. */
export const rejectDevice: CommandHandler = (invocation) =>
  withOperator(invocation, async (session) => {
    const { out, json } = invocation;
    const request = await findRequest(invocation, session);
    const { requestId, deviceId } = request;
    await session.ask('device.pair.reject', { requestId });
    if (json) out.json({ ok: true, requestId, deviceId });
    else out.line(`${nameOf(request)} was refused.`);
  });

/** `openclaw devices remove <device>`. */
export const removeDevice: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { input, out, json } = invocation;
    const { deviceId } = await ask('device.pair.remove', { deviceId: input.argument('device') });
    if (json) out.json({ ok: true, deviceId });
    else out.line(`${deviceId} may no longer connect.`);
  });

/** `openclaw devices rename <device> <name>`. */
export const renameDevice: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { input, out, json } = invocation;
    const params = { deviceId: input.argument('device'), label: input.argument('name') };
    const { deviceId, label } = await ask('device.pair.rename', params);
    if (json) out.json({ ok: true, deviceId, label });
    else out.line(`${deviceId} is called ${label} now.`);
  });

/** `openclaw devices rotate <device>`. */
export const rotateDevice: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { input, out, json } = invocation;
    const scopes = input
      .text('scopes')
      ?.split(/[\s,]+/u)
      .filter((each) => each !== '');
    const {
      deviceId,
      role,
      scopes: kept,
    } = await ask('device.token.rotate', {
      deviceId: input.argument('device'),
      role: input.text('role') ?? 'operator',
      ...(scopes === undefined ? {} : { scopes }),
    });
    if (json) {
      out.json({ ok: true, deviceId, role, scopes: kept });
      return;
    }
    out.line(`The token of ${deviceId} as ${role} counts no more. It may: ${kept.join(' ')}.`);
    out.note('It gets its new token when it connects with another credential.');
  });

/** `openclaw devices revoke <device>`. */
export const revokeDevice: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { input, out, json } = invocation;
    const { deviceId, role } = await ask('device.token.revoke', {
      deviceId: input.argument('device'),
      role: input.text('role') ?? 'operator',
    });
    if (json) out.json({ ok: true, deviceId, role });
    else out.line(`${deviceId} may no longer connect as ${role}.`);
  });

/** `openclaw devices clear`. */
export const clearDevices: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { input, out, json, doors } = invocation;
    const { pending, paired } = await ask('device.pair.list', {});
    const withPending = input.flag('pending');
    const what = `${paired.length} paired and ${withPending ? pending.length : 0} asking`;
    if (!input.flag('yes') && !(await doors.confirm(`Shut out every device: ${what}?`))) {
      throw new PortcullisError('usage.declined', 'No device was shut out.', {
        hint: '"openclaw devices remove" shuts out one.',
      });
    }
    for (const { deviceId } of paired) await ask('device.pair.remove', { deviceId });
    if (withPending) {
      for (const { requestId } of pending) await ask('device.pair.reject', { requestId });
    }
    const removed = paired.length;
    const rejected = withPending ? pending.length : 0;
    if (json) out.json({ ok: true, removed, rejected });
    else out.line(`Shut out: ${removed} paired, ${rejected} asking.`);
  });
