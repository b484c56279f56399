/** Sessions, configuration, logs and records by the public client. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type GatewayCommand, runGateway } from '../openclaw.ts';
import { type World, createWorld, until } from '../world.ts';
import { connect, type Connected, TOKEN } from './public-client.ts';

let world: World;
let gateway: GatewayCommand;
let client: Connected;

beforeAll(async () => {
  world = await createWorld(() => 'hello');
  gateway = await runGateway(world.env);
  client = await connect(gateway.url);
});

afterAll(async () => {
  client.client.stop();
  gateway.child.kill('SIGKILL');
  await world.close();
});

describe('sessions', () => {
  test('are made with their first message, pinned, put away, reset and deleted', async () => {
    const { call } = client;
    await call('sessions.subscribe');
    const made = await call('sessions.create', { label: 'Trip', message: 'where to?' });
    const key = String(made['key']);
    expect(made).toMatchObject({ runStarted: true, entry: { label: 'Trip' } });
    await call('agent.wait', { runId: made['runId'] });
    const changed = await client.heard(
      'sessions.changed',
      ({ sessionKey, phase }) => sessionKey === key && phase === 'end',
    );
    expect(changed.payload).toMatchObject({ session: { key, label: 'Trip' } });

    await call('sessions.patch', { key, pinned: true, archived: true });
    expect(await call('sessions.list', {})).toMatchObject({ sessions: [] });
    expect(await call('sessions.list', { archived: true })).toMatchObject({
      sessions: [{ key, pinned: true, archived: true, lastMessagePreview: 'hello' }],
    });
    expect(await call('sessions.resolve', { label: 'Trip' })).toMatchObject({ ok: true, key });
    expect(await call('sessions.preview', { keys: [key] })).toMatchObject({
      previews: [{ status: 'ok', items: [{ role: 'user' }, { role: 'assistant' }] }],
    });
    const sent = await call('sessions.send', { key, message: 'and back?' });
    await call('agent.wait', { runId: sent['runId'] });
    expect(await call('sessions.describe', { key })).toMatchObject({
      session: { archived: false },
    });

    const reset = await call('sessions.reset', { key });
    expect(reset['entry']).not.toMatchObject({ sessionId: made['sessionId'] });
    expect(await call('sessions.get', { key })).toEqual({ messages: [] });
    expect(await call('sessions.delete', { key })).toMatchObject({ deleted: true });
    await expect(client.client.request('sessions.delete', { key: 'main' })).rejects.toThrow(
      'Cannot delete the main session',
    );
  });
});

describe('the configuration', () => {
  test('is read without its secrets, with its schema', async () => {
    const config = await client.call('config.get', {});
    expect(JSON.stringify(config)).not.toContain(TOKEN);
    expect(config).toMatchObject({ exists: true, valid: true, hash: expect.any(String) });
    const { schema } = await client.call('config.schema', {});
    expect(schema).toMatchObject({ properties: { gateway: expect.anything() } });
  });

  test('is changed only on top of what was read, and never by what does not fit', async () => {
    const { call, client: raw } = client;
    const config = await call('config.get', {});
    const patch = JSON.stringify({ agents: { defaults: { model: 'local/other' } } });
    await expect(raw.request('config.patch', { raw: patch })).rejects.toThrow(
      'config base hash required',
    );
    await expect(raw.request('config.patch', { raw: patch, baseHash: 'another' })).rejects.toThrow(
      'config changed since last load',
    );
    const wrong = JSON.stringify({ gateway: { bind: 'everywhere' } });
    await expect(
      raw.request('config.patch', { raw: wrong, baseHash: config['hash'] }),
    ).rejects.toMatchObject({
      gatewayCode: 'INVALID_REQUEST',
      details: { issues: [{ path: 'gateway.bind' }] },
    });
    const done = await call('config.patch', {
      raw: JSON.stringify({ session: { mainKey: 'home' } }),
      baseHash: config['hash'],
    });
    expect(done).toMatchObject({ ok: true, config: { session: { mainKey: 'home' } } });
    const after = await call('config.get', {});
    expect(after['hash']).not.toBe(config['hash']);
    // What was shown instead of a secret means: keep it.
    const set = await call('config.set', { raw: after['raw'], baseHash: after['hash'] });
    expect(set).toMatchObject({ ok: true });
    const again = await connect(gateway.url);
    again.client.stop();
  });
});

describe('records', () => {
  test('the log is followed by its cursor', async () => {
    const first = await client.call('logs.tail', { limit: 5 });
    const lines = first['lines'] as readonly string[];
    expect(lines.length).toBeGreaterThan(0);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      _meta: { logLevelName: expect.any(String) },
      time: expect.any(String),
      message: expect.any(String),
    });
    const next = await client.call('logs.tail', { cursor: first['cursor'] });
    expect(Number(next['cursor'])).toBeGreaterThanOrEqual(Number(first['cursor']));
  });

  test('what agents did and used is told without a word of it', async () => {
    const { call } = client;
    const runId = 'recorded';
    const send = { sessionKey: 'main', message: 'a secret wish', idempotencyKey: runId };
    await call('chat.send', send);
    await call('agent.wait', { runId });
    const { events } = await call('audit.activity.list', { runId });
    expect(events).toMatchObject([
      { action: 'agent.run.finished', status: 'succeeded', runId },
      { action: 'agent.run.started', status: 'started', runId },
    ]);
    expect(JSON.stringify(events)).not.toContain('wish');
    const cost = await call('usage.cost', { days: 1 });
    expect(cost).toMatchObject({ days: 1, daily: [{ missingCostEntries: expect.any(Number) }] });
  });

  test('nothing that came was out of shape', async () => {
    await until(() => client.events.length > 0, 'events');
    expect(client.faults).toEqual([]);
    expect(client.gaps).toEqual([]);
  });
});
