import type { MethodName } from '@portcullis/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { checkedCall, failedCall } from './checked-call.ts';
import { type Bench, openAuthed, type Raw, startBench } from './clients.ts';
import { configText, TOKEN } from './fake-services.ts';

let bench: Bench;
let raw: Raw;

beforeEach(async () => {
  bench = await startBench();
  raw = await openAuthed(bench);
});

afterEach(() => bench.close());

/** Calls a method of the connection under test. */
const call = (method: MethodName, params?: unknown) => checkedCall(raw, method, params);
const fail = (method: string, params?: unknown) => failedCall(raw, method, params);

describe('sending a message', () => {
  const message = { to: '42', channel: 'telegram', message: 'hi', idempotencyKey: 'k1' };

  test.each([
    [{}, 'telegram:42'],
    [{ to: '-100123' }, 'telegram:group:-100123'],
    [{ to: 'group:-100123' }, 'telegram:group:-100123'],
    [{ to: 'telegram:42' }, 'telegram:42'],
    [{ to: '-1', channel: 'irc' }, 'irc:-1'],
  ])('%j goes to %s', async (change, to) => {
    expect(await call('send', { ...message, ...change })).toMatchObject({
      runId: 'k1',
      status: 'sent',
      messageId: '12',
      decision: 'flow.ok',
    });
    expect(bench.services.messages.sent).toMatchObject([{ request: { to, text: 'hi' } }]);
  });

  test('a rehearsal, a failure and a refusal are told apart', async () => {
    expect(await call('send', { ...message, dryRun: true })).toMatchObject({
      status: 'rehearsed',
      messageIds: [],
    });
    expect(await call('send', { ...message, to: 'blocked' })).toMatchObject({
      status: 'failed',
      error: 'The bot was blocked.',
    });
    expect((await fail('send', { ...message, to: 'nobody' })).details).toMatchObject({
      reason: 'send.unknown_peer',
    });
    expect((await fail('send', { ...message, mediaUrl: 'file:///etc/passwd' })).message).toContain(
      'mediaUrl',
    );
  });
});

describe('channels and pairing', () => {
  const request = { channel: 'telegram', accountId: 'default', senderId: '42', code: 'ABCD2345' };

  test('status names each account', async () => {
    const status = await call('channels.status', { probe: false });
    expect(status).toMatchObject({
      channelOrder: ['telegram'],
      channelLabels: { telegram: 'Telegram' },
      channels: { telegram: { configured: true, running: true, connected: true } },
      channelAccounts: { telegram: [{ accountId: 'default', name: '@a_bot', lastError: null }] },
      channelDefaultAccountId: { telegram: 'default' },
    });
  });

  test('accounts are stopped, started and logged out of, by whom is known', async () => {
    const wanted = { channel: 'telegram', accountId: 'default' };
    expect(await call('channels.stop', wanted)).toEqual({ ...wanted, stopped: true });
    expect(await call('channels.start', { channel: 'telegram' })).toEqual({
      ...wanted,
      started: true,
      healthState: 'connected',
      lastError: null,
    });
    expect(await call('channels.logout', wanted)).toEqual({
      ...wanted,
      cleared: true,
      loggedOut: false,
      network: 'ended',
    });
    const { done } = bench.services.channelControl;
    expect(done.map(({ what }) => what)).toEqual(['stop', 'start', 'logout']);
    expect(done[0]?.by).toMatchObject({ kind: 'operator', local: false });
    expect((await fail('channels.stop', { channel: 'signal' })).details).toMatchObject({
      reason: 'channel.unknown_account',
    });
  });

  test('an account is linked as by the clients of OpenClaw, who name no network', async () => {
    const begun = await call('web.login.start', { force: true, timeoutMs: 1e9 });
    expect(begun).toEqual({
      channel: 'whatsapp',
      accountId: 'default',
      connected: false,
      waiting: true,
      message: 'Scan the code.',
      qr: 'code',
      qrDataUrl: 'data:image/png;base64,AAAA',
    });
    const currentQrDataUrl = begun['qrDataUrl'];
    expect(await call('web.login.wait', { currentQrDataUrl, timeoutMs: 5 })).toMatchObject({
      connected: true,
      waiting: false,
      message: 'waited 5 ms',
    });
    expect(await call('web.login.wait', { channel: 'other' })).toMatchObject({
      channel: 'other',
      connected: false,
      waiting: false,
      message: 'waited 120000 ms',
    });
    expect(await call('web.login.cancel', {})).toEqual({ cancelled: true });
    expect(bench.services.channelControl.done.map(({ what }) => what)).toEqual([
      'login whatsapp true 120000',
      'cancel whatsapp',
    ]);
  });

  test('a picture that is none is refused before it is compared', async () => {
    const error = await fail('web.login.wait', { currentQrDataUrl: 'https://example.com/x.png' });
    expect(error).toMatchObject({ code: 'INVALID_REQUEST' });
  });

  test.each([
    'channels.start',
    'channels.stop',
    'channels.logout',
    'web.login.start',
    'web.login.wait',
    'web.login.cancel',
  ])('%s is for admins only', async (method) => {
    const reader = await openAuthed(bench, { scopes: ['operator.read', 'operator.write'] });
    const refused = await reader.request(method, { channel: 'telegram' });
    expect(refused.error).toMatchObject({ code: 'FORBIDDEN' });
    expect(bench.services.channelControl.done).toEqual([]);
  });

  test('a network is asked only when that was wished, and for a bounded time', async () => {
    const plain = await call('channels.status', {});
    expect(JSON.stringify(plain)).not.toContain('probe');
    for (const [timeoutMs, waited] of [
      [undefined, 10_000],
      [1, 1000],
      [1e9, 30_000],
    ]) {
      expect(await call('channels.status', { probe: true, timeoutMs })).toMatchObject({
        channelAccounts: {
          telegram: [
            {
              probe: { ok: false, error: `silent for ${String(waited)} ms`, elapsedMs: 5 },
              lastProbeAt: 7,
            },
          ],
        },
      });
    }
  });

  test('a request is listed, approved, revoked', async () => {
    bench.services.pairingPending.push({ ...request, createdAt: 1, lastSeenAt: 2, expiresAt: 3 });
    const list = await call('channels.pairing.list', { channel: 'telegram' });
    expect(list['requests']).toMatchObject([{ requestId: 'ABCD2345', senderId: '42' }]);
    expect(list['limits']).toEqual({ pendingPerAccount: 3, ttlMs: 3_600_000 });
    expect(list['commandOwnerConfigured']).toBe(false);
    const params = { channel: 'telegram', accountId: 'default', requestId: 'ABCD2345' };
    expect(await call('channels.pairing.approve', params)).toEqual({
      requestId: 'ABCD2345',
      senderId: '42',
      notification: 'not-requested',
      commandOwnerBootstrap: 'not-requested',
    });
    expect((await fail('channels.pairing.approve', params)).details).toMatchObject({
      code: 'pairing.unknown_code',
    });
    const revoked = await call('channels.pairing.revoke', {
      channel: 'telegram',
      accountId: 'default',
      senderId: '42',
    });
    expect(revoked).toEqual({ senderId: '42', code: 'pairing.revoked' });
  });

  test('a request is dismissed', async () => {
    bench.services.pairingPending.push({ ...request, createdAt: 1, lastSeenAt: 2, expiresAt: 3 });
    const params = { channel: 'telegram', accountId: 'default', requestId: 'ABCD2345' };
    expect(await call('channels.pairing.dismiss', params)).toEqual({
      requestId: 'ABCD2345',
      senderId: '42',
    });
    expect((await fail('channels.pairing.dismiss', params)).message).toBe('unknown requestId');
  });

  test('P22.02: making an owner takes admin, not only pairing', async () => {
    bench.services.pairingPending.push({ ...request, createdAt: 1, lastSeenAt: 2, expiresAt: 3 });
    const params = {
      channel: 'telegram',
      accountId: 'default',
      requestId: 'ABCD2345',
      bootstrapCommandOwner: true,
    };
    const pairer = await openAuthed(bench, { scopes: ['operator.pairing'] });
    const denied = await pairer.request('channels.pairing.approve', params);
    expect(denied.error?.details).toMatchObject({ missingScope: 'operator.admin' });
    expect(bench.services.pairingPending).toHaveLength(1);
    const approved = await call('channels.pairing.approve', params);
    expect(approved['commandOwnerBootstrap']).toBe('configured');
  });
});

describe('the gateway itself', () => {
  test('health and status', async () => {
    bench.services.addSession('agent:main:telegram:1');
    const health = await call('health');
    expect(health).toMatchObject({
      ok: true,
      channelOrder: ['telegram'],
      defaultAgentId: 'main',
      sessions: { count: 1, recent: [{ key: 'agent:main:telegram:1' }] },
    });
    const status = await call('status', { includeChannelSummary: false });
    expect(status).toMatchObject({
      runtimeVersion: '0.1.0-test',
      channelSummary: ['Telegram (default): connected'],
      sessions: { count: 1 },
    });
  });

  test('P22.04: session keys and paths are not for everybody', async () => {
    bench.services.addSession('agent:main:telegram:1');
    const stranger = await openAuthed(bench, {
      client: { id: 'test', version: '1', platform: 'x', mode: 'test' },
    });
    const { payload } = await stranger.request('health');
    expect(JSON.stringify(payload)).not.toContain('agent:main:telegram:1');
    const reader = await openAuthed(bench, { scopes: ['operator.read'] });
    const status = JSON.stringify((await reader.request('status')).payload);
    expect(status).not.toContain(bench.services.directory);
    const agents = JSON.stringify((await reader.request('agents.list')).payload);
    expect(agents).not.toContain('/srv/workspace');
  });

  test('P22.04: the configuration is shown without its secrets', async () => {
    bench.services.configure(`// token: ${TOKEN}\n${configText()}`);
    raw = await openAuthed(bench);
    const view = await call('config.get', {});
    expect(view).toMatchObject({
      exists: true,
      valid: true,
      config: { gateway: { auth: { mode: 'token', token: '__OPENCLAW_REDACTED__' } } },
    });
    expect(JSON.stringify(view)).not.toContain(TOKEN);
  });

  test('presence, heartbeat, identity', async () => {
    const presence = (await raw.request('system-presence')).payload as unknown as unknown[];
    expect(presence).toMatchObject([{ mode: 'gateway', reason: 'self' }]);
    expect((await raw.request('last-heartbeat')).payload).toBeNull();
    const identity = await call('gateway.identity.get');
    expect(identity['deviceId']).toMatch(/^[0-9a-f]{64}$/u);
  });

  test('budgets', async () => {
    expect(await call('budgets.list')).toEqual({
      items: [expect.objectContaining({ path: 'budgets.sender.tokensPerDay', used: 250 })],
    });
  });

  test('workspaces', async () => {
    expect(await call('workspace.list')).toEqual({
      workspaces: [{ agentId: 'main', path: '/home/x/workspace', entries: 7, unknown: 3 }],
    });
    expect(await call('workspace.adopt', { agentId: 'main' })).toMatchObject({
      workspace: { unknown: 0, adopted: 3 },
    });
  });

  test('outbox and audit log', async () => {
    bench.services.outboxItems.push({
      id: 'o1',
      state: 'unknown',
      channel: 'telegram',
      accountId: 'default',
      conversationId: '42',
      createdAt: 1,
      attempts: 1,
      part: 1,
      parts: 1,
      preview: 'hi',
    });
    expect(await call('outbox.list', { state: 'unknown' })).toMatchObject({
      items: [{ id: 'o1' }],
    });
    expect(await call('outbox.retry', { id: 'o1' })).toMatchObject({ item: { state: 'pending' } });
    expect(await call('outbox.drop', { id: 'o1' })).toMatchObject({ item: { state: 'failed' } });
    expect((await fail('outbox.drop', { id: 'no' })).details).toMatchObject({
      reason: 'outbox.not_found',
    });
    expect(await call('audit.log', { last: true, limit: 5 })).toMatchObject({
      lines: [{ seq: 1 }],
    });
    expect(await call('audit.verify')).toEqual({ ok: true, lines: 1, head: '1:ab' });
  });

  test('servers of tools are listed, looked at and accepted', async () => {
    const id = 'notes';
    expect(await call('mcp.list')).toMatchObject({ servers: [{ id, differs: true }] });
    const shown = await call('mcp.inspect', { id });
    expect(shown).toMatchObject({ tools: [{ name: 'find', standing: 'new' }] });
    expect((await fail('mcp.inspect', { id: 'other' })).details).toMatchObject({
      reason: 'server.unknown',
    });
    expect((await fail('mcp.accept', { id, digest: 'e'.repeat(64) })).details).toMatchObject({
      reason: 'server.list_changed',
    });
    const accepted = await call('mcp.accept', { id, digest: shown['digest'] });
    expect(accepted).toMatchObject({ server: { offered: ['notes__find'], differs: false } });
  });

  test('what the gateway does not have is answered with none', async () => {
    const absent: readonly MethodName[] = [
      'plugin.approval.list',
      'openclaw.approval.list',
      'update.status',
      'models.authStatus',
      'users.prefs.get',
      'tasks.list',
      'sessions.groups.list',
      'sessions.branches.list',
      'sessions.companion.state',
      'sessions.observer.visibility',
      'progressCard.get',
      'taskSuggestions.list',
      'talk.catalog',
    ];
    for (const method of absent) await call(method, { anything: 1 });
    expect(await call('update.status')).toEqual({ sentinel: null, updateAvailable: null });
  });
});
