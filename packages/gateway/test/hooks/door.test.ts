/** Who gets in by a webhook, and who does not. */
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { until } from '../pipeline/harness.ts';
import { GITHUB, type HookWorld, SECRET, TOKEN, openHooks } from './world.ts';

let world: HookWorld;
beforeEach(async () => {
  world = await openHooks();
});
afterEach(async () => {
  await world.close();
});

/** That nothing came of a call. */
async function expectNothing(): Promise<void> {
  expect(world.harness.model.requests).toEqual([]);
  expect(await world.audit('event.hook')).toEqual([]);
}

const WAKE = JSON.stringify({ text: 'The backup is done.' });

describe('the token', () => {
  test('is taken as Bearer or in its own header', async () => {
    for (const headers of [{ authorization: `Bearer ${TOKEN}` }, { 'x-openclaw-token': TOKEN }]) {
      const { status, body } = await world.call('/hooks/wake', WAKE, headers);
      expect([status, body]).toEqual([
        200,
        { ok: true, runId: expect.stringMatching(/^hook:wake:/u) },
      ]);
    }
  });

  test.each<[string, Record<string, string | readonly string[]>]>([
    ['none', {}],
    ['a wrong one', { authorization: 'Bearer wrong' }],
    ['an empty one', { authorization: 'Bearer ' }],
    ['one of another scheme', { authorization: `Basic ${TOKEN}` }],
    ['one with more behind', { authorization: `Bearer ${TOKEN} x` }],
    ['two', { 'x-openclaw-token': [TOKEN, TOKEN] }],
    ['one in both headers', { authorization: `Bearer ${TOKEN}`, 'x-openclaw-token': TOKEN }],
    ['the token of the gateway', { authorization: 'Bearer gateway-token-of-32-characters-1' }],
    ['a cookie', { cookie: `token=${TOKEN}` }],
  ])('P11.02 P11.04: a call with %s is refused, also from this machine', async (_, headers) => {
    const { status, body } = await world.call('/hooks/wake', WAKE, headers);
    expect([status, body]).toEqual([401, { ok: false, error: 'unauthorized' }]);
    await expectNothing();
  });

  test('in the query is refused, whatever else is shown', async () => {
    const { status } = await world.post(`/hooks/wake?token=${TOKEN}`, { text: 'x' });
    expect(status).toBe(400);
    await expectNothing();
  });

  test('to wake later is refused, because there is nothing to wait for', async () => {
    const later = await world.post('/hooks/wake', { text: 'x', mode: 'next-heartbeat' });
    expect([later.status, later.body]).toEqual([
      400,
      { ok: false, error: 'there are no heartbeats to wait for: wake with mode "now"' },
    ]);
    await expectNothing();
    expect((await world.post('/hooks/wake', { text: 'x', mode: 'now' })).status).toBe(200);
  });

  test('P23.02: that was exchanged counts at once, the old one no more', async () => {
    await world.close();
    const file = join(mkdtempSync(join(tmpdir(), 'portcullis-hook-')), 'token');
    writeFileSync(file, TOKEN, { mode: 0o600 });
    world = await openHooks({ token: undefined, tokenFile: file });
    const by = async (token: string): Promise<number> =>
      (await world.call('/hooks/wake', WAKE, { 'x-openclaw-token': token })).status;
    expect(await by(TOKEN)).toBe(200);
    writeFileSync(file, 'second-token-of-32-characters-01', { mode: 0o600 });
    expect(await by(TOKEN)).toBe(401);
    expect(await by('second-token-of-32-characters-01')).toBe(200);
    rmSync(file);
    expect(await by('second-token-of-32-characters-01')).toBe(401);
  });

  test('of every hook is guessed at slowly, and nobody else is locked out', async () => {
    for (let tries = 0; tries < 10; tries += 1) {
      const { status } = await world.call('/hooks/wake', WAKE, { authorization: 'Bearer wrong' });
      expect(status).toBe(401);
    }
    const locked = await world.post('/hooks/wake', { text: 'x' });
    expect(locked.status).toBe(429);
    expect(locked.headers['retry-after']).toBe('300');
    await expectNothing();
    // The token is the same at every hook; the secret of a signature is another.
    expect((await world.post('/hooks/agent', { message: 'x' })).status).toBe(429);
    expect((await world.github('{"action":"opened"}')).status).toBe(200);
    world.harness.clock.now += 301_000;
    expect((await world.post('/hooks/wake', { text: 'x' })).status).toBe(200);
  });
});

describe('a signed hook', () => {
  const BODY = '{"action":"opened","sender":{"login":"ada"}}';

  test('takes what its sender signed, and needs no token', async () => {
    const { status, body } = await world.github(BODY);
    expect(status).toBe(200);
    await world.ended(body['runId']);
    expect(world.harness.model.heard).toEqual([
      'Say what changed, in one sentence.\n<untrusted kind="hook" from="GitHub">\nopened by ada\n</untrusted>',
    ]);
  });

  test('P11.02: takes neither the token nor a signature by it', async () => {
    expect((await world.post('/hooks/github', BODY)).status).toBe(401);
    expect((await world.github(BODY, {}, TOKEN)).status).toBe(401);
    expect((await world.github(BODY, { 'x-hub-signature-256': 'sha256=' })).status).toBe(401);
    await expectNothing();
  });

  test('P11.02: does not so much as parse what is not signed', async () => {
    const signed = createHmac('sha256', 'wrong').update('{').digest('hex');
    const headers = { 'x-hub-signature-256': `sha256=${signed}` };
    expect((await world.call('/hooks/github', '{', headers)).status).toBe(401);
    expect((await world.github('{')).status).toBe(400);
  });

  test('P12.01: acknowledges a second delivery of the same bytes, and processes it once', async () => {
    const first = await world.github(BODY, { 'x-github-delivery': '1' });
    await world.ended(first.body['runId']);
    const again = await world.github(BODY, { 'x-github-delivery': '2', 'X-Other': 'y' });
    expect([again.status, again.body]).toEqual([200, first.body]);
    const upper = createHmac('sha256', SECRET).update(BODY).digest('hex');
    const headers = { 'X-HUB-SIGNATURE-256': `sha256=${upper}` };
    expect((await world.call('/hooks/github', BODY, headers)).body).toEqual(first.body);
    expect((await world.call('/hooks/github?b=1&a=2', BODY, headers)).status).toBe(400);
    await world.settle();
    expect(world.harness.model.requests).toHaveLength(1);
  });

  test('P12.01: remembers a delivery for longer than the inbox does', async () => {
    const first = await world.github(BODY);
    await world.ended(first.body['runId']);
    const { inboxTable } = await import('../../src/intake/inbox.ts');
    await world.harness.store.transact(async (tx) => {
      for (const { key } of await tx.find(inboxTable)) tx.delete(inboxTable, key);
    });
    expect((await world.github(BODY)).body).toEqual(first.body);
    await world.settle();
    expect(world.harness.model.requests).toHaveLength(1);
  });
});

describe('what is not a call of a hook', () => {
  test('is not found without the token being asked for, where hooks are off', async () => {
    await world.close();
    world = await openHooks({ enabled: false });
    expect((await world.post('/hooks/wake', { text: 'x' })).status).toBe(404);
  });

  test('is told nothing about which hooks there are', async () => {
    expect((await world.call('/hooks/nothing', WAKE)).status).toBe(401);
    expect((await world.post('/hooks/nothing', { text: 'x' })).status).toBe(404);
    expect((await world.post('/hooks', { text: 'x' })).status).toBe(404);
  });

  test.each(['GET', 'HEAD'])('%s is no way to call one', async (method) => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await world.call('/hooks/wake', '', headers, method)).status).toBe(405);
  });

  test.each(['/hooks//wake', '/hooks/./wake', '/hooks/%2e/wake', '/hooks%2fwake', '/hooks/wake/'])(
    '%s is no second spelling of a path',
    async (path) => {
      const { status } = await world.post(path, { text: 'x' });
      expect([400, 404]).toContain(status);
      await expectNothing();
    },
  );

  test.each([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['a web page', { 'content-type': 'text/html' }],
    ['another character set', { 'content-type': 'application/json; charset=utf-16' }],
    ['something compressed', { 'content-encoding': 'gzip' }],
  ])('%s is refused', async (_, headers) => {
    expect((await world.post('/hooks/wake', { text: 'x' }, headers)).status).toBe(415);
    await expectNothing();
  });

  test.each([
    ['/hooks/wake', '[]'],
    ['/hooks/wake', '"text"'],
    ['/hooks/wake', '{"text":""}'],
    ['/hooks/wake', '{"text":5}'],
    ['/hooks/wake', '{"text":"x","deliver":true}'],
    ['/hooks/agent', '{"text":"x"}'],
    ['/hooks/agent', '{"message":"x","model":"a/b"}'],
    ['/hooks/agent', '{"message":"x","agentId":"nobody"}'],
    ['/hooks/agent', '{"message":"x","agentId":["main"]}'],
    ['/hooks/agent', '{"message":"x","deliver":"yes"}'],
    ['/hooks/agent', '{"message":"x","deliver":true,"channel":"pigeon","to":"1"}'],
    ['/hooks/agent', '{"message":"x","deliver":true,"to":"1"}'],
    ['/hooks/agent', '{"__proto__":{"message":"x"}}'],
    ['/hooks/agent', '\u0000'],
  ])('%s with %s is refused', async (path, body) => {
    const { status, body: answered } = await world.post(path, body);
    expect([status, answered['ok']]).toEqual([400, false]);
    await expectNothing();
  });
});

describe('P13.01 a flood', () => {
  test('of what is too big is refused by its head', async () => {
    const { status } = await world.post('/hooks/wake', { text: 'x'.repeat(300_000) });
    expect(status).toBe(413);
    await expectNothing();
  });

  test('of announced bodies without a secret is answered before anything is sent', async () => {
    const before = process.memoryUsage().arrayBuffers;
    const answers = await Promise.all(
      Array.from({ length: 200 }, () =>
        raw('POST /hooks/wake HTTP/1.1', 'content-length: 100000000'),
      ),
    );
    expect(new Set(answers)).toEqual(
      new Set(['HTTP/1.1 401 Unauthorized', 'HTTP/1.1 429 Too Many Requests']),
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
  });

  test('of signed bodies that trickle takes no more memory than there is for them', async () => {
    const head = `x-hub-signature-256: sha256=${'0'.repeat(64)}`;
    const sockets = Array.from({ length: 80 }, () => {
      const socket = connect(world.server.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(
        `POST /hooks/github HTTP/1.1\r\nhost: 127.0.0.1\r\n${head}\r\ncontent-type: application/json\r\ncontent-length: 262144\r\n\r\n`,
      );
      return socket;
    });
    try {
      const refused = await raw('POST /hooks/github HTTP/1.1', `${head}\r\ncontent-length: 262144`);
      expect(refused).toBe('HTTP/1.1 503 Service Unavailable');
    } finally {
      for (const socket of sockets) socket.destroy();
    }
    // What was given up makes room again.
    await until(async () => (await world.github('{"action":"x"}')).status === 200, 'room');
  });
});

/** The first line of the answer to a request whose body never comes. */
async function raw(line: string, headers: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const socket = connect(world.server.port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      socket.destroy();
      resolve(text.split('\r\n', 1)[0] ?? '');
    });
    socket.on('error', reject);
    socket.write(
      `${line}\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n${headers}\r\n\r\n`,
    );
  });
}

test('a hook whose configured name is that of another is its own', async () => {
  await world.close();
  world = await openHooks({
    mappings: [GITHUB, { match: { path: 'alerts/grafana' }, name: 'GitHub', action: 'agent' }],
  });
  const { status, body } = await world.post('/hooks/alerts/grafana', { title: 'disk full' });
  expect([status, body['runId']]).toEqual([200, expect.stringMatching(/^hook:alerts\/grafana:/u)]);
  await world.ended(body['runId']);
  expect(world.harness.model.heard[0]).toContain('"title": "disk full"');
});

test('a mapping for one source takes no other', async () => {
  await world.close();
  world = await openHooks({ mappings: [{ match: { path: 'mail', source: 'gmail' } }] });
  expect((await world.post('/hooks/mail', { source: 'gmail' })).status).toBe(200);
  for (const body of [{ source: 'other' }, {}, '["gmail"]']) {
    expect((await world.post('/hooks/mail', body)).status).toBe(400);
  }
});

test('a gateway does not start with a secret that cannot be had', async () => {
  const signature = { preset: 'github', secretFile: '/nowhere/secret' };
  await expect(
    openHooks({ mappings: [{ match: { path: 'github' }, signature }] }),
  ).rejects.toMatchObject({ code: 'secret.unresolved' });
});

test('what was not taken is in the audit log, once a minute', async () => {
  const body = '{"action":"opened"}';
  for (let count = 0; count < 3; count += 1) {
    await world.call('/hooks/wake', WAKE, { authorization: 'Bearer wrong' });
    await world.github(body, {}, 'wrong');
    await world.github(body);
  }
  for (const [code, principal] of [
    ['hook.auth_failed', 'hook:wake'],
    ['hook.signature_invalid', 'hook:github'],
    ['hook.replayed', 'hook:github'],
  ] as const) {
    await until(async () => (await world.audit(code)).length > 0, code);
    const lines = await world.audit(code);
    expect(lines.map(({ entry }) => entry['principal'])).toEqual([principal]);
  }
});
