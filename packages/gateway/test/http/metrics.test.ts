import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { Counter, exposition } from '../../src/server/http/metrics/series.ts';
import { cli, direct, until } from '../pipeline/harness.ts';
import { calls, tool } from '../pipeline/probe.ts';
import { ADMIN, HttpWorld, NOBODY, openHttp, READER, SHARED } from './world.ts';

let world: HttpWorld;

beforeEach(async () => {
  const fails = tool('web_fetch', async () => ({ text: 'no', isError: true }));
  world = await openHttp({ tools: [fails, tool('read', async () => ({ text: 'yes' }))] });
});

afterEach(() => world.close());

async function scrape(token: string = READER): Promise<string> {
  const { status, text, headers } = await world.call('GET', '/metrics', { token });
  expect([status, headers['content-type']]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ]);
  return text;
}

/** The samples of a metric by their labels. */
async function samples(name: string): Promise<Readonly<Record<string, number>>> {
  const text = await scrape();
  const found: Record<string, number> = {};
  for (const line of text.split('\n')) {
    const [, labels = '', value = ''] = /^portcullis_(?:\w+?)(\{.*\})? (\S+)$/u.exec(line) ?? [];
    if (line.startsWith(`portcullis_${name}{`) || line.startsWith(`portcullis_${name} `)) {
      found[labels] = Number(value);
    }
  }
  return found;
}

describe('metrics', () => {
  test('P22.04: are for whoever may read, and for nobody else', async () => {
    await scrape(READER);
    await scrape(SHARED);
    await scrape(ADMIN);
    for (const [token, status] of [
      [undefined, 401],
      [NOBODY, 403],
    ] as const) {
      expect((await world.call('GET', '/metrics', { token })).status).toBe(status);
    }
    expect((await world.post('/metrics', {}, READER)).status).toBe(405);
  });

  test('are well-formed lines that Prometheus reads', async () => {
    const lines = (await scrape()).trimEnd().split('\n');
    const line =
      /^(?:# (?:HELP|TYPE) portcullis_[a-z_]+ .+|portcullis_[a-z_]+(?:\{[a-z]+="(?:[^"\\\n]|\\.)*"(?:,[a-z]+="(?:[^"\\\n]|\\.)*")*\})? \d[\d.e+-]*)$/u;
    expect(lines.filter((each) => !line.test(each))).toEqual([]);
    expect(lines).toContain('portcullis_ready 1');
    expect(lines).toContain('portcullis_connections 0');
  });

  test('count decisions, turns, tools and tokens as they were written down', async () => {
    await scrape();
    world.harness.model.script.push(calls({ name: 'web_fetch' }, { name: 'read' }, { name: 'x' }));
    await world.harness.network.deliver(direct('42', 'hello'));
    await world.harness.network.deliver(direct('666', 'let me in'));
    await until(() => world.harness.network.sent.length === 1, 'the answer');
    expect(await samples('turns_total')).toEqual({
      '{outcome="begun"}': 1,
      '{outcome="answered"}': 1,
    });
    expect(await samples('decisions_total')).toMatchObject({
      '{kind="admit",effect="allow",code="dm.allowlisted"}': 1,
      '{kind="tool",effect="deny",code="tool.unknown"}': 1,
    });
    expect(await samples('tool_calls_total')).toEqual({
      '{tool="web_fetch",outcome="failed"}': 1,
      '{tool="read",outcome="done"}': 1,
      '{tool="<unknown>",outcome="refused"}': 1,
    });
    expect(await samples('model_tokens_total')).toEqual({
      '{model="test/scripted",direction="read"}': 13,
      '{model="test/scripted",direction="written"}': 7,
    });
  });

  test('say what waits and what is at work', async () => {
    const release = Promise.withResolvers<void>();
    world.harness.model.script.push(async function* () {
      await release.promise;
      yield { type: 'finish', reason: 'stop', usage: {} };
    });
    const { chat } = world.harness.gateway.services;
    for (const idempotencyKey of ['one', 'two']) {
      await chat.send(cli, { sessionKey: 'agent:main:main', message: 'x', idempotencyKey });
    }
    await world.asked(1);
    await until(async () => (await samples('turns'))['{state="waiting"}'] === 1, 'a waiting turn');
    expect(await samples('turns')).toMatchObject({ '{state="working"}': 1 });
    expect(await samples('inbox_events')).toEqual({
      '{state="pending"}': 0,
      '{state="admitted"}': 2,
    });
    release.resolve();
    await chat.wait('two', 5000);
    await until(async () => (await samples('turns'))['{state="working"}'] === 0, 'no turn');
  });

  test('count who tried to come in, and what was asked for', async () => {
    await world.call('GET', '/metrics', { token: 'wrong-token-of-32-characters-0001' });
    await world.call('GET', '/metrics');
    const attempts = await samples('auth_attempts_total');
    expect(attempts['{result="wrong"}']).toBe(1);
    expect(attempts['{result="missing"}']).toBe(1);
    expect(await samples('http_requests_total')).toMatchObject({
      '{route="/metrics",status="401"}': 2,
    });
  });

  test('P13.04: keep no memory of what strangers make up', async () => {
    for (let each = 0; each < 50; each += 1) {
      await world.call('GET', `/made/up/${String(each)}`);
      await world.call('GET', `/v1/made-up-${String(each)}`);
    }
    expect(await samples('http_requests_total')).toMatchObject({
      '{route="page",status="404"}': 50,
      '{route="none",status="404"}': 50,
    });
  });

  test('P32.01: name nobody, and tell nothing that was said', async () => {
    await world.harness.network.deliver(direct('42', 'canary-text-of-a-person'));
    await world.harness.network.deliver(direct('canary-sender', 'x'));
    await world.post('/v1/chat/completions', {
      model: 'openclaw',
      messages: [{ role: 'user', content: 'canary-of-a-caller' }],
      user: 'canary-user',
    });
    await until(() => world.harness.network.sent.length > 0, 'the answer');
    const text = await scrape();
    expect(text).not.toMatch(/canary|telegram:42|"42"|agent:main|Person/u);
    for (const secret of [SHARED, READER, ADMIN]) expect(text).not.toContain(secret);
  });
});

describe('a counter', () => {
  test('has a bounded number of label sets, whatever it is told', () => {
    const counter = new Counter('x_total', 'X.');
    for (let each = 0; each < 1000; each += 1) counter.add({ code: `made-up-${String(each)}` });
    const { samples: all } = counter.metric;
    expect(all.length).toBe(301);
    expect(all.at(-1)).toMatchObject({ labels: { code: 'other' }, value: 700 });
  });

  test('tells a label in one line, whatever it holds', () => {
    const value = 'a"b\\c\nd\u0000\u202e';
    const text = exposition([
      { name: 'x', type: 'gauge', help: 'X.', samples: [{ labels: { l: value }, value: 1 }] },
    ]);
    expect(text).toBe(
      '# HELP portcullis_x X.\n# TYPE portcullis_x gauge\nportcullis_x{l="a\\"b\\\\c\\nd??"} 1\n',
    );
  });
});
