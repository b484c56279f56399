/** A node host and a gateway: paired, asked, and let go. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Secret } from '@portcullis/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { resolvePaths } from '../../src/config/index.ts';
import { type NodeHost, type NodeNews, startNodeHost } from '../../src/node-host/index.ts';
import type { Frame, Raw } from '../server/clients.ts';
import { TOKEN } from '../server/fake-services.ts';
import { must, NodeWorld } from './node-world.ts';

let world: NodeWorld;
let operator: Raw;
let folder: string;
let hosts: NodeHost[];
let news: NodeNews[];

const EXEC = { security: 'full', ask: 'off' };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-node-'));
  hosts = [];
  news = [];
  const nodes = { commands: { allow: ['system.run', 'system.which'] } };
  world = await NodeWorld.open(nodes, { tools: { exec: EXEC } });
  operator = await world.operator();
});

afterEach(async () => {
  await Promise.all(hosts.map((host) => host.stop()));
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

const workspace = (): string => join(realpathSync(folder), 'work');

function start(exec: object = {}, token: string | undefined = TOKEN): NodeHost {
  const paths = resolvePaths({ HOME: folder, OPENCLAW_STATE_DIR: folder });
  const host = startNodeHost({
    version: '1',
    config: { nodeHost: { exec: { workspace: join(folder, 'work'), ...exec } } },
    paths,
    url: world.url,
    credentials: token === undefined ? {} : { token: new Secret(token, 'test') },
    displayName: 'a machine',
    tell: (item) => news.push(item),
  });
  hosts.push(host);
  return host;
}

/** A host that was paired and approved, and is connected. */
async function approved(exec: object = {}): Promise<NodeHost> {
  const host = start(exec);
  await expect.poll(() => news.some(({ what }) => what === 'waiting')).toBe(true);
  const waiting = news.find((item) => item.what === 'waiting');
  await must(operator, 'device.pair.approve', { requestId: waiting?.requestId });
  await offered(host);
  await must(operator, 'node.pair.approve', { requestId: await world.requestOf(host.nodeId) });
  return host;
}

async function offered({ nodeId }: NodeHost): Promise<void> {
  await expect.poll(() => world.requestOf(nodeId), { timeout: 15_000 }).not.toBe('');
}

let keys = 0;
function invoke(host: NodeHost, command: string, params: object): Promise<Frame> {
  keys += 1;
  const idempotencyKey = `host-${String(keys)}`;
  return operator.request('node.invoke', { nodeId: host.nodeId, command, params, idempotencyKey });
}

const run = (host: NodeHost, argv: readonly string[], more: object = {}): Promise<Frame> =>
  invoke(host, 'system.run', { command: argv, ...more });

const lines = (): readonly Record<string, unknown>[] =>
  readFileSync(join(folder, 'node-host', 'commands.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const nodeError = ({ error }: Frame): unknown => error?.details?.['nodeError'];

describe('a node host', () => {
  test('waits until it is paired, keeps its token, and needs no other afterwards', async () => {
    const host = await approved();
    const path = join(folder, 'node-host', 'identity.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).not.toContain(TOKEN);
    await host.stop();
    await host.ended;
    news.length = 0;
    const again = start({}, undefined);
    await expect.poll(() => news).toContainEqual({ what: 'connected' });
    expect(again.nodeId).toBe(host.nodeId);
  });

  test('runs nothing that is not on its own list, whatever the gateway allows', async () => {
    const host = await approved();
    const refused = await run(host, ['touch', 'made']);
    expect(refused.error?.details).toMatchObject({ reason: 'node.failed' });
    expect(nodeError(refused)).toMatchObject({ code: 'exec.allowlist.miss' });
    expect(existsSync(join(workspace(), 'made'))).toBe(false);
    expect(lines().at(-1)).toMatchObject({ phase: 'ended', code: 'exec.allowlist.miss' });
  });

  test('runs what is listed, with exactly its words, in its workspace', async () => {
    const allowlist = [{ pattern: '/usr/bin/touch' }, { pattern: '/usr/bin/printf' }];
    const host = await approved({ allowlist });
    const { payload, error } = await run(host, ['touch', 'a b', '$(x)']);
    expect(error).toBeUndefined();
    expect(payload).toMatchObject({ payload: { exitCode: 0, success: true, timedOut: false } });
    expect(existsSync(join(workspace(), 'a b'))).toBe(true);
    expect(existsSync(join(workspace(), '$(x)'))).toBe(true);
    const said = await run(host, ['printf', '%s', "it's"]);
    expect(said.payload).toMatchObject({ payload: { stdout: "it's" } });
    for (const [argv, code] of [
      [['sh', '-c', 'touch x; id'], 'exec.allowlist.miss'],
      [['sh', '-c', 'touch $(id)'], 'exec.analysis.failed'],
      [['env', '-S', 'touch x'], 'exec.allowlist.miss'],
      [['/tmp/touch', 'x'], 'exec.allowlist.miss'],
    ] as const) {
      expect(nodeError(await run(host, argv))).toMatchObject({ code });
    }
    const outside = await run(host, ['touch', 'x'], { cwd: '/tmp' });
    expect(nodeError(outside)).toMatchObject({ code: 'proc.cwd' });
    const before = lines().filter(({ phase }) => phase === 'asked');
    expect(before.map(({ code }) => code)).toContain('exec.allowlist.match');
    expect(JSON.stringify(lines())).not.toContain('a b');
  });

  test('says where programs are, and nothing of files', async () => {
    const host = await approved();
    const { payload } = await invoke(host, 'system.which', {
      bins: ['sh', 'no-such-program', '/etc/passwd', '../bin/sh', '-x'],
    });
    expect(payload).toMatchObject({
      payload: { bins: { sh: expect.stringMatching(/\/sh$/u) } },
    });
    expect(payload?.['payloadJSON']).toMatch(/^\{"bins":\{"sh":"[^"]+"\}\}$/u);
  });

  test('ends what takes too long, and says so', async () => {
    const host = await approved({
      allowlist: [{ pattern: '/usr/bin/sleep' }],
      timeoutSeconds: 1,
    });
    const { payload } = await run(host, ['sleep', '60']);
    expect(payload).toMatchObject({ payload: { timedOut: true, success: false } });
  });

  test('P23.01: ends when it is taken back, and what it runs ends with it', async () => {
    const host = await approved({ allowlist: [{ pattern: '/usr/bin/sleep' }] });
    const answer = run(host, ['sleep', '300']);
    await expect
      .poll(() => news.some((item) => item.what === 'asked' && item.command === 'system.run'))
      .toBe(true);
    await must(operator, 'node.pair.remove', { nodeId: host.nodeId });
    expect((await answer).error?.details).toMatchObject({ reason: 'node.disconnected' });
    await expect(host.ended).rejects.toMatchObject({ code: 'node.revoked' });
    const ended = lines().at(-1);
    expect(ended).toMatchObject({ phase: 'ended' });
  });

  test('P12.01: runs nothing twice, also after a restart of both', async () => {
    const host = await approved({ allowlist: [{ pattern: '/usr/bin/mktemp' }] });
    const ask = {
      nodeId: host.nodeId,
      command: 'system.run',
      params: { command: ['mktemp', 'run.XXXXXX'] },
      idempotencyKey: 'once',
    };
    const first = await operator.request('node.invoke', ask);
    expect(first.payload).toMatchObject({ payload: { exitCode: 0 } });
    expect((await operator.request('node.invoke', ask)).payload).toEqual(first.payload);
    await host.stop();
    await world.restart();
    operator = await world.operator();
    news.length = 0;
    start({ allowlist: [{ pattern: '/usr/bin/mktemp' }] });
    await expect.poll(() => news).toContainEqual({ what: 'connected' });
    expect((await operator.request('node.invoke', ask)).payload).toEqual(first.payload);
    const runs = lines().filter(({ phase, key }) => phase === 'asked' && key === 'once');
    expect(runs).toHaveLength(1);
  });

  test('comes back when the gateway does', async () => {
    const host = await approved();
    const { port } = new URL(world.url);
    news.length = 0;
    await world.restart(Number(port));
    operator = await world.operator();
    await expect.poll(() => news, { timeout: 20_000 }).toContainEqual({ what: 'connected' });
    await expect
      .poll(async () => (await invoke(host, 'system.which', { bins: ['sh'] })).ok)
      .toBe(true);
  });
});

describe('an approval at the gateway', () => {
  test('lets run what is not listed only where this machine says so, and only what it prepared', async () => {
    const exec = { ask: 'on-miss' };
    const host = await approved(exec);
    expect(nodeError(await run(host, ['touch', 'made']))).toMatchObject({
      code: 'exec.ask.on_miss',
    });
    expect(existsSync(join(workspace(), 'made'))).toBe(false);
  });
});

describe('a key', () => {
  test('that others can read is refused, and so is one that cannot be read', () => {
    mkdirSync(join(folder, 'node-host'), { recursive: true });
    const path = join(folder, 'node-host', 'identity.json');
    writeFileSync(path, '{}', { mode: 0o600 });
    expect(() => start()).toThrow(expect.objectContaining({ code: 'node.identity' }) as Error);
    chmodSync(path, 0o644);
    expect(() => start()).toThrow(/can be read by others/u);
  });
});

test.each(['ws://192.0.2.1:18789', 'ftp://127.0.0.1', 'wss://user:x@gateway', 'nonsense', ''])(
  'a node does not connect to %j',
  (url) => {
    const paths = resolvePaths({ HOME: folder, OPENCLAW_STATE_DIR: folder });
    const options = { version: '1', config: {}, paths, credentials: {}, displayName: 'x' };
    expect(() => startNodeHost({ ...options, url, tell: () => undefined })).toThrow(
      expect.objectContaining({ code: 'node.url' }) as Error,
    );
  },
);

test('a wrong token ends it with a word about what to do', async () => {
  const host = start({}, 'not the token of this gateway');
  await expect(host.ended).rejects.toMatchObject({
    code: 'node.refused',
    details: { code: 'AUTH_TOKEN_MISMATCH' },
  });
});
