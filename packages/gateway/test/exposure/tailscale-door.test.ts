/** Clients that come through Tailscale: who they are, and who they only say they are. */
import { connect as connectSocket, type Socket } from 'node:net';

import { afterEach, describe, expect, test } from 'vitest';

import type { Tailnet } from '../../src/exposure/tailscale/tailnet.ts';
import {
  type Bench,
  connectDevice,
  type Device,
  type Frame,
  makeRawDevice,
  startBench,
} from '../server/clients.ts';
import { configText, TOKEN } from '../server/fake-services.ts';

const NAME = 'gate.tail1234.ts.net';
const ANN = '100.64.0.9';

interface Door {
  readonly bench: Bench;
  /** The bench as clients see it who come through Tailscale. */
  readonly tailnet: Pick<Bench, 'url' | 'onClose'>;
  readonly http: string;
  readonly asked: string[];
}

let open: Bench | undefined;

afterEach(() => open?.close());

async function openDoor(
  gateway: object = {},
  fake: Partial<Tailnet> = {},
  policyConfig?: () => unknown,
): Promise<Door> {
  const asked: string[] = [];
  const tailnet: Tailnet = {
    name: NAME,
    tellsPeers: true,
    isTailscaled: async () => true,
    login: async (address) => {
      asked.push(address);
      return address === ANN ? 'ann@example.com' : undefined;
    },
    ...fake,
  };
  const config = configText({ tailscale: { mode: 'serve' }, ...gateway });
  const bench = await startBench({ config, tailnet, ...(policyConfig && { policyConfig }) });
  open = bench;
  const at = `127.0.0.1:${String(bench.server.tailnetPort)}`;
  return {
    bench,
    tailnet: { url: `ws://${at}`, onClose: bench.onClose },
    http: `http://${at}`,
    asked,
  };
}

/** What tailscaled hands on of a request of `login` at `address`. */
function handedOn(login: string | undefined, address: string = ANN): Record<string, string> {
  return {
    Host: NAME,
    Origin: `https://${NAME}`,
    'X-Forwarded-For': address,
    'X-Forwarded-Host': NAME,
    'X-Forwarded-Proto': 'https',
    ...(login !== undefined && { 'Tailscale-User-Login': login }),
  };
}

const PAGE = { id: 'openclaw-control-ui', version: '1', platform: 'web', mode: 'webchat' };
const ASKED = { client: PAGE, scopes: ['operator.read'] };

async function visit(
  at: Pick<Bench, 'url' | 'onClose'>,
  headers: Record<string, string>,
  change: Record<string, unknown> = {},
  device: Device = makeRawDevice(),
): Promise<Frame> {
  const raw = await connectDevice(at, device, { ...ASKED, auth: {}, ...change }, { headers });
  return raw.answer;
}

function outcome({ ok, error }: Frame): unknown {
  return ok === true ? 'in' : error?.details?.['code'];
}

describe('a page that comes through Tailscale', () => {
  test('P29.04: is its user’s where tailscaled and whois say the same, and pairs as others do', async () => {
    const { tailnet, bench, asked } = await openDoor();
    const device = makeRawDevice();
    const first = await visit(tailnet, handedOn('ann@example.com'), {}, device);
    expect(outcome(first)).toBe('PAIRING_REQUIRED');
    expect(asked).toEqual([ANN]);
    const requestId = String(first.error?.details?.['requestId']);
    const operator = await connectDevice(bench, makeRawDevice(), {
      client: { id: 'cli', version: '1', platform: 'linux', mode: 'cli' },
      scopes: ['operator.admin'],
      auth: { token: TOKEN },
    });
    expect((await operator.request('device.pair.approve', { requestId })).ok).toBe(true);
    expect(outcome(await visit(tailnet, handedOn('ann@example.com'), {}, device))).toBe('in');
  });

  test.each([
    ['another login than whois says', handedOn('eve@example.com')],
    ['a login at an address nobody has', handedOn('ann@example.com', '100.64.0.77')],
    ['a login at an address that is none of a tailnet', handedOn('ann@example.com', '8.8.8.8')],
    ['no login', handedOn(undefined)],
  ])('P29.04: with %s is nobody', async (_what, headers) => {
    const { tailnet } = await openDoor();
    expect(outcome(await visit(tailnet, headers))).toBe('AUTH_TOKEN_MISSING');
  });

  test.each([
    ['when it is switched off', { auth: { token: TOKEN, allowTailscale: false } }, {}],
    ['through a funnel', { tailscale: { mode: 'funnel' } }, {}],
    ['with a password', { auth: { mode: 'password', password: TOKEN } }, {}],
    ['where tailscaled cannot be told from others', {}, { tellsPeers: false }],
    ['when whois fails', {}, { login: async () => undefined }],
  ])('P29.04: a login is no credential %s', async (_what, gateway, fake) => {
    const { tailnet } = await openDoor(gateway, fake);
    expect(outcome(await visit(tailnet, handedOn('ann@example.com')))).toMatch(
      /^AUTH_(?:TOKEN|PASSWORD)_MISSING$/u,
    );
  });

  test('P29.04: a wrong token is not made good by a login', async () => {
    const { tailnet, asked } = await openDoor();
    const answer = await visit(tailnet, handedOn('ann@example.com'), { auth: { token: 'wrong' } });
    expect(outcome(answer)).toBe('AUTH_TOKEN_MISMATCH');
    expect(asked.length).toBeLessThanOrEqual(1);
  });

  test('P23.01: does not stay where the rules changed while it was asked about', async () => {
    const serve = { tailscale: { mode: 'serve' } };
    const before: unknown = JSON.parse(configText(serve));
    const auth = { mode: 'token', token: TOKEN, allowTailscale: true };
    const identityScopes = { 'ann@example.com': ['operator.read'] };
    const after: unknown = JSON.parse(configText({ ...serve, auth: { ...auth, identityScopes } }));
    let current = before;
    let changes = false;
    const login = async () => {
      if (changes) current = after;
      return 'ann@example.com';
    };
    const { tailnet, bench } = await openDoor({}, { login }, () => current);
    const device = makeRawDevice();
    const first = await visit(tailnet, handedOn('ann@example.com'), {}, device);
    const operator = await connectDevice(bench, makeRawDevice(), {
      client: { id: 'cli', version: '1', platform: 'linux', mode: 'cli' },
      scopes: ['operator.admin'],
    });
    const requestId = String(first.error?.details?.['requestId']);
    expect((await operator.request('device.pair.approve', { requestId })).ok).toBe(true);
    changes = true;
    const headers = handedOn('ann@example.com');
    const late = await connectDevice(tailnet, device, { ...ASKED, auth: {} }, { headers });
    expect(await late.closed).toEqual({ code: 4001, reason: 'gateway auth changed' });
  });

  test('is never taken for a program of this machine', async () => {
    const { tailnet } = await openDoor();
    const answer = await visit(tailnet, handedOn(undefined), { auth: { token: TOKEN } });
    expect(outcome(answer)).toBe('PAIRING_REQUIRED');
  });
});

describe('a login is no credential', () => {
  test('P29.04: on the port everybody may use, whoever sends it', async () => {
    const { bench, asked } = await openDoor();
    const direct = { Origin: bench.http, 'Tailscale-User-Login': 'ann@example.com' };
    expect(outcome(await visit(bench, direct))).toBe('AUTH_TOKEN_MISSING');
    await expect(visit(bench, handedOn('ann@example.com'))).rejects.toThrow('403');
    expect(asked).toEqual([]);
  });

  test('P29.04: of a program, and of HTTP', async () => {
    const { tailnet, http, asked } = await openDoor();
    const program = { client: { id: 'cli', version: '1', platform: 'linux', mode: 'cli' } };
    expect(outcome(await visit(tailnet, handedOn('ann@example.com'), program))).not.toBe('in');
    const { Host: _host, ...headers } = handedOn('ann@example.com');
    const answer = await fetch(`${http}/control-ui-config.json`, { headers });
    expect(answer.status).toBe(401);
    expect(asked).toEqual([]);
  });
});

describe('the port for tailscaled', () => {
  test('P29.04: drops everybody else before it answers', async () => {
    const { tailnet, http } = await openDoor({}, { isTailscaled: async () => false });
    await expect(fetch(`${http}/health`)).rejects.toThrow();
    await expect(visit(tailnet, handedOn('ann@example.com'))).rejects.toThrow();
  });

  test.each([
    ['nobody', {}],
    ['this machine', { 'X-Forwarded-For': '127.0.0.1' }],
    ['several', { 'X-Forwarded-For': '100.64.0.9, 100.64.0.8' }],
    ['what is no address', { 'X-Forwarded-For': 'unknown' }],
    ['a client under another header', { 'X-Real-IP': ANN }],
  ])('P31.01: refuses requests in which it names %s', async (_whom, headers) => {
    const { http } = await openDoor({ allowRealIpFallback: true });
    expect((await fetch(`${http}/health`, { headers })).status).toBe(403);
  });

  test('P31.01: a guess counts against the client tailscaled names', async () => {
    const { http } = await openDoor();
    const path = `${http}/control-ui-config.json`;
    const guess = (address: string, token: string): Promise<number> =>
      fetch(path, {
        headers: { 'X-Forwarded-For': address, Authorization: `Bearer ${token}` },
      }).then(({ status }) => status);
    for (let count = 0; count < 10; count += 1) {
      expect(await guess('100.64.0.66', 'wrong')).toBe(401);
    }
    expect(await guess('100.64.0.66', TOKEN)).toBe(429);
    expect(await guess(ANN, TOKEN)).toBe(200);
  });

  test('P22.06: hands on no user of a proxy', async () => {
    const trustedProxy = { userHeader: 'x-user', allowLoopback: true };
    const { tailnet } = await openDoor({
      trustedProxies: ['127.0.0.1'],
      auth: { mode: 'trusted-proxy', trustedProxy },
    });
    const answer = await visit(tailnet, { ...handedOn(undefined), 'X-User': 'owner' });
    expect(outcome(answer)).toBe('AUTH_UNAUTHORIZED');
  });

  test('is not there without a tailnet', async () => {
    open = await startBench();
    expect(open.server.tailnetPort).toBeUndefined();
  });
});

test('P13.04: a connection that is reset while its owner is looked up ends nothing else', async () => {
  const asked = Promise.withResolvers<Socket>();
  const verdict = Promise.withResolvers<boolean>();
  const isTailscaled = async (socket: Socket) => {
    asked.resolve(socket);
    return verdict.promise;
  };
  const { bench, http } = await openDoor({}, { isTailscaled });
  const socket = connectSocket(bench.server.tailnetPort ?? 0, '127.0.0.1');
  socket.on('error', () => undefined);
  const accepted = await asked.promise;
  const closed = new Promise((resolve) => accepted.on('close', resolve));
  const upgraded = new Promise((resolve) => {
    accepted.on('newListener', (event) => event === 'error' && setImmediate(resolve));
  });
  socket.write(
    `GET / HTTP/1.1\r\nHost: ${NAME}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  await upgraded;
  accepted.emit('error', new Error('read ECONNRESET'));
  await closed;
  verdict.resolve(true);
  expect((await fetch(`${http}/health`, { headers: handedOn(undefined) })).status).toBe(200);
});
