/**
 * Other programs over HTTP on the real gateway: an agent, one tool, Prometheus; and a gateway that is
 * killed while one of them waits.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { type GatewayProcess, type World, createWorld, lastUserText, until } from './world.ts';

const WRITER = 'writer-token-of-32-characters-01';

let world: World;
let asked: string[];
const running: GatewayProcess[] = [];

beforeAll(async () => {
  asked = [];
  world = await createWorld(
    (request) => {
      asked.push(lastUserText(request));
      return `answer to ${lastUserText(request)}`;
    },
    (config) => {
      const { gateway } = config as { gateway: object };
      const http = {
        endpoints: { chatCompletions: { enabled: true } },
        metrics: { enabled: true },
        tokens: {
          writer: { token: WRITER, scopes: ['operator.write'] },
          scraper: { tokenFile: '~/scraper.token', scopes: ['operator.read'] },
        },
      };
      return { ...config, gateway: { ...gateway, http } };
    },
  );
});

afterAll(() => world.close());

// One gateway at a time has the folder, however its test ended.
afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
});

async function start(point?: string): Promise<GatewayProcess> {
  const gateway = await world.start(point);
  if (gateway === undefined) throw new Error('the gateway did not start');
  running.push(gateway);
  return gateway;
}

const scraperFile = (): string => join(world.folder, 'scraper.token');

async function post(url: string, path: string, body: object, key?: string): Promise<Response> {
  return await fetch(new URL(path, url), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${WRITER}`,
      'content-type': 'application/json',
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    body: JSON.stringify(body),
  });
}

const chat = (text: string) => ({
  model: 'openclaw',
  messages: [{ role: 'user', content: text }],
});

async function answerOf(response: Response): Promise<unknown> {
  const body = (await response.json()) as { choices: { message: { content: string } }[] };
  return body.choices[0]?.message.content;
}

test('programs ask, call and watch, each with a token of its own', async () => {
  writeFileSync(scraperFile(), 'scraper-token-of-32-characters-1', { mode: 0o600 });
  const gateway = await start();
  const url = gateway.url;
  expect(await answerOf(await post(url, '/v1/chat/completions', chat('hello')))).toBe(
    'answer to hello',
  );
  const refused = await post(url, '/tools/invoke', { tool: 'exec', args: { command: 'id' } });
  expect(refused.status).toBe(404);
  const listed = await post(url, '/tools/invoke', { tool: 'sessions_list' });
  expect([listed.status, await listed.json()]).toMatchObject([200, { ok: true }]);
  const scrape = async (token: string): Promise<Response> =>
    await fetch(new URL('/metrics', url), { headers: { authorization: `Bearer ${token}` } });
  await until(
    async () =>
      (await (await scrape('scraper-token-of-32-characters-1')).text()).includes(
        'portcullis_turns_total{outcome="answered"} 1',
      ),
    'the count of the turn',
  );
  // A token that is exchanged counts at once, and the old one no more.
  writeFileSync(scraperFile(), 'scraper-token-of-32-characters-2', { mode: 0o600 });
  expect((await scrape('scraper-token-of-32-characters-1')).status).toBe(401);
  expect((await scrape('scraper-token-of-32-characters-2')).status).toBe(200);
});

test('a request with a name is answered once, also by the gateway after the one that was killed', async () => {
  asked.length = 0;
  const first = await start('turn.before-commit');
  const lost = post(first.url, '/v1/chat/completions', chat('pay'), 'order-7');
  await expect(lost).rejects.toThrow('fetch failed');
  expect(await first.ended).toBe('SIGKILL');
  const second = await start();
  const url = second.url;
  const answers = await Promise.all([
    post(url, '/v1/chat/completions', chat('pay'), 'order-7'),
    post(url, '/v1/chat/completions', chat('pay'), 'order-7'),
  ]);
  expect(await Promise.all(answers.map(answerOf))).toEqual(['answer to pay', 'answer to pay']);
  // Once by each process: what the first one was told was lost with it.
  expect(asked).toEqual(['pay', 'pay']);
});

test('a call whose gateway was killed under it is not made a second time', async () => {
  const body = { tool: 'sessions_list', idempotencyKey: 'call-7' };
  const first = await start('tool.after-commit');
  await expect(post(first.url, '/tools/invoke', body)).rejects.toThrow('fetch failed');
  expect(await first.ended).toBe('SIGKILL');
  const second = await start();
  const again = await post(second.url, '/tools/invoke', body);
  expect([again.status, await again.json()]).toMatchObject([409, { error: { type: 'conflict' } }]);
  const other = await post(second.url, '/tools/invoke', { ...body, idempotencyKey: 'new' });
  expect(other.status).toBe(200);
});
