import { once } from 'node:events';
import { type RequestListener, type Server, createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import type { ProcResult } from '@portcullis/core';
import { afterEach, describe, expect, test } from 'vitest';

import { Sandbox } from '../../src/brokers/proc/sandbox.ts';
import { type Outcome, type ProcHarness, openProc } from './proc-harness.ts';
import { selfSigned } from './self-signed.ts';

const { available } = await new Sandbox().probe();
const EXEC = { security: 'full', ask: 'off' };
const PRIVATE = { fetch: { ssrfPolicy: { dangerouslyAllowPrivateNetwork: true } } };
const NAMES: Readonly<Record<string, readonly string[]>> = {
  'site.test': ['127.0.0.1'],
  'inner.test': ['10.0.0.1'],
  'meta.test': ['169.254.169.254'],
};

let proc: ProcHarness | undefined;
const servers: Server[] = [];

afterEach(async () => {
  await proc?.harness.close();
  proc = undefined;
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

interface Opened {
  readonly port: number;
  readonly urls: unknown[];
  readonly lookups: string[];
  readonly run: (command: string, sender?: string) => Promise<Outcome>;
}

/** A gateway whose sandbox reaches one server of the test. */
async function open(
  listener: RequestListener,
  {
    sandbox = {},
    web = PRIVATE,
    flow = { mode: 'off' },
  }: { sandbox?: object; web?: object; flow?: object } = {},
): Promise<Opened> {
  const urls: unknown[] = [];
  const lookups: string[] = [];
  const port = await listen(
    createServer((request, response) => {
      urls.push(request.url);
      listener(request, response);
    }),
  );
  const opened = await openProc({
    exec: EXEC,
    web,
    flow,
    sandbox: {
      mode: 'all',
      network: 'proxy',
      networkHosts: ['site.test'],
      networkPorts: [port, 80, 443],
      ...sandbox,
    },
    resolve: async (host) => {
      lookups.push(host);
      return NAMES[host] ?? [];
    },
  });
  proc = opened;
  const run = (command: string, sender = '42'): Promise<Outcome> =>
    opened.run({ command, timeoutMs: 20_000 }, sender);
  return { port, urls, lookups, run };
}

function outputOf(outcome: Outcome): string {
  return 'output' in outcome ? (outcome satisfies ProcResult).output : outcome.refused;
}

/** A command that says one line to the proxy. */
function asking(first: string): string {
  return `bash -c 'exec 3<>/dev/tcp/127.0.0.1/3128; printf "${first}\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n" >&3; timeout 5 cat <&3'`;
}

async function tunnels(): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const lines = (await proc?.harness.gateway.services.audit.log({ limit: 1000 })) ?? [];
  return lines
    .map(({ entry }) => entry as Readonly<Record<string, unknown>>)
    .filter(({ action }) => action === 'tunnel');
}

describe.skipIf(!available)('the sandbox with a network', () => {
  test('reaches a listed server through its proxy, in clear and encrypted', async () => {
    const { port, urls, run } = await open((_request, response) => response.end('from the site'));
    const secure = await listen(
      createTlsServer(selfSigned('site.test'), (_request, response) => response.end('encrypted')),
    );
    expect(outputOf(await run(`curl -sS http://site.test:${String(port)}/a?b`))).toBe(
      'from the site',
    );
    expect(urls).toEqual(['/a?b']);
    // Another port of the same machine is another matter.
    const refused = await run(`curl -sSk https://site.test:${String(secure)}/`);
    expect(outputOf(refused)).toContain('403');
    await proc?.harness.close();
    await open((_request, response) => response.end(), {
      sandbox: { networkPorts: [secure] },
    });
    const answer = await proc?.run({ command: `curl -sSk https://site.test:${String(secure)}/` });
    expect(answer).toMatchObject({ output: 'encrypted', exitCode: 0 });
    expect(await tunnels()).toMatchObject([
      { code: 'effect.tunnel', method: 'CONNECT', host: 'site.test', port: secure },
      { code: 'effect.done', sent: expect.any(Number), received: expect.any(Number) },
    ]);
  });

  test('P05.02: has the loopback of its own, and nothing of the machine', async () => {
    const { port, urls, run } = await open((_request, response) => response.end('reached'));
    const at = `http://127.0.0.1:${String(port)}/`;
    const outcome = await run(
      `curl -sS -m 5 --noproxy "*" ${at}; curl -sS -m 5 ${at}; tail -n +3 /proc/net/dev`,
    );
    const lines = outputOf(outcome).trim().split('\n');
    expect(lines.filter((line) => line.includes("Couldn't connect"))).toHaveLength(2);
    expect(lines.slice(2).map((line) => line.trim().split(':')[0])).toEqual(['lo']);
    expect(urls).toEqual([]);
  });

  test.each([
    ['P09.01: a private address', 'http://10.0.0.1/', 'net.ip.private'],
    ['P09.01: the machine itself', 'http://127.0.0.1/', 'net.ip.loopback'],
    ['P09.01: the metadata service', 'http://169.254.169.254/', 'net.ip.metadata'],
    ['P09.01: another spelling of the machine', 'http://0177.1/', 'net.ip.loopback'],
    ['P09.02: a name that leads inside', 'http://inner.test/', 'net.dns.private'],
    ['P09.02: a name that leads to metadata', 'http://meta.test/', 'net.dns.private'],
    ['P09.05: a login in the address', 'http://site.test@10.0.0.1/', 'net.ip.private'],
    ['a port that is not listed', 'http://site.test:22/', 'net.port'],
    ['a name that does not exist', 'http://nowhere.test/', 'net.dns'],
  ])('%s is refused', async (_name, url, code) => {
    const { run } = await open((_request, response) => response.end(), {
      web: {},
      sandbox: { networkHosts: ['*.test', 'site.test', 'inner.test', 'meta.test', 'nowhere.test'] },
    });
    const outcome = await run(`curl -sS --noproxy "" ${url} -H "Proxy-Authorization: Basic eDp5"`);
    expect(outputOf(outcome)).toContain(code);
  });

  test('a server that nobody listed is asked about, once for the command', async () => {
    const { port, urls, run } = await open((_request, response) => response.end('ok '), {
      sandbox: { networkHosts: [] },
      flow: {},
    });
    const url = `http://site.test:${String(port)}/`;
    const running = run(`curl -sS -X POST ${url} && curl -sS -X POST ${url}`);
    const question = await proc?.answer('allow-once');
    expect(question).toMatchObject({ effect: 'net tunnel', code: 'flow.web.write' });
    expect(outputOf(await running)).toBe('ok ok ');
    expect(urls).toHaveLength(2);
  });

  test('a guest is not asked for: what he brought in may not write', async () => {
    const { port, urls, run } = await open((_request, response) => response.end('ok'), {
      sandbox: { networkHosts: [], workspaceAccess: 'ro' },
      flow: {},
    });
    const url = `http://site.test:${String(port)}/`;
    const running = run(`curl -sS -X POST ${url}`, '43');
    expect(outputOf(await running)).toContain('flow.');
    expect(urls).toEqual([]);
  });

  test('its command brings the world into the session', async () => {
    const { run } = await open((_request, response) => response.end('ok'), { flow: {} });
    await run('true');
    const next = run('true');
    expect(await proc?.answer()).toMatchObject({ code: 'flow.exec.untrusted' });
    expect(await next).toMatchObject({ exitCode: 0 });
  });

  test('a request that only reads brings no other along behind it', async () => {
    const bodies: string[] = [];
    const { port, urls, run } = await open((request, response) => {
      request.on('data', (chunk: Buffer) => bodies.push(chunk.toString()));
      request.on('end', () => response.end('words'));
    });
    const url = `http://site.test:${String(port)}/`;
    const inner = `POST /written HTTP/1.1\r\nHost: other.test\r\nContent-Length: 0\r\n\r\n`;
    for (const header of ['Transfer-Encoding: chunked', 'Connection: content-length']) {
      const read = `curl -sS -X GET -H "${header}" --data-binary "$(printf '${inner}')" ${url}`;
      expect(outputOf(await run(read))).toContain('net.request');
      await run(`curl -sS -X DELETE -H "${header}" --data-binary "body" ${url}`);
    }
    expect(urls).toEqual(['/', '/']);
    expect(bodies).toEqual(['body', 'body']);
  });

  test('exit codes, signals, input and several programs are as without one', async () => {
    const { run } = await open((_request, response) => response.end('words'));
    expect(await run('sh -c "exit 7"')).toMatchObject({ exitCode: 7 });
    expect(await run('sh -c "kill -9 $$"')).toMatchObject({ exitCode: 137 });
    expect(await run('printf abc | tr a-c x-z')).toMatchObject({ output: 'xyz', exitCode: 0 });
    const fed = await proc?.run({ command: 'cat', input: 'fed' });
    expect(fed).toMatchObject({ output: 'fed' });
    expect(await proc?.run({ command: 'sleep 30', timeoutMs: 1000 })).toMatchObject({
      state: 'timed-out',
    });
  });

  test('programs on Node and git find the proxy', async () => {
    const { port, urls, run } = await open((_request, response) => response.end('words'));
    const url = `http://site.test:${String(port)}`;
    await run(`git ls-remote ${url}/repo.git`);
    expect(urls[0]).toBe('/repo.git/info/refs?service=git-upload-pack');
  });

  test('nobody is let through with what is no request to a proxy', async () => {
    const { port, urls, run } = await open((_request, response) => response.end('words'));
    for (const first of [
      'GET / HTTP/1.1',
      `GET https://site.test:${String(port)}/ HTTP/1.1`,
      'GET file:///etc/passwd HTTP/1.1',
      'CONNECT site.test HTTP/1.1',
      'CONNECT me@site.test:443 HTTP/1.1',
      'CONNECT site.test:443/x HTTP/1.1',
    ]) {
      const text = outputOf(await run(asking(first)));
      expect(text).toMatch(/^HTTP\/1\.1 40[03]/u);
      expect(text).not.toContain('words');
    }
    expect(urls).toEqual([]);
  });
});

test.each(['host', 'container:abc', 'none ', true, 7])(
  'P05.02: a network called %j is no network that there is',
  async (network) => {
    await expect(openProc({ exec: EXEC, sandbox: { mode: 'all', network } })).rejects.toMatchObject(
      { code: 'config.invalid' },
    );
  },
);

test.skipIf(!available)('P05.02: without the program that leads out there is none', async () => {
  const { execPath } = process;
  process.execPath = '/usr/bin/false';
  try {
    proc = await openProc({ exec: EXEC, sandbox: { mode: 'all', network: 'proxy' } });
    expect(await proc.run({ command: 'true' })).toMatchObject({
      refused: 'sandbox.network_unsupported',
    });
  } finally {
    process.execPath = execPath;
  }
});
