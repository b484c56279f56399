// Pins: a red test here means the public surface moved. Update it on purpose, in the same change
// as a changeset.
import { expect, test } from 'vitest';

import * as entry from '../src/index.ts';

test('the entry point', () => {
  expect(Object.keys(entry).toSorted()).toEqual([
    'CLIENT_IDS',
    'CLIENT_MODES',
    'CLOSE',
    'CONNECT_ERROR_CODES',
    'ERROR_CODES',
    'EVENTS',
    'LIMITS',
    'METHODS',
    'MIN_PROBE_PROTOCOL_VERSION',
    'PROTOCOL_VERSION',
    'SCOPES',
    'agentEventSchema',
    'auditLineSchema',
    'challengeSchema',
    'channelAccountSchema',
    'chatEventSchema',
    'connectParamsSchema',
    'describeFault',
    'errorShapeSchema',
    'eventFrameSchema',
    'helloOkSchema',
    'requestFrameSchema',
    'responseFrameSchema',
    'scopeSchema',
  ]);
});

test('the methods', () => {
  expect(Object.keys(entry.METHODS).toSorted()).toEqual([
    'agent',
    'agent.identity.get',
    'agent.wait',
    'agents.list',
    'audit.log',
    'audit.verify',
    'channels.pairing.approve',
    'channels.pairing.dismiss',
    'channels.pairing.list',
    'channels.pairing.revoke',
    'channels.status',
    'chat.abort',
    'chat.history',
    'chat.metadata',
    'chat.send',
    'chat.startup',
    'commands.list',
    'config.get',
    'device.pair.approve',
    'device.pair.list',
    'device.pair.reject',
    'device.pair.remove',
    'device.pair.rename',
    'device.token.revoke',
    'device.token.rotate',
    'exec.approval.list',
    'gateway.identity.get',
    'health',
    'last-heartbeat',
    'logs.tail',
    'models.authStatus',
    'models.list',
    'openclaw.approval.list',
    'outbox.drop',
    'outbox.list',
    'outbox.retry',
    'plugin.approval.list',
    'progressCard.get',
    'question.list',
    'sessions.abort',
    'sessions.branches.list',
    'sessions.companion.state',
    'sessions.delete',
    'sessions.describe',
    'sessions.get',
    'sessions.groups.list',
    'sessions.list',
    'sessions.messages.subscribe',
    'sessions.messages.unsubscribe',
    'sessions.observer.visibility',
    'sessions.patch',
    'sessions.preview',
    'sessions.reset',
    'sessions.resolve',
    'sessions.send',
    'sessions.subscribe',
    'sessions.unsubscribe',
    'status',
    'system-presence',
    'talk.catalog',
    'taskSuggestions.list',
    'tasks.list',
    'update.status',
    'users.prefs.get',
  ]);
});

test('the events', () => {
  expect(Object.keys(entry.EVENTS).toSorted()).toEqual([
    'agent',
    'chat',
    'device.pair.requested',
    'device.pair.resolved',
    'health',
    'presence',
    'session.message',
    'sessions.changed',
    'shutdown',
    'tick',
  ]);
});

test('the numbers clients rely on', () => {
  expect(entry.PROTOCOL_VERSION).toBe(4);
  expect(entry.LIMITS).toMatchObject({
    preauthPayload: 65_536,
    payload: 26_214_400,
    buffered: 52_428_800,
    tickInterval: 30_000,
    handshake: 15_000,
    handshakeFrames: 15,
    queuedRequests: 256,
    deviceProofAge: 120_000,
  });
  expect(entry.CLOSE).toEqual({
    normal: 1000,
    protocolError: 1002,
    invalidData: 1007,
    policy: 1008,
    tooBig: 1009,
    internal: 1011,
    restart: 1012,
    tryLater: 1013,
    revoked: 4001,
  });
});
