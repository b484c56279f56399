/**
 * A gateway and a node, each a process of its own: paired, approved, asked by operator and agent,
 * held to both policies, killed, and taken back.
 */
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { FakeAnswer, FakeModelRequest } from '@portcullis/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import {
  type Finished,
  type GatewayCommand,
  type NodeCommand,
  openclaw,
  openclawJson,
  runGateway,
  runNode,
} from './openclaw.ts';
import { type World, createWorld, lastUserText, until } from './world.ts';

const TOKEN = 'e2e-token-of-sufficient-length-0001';

let world: World;
let gateway: GatewayCommand;
let node: NodeCommand;
let nodeId: string;
/** The environment of the other machine. */
let there: Readonly<Record<string, string | undefined>>;

/** Calls the tool a message names, once, and then says what came of it. */
function respond(request: FakeModelRequest): string | FakeAnswer {
  const text = lastUserText(request);
  if (request.lastText !== text) return `result: ${request.lastText}`;
  const [, name, input] = /^use (\w+) (.*)$/su.exec(text) ?? [];
  if (name === undefined || input === undefined) return `heard ${text}`;
  return { toolCalls: [{ name, input: JSON.parse(input) as unknown }] };
}

const workspace = (): string => join(realpathSync(world.folder), 'there', 'work');

beforeAll(async () => {
  world = await createWorld(respond, (config) => ({
    ...config,
    channels: {},
    gateway: {
      ...(config as { gateway: object }).gateway,
      nodes: { commands: { allow: ['system.run', 'system.which'] } },
    },
    tools: { profile: 'coding', exec: { security: 'full', ask: 'always' } },
  }));
  gateway = await runGateway(world.env);
  const state = join(world.folder, 'there', 'state');
  mkdirSync(state, { recursive: true });
  const config = {
    gateway: { mode: 'remote', remote: { url: gateway.url } },
    nodeHost: {
      exec: {
        workspace: join(world.folder, 'there', 'work'),
        allowlist: [{ pattern: '/usr/bin/touch' }, { pattern: '/usr/bin/sleep' }],
      },
    },
  };
  writeFileSync(join(state, 'openclaw.json'), JSON.stringify(config), { mode: 0o600 });
  there = {
    ...world.env,
    HOME: join(world.folder, 'there'),
    OPENCLAW_STATE_DIR: state,
    OPENCLAW_GATEWAY_TOKEN: TOKEN,
  };
  node = runNode(there, '--display-name', 'other machine');
  await until(() => node.news().some(({ what }) => what === 'waiting'), 'a node that waits');
  nodeId = String(node.news()[0]?.['nodeId']);
}, 60_000);

afterAll(async () => {
  node.child.kill('SIGKILL');
  gateway.child.kill('SIGKILL');
  await world.close();
});

/** Asks the node on the command line; what is printed with --json. */
function invoke(command: string, params: object, ...more: readonly string[]): Promise<Finished> {
  const asked = ['--command', command, '--params', JSON.stringify(params), '--json'];
  return openclaw(world.env, 'nodes', 'invoke', '--node', nodeId, ...asked, ...more);
}

const run = (argv: readonly string[], ...more: readonly string[]): Promise<Finished> =>
  invoke('system.run', { command: argv }, ...more);

interface Question {
  readonly id: string;
}

/** Allows the one question that waits. */
async function allow(): Promise<void> {
  const questions = async (): Promise<readonly Question[]> => {
    const answer = await openclawJson<Record<string, unknown>>(world.env, 'approvals', 'list');
    return (Object.values(answer).find((value) => Array.isArray(value)) ?? []) as Question[];
  };
  await until(async () => (await questions()).length === 1, 'a question', 20_000);
  const id = (await questions())[0]?.id ?? '';
  expect((await openclaw(world.env, 'approvals', 'show', id)).stdout).toContain(nodeId);
  expect(await openclaw(world.env, 'approvals', 'allow', id)).toMatchObject({ code: 0 });
}

const journal = (): readonly Record<string, unknown>[] =>
  readFileSync(join(world.folder, 'there', 'state', 'node-host', 'commands.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** How often the node was asked to run something. */
const asked = (): number =>
  journal().filter(({ phase, command }) => phase === 'asked' && command === 'system.run').length;

const connected = (of: NodeCommand): Promise<void> =>
  until(() => of.news().some(({ what }) => what === 'connected'), 'a connection', 30_000);

describe('a machine that wants to be a node', () => {
  test('is let in by one decision and asked for something after another', async () => {
    const { requestId } = node.news().find(({ what }) => what === 'waiting') ?? {};
    const before = await openclaw(world.env, 'nodes', 'list');
    expect(before.stdout).toContain(`openclaw devices approve ${String(requestId)}`);
    await openclawJson(world.env, 'devices', 'approve', String(requestId));
    await connected(node);
    const early = await invoke('system.which', { bins: ['sh'] });
    expect(early.code).toBe(1);
    expect(early.stdout).toContain('node.not_paired');
    const { pending } = await openclawJson<{
      pending: { requestId: string; commands: string[] }[];
    }>(world.env, 'nodes', 'pending');
    expect(pending).toHaveLength(1);
    expect(pending[0]?.commands).toEqual(['system.run', 'system.run.prepare', 'system.which']);
    await openclawJson(world.env, 'nodes', 'approve', pending[0]?.requestId ?? '', '--yes');
    const { stdout } = await invoke('system.which', { bins: ['sh'] });
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, nodeId, payload: { bins: {} } });
    const status = await openclaw(world.env, 'nodes', 'status', '--connected');
    expect(status.stdout).toContain('other machine');
  }, 60_000);
});

describe('a command for the node', () => {
  test('runs there once a person at the gateway allowed exactly it', async () => {
    const answer = run(['touch', 'from operator'], '--idempotency-key', 'first');
    await allow();
    const { code, stdout, stderr } = await answer;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ payload: { exitCode: 0, success: true } });
    expect(existsSync(join(workspace(), 'from operator'))).toBe(true);
  }, 60_000);

  test('P12.01: is not run again by the same key', async () => {
    const before = asked();
    const again = await run(['touch', 'from operator'], '--idempotency-key', 'first');
    expect(JSON.parse(again.stdout)).toMatchObject({ payload: { exitCode: 0 } });
    expect(asked()).toBe(before);
    const other = await run(['touch', 'other'], '--idempotency-key', 'first');
    expect(other.stdout).toContain('node.call_conflict');
  }, 60_000);

  test('is refused by the gateway where it is not listed', async () => {
    for (const command of ['fs.listDir', 'browser.proxy', 'system.execApprovals.set']) {
      expect((await invoke(command, {})).stdout).toContain('node.command_denied');
    }
  }, 60_000);

  test('is refused by the node where its own list does not have it, approved or not', async () => {
    const answer = run(['mkdir', 'made']);
    await allow();
    expect((await answer).stdout).toContain('exec.allowlist.miss');
    expect(existsSync(join(workspace(), 'made'))).toBe(false);
  }, 60_000);

  test('comes from the agent by the same way', async () => {
    const input = JSON.stringify({ command: 'touch from-agent', node: nodeId });
    const turn = openclaw(world.env, 'agent', '--message', `use exec ${input}`);
    await allow();
    expect((await turn).code).toBe(0);
    expect(existsSync(join(workspace(), 'from-agent'))).toBe(true);
    expect(existsSync(join(world.folder, 'state', 'workspace', 'from-agent'))).toBe(false);
  }, 60_000);
});

describe('a node that is killed', () => {
  test('fails what it was asked for, comes back by its own token, and is asked again', async () => {
    const lost = run(['sleep', '100']);
    await allow();
    await until(
      () => journal().some(({ command, effect }) => command === 'system.run' && effect === 'allow'),
      'a command that runs',
    );
    await until(
      () => node.news().filter(({ command }) => command === 'system.run').length >= 4,
      'a command that runs',
    );
    node.child.kill('SIGKILL');
    expect((await lost).stdout).toContain('node.disconnected');
    const { OPENCLAW_GATEWAY_TOKEN: _token, ...withoutToken } = there;
    node = runNode(withoutToken);
    await connected(node);
    const { stdout } = await invoke('system.which', { bins: ['sh'] });
    expect(JSON.parse(stdout)).toMatchObject({ ok: true });
  }, 60_000);
});

describe('a node that is taken back', () => {
  test('P23.01: fails what it was asked for, ends, and has to ask anew', async () => {
    const lost = run(['sleep', '100']);
    await allow();
    await until(() => node.news().some(({ command }) => command === 'system.run'), 'a command');
    await openclawJson(world.env, 'nodes', 'remove', '--node', nodeId);
    expect((await lost).code).toBe(1);
    const { code, stdout } = await node.finished;
    expect(code).toBe(1);
    expect(stdout).toContain('node.revoked');
    node = runNode(there);
    await until(() => node.news().some(({ what }) => what === 'waiting'), 'a node that waits');
    expect(await openclaw(world.env, 'audit', 'verify')).toMatchObject({ code: 0 });
    node.child.kill('SIGTERM');
    expect((await node.finished).code).toBe(0);
  }, 60_000);
});
