/**
 * Who is connected: the gateway first, then the clients that people look at.
 *
 * @module
 */
import { hostname } from 'node:os';

import type { ConnectParams, PresenceEntry } from '@portcullis/protocol';

/** The entry of a client, or undefined for programs, which nobody needs to see. */
export function presenceOf(
  params: ConnectParams,
  granted: {
    readonly role: string;
    readonly scopes: readonly string[];
    readonly deviceId?: string | undefined;
  },
): PresenceEntry | undefined {
  const { client } = params;
  const isProgram =
    (client.id === 'cli' && client.mode === 'cli') ||
    (client.id === 'gateway-client' && client.mode === 'backend') ||
    client.mode === 'probe';
  if (isProgram) return undefined;
  const now = Date.now();
  return {
    host: client.displayName ?? client.id,
    version: client.version,
    platform: client.platform,
    ...(client.deviceFamily !== undefined && { deviceFamily: client.deviceFamily }),
    mode: client.mode,
    reason: 'connect',
    ts: now,
    onlineSince: now,
    ...(granted.deviceId !== undefined && { deviceId: granted.deviceId }),
    roles: [granted.role],
    scopes: [...granted.scopes],
    ...(client.instanceId !== undefined && { instanceId: client.instanceId }),
  };
}

/** The gateway's own entry. */
export function selfPresence(version: string, startedAt: number): PresenceEntry {
  return {
    host: hostname() === '' ? 'gateway' : hostname(),
    version,
    platform: process.platform,
    mode: 'gateway',
    reason: 'self',
    ts: Date.now(),
    onlineSince: startedAt,
  };
}
