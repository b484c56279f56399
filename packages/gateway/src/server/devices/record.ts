/**
 * A device as it is stored: which roles it was approved for, each with its scopes and its token.
 *
 * @module
 */
import { defineTable, type Table } from '@portcullis/core';
import type { DeviceRequest, PairedDevice } from '@portcullis/protocol';

/** What a device was approved for in one role, and which generation of its token is good. */
export interface TokenRecord {
  readonly role: string;
  readonly scopes: readonly string[];
  readonly generation: number;
  readonly createdAtMs: number;
  readonly rotatedAtMs?: number;
  readonly revokedAtMs?: number;
}

/** How a device came to be approved. */
export type ApprovedVia = PairedDevice['approvedVia'];

/** A device as it is stored. A removed one leaves its record, so that it is never let in silently again. */
export type DeviceRecord = Omit<PairedDevice, 'connected' | 'tokens'> & {
  readonly tokens: readonly TokenRecord[];
  readonly removedAtMs?: number;
};

/** Paired devices by device id. */
export const devicesTable: Table<DeviceRecord> = defineTable<DeviceRecord>('devices');

/** Pending requests by request id. */
export const deviceRequestsTable: Table<DeviceRequest> = defineTable<DeviceRequest>(
  'device_requests',
  { device: ['deviceId'] },
);

/** What a device asks for. */
export type DeviceAsk = Omit<DeviceRequest, 'requestId' | 'isRepair' | 'ts'>;

/** What a device was approved for in a role, taken back or not. */
export function grantOf(record: DeviceRecord, role: string): TokenRecord | undefined {
  return record.tokens.find((token) => token.role === role);
}

/** Whether the device is still approved for `role`. */
export function isApproved(record: DeviceRecord | undefined, role: string): boolean {
  if (record === undefined || record.removedAtMs !== undefined) return false;
  const grant = grantOf(record, role);
  return grant !== undefined && grant.revokedAtMs === undefined;
}

function union(left: readonly string[], right: readonly string[]): readonly string[] {
  return [...new Set([...left, ...right])];
}

/** The grant after an approval: kept and widened where a good one exists, else a new generation. */
function approvedToken(ask: DeviceAsk, earlier: DeviceRecord | undefined, now: number) {
  const { role } = ask;
  const tokens = earlier?.tokens ?? [];
  const kept = tokens.find((token) => token.role === role && token.revokedAtMs === undefined);
  if (kept !== undefined && earlier?.removedAtMs === undefined) {
    return { ...kept, scopes: union(kept.scopes, ask.scopes) };
  }
  // A generation is never used twice, not even by a device that was removed in between.
  const generation = Math.max(0, ...tokens.map((token) => token.generation)) + 1;
  return { role, scopes: union([], ask.scopes), generation, createdAtMs: now };
}

/** The device with these grants: its scopes are those of the roles that were not taken back. */
export function withTokens(record: DeviceRecord, tokens: readonly TokenRecord[]): DeviceRecord {
  const good = tokens.filter(({ revokedAtMs }) => revokedAtMs === undefined);
  const scopes = good.reduce<readonly string[]>((all, each) => union(all, each.scopes), []);
  return { ...record, roles: tokens.map(({ role }) => role), scopes: [...scopes], tokens };
}

/** What an approval makes of a request: it adds to what the device already had. */
export function toRecord(
  ask: DeviceAsk,
  earlier: DeviceRecord | undefined,
  approvedVia: ApprovedVia,
): DeviceRecord {
  const now = Date.now();
  const { browserOrigin: _origin, remoteIp: _ip, ...kept } = ask;
  const known = earlier?.removedAtMs === undefined ? earlier : undefined;
  const others = (known?.tokens ?? []).filter(({ role }) => role !== ask.role);
  const record: DeviceRecord = {
    ...kept,
    role: known?.role ?? ask.role,
    approvedVia,
    createdAtMs: known?.createdAtMs ?? now,
    approvedAtMs: now,
    tokens: [],
    ...(known?.displayName !== undefined && { displayName: known.displayName }),
  };
  return withTokens(record, [...others, approvedToken(ask, earlier, now)]);
}

/** Trimmed, ASCII letters in lower case: as devices sign it. */
function plain(text: string | undefined): string {
  return (text ?? '').trim().replaceAll(/[A-Z]/gu, (letter) => letter.toLowerCase());
}

/** Whether a device says it is the kind of machine it was approved as. What was not said then is not held against it. */
export function sameMachine(
  { platform, deviceFamily }: Pick<DeviceRecord, 'platform' | 'deviceFamily'>,
  claimed: { readonly platform: string; readonly deviceFamily?: string | undefined },
): boolean {
  return isSame(platform, claimed.platform) && isSame(deviceFamily, claimed.deviceFamily);
}

function isSame(before: string | undefined, now: string | undefined): boolean {
  return before === undefined || plain(before) === plain(now).slice(0, 64);
}
