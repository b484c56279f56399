/**
 * Plugins of others, as somebody outside makes and uses them: packed by npm, installed into a state
 * directory, agreed to, driven from end to end, and refused once a byte of them is another.
 */
import { execFile } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import type { FakeAnswer, FakeModelRequest } from '@portcullis/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type GatewayCommand, openclaw, openclawJson, runGateway } from '../openclaw.ts';
import { type World, createWorld, lastUserText } from '../world.ts';

const EXAMPLES = fileURLToPath(new URL('../../../examples/third-party/', import.meta.url));
const TOKEN = 'token-of-the-line-chat-0001';
const PATIENCE = { timeout: 10_000 };

/** The fake server of the example, as its own tests use it. */
interface FakeServer {
  readonly port: number;
  says(sender: string, text: string): void;
  unacknowledged(): number;
  listeners(): number;
  sent(): readonly { readonly to: string; readonly text: string }[];
  close(): Promise<unknown>;
}

interface Listed {
  readonly id: string;
  readonly status: string;
  readonly root: string;
  readonly integrity: string;
  readonly refusal?: { readonly code: string };
}

let world: World;
let server: FakeServer;
let gateway: GatewayCommand;

function respond(request: FakeModelRequest): string | FakeAnswer {
  const text = lastUserText(request);
  if (request.lastText !== text) return `result: ${request.lastText}`;
  if (text !== 'count it') return `heard ${text}`;
  return { toolCalls: [{ name: 'wordcount', input: { path: 'notes.txt' } }] };
}

async function pack(name: string): Promise<string> {
  const args = [
    'pack',
    join(EXAMPLES, name),
    '--ignore-scripts',
    '--pack-destination',
    world.folder,
  ];
  await promisify(execFile)('npm', args, { cwd: world.folder, env: world.env });
  return join(world.folder, `portcullis-${name}-0.1.0.tgz`);
}

async function pluginOf(id: string): Promise<Listed | undefined> {
  const { plugins } = await openclawJson<{ plugins: Listed[] }>(world.env, 'plugins', 'list');
  return plugins.find((plugin) => plugin.id === id);
}

async function run(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await openclaw(world.env, ...args);
  expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout;
}

const saidTo = (person: string): readonly string[] =>
  server.sent().flatMap(({ to, text }) => (to === person ? [text] : []));

async function auditRows(): Promise<readonly { code?: string; plugin?: string }[]> {
  type Log = { lines: { entry: { code?: string; plugin?: string } }[] };
  const { lines } = await openclawJson<Log>(world.env, 'audit', 'log', '--limit', '100');
  return lines.map(({ entry }) => entry);
}

beforeAll(async () => {
  const file = join(EXAMPLES, 'linechat/test/fake-server.js');
  const { fakeLinechat } = (await import(file)) as {
    fakeLinechat: (token: string) => Promise<FakeServer>;
  };
  server = await fakeLinechat(TOKEN);
  world = await createWorld(respond, (config) => ({
    ...config,
    tools: { profile: 'messaging', exec: { security: 'deny', ask: 'always' } },
    channels: { linechat: { port: server.port, token: TOKEN, dmPolicy: 'pairing' } },
  }));
  gateway = await runGateway(world.env);
});

afterAll(async () => {
  gateway.child.kill('SIGKILL');
  await gateway.finished;
  await server.close();
  await world.close();
});

describe('a plugin of others', () => {
  test('is installed from what npm packed, and not loaded by that', async () => {
    for (const name of ['linechat', 'wordcount']) await run('plugins', 'install', await pack(name));
    expect(await pluginOf('linechat')).toMatchObject({ status: 'off' });
    server.says('anna', 'is somebody there?');
    // A reload is when it would be loaded.
    await run('config', 'set', 'pairing.maxPending', '2', '--yes');
    expect({ listeners: server.listeners(), sent: server.sent() }).toEqual({
      listeners: 0,
      sent: [],
    });
  });

  test('brings a channel once it was agreed to, while the gateway runs', async () => {
    const enabled = await run('plugins', 'enable', 'linechat', '--yes');
    expect(enabled).toContain('with every right the gateway has');
    expect(enabled).toContain('linechat.server_elsewhere');
    await expect.poll(() => saidTo('anna').length, PATIENCE).toBe(1);
    expect(server.unacknowledged()).toBe(0);
    const code = /\b[A-HJ-NP-Z2-9]{8}\b/u.exec(saidTo('anna')[0] ?? '')?.[0] ?? 'none';
    await run('pairing', 'approve', 'linechat', code);
    server.says('anna', 'good morning');
    await expect.poll(() => saidTo('anna').at(-1), PATIENCE).toBe('heard good morning');
  });

  test('brings a tool that reaches the workspace through its broker, once the tool is allowed', async () => {
    const workspace = join(world.folder, 'state/workspace');
    mkdirSync(workspace, { recursive: true });
    writeFileSync(join(workspace, 'notes.txt'), 'one two three\n');
    await run('plugins', 'enable', 'wordcount', '--yes');
    const denied = await run('agent', '--message', 'count it');
    expect(denied).not.toContain('3 words');
    await run('config', 'set', 'tools.alsoAllow', '["wordcount"]', '--yes');
    expect(await run('agent', '--message', 'count it')).toContain('3 words in 2 lines');
    expect(await auditRows()).toContainEqual(expect.objectContaining({ kind: 'effect' }));
  });

  test('P27.03: is taken out at the next look once a byte of it changed, and audited', async () => {
    const { root = '' } = (await pluginOf('wordcount')) ?? {};
    appendFileSync(join(root, 'src/tool.js'), '\n');
    expect(await pluginOf('wordcount')).toMatchObject({
      status: 'refused',
      refusal: { code: 'plugin.drift' },
    });
    await run('config', 'set', 'pairing.maxPending', '1', '--yes');
    await expect
      .poll(async () => await auditRows(), PATIENCE)
      .toContainEqual(expect.objectContaining({ code: 'plugin.drift', plugin: 'wordcount' }));
    expect(await run('agent', '--message', 'count it')).not.toContain('3 words');
    const audit = await openclawJson<{ findings: { checkId: string; severity: string }[] }>(
      world.env,
      'security',
      'audit',
    );
    expect(audit.findings).toContainEqual(
      expect.objectContaining({ checkId: 'plugins.installs_version_drift', severity: 'critical' }),
    );
  });

  test('P27.03: is refused by a start, which goes on without it', async () => {
    gateway.child.kill('SIGTERM');
    await gateway.finished;
    gateway = await runGateway(world.env);
    server.says('anna', 'still there?');
    await expect.poll(() => saidTo('anna').at(-1), PATIENCE).toBe('heard still there?');
    expect(await run('agent', '--message', 'count it')).not.toContain('3 words');
    const log = readFileSync(join(world.folder, 'state/logs/gateway.log'), 'utf8');
    expect(log).toContain('plugin: refused');
  });

  test('is gone with what the config said of it', async () => {
    await run('plugins', 'remove', 'linechat', '--yes');
    expect(await pluginOf('linechat')).toBeUndefined();
    await expect.poll(() => server.listeners(), PATIENCE).toBe(0);
    const config = readFileSync(join(world.folder, 'state/openclaw.json'), 'utf8');
    expect(config).not.toContain('linechat');
    expect(config).toContain('wordcount');
  });
});
