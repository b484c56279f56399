/**
 * Tools on the real gateway: files of the workspace, a command behind an approval, and what policy
 * keeps from the model.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { FakeAnswer, FakeModelRequest } from '@portcullis/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type GatewayCommand, openclaw, openclawJson, runGateway } from './openclaw.ts';
import { type World, createWorld, lastUserText, until } from './world.ts';

let world: World;
let gateway: GatewayCommand;

/** Calls the tool a message names, once, and then says what came of it. */
function respond(request: FakeModelRequest): string | FakeAnswer {
  const text = lastUserText(request);
  if (request.lastText !== text) return `result: ${request.lastText}`;
  const [, name, input] = /^use (\w+) (.*)$/su.exec(text) ?? [];
  if (name === undefined || input === undefined) return `heard ${text}`;
  return { toolCalls: [{ name, input: JSON.parse(input) as unknown }] };
}

beforeAll(async () => {
  world = await createWorld(respond, (config) => ({
    ...config,
    channels: {},
    tools: { profile: 'coding', exec: { security: 'full', ask: 'always' } },
  }));
  gateway = await runGateway(world.env);
});

afterAll(async () => {
  gateway.child.kill('SIGKILL');
  await world.close();
});

function use(tool: string, input: object): Promise<{ code: number | null; stdout: string }> {
  return openclaw(world.env, 'agent', '--message', `use ${tool} ${JSON.stringify(input)}`);
}

const workspace = (): string => join(world.folder, 'state', 'workspace');

interface Question {
  readonly id: string;
}

async function questions(): Promise<readonly Question[]> {
  const answer = await openclawJson<Record<string, unknown>>(world.env, 'approvals', 'list');
  const found = Object.values(answer).find((value) => Array.isArray(value));
  return (found ?? []) as readonly Question[];
}

/** The id of the one question that waits. */
async function waiting(): Promise<string> {
  await until(async () => (await questions()).length === 1, 'a question');
  return (await questions())[0]?.id ?? '';
}

describe('files', () => {
  test('are written and read inside the workspace, and nowhere else', async () => {
    const written = await use('write', { path: 'notes/today.txt', content: 'buy milk' });
    expect(written.code).toBe(0);
    expect(readFileSync(join(workspace(), 'notes', 'today.txt'), 'utf8')).toBe('buy milk');
    expect((await use('read', { path: 'notes/today.txt' })).stdout).toContain('buy milk');
    for (const path of ['../openclaw.json', '/etc/passwd', '/proc/self/environ']) {
      const { stdout } = await use('read', { path });
      expect(stdout).not.toContain('e2e-token');
      expect(stdout).not.toContain('root:');
      expect(stdout).toMatch(/\[f(?:s|iles)\./u);
    }
  });
});

describe('a command', () => {
  test('runs once a person allowed exactly it, and not when it was denied', async () => {
    const allowed = use('exec', { command: 'touch ran.txt' });
    const first = await waiting();
    const shown = await openclaw(world.env, 'approvals', 'show', first);
    expect(shown.stdout).toContain('touch ran.txt');
    expect(existsSync(join(workspace(), 'ran.txt'))).toBe(false);
    expect(await openclaw(world.env, 'approvals', 'allow', first)).toMatchObject({ code: 0 });
    expect((await allowed).code).toBe(0);
    expect(existsSync(join(workspace(), 'ran.txt'))).toBe(true);
    const denied = use('exec', { command: 'touch not-this.txt' });
    expect(await openclaw(world.env, 'approvals', 'deny', await waiting())).toMatchObject({
      code: 0,
    });
    await denied;
    expect(existsSync(join(workspace(), 'not-this.txt'))).toBe(false);
    expect(await openclaw(world.env, 'audit', 'verify')).toMatchObject({ code: 0 });
  });
});

describe('the web', () => {
  test('does not reach this machine or its network', async () => {
    for (const url of [
      gateway.url,
      'http://169.254.169.254/latest/meta-data/',
      'http://10.0.0.1/',
    ]) {
      expect((await use('web_fetch', { url })).stdout).toMatch(/\[net\./u);
    }
  });
});
