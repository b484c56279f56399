/**
 * Two agents in one gateway, each with its own people, workspace, model and tools: side by side, and
 * neither reaches what is the other's.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  type FakeAnswer,
  type FakeModelRequest,
  type FakeModelServer,
  fakeOpenAI,
} from '@portcullis/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type World, createWorld, lastUserText, until } from './world.ts';

const ADA = 100;
const BEN = 200;
const OF_BEN = `agent:work:telegram:direct:${String(BEN)}`;

let world: World;
let second: FakeModelServer;
const said = new Map<number, ReturnType<World['telegram']['addUser']>>();

/** Both agents have been asked to meet. */
const both = { waiting: 0, met: Promise.withResolvers<void>() };

/** Calls the tool a message names, once, and then says what came of it. */
async function respond(request: FakeModelRequest): Promise<string | FakeAnswer> {
  const text = lastUserText(request);
  if (text === 'meet') {
    both.waiting += 1;
    if (both.waiting === 2) both.met.resolve();
    await both.met.promise;
    return 'we met';
  }
  if (request.lastText !== text) return `result: ${request.lastText}`;
  const [, name, input = ''] = /^use (\w+) (.*)$/su.exec(text) ?? [];
  if (name === undefined) return `heard: ${text}`;
  return { toolCalls: [{ name, input: JSON.parse(input) as unknown }] };
}

function agentsOf(folder: string): object {
  return {
    entries: {
      home: {
        default: true,
        workspace: join(folder, 'home'),
        model: 'local/scripted',
        tools: { profile: 'coding' },
      },
      work: {
        workspace: join(folder, 'work'),
        model: 'second/scripted',
        tools: { profile: 'coding', deny: ['write', 'edit', 'apply_patch'] },
      },
    },
  };
}

beforeAll(async () => {
  second = await fakeOpenAI({ respond });
  world = await createWorld(respond, (config) => {
    const { models, channels } = config as {
      models: { providers: Record<string, object> };
      channels: { telegram: object };
    };
    const { local } = models.providers;
    return {
      ...config,
      tools: { profile: 'coding', sessions: { visibility: 'all' } },
      models: { providers: { local, second: { ...local, baseUrl: second.url } } },
      channels: {
        telegram: { ...channels.telegram, dmPolicy: 'allowlist', allowFrom: [ADA, BEN] },
      },
      // Each is the owner of what his agent knows.
      commands: { ownerAllowFrom: [`telegram:${String(ADA)}`, `telegram:${String(BEN)}`] },
      bindings: [
        {
          agentId: 'work',
          match: { channel: 'telegram', peer: { kind: 'direct', id: String(BEN) } },
        },
      ],
    };
  });
  const configPath = join(world.folder, 'state', 'openclaw.json');
  const config = JSON.parse(readFileSync(configPath, 'utf8')) as object;
  writeFileSync(configPath, JSON.stringify({ ...config, agents: agentsOf(world.folder) }));
  for (const name of ['home', 'work']) {
    mkdirSync(join(world.folder, name));
    writeFileSync(join(world.folder, name, 'notes.md'), `the notes of ${name}\n`);
  }
  for (const id of [ADA, BEN]) said.set(id, world.telegram.addUser({ id, firstName: String(id) }));
  await world.start();
});

afterAll(async () => {
  await Promise.all([world.close(), second.close()]);
});

/** What a person is answered. */
async function ask(person: number, text: string): Promise<string> {
  const from = said.get(person);
  if (from === undefined) throw new Error('nobody');
  const before = world.telegram.sentTo({ id: person }).length;
  world.telegram.userSends({ from, text });
  await until(() => world.telegram.sentTo({ id: person }).length > before, `an answer to ${text}`);
  return world.telegram.sentTo({ id: person }).at(-1)?.text ?? '';
}

async function use(person: number, tool: string, input: object): Promise<string> {
  return await ask(person, `use ${tool} ${JSON.stringify(input)}`);
}

/** Everything a model server was ever asked. */
function heardBy(model: FakeModelServer): string {
  return JSON.stringify(model.requests.map(({ body }) => body));
}

function toolsOf(model: FakeModelServer): readonly string[] {
  const tools = model.requests.at(-1)?.body['tools'] as { function: { name: string } }[];
  return tools.map(({ function: { name } }) => name);
}

describe('two agents', () => {
  test('answer at the same time, each with its own model', async () => {
    // Neither answer comes before both agents have been asked.
    const answers = await Promise.all([ask(ADA, 'meet'), ask(BEN, 'meet')]);
    expect(answers).toEqual(['we met', 'we met']);
    expect([world.model, second].map(({ requests }) => requests.length)).toEqual([1, 1]);
  });

  test('have tools of their own', async () => {
    await Promise.all([ask(ADA, 'hello'), ask(BEN, 'hello')]);
    expect(toolsOf(world.model)).toEqual(expect.arrayContaining(['read', 'write']));
    expect(toolsOf(second)).toContain('read');
    expect(toolsOf(second)).not.toContain('write');
    const write = { path: 'mine.md', content: 'x' };
    expect(await use(ADA, 'write', write)).toContain('Made the file');
    expect(await use(BEN, 'write', write)).toContain('tool.deny.agent');
    expect(existsSync(join(world.folder, 'home', 'mine.md'))).toBe(true);
    expect(existsSync(join(world.folder, 'work', 'mine.md'))).toBe(false);
  });

  test('read their own files, and never those of the other', async () => {
    expect(await use(ADA, 'read', { path: 'notes.md' })).toContain('the notes of home');
    expect(await use(BEN, 'read', { path: 'notes.md' })).toContain('the notes of work');
    for (const path of ['../work/notes.md', join(world.folder, 'work', 'notes.md')]) {
      expect(await use(ADA, 'read', { path })).toContain('fs.outside_workspace');
    }
    expect(heardBy(world.model)).not.toContain('the notes of work');
    expect(heardBy(second)).not.toContain('the notes of home');
  });

  test('P24.01: do not see the sessions of each other, even with sight of all', async () => {
    expect(await use(ADA, 'sessions_history', { sessionKey: OF_BEN })).toContain(
      'session.not_found',
    );
    expect(await use(ADA, 'sessions_send', { sessionKey: OF_BEN, message: 'hi' })).toContain(
      'session.not_found',
    );
    expect(await use(ADA, 'sessions_spawn', { task: 'look', agentId: 'work' })).toContain(
      'agent.not_found',
    );
    const listed = await use(BEN, 'sessions_list', {});
    expect(listed).toContain(OF_BEN);
    expect(listed).not.toContain('agent:home:');
  });
});
