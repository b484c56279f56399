/**
 * The commands of every day against a gateway that runs, each in a process of its own.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';

import { type GatewayCommand, openclaw, openclawJson, runGateway } from '../openclaw.ts';
import { type World, createWorld, lastUserText } from '../world.ts';

let world: World;
let gateway: GatewayCommand;

beforeAll(async () => {
  world = await createWorld((request) => `answer to ${lastUserText(request)}`);
  gateway = await runGateway(world.env);
});

afterAll(async () => {
  gateway.child.kill('SIGKILL');
  await world.close();
});

test('an agent comes and goes, and the gateway that runs knows it at once', async () => {
  const { env } = world;
  const added = await openclawJson(env, 'agents', 'add', 'Support');
  expect(added).toMatchObject({ ok: true, agentId: 'support', changed: true, live: true });
  const { agents } = await openclawJson<{ agents: readonly object[] }>(env, 'agents', 'list');
  expect(agents).toMatchObject([
    { id: 'main', isDefault: true },
    { id: 'support', isDefault: false },
  ]);
  const operator = await world.operator();
  expect(await operator.call('agents.list', {})).toMatchObject({
    agents: [{ id: 'main' }, { id: 'support' }],
  });
  await operator.close();
  expect(await openclaw(env, 'agents', 'delete', 'support', '--force')).toMatchObject({ code: 0 });
});

test('the model is asked when that is wished, and only then', async () => {
  const { env, model } = world;
  const before = model.requests.length;
  const status = await openclawJson(env, 'models', 'status', '--check');
  expect(status).toMatchObject({ ok: true, resolvedDefault: 'local/scripted' });
  expect(model.requests).toHaveLength(before);
  const tested = await openclawJson(env, 'models', 'test');
  expect(tested).toMatchObject({ ok: true, models: [{ model: 'local/scripted', ok: true }] });
  expect(model.requests).toHaveLength(before + 1);
});

test('a conversation is found, previewed, put away and deleted', async () => {
  const { env } = world;
  const key = 'agent:main:scratch';
  const said = await openclaw(env, 'agent', '--session', key, '--message', 'hello');
  expect(said).toMatchObject({ code: 0 });
  const listed = await openclawJson(env, 'sessions', '--active', '5', '--search', 'scratch');
  expect(listed).toMatchObject({ sessions: [{ key }], total: 1 });
  const { previews } = await openclawJson<{ previews: readonly object[] }>(
    env,
    'sessions',
    'preview',
    key,
  );
  expect(JSON.stringify(previews)).toContain('answer to hello');
  expect(await openclaw(env, 'sessions', 'archive', key)).toMatchObject({ code: 0 });
  expect(await openclawJson(env, 'sessions', '--archived')).toMatchObject({ sessions: [{ key }] });
  expect(await openclaw(env, 'sessions', 'delete', key, '--yes')).toMatchObject({ code: 0 });
  const gone = await openclaw(env, 'sessions', 'show', key);
  expect(gone.code).toBe(1);
  expect(gone.stderr).toContain('session.not_found');
});

test('webhooks, packages and the browser are told as they are', async () => {
  const { env } = world;
  expect(await openclawJson(env, 'hooks', 'list')).toMatchObject({ ok: true, enabled: false });
  expect(await openclaw(env, 'hooks', 'check')).toMatchObject({ code: 0 });
  expect(await openclawJson(env, 'plugins', 'doctor')).toMatchObject({ ok: true, issues: [] });
  const { plugins } = await openclawJson<{ plugins: readonly { id: string }[] }>(
    env,
    'plugins',
    'list',
    '--enabled',
  );
  expect(plugins.map(({ id }) => id)).toEqual(expect.arrayContaining(['models', 'telegram']));
  expect(await openclawJson(env, 'browser', 'status')).toMatchObject({ available: false });
});
