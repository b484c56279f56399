import { readFileSync } from 'node:fs';

import { METHODS, type MethodName } from '@portcullis/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { checkedCall, failedCall } from '../server/checked-call.ts';
import { type Bench, connect, openAuthed, type Raw, startBench } from '../server/clients.ts';
import { TOKEN, configText } from '../server/fake-services.ts';
import { publishedFaults } from '../server/published-schema.ts';

const HIDDEN = '__OPENCLAW_REDACTED__';

let bench: Bench;
let raw: Raw;

beforeEach(async () => {
  bench = await startBench();
  raw = await openAuthed(bench);
});
afterEach(() => bench.close());

const call = (method: MethodName, params?: unknown) => checkedCall(raw, method, params);
const fail = (method: string, params?: unknown) => failedCall(raw, method, params);
const file = () => readFileSync(bench.services.paths.configPath, 'utf8');
const patch = (value: unknown) => JSON.stringify(value);

async function baseHash(): Promise<unknown> {
  return (await call('config.get'))['hash'];
}

describe('config.get', () => {
  test('shows the file, what is in force, and a hash that says nothing', async () => {
    const view = await call('config.get');
    expect(view).toMatchObject({
      exists: true,
      valid: true,
      config: { gateway: { auth: { token: HIDDEN } } },
      runtimeConfig: { gateway: { auth: { token: HIDDEN } } },
      hash: expect.stringMatching(/^hmac-sha256:v1:[0-9a-f]{64}$/u),
    });
    expect(view['appliedConfigHash']).toBe(view['hash']);
    expect(JSON.stringify(view)).not.toContain(TOKEN);
  });
});

describe('config.set, config.patch and config.apply', () => {
  test('need the hash of the config they were made from', async () => {
    const params = { raw: patch({ logging: { level: 'debug' } }) };
    for (const method of ['config.set', 'config.patch', 'config.apply']) {
      expect(await fail(method, params)).toMatchObject({
        code: 'INVALID_REQUEST',
        message: 'config base hash required; re-run config.get and retry',
      });
      expect(await fail(method, { ...params, baseHash: 'of-another' })).toMatchObject({
        code: 'INVALID_REQUEST',
        message: 'config changed since last load; re-run config.get and retry',
      });
    }
    expect(file()).toBe(configText());
  });

  test('take the parameters of the published schema', async () => {
    const apply = { raw: '{}', baseHash: 'x', note: 'why', restartDelayMs: 5, sessionKey: 'main' };
    expect(publishedFaults('ConfigApplyParams', apply)).toEqual([]);
    expect(METHODS['config.apply'].params.safeParse(apply).error).toBeUndefined();
    const merge = { ...apply, replacePaths: ['a.b'], deliveryContext: { channel: 'telegram' } };
    expect(publishedFaults('ConfigPatchParams', merge)).toEqual([]);
    expect(METHODS['config.patch'].params.safeParse(merge).error).toBeUndefined();
    const set = { raw: '{}', baseHash: 'x' };
    expect(publishedFaults('ConfigSetParams', set)).toEqual([]);
    expect(METHODS['config.set'].params.safeParse(set).error).toBeUndefined();
  });

  test('a patch that opens nothing is applied, told to everybody, and keeps the secrets', async () => {
    const listener = await connect(bench);
    bench.onClose(() => listener.client.stop());
    const done = await call('config.patch', {
      raw: patch({ logging: { level: 'debug' } }),
      baseHash: await baseHash(),
      note: 'looking for something',
    });
    expect(done).toMatchObject({
      ok: true,
      changedPaths: ['logging.level'],
      opens: [],
      applied: ['all'],
      config: { logging: { level: 'debug' }, gateway: { auth: { token: HIDDEN } } },
    });
    expect(file()).toContain(TOKEN);
    const told = await listener.waitFor(({ event }) => event === 'config.changed');
    expect(told.payload).toMatchObject({
      path: bench.services.paths.configPath,
      hash: done['hash'],
    });
    expect(JSON.stringify([done, told])).not.toContain(TOKEN);
    const { entries } = await call('config.history');
    expect(entries).toMatchObject([
      { how: 'patch', why: 'looking for something' },
      { how: 'file' },
    ]);
  });

  test('what opens is named and changes nothing until it is confirmed', async () => {
    const controlUi = { allowedOrigins: ['https://ui.example'] };
    const open = { gateway: { bind: 'lan', controlUi } };
    const params = { raw: patch(open), baseHash: await baseHash() };
    const refused = await fail('config.patch', params);
    expect(refused).toMatchObject({
      code: 'INVALID_REQUEST',
      details: {
        code: 'CONFIG_CONFIRMATION_REQUIRED',
        opens: [{ key: 'gateway.bind' }, { key: 'gateway.controlUi.allowedOrigins' }],
        closes: [],
        confirm: expect.any(String),
      },
    });
    expect(file()).toBe(configText());
    const { confirm } = refused.details as { confirm: string };
    const preview = await call('config.preview', { patch: params.raw });
    expect(preview).toMatchObject({ confirm, baseHash: params.baseHash });
    const done = await call('config.patch', { ...params, confirm });
    expect(done).toMatchObject({ ok: true, opens: refused.details?.['opens'] });
    expect(file()).toContain('lan');
  });

  test('what no gateway would start with is refused with the reason and what to do', async () => {
    const params = { raw: patch({ gateway: { bind: 'lan' } }), baseHash: await baseHash() };
    for (const method of ['config.patch', 'config.apply', 'config.set']) {
      const whole = file().replace('"mode":"local"', '"mode":"local","bind":"lan"');
      const text = method === 'config.patch' ? params.raw : whole;
      expect(await fail(method, { ...params, raw: text })).toMatchObject({
        code: 'INVALID_REQUEST',
        message: expect.stringContaining('will not start'),
        details: {
          reason: 'gateway.start_refused',
          code: 'gateway.control_ui.allowed_origins_required',
          path: 'gateway.controlUi.allowedOrigins',
          hint: expect.stringContaining('gateway.controlUi.allowedOrigins'),
        },
      });
    }
    expect(file()).toBe(configText());
  });

  test('an invalid config is refused with its issues', async () => {
    const refused = await fail('config.patch', {
      raw: patch({ gateway: { bind: 'everywhere' } }),
      baseHash: await baseHash(),
    });
    expect(refused).toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringMatching(/^invalid config: gateway\.bind: /u),
      details: { issues: [{ path: 'gateway.bind', allowedValues: expect.any(Array) }] },
    });
  });

  test('what was shown can be sent back: markers keep what they hide', async () => {
    const view = await call('config.get');
    const text = String(view['raw']).replace('"local"', '"local","port":19000');
    await call('config.set', { raw: text, baseHash: view['hash'] });
    expect(file()).toContain(TOKEN);
    expect(file()).toContain('19000');
    expect(file()).not.toContain(HIDDEN);
  });

  test('a list loses entries only where the patch names it', async () => {
    bench.services.configure(configText({ trustedProxies: ['10.0.0.1', '10.0.0.2'] }));
    const raw2 = patch({ gateway: { trustedProxies: ['10.0.0.1'] } });
    const hash = await baseHash();
    const refused = await fail('config.patch', { raw: raw2, baseHash: hash });
    expect(refused.details).toMatchObject({ reason: 'config.patch_list' });
    const named = { raw: raw2, baseHash: hash, replacePaths: ['gateway.trustedProxies'] };
    const { confirm } = await call('config.preview', {
      patch: raw2,
      replacePaths: named.replacePaths,
    });
    await call('config.patch', { ...named, confirm });
    expect(JSON.parse(file())).toMatchObject({ gateway: { trustedProxies: ['10.0.0.1'] } });
  });

  test.each([
    ['mcp', { mcp: { servers: { x: { command: 'sh' } } } }, 'mcp.servers.x.command'],
    ['plugins', { plugins: { load: { paths: ['/tmp/x'] } } }, 'plugins.load.paths'],
    ['the browser', { browser: { executablePath: '/tmp/x' } }, 'browser.executablePath'],
    [
      'secrets',
      { secrets: { providers: { x: { source: 'exec' } } } },
      'secrets.providers.x.source',
    ],
    ['variables', { env: { vars: { PAGER: '/x' } } }, 'env.vars.PAGER'],
    ['the log file', { logging: { file: '/tmp/x' } }, 'logging.file'],
  ])('programs of %s cannot be set over a socket', async (_what, value, key) => {
    const params = { raw: patch(value), baseHash: await baseHash() };
    const refused = await fail('config.patch', { ...params, confirm: 'anything' });
    expect(refused).toMatchObject({
      code: 'INVALID_REQUEST',
      details: {
        code: 'CONFIG_LOCAL_ONLY',
        keys: [{ key }],
        hint: `On that machine: openclaw config set ${key} <value>`,
      },
    });
    expect(file()).toBe(configText());
  });
});

describe('the history', () => {
  test('is looked at, and gone back to, with the secrets of today', async () => {
    await call('config.patch', {
      raw: patch({ logging: { level: 'debug' } }),
      baseHash: await baseHash(),
    });
    const rotated = 'rotated-shared-secret-4711';
    const rotation = { raw: patch({ gateway: { auth: { token: rotated } } }) };
    const { confirm } = await call('config.preview', { patch: rotation.raw });
    await call('config.patch', { ...rotation, baseHash: await baseHash(), confirm });
    raw = await openAuthed(bench, { auth: { token: rotated } });
    const { entry } = await call('config.history.get', { id: '2' });
    expect(entry).toMatchObject({
      id: '2',
      afterText: expect.stringContaining('debug'),
      beforeText: expect.not.stringContaining('debug'),
    });
    const back = await call('config.rollback', { id: '1', baseHash: await baseHash(), why: 'no' });
    expect(back).toMatchObject({ ok: true, changedPaths: ['logging.level'], lost: [] });
    expect(file()).toContain(rotated);
    expect(file()).not.toContain(TOKEN);
    const { entries } = await call('config.history');
    expect(entries).toMatchObject([{ how: 'rollback', restored: '1', why: 'no' }, {}, {}, {}]);
    const all = JSON.stringify([entries, entry, back]);
    expect(all).not.toContain(TOKEN);
    expect(all).not.toContain(rotated);
  });

  test('an entry that is not there is said to be', async () => {
    expect((await fail('config.history.get', { id: '99' })).details).toMatchObject({
      reason: 'config.entry_not_found',
    });
  });
});

describe('scopes', () => {
  test.each([
    ['config.set', { raw: '{}' }],
    ['config.patch', { raw: '{}' }],
    ['config.apply', { raw: '{}' }],
    ['config.preview', { raw: '{}' }],
    ['config.rollback', { id: '1' }],
    ['config.history', {}],
    ['config.history.get', { id: '1' }],
  ])('%s is for admins, and leaves everything as it was for others', async (method, params) => {
    const scopes = ['operator.write', 'operator.approvals', 'operator.pairing'];
    const writer = await openAuthed(bench, { scopes });
    const { error } = await writer.request(method, params);
    expect(error).toMatchObject({ code: 'FORBIDDEN', message: 'missing scope: operator.admin' });
    expect(file()).toBe(configText());
  });
});

describe('config.schema', () => {
  test('describes every key, with hints for forms', async () => {
    const { schema, uiHints } = await call('config.schema');
    expect(schema).toMatchObject({
      properties: { gateway: { properties: { port: { type: 'integer', default: 18_789 } } } },
    });
    expect(uiHints).toMatchObject({
      'gateway.auth.token': { label: 'Token', group: 'gateway', sensitive: true },
      'gateway.auth.rateLimit.maxAttempts': { label: 'Max attempts', placeholder: '10' },
    });
  });

  test('looks one key up, through lists and maps', async () => {
    expect(await call('config.schema.lookup', { path: 'gateway.port' })).toMatchObject({
      path: 'gateway.port',
      schema: { type: 'integer' },
      reloadKind: 'restart',
      hintPath: 'gateway.port',
      children: [],
    });
    const auth = await call('config.schema.lookup', { path: 'gateway/auth' });
    expect(auth['children']).toContainEqual(
      expect.objectContaining({ key: 'token', path: 'gateway.auth.token', hasChildren: false }),
    );
    const binding = await call('config.schema.lookup', { path: 'bindings[0].agentId' });
    expect(binding).toMatchObject({ hintPath: 'bindings[].agentId' });
    const agent = await call('config.schema.lookup', { path: 'agents.entries.helper.name' });
    expect(agent).toMatchObject({ hintPath: 'agents.entries.*.name' });
    expect(await fail('config.schema.lookup', { path: 'gateway.nothing' })).toMatchObject({
      code: 'INVALID_REQUEST',
    });
  });
});
