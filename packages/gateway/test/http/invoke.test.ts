import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Tool } from '@portcullis/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { cli, until } from '../pipeline/harness.ts';
import { linesOf, tool, untilAborted } from '../pipeline/probe.ts';
import { tell } from '../pipeline/tell-tool.ts';
import { ADMIN, HttpWorld, NOBODY, openHttp, READER, SHARED, WRITER } from './world.ts';

const PATH = '/tools/invoke';
const WITHHELD = [
  'exec',
  'process',
  'write',
  'edit',
  'apply_patch',
  'sessions_spawn',
  'sessions_send',
  'cron',
  'gateway',
  'nodes',
];

let world: HttpWorld;
let ran: { name: string; input: unknown }[];

function noting(name: string): Tool {
  return tool(name, async (input) => {
    ran.push({ name, input });
    return { text: `${name} ran` };
  });
}

/** Reads a file through the broker. */
const read = tool('read', async (input, { brokers }) => {
  const { path } = input as { path: string };
  const file = await brokers.files?.read(path);
  return { text: file === undefined ? 'nothing' : Buffer.from(file.bytes).toString() };
});

async function reopen(gateway: object = {}, tools: object = { profile: 'full' }): Promise<void> {
  await world.close();
  world = await open(gateway, tools);
}

async function open(gateway: object, tools: object): Promise<HttpWorld> {
  ran = [];
  const idle = [...WITHHELD, 'web_fetch', 'message'].map(noting);
  return await openHttp({ gateway, change: { tools }, tools: [...idle, read, tell] });
}

beforeEach(async () => {
  ran = [];
  world = await open({}, { profile: 'full' });
});

afterEach(() => world.close());

async function sessions(): Promise<readonly string[]> {
  const { sessions: rows } = await world.harness.gateway.services.sessions.list();
  return rows.map(({ key }) => key);
}

describe('a call', () => {
  test('runs the tool once and gives its result', async () => {
    const answer = await world.post(PATH, { tool: 'web_fetch', args: { url: 'x' }, action: 'get' });
    expect([answer.status, answer.body]).toMatchObject([
      200,
      { ok: true, result: { content: [{ type: 'text', text: 'web_fetch ran' }] } },
    ]);
    expect(ran).toEqual([{ name: 'web_fetch', input: { url: 'x', action: 'get' } }]);
  });

  test('enters by the one door, as the credential that asked, and leaves its lines', async () => {
    await world.post(PATH, { name: 'web_fetch' }, WRITER);
    const [admitted] = await world.audit('event.api');
    expect(admitted?.entry).toMatchObject({
      kind: 'admit',
      principal: 'api:token:writer',
      sessionKey: 'agent:main:api:token:writer:tools',
    });
    for (const code of ['tool.allowed', 'tool.done']) {
      expect(await linesOf(world.harness, code)).toMatchObject([
        { kind: 'tool', principal: 'api:token:writer', tool: 'web_fetch' },
      ]);
    }
    expect(world.harness.model.requests).toEqual([]);
  });

  test('with a key of its own runs once, whoever repeats it in whatever order', async () => {
    const body = { tool: 'web_fetch', args: { a: 1, b: 2 }, idempotencyKey: 'once' };
    const again = { ...body, args: { b: 2, a: 1 } };
    const answers = await Promise.all([world.post(PATH, body), world.post(PATH, again)]);
    answers.push(await world.post(PATH, body));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(ran.length).toBe(1);
    const other = await world.post(PATH, { ...body, args: { a: 2 } });
    expect([other.status, other.body]).toMatchObject([409, { ok: false }]);
    expect((await world.post(PATH, body, WRITER)).status).toBe(200);
    expect(ran.length).toBe(2);
  });

  test('is not repeated after a restart', async () => {
    const body = { tool: 'web_fetch', idempotencyKey: 'once' };
    await world.post(PATH, body);
    const harness = await world.harness.restart();
    await world.server.close(100);
    world = await HttpWorld.over(harness);
    const answer = await world.post(PATH, body);
    expect([answer.status, answer.body]).toMatchObject([409, { error: { type: 'conflict' } }]);
    expect(ran.length).toBe(1);
  });
});

describe('P21.01: policy', () => {
  test.each(WITHHELD)('keeps %s from callers, whatever they are', async (name) => {
    for (const token of [SHARED, WRITER, ADMIN]) {
      const answer = await world.post(PATH, { tool: name, args: {} }, token);
      expect([answer.status, answer.body]).toMatchObject([
        404,
        { ok: false, error: { type: 'not_found', code: 'tool.deny.http_withheld' } },
      ]);
    }
    expect(ran).toEqual([]);
  });

  test('keeps from them what is denied, and what the profile lacks', async () => {
    await reopen({ tools: { allow: ['exec'], deny: ['web_fetch', 'exec'] } });
    for (const name of ['exec', 'bash', 'web_fetch', 'WEB_FETCH', ' web_fetch ']) {
      expect((await world.post(PATH, { tool: name })).body).toMatchObject({
        error: { code: 'tool.deny.http' },
      });
    }
    await reopen({}, { profile: 'minimal' });
    expect((await world.post(PATH, { tool: 'web_fetch' })).body).toMatchObject({
      error: { code: 'tool.profile.not_included' },
    });
    await reopen({ tools: { allow: ['exec', 'cron'] } }, { profile: 'full' });
    expect((await world.post(PATH, { tool: 'cron' })).body).toMatchObject({
      error: { code: 'tool.owner_only' },
    });
    expect((await world.post(PATH, { tool: 'exec' })).body).toMatchObject({
      error: { code: 'tool.exec.security_deny' },
    });
    expect(ran).toEqual([]);
  });

  test('lets the owner have what is for owners, where it is named', async () => {
    await reopen({ tools: { allow: ['cron'] } });
    expect((await world.post(PATH, { tool: 'cron' }, ADMIN)).status).toBe(200);
    expect((await world.post(PATH, { tool: 'cron' }, WRITER)).status).toBe(404);
    expect(ran.map(({ name }) => name)).toEqual(['cron']);
  });

  test('knows no tool of another name', async () => {
    for (const name of ['nothing', '__proto__', 'read\u200b', 'x'.repeat(256)]) {
      const answer = await world.post(PATH, { tool: name });
      expect([answer.status, answer.body]).toMatchObject([
        404,
        { error: { code: 'tool.unknown' } },
      ]);
    }
  });
});

describe('an effect', () => {
  test('that needs an approval is refused with what to do, and asks nobody', async () => {
    const args = { to: 'telegram:42', text: 'hi' };
    const answer = await world.post(PATH, { tool: 'tell', args });
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({
      ok: false,
      error: { type: 'forbidden', requiresApproval: true },
    });
    expect(answer.text).toContain('have an agent do it');
    expect(await world.harness.gateway.services.approvals.pending()).toEqual([]);
    expect(world.harness.network.sent).toEqual([]);
  });

  test('P01.07: is not allowed by saying so', async () => {
    const args = { to: 'telegram:42', text: 'hi' };
    for (const extra of [
      { approved: true },
      { approvalId: 'x' },
      { approvalDecision: 'allow-once' },
      { confirm: true },
      { dryRun: true },
      { senderIsOwner: true },
    ]) {
      const answer = await world.post(PATH, { tool: 'tell', args, ...extra });
      expect([answer.status, answer.body]).toMatchObject([
        400,
        { ok: false, error: { type: 'invalid_request' } },
      ]);
      const inside = await world.post(PATH, { tool: 'tell', args: { ...args, ...extra } });
      expect(inside.status).toBe(403);
    }
    expect(world.harness.network.sent).toEqual([]);
  });

  test('that gives what the caller may not know tells him nothing of it', async () => {
    const workspace = join(world.harness.folder, 'workspace');
    mkdirSync(workspace, { recursive: true });
    writeFileSync(join(workspace, 'notes.txt'), 'the door code is 4711');
    const ask = (token: string) =>
      world.post(PATH, { tool: 'read', args: { path: 'notes.txt' } }, token);
    const refused = await ask(WRITER);
    expect([refused.status, refused.body]).toMatchObject([
      403,
      { error: { type: 'forbidden', code: expect.stringMatching(/^flow\.reply\./u) as string } },
    ]);
    expect(refused.text).not.toContain('4711');
    expect(await linesOf(world.harness, 'effect.reply_withheld')).toHaveLength(1);
  });
});

const askIn = (sessionKey: string, token = WRITER, more: object = {}) =>
  world.post(PATH, { tool: 'web_fetch', sessionKey, ...more }, token);

describe('P24.01: the session of a call', () => {
  test('is the caller’s own', async () => {
    expect((await askIn('mine')).status).toBe(200);
    const [line] = await world.audit('event.api');
    expect(line?.entry['sessionKey']).toBe('agent:main:api:token:writer:key:mine');
  });

  test('is none of others for whoever lacks every right', async () => {
    for (const key of ['agent:main:main', 'agent:main:api:shared:tools']) {
      expect((await askIn(key)).status).toBe(403);
    }
    expect(ran).toEqual([]);
  });

  test('is one there is, and of the agent that is named', async () => {
    expect((await askIn('agent:main:telegram:direct:42', ADMIN)).status).toBe(404);
    expect((await askIn('agent:ghost:main', ADMIN)).status).toBe(404);
    expect((await askIn('agent:main:main', ADMIN, { agentId: 'ghost' })).status).toBe(404);
    expect((await askIn('agent:main:main', ADMIN)).status).toBe(200);
    expect(await sessions()).toEqual(['agent:main:main']);
  });

  test('that is at work is waited for', async () => {
    const release = Promise.withResolvers<void>();
    world.harness.model.script.push(async function* () {
      await release.promise;
      yield { type: 'finish', reason: 'stop', usage: {} };
    });
    const { services } = world.harness.gateway;
    const chat = { sessionKey: 'agent:main:main', message: 'x', idempotencyKey: 'run' };
    await services.chat.send(cli, chat);
    await world.asked(1);
    const called = askIn('agent:main:main', ADMIN);
    await until(async () => (await world.audit('event.api')).length === 1, 'the call in its lane');
    expect(ran).toEqual([]);
    release.resolve();
    expect((await called).status).toBe(200);
  });
});

describe('a caller', () => {
  test.each([
    [undefined, 401],
    ['wrong-token-of-32-characters-0001', 401],
    [NOBODY, 403],
    [READER, 403],
  ])('with token %s is refused with %i, unread', async (token, status) => {
    const body = JSON.stringify({ tool: 'web_fetch' });
    expect((await world.call('POST', PATH, { token, body })).status).toBe(status);
    expect(ran).toEqual([]);
    expect(await world.audit('event.api')).toEqual([]);
  });

  test.each([
    ['no name', {}],
    ['two names', { tool: 'web_fetch', name: 'read' }],
    ['arguments that are none', { tool: 'web_fetch', args: [] }],
    ['a number for a name', { tool: 7 }],
    ['a list', []],
    ['null', null],
  ])('that sends %s is told so', async (_name, body) => {
    const answer = await world.post(PATH, body);
    expect([answer.status, answer.body]).toMatchObject([
      400,
      { ok: false, error: { type: 'invalid_request' } },
    ]);
  });

  test('that asks in another way is told how', async () => {
    const got = await world.call('GET', PATH, { token: SHARED });
    expect([got.status, got.headers['allow']]).toEqual([405, 'POST']);
    const body = JSON.stringify({ tool: 'web_fetch' });
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const headers = { 'content-type': type };
      expect((await world.call('POST', PATH, { token: SHARED, headers, body })).status).toBe(415);
    }
    expect((await world.post(PATH, { tool: 'x'.repeat(2_200_000) })).status).toBe(413);
    expect(ran).toEqual([]);
  });

  test('that goes away stops its call', async () => {
    await world.close();
    const stopped = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const slow = tool('web_fetch', async (_input, { signal }) => {
      begun.resolve();
      return await untilAborted(signal).finally(() => stopped.resolve());
    });
    world = await openHttp({ tools: [slow] });
    const controller = new AbortController();
    const asked = fetch(`${world.url}${PATH}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${SHARED}`, 'content-type': 'application/json' },
      body: JSON.stringify({ tool: 'web_fetch' }),
      signal: controller.signal,
    });
    await begun.promise;
    controller.abort();
    await expect(asked).rejects.toThrow('abort');
    await stopped.promise;
  });
});
