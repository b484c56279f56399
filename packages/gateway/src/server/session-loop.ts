/**
 * The life of an authenticated connection: one frame after another is checked and answered.
 *
 * Promises: authority is read per frame, so what was taken back is refused at the next one; a
 * connection's faults end that connection and nothing else.
 *
 * @module
 */
import { CLOSE, LIMITS } from '@portcullis/protocol';

import { Prepared } from './answers.ts';
import { type Authority, holdsScope } from './authority.ts';
import type { Connection } from './connection.ts';
import { grantOf } from './devices/record.ts';
import type { DeviceRegistry } from './devices/registry.ts';
import { invoke, isFor, isMethod, isWaiting } from './dispatch.ts';
import { endCallsOf } from './ending.ts';
import { decodeRequest, encodeError, encodeResult, toErrorShape } from './frames.ts';
import type { MethodContext, Plane } from './plane.ts';
import { busy, invalidRequest } from './refusal.ts';
import { traced } from '../trace/traced.ts';

/** Requests refused in a row because of the role before the connection is closed. */
const MAX_ROLE_ERRORS = 10;

/** Answers longer than this are joined as bytes that were encoded once. */
const BYTES_FROM = 4096;

/** What the loop of every connection needs. */
export interface LoopContext {
  readonly plane: Plane;
  readonly authority: Authority;
  readonly devices: DeviceRegistry;
  /** Requests in work, over all connections, and the bytes they came in. */
  readonly load: { running: number; waiting: number; bytes: number };
}

/** Why the connection may not go on, or undefined. */
export function revocation(
  connection: Connection,
  { authority, devices }: Pick<LoopContext, 'authority' | 'devices'>,
): string | undefined {
  const { facts } = connection;
  if (facts.authGeneration !== authority.generation()) return 'gateway auth changed';
  if (facts.deviceId === undefined) return undefined;
  const record = devices.find(facts.deviceId);
  if (record === undefined || record.removedAtMs !== undefined) return 'device removed';
  const grant = grantOf(record, facts.role);
  if (grant === undefined || grant.revokedAtMs !== undefined) {
    return 'client invalidated: device token changed';
  }
  if (facts.tokenGeneration !== undefined && grant.generation !== facts.tokenGeneration) {
    return 'client invalidated: device token changed';
  }
  // A grant that is the same object as at the last frame covers what it covered then.
  if (connection.coveredBy === grant) return undefined;
  if (!facts.scopes.every((scope) => holdsScope(grant.scopes, scope))) {
    return 'client invalidated: device rights changed';
  }
  connection.coveredBy = grant;
  return undefined;
}

/** Closes the connection if what let it in no longer does, and ends the calls that it made. */
export function closeIfRevoked(
  connection: Connection,
  context: Pick<LoopContext, 'authority' | 'devices' | 'plane'>,
): boolean {
  const reason = revocation(connection, context);
  if (reason === undefined) return false;
  connection.close(CLOSE.revoked, reason);
  endCallsOf(connection.caller.id, context.plane.services);
  return true;
}

function sendResult(connection: Connection, id: string, result: unknown): void {
  if (!(result instanceof Prepared)) {
    connection.send(encodeResult(id, JSON.stringify(result) ?? 'null'));
  } else if (result.json.length < BYTES_FROM) {
    connection.send(encodeResult(id, result.json));
  } else {
    const head = `{"type":"res","id":${JSON.stringify(id)},"ok":true,"payload":`;
    connection.send(Buffer.concat([Buffer.from(head), result.tail]));
  }
}

/** A request and the size of its frame. */
interface Call {
  readonly id: string;
  readonly method: string;
  readonly params?: unknown;
  readonly traceparent?: string | undefined;
  readonly size: number;
}

/** Runs one connection may wait for at once. */
const MAX_WAITS = 32;

/** Counts a call against the limits of the server and of its connection while it runs. */
async function underLoad<T>(
  connection: Connection,
  { method, size }: Call,
  load: LoopContext['load'],
  work: () => Promise<T>,
): Promise<T> {
  const kind = isWaiting(method) ? 'waiting' : 'running';
  const full = load[kind] >= LIMITS.queuedRequests || load.bytes + size > LIMITS.queuedBytes;
  if (full || (kind === 'waiting' && connection.waits >= MAX_WAITS)) throw busy();
  load[kind] += 1;
  load.bytes += size;
  if (kind === 'waiting') connection.waits += 1;
  try {
    return await work();
  } finally {
    load[kind] -= 1;
    load.bytes -= size;
    if (kind === 'waiting') connection.waits -= 1;
  }
}

function refuseRole(connection: Connection, id: string): void {
  connection.roleErrors += 1;
  connection.send(
    encodeError(id, {
      code: 'INVALID_REQUEST',
      message: `unauthorized role: ${connection.facts.role}`,
    }),
  );
  if (connection.roleErrors > MAX_ROLE_ERRORS) {
    connection.close(CLOSE.policy, 'repeated unauthorized calls');
  }
}

function contextOf(connection: Connection, id: string, { plane }: LoopContext): MethodContext {
  return {
    plane,
    services: plane.services,
    caller: connection.caller,
    follower: connection,
    ...(connection.link !== undefined && { link: connection.link }),
    get signal() {
      return connection.signal;
    },
    respond: (payload) => sendResult(connection, id, payload),
  };
}

async function answer(connection: Connection, call: Call, context: LoopContext): Promise<void> {
  const { id, method, params } = call;
  try {
    if (method === 'connect') throw invalidRequest('connect is only valid as the first request');
    const run = (): Promise<unknown> =>
      invoke(method, params, contextOf(connection, id, context), (scope) =>
        connection.holds(scope),
      );
    const known = isMethod(method) ? method : '<unknown>';
    const result = await underLoad(connection, call, context.load, () =>
      traced('gateway.method', { method: known }, run, call.traceparent),
    );
    sendResult(connection, id, result);
  } catch (error) {
    const shape = toErrorShape(error);
    if (shape.code === 'UNAVAILABLE' && shape.retryable !== true) {
      context.plane.services.log.error({ error, method }, 'a method failed');
    }
    connection.send(encodeError(id, shape));
  }
}

/** Handles one message of an authenticated connection. */
export async function handleFrame(
  connection: Connection,
  data: Buffer,
  context: LoopContext,
): Promise<void> {
  if (connection.closed) return;
  const decoded = decodeRequest(data);
  if (connection.facts.deviceId !== undefined && !context.devices.isSettled) {
    await context.devices.settle();
  }
  if (closeIfRevoked(connection, context)) return;
  if (decoded.kind !== 'request') {
    const fault = decoded.kind === 'not_json' ? 'not JSON' : decoded.fault;
    const id = decoded.kind === 'not_json' ? 'invalid' : decoded.id;
    const message = `invalid request frame: ${fault}`;
    connection.send(encodeError(id, { code: 'INVALID_REQUEST', message }));
    return;
  }
  const { method } = decoded.frame;
  if (method !== 'connect' && !isFor(connection.facts.role, method)) {
    refuseRole(connection, decoded.frame.id);
    return;
  }
  connection.roleErrors = 0;
  await answer(connection, { ...decoded.frame, size: data.length }, context);
}
