/**
 * Every method whose answer the published schema describes is answered for real, and the answer is
 * held against it. The list is made from the schema: a new method without a way to ask it is red.
 */
import type { FakeAnswer, FakeModelRequest } from '@portcullis/testkit';
import { type MethodName, METHODS } from '@portcullis/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { publishedResult } from '../../../packages/gateway/test/server/published-schema.ts';
import { type GatewayCommand, openclawJson, runGateway } from '../openclaw.ts';
import { type World, createWorld, lastUserText, until } from '../world.ts';
import { connect, type Connected, makeDevice } from './public-client.ts';

let world: World;
let gateway: GatewayCommand;
let client: Connected;

/** Runs a command or asks a person, where a message says so, and then answers. */
function respond(request: FakeModelRequest): string | FakeAnswer {
  const text = lastUserText(request);
  if (request.lastText !== text) return 'done';
  if (text.startsWith('run ')) {
    return { toolCalls: [{ name: 'exec', input: { command: text.slice(4) } }] };
  }
  if (text === 'choose') {
    const input = { question: 'Which one?', options: ['red', 'blue'] };
    return { toolCalls: [{ name: 'ask_user', input }] };
  }
  return 'hello';
}

beforeAll(async () => {
  world = await createWorld(respond, (config) => ({
    ...config,
    tools: { profile: 'full', exec: { security: 'full', ask: 'always' } },
  }));
  gateway = await runGateway(world.env);
  const scopes = ['operator.admin', 'operator.approvals', 'operator.questions'];
  client = await connect(gateway.url, { scopes });
});

afterAll(async () => {
  client.client.stop();
  gateway.child.kill('SIGKILL');
  await world.close();
});

let counter = 0;

/** Says something to the agent and does not wait for the answer. */
async function say(message: string, session?: string): Promise<string> {
  counter += 1;
  const idempotencyKey = `say-${String(counter)}`;
  // What waits for an answer holds up its session and no other.
  const sessionKey = session ?? `agent:main:${idempotencyKey}`;
  await client.call('chat.send', { sessionKey, message, idempotencyKey });
  return idempotencyKey;
}

async function said(): Promise<string> {
  const runId = await say('hi', 'main');
  await client.call('agent.wait', { runId });
  const { messages } = await client.call('chat.history', { sessionKey: 'main' });
  const [{ __openclaw: place }] = messages as [{ __openclaw: { id: string } }];
  return place.id;
}

/** A question to an approver that waits. */
async function question(): Promise<string> {
  const file = `f${String((counter += 1))}.txt`;
  await say(`run touch ${file}`);
  const { payload } = await client.heard('exec.approval.requested', ({ request }) =>
    (request as { command: string }).command.includes(file),
  );
  return String(payload?.['id']);
}

/** A question to a person that waits. */
async function choice(): Promise<string> {
  await say('choose');
  let id = '';
  await until(async () => {
    const { questions } = await client.call('question.list', {});
    id = (questions as { id: string }[])[0]?.id ?? '';
    return id !== '';
  }, 'a question');
  return id;
}

/** The code of somebody who asks to write to us. */
async function stranger(userId: number): Promise<Record<string, string>> {
  world.telegram.userSends({
    from: world.telegram.addUser({ id: userId, firstName: 'Eve' }),
    text: 'let me in',
  });
  let requestId = '';
  await until(async () => {
    const { requests } = await client.call('channels.pairing.list', {});
    const found = (requests as { requestId: string; senderId: string }[]).find(
      ({ senderId }) => senderId === String(userId),
    );
    requestId = found?.requestId ?? '';
    return requestId !== '';
  }, 'a request');
  return { channel: 'telegram', accountId: 'default', requestId };
}

async function job(): Promise<string> {
  const { id } = await client.call('cron.add', DRAFT);
  return String(id);
}

const DRAFT = {
  name: 'brief',
  enabled: false,
  schedule: { kind: 'cron', expr: '0 7 * * *' },
  payload: { kind: 'agentTurn', message: 'What is new?' },
};

/** How each method is asked so that it has something to say. Those that are not here need nothing. */
const PARAMS: Partial<Record<MethodName, () => object | Promise<object>>> = {
  'config.schema.lookup': () => ({ path: 'gateway' }),
  'chat.message.get': async () => ({ sessionKey: 'main', messageId: await said() }),
  'sessions.resolve': async () => {
    await said();
    return { key: 'main' };
  },
  'sessions.create': () => ({ label: 'Made' }),
  'sessions.delete': async () => {
    const { key } = await client.call('sessions.create', {});
    return { key };
  },
  'channels.pairing.approve': () => stranger(901),
  'channels.pairing.dismiss': () => stranger(902),
  'device.token.rotate': async () => {
    const device = makeDevice();
    const live = await connect(gateway.url, { ...device.options, scopes: ['operator.read'] });
    live.client.stop();
    return { deviceId: device.id, role: 'operator' };
  },
  'approval.get': async () => ({ id: await question() }),
  'approval.resolve': async () => ({ id: await question(), kind: 'exec', decision: 'deny' }),
  'exec.approval.grants.revoke': () => ({ grantId: 'none' }),
  'exec.approvals.set': async () => {
    const { exists, hash } = await client.call('exec.approvals.get', {});
    return { file: { version: 1 }, ...(exists === true && { baseHash: hash }) };
  },
  'question.get': async () => ({ id: await choice() }),
  'question.resolve': async () => ({
    id: await choice(),
    answers: { answers: { answer: ['red'] } },
  }),
  'cron.add': () => DRAFT,
  'cron.get': async () => ({ id: await job() }),
  'cron.update': async () => ({ id: await job(), patch: { name: 'other' } }),
  'tools.effective': async () => {
    await said();
    return { sessionKey: 'agent:main:main' };
  },
  'tools.invoke': () => ({ name: 'session_status', args: {} }),
  'device.pair.setupCode': () => ({ publicUrl: 'wss://gateway.example' }),
  'device.pair.setupStatus': async () => {
    const made = await client.call('device.pair.setupCode', { publicUrl: 'wss://gateway.example' });
    return { setupId: made['setupId'] };
  },
};

/** Methods of other machines, which ask over a connection of their own kind. */
const isNodes = (method: MethodName): boolean => 'role' in METHODS[method];

const DESCRIBED = (Object.keys(METHODS) as MethodName[]).filter(
  (method) => publishedResult(method) !== undefined && !isNodes(method),
);

test.each(DESCRIBED)('%s', async (method) => {
  const params = (await PARAMS[method]?.()) ?? {};
  // Throws where the answer does not fit.
  expect(await client.call(method, params)).toBeDefined();
});

test('no way to ask is left over', () => {
  const left = Object.keys(PARAMS).filter((method) => !DESCRIBED.includes(method as MethodName));
  expect(left).toEqual([]);
});

test('the command line is answered the same', async () => {
  const { agents } = await client.call('agents.list', {});
  expect(agents).toHaveLength(1);
  expect(await openclawJson(world.env, 'sessions', 'list')).toMatchObject({ ok: true });
});
