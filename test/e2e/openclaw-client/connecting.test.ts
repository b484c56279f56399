/** How the public client gets in, and what it does where it does not. */
import { setTimeout as sleep } from 'node:timers/promises';

import { GatewayClient, type GatewayClientOptions } from '@openclaw/gateway-client';
import { EVENTS, METHODS } from '@portcullis/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type GatewayCommand, runGateway } from '../openclaw.ts';
import { type World, createWorld, until } from '../world.ts';
import { connect, TOKEN } from './public-client.ts';

let world: World;
let gateway: GatewayCommand;

beforeAll(async () => {
  world = await createWorld(() => 'hello');
  gateway = await runGateway(world.env);
});

afterAll(async () => {
  gateway.child.kill('SIGKILL');
  await world.close();
});

test('with the token it is let in, and told what there is', async () => {
  const { client, hellos, faults } = await connect(gateway.url);
  const [hello] = hellos;
  expect(hello).toMatchObject({
    type: 'hello-ok',
    protocol: 4,
    auth: { role: 'operator', scopes: ['operator.admin'] },
  });
  const ours = Object.entries(METHODS).filter(([, spec]) => !('role' in spec));
  expect(hello?.features.methods).toEqual(ours.map(([name]) => name));
  const heard = Object.entries(EVENTS).filter(([, spec]) => !('to' in spec && spec.to === 'node'));
  expect(hello?.features.events).toEqual(heard.map(([name]) => name));
  expect(faults).toEqual([]);
  client.stop();
});

test('with few rights it may do little, and is told what it lacks', async () => {
  const { client, call } = await connect(gateway.url, { scopes: ['operator.read'] });
  expect(await call('sessions.list', {})).toMatchObject({ count: 0 });
  const params = { sessionKey: 'main', message: 'hi', idempotencyKey: 'k' };
  await expect(client.request('chat.send', params)).rejects.toMatchObject({
    gatewayCode: 'FORBIDDEN',
    message: 'missing scope: operator.write',
    details: {
      code: 'MISSING_SCOPE',
      missingScope: 'operator.write',
      requiredScopes: ['operator.write'],
    },
  });
  await expect(client.request('no.such.method')).rejects.toThrow('missing scope: operator.admin');
  client.stop();
});

/** Starts a client that is turned away, and counts how often it tries. */
async function turnedAway(options: Partial<GatewayClientOptions>) {
  const pauses: { readonly code: number; readonly detailCode: string | null }[] = [];
  const errors: Error[] = [];
  let tries = 0;
  const client = new GatewayClient({
    url: gateway.url.replace('http', 'ws'),
    token: TOKEN,
    onHelloOk: () => {
      throw new Error('it was let in');
    },
    onConnectError: (error) => errors.push(error),
    onReconnectPaused: (info) => pauses.push(info),
    onClose: () => (tries += 1),
    ...options,
  });
  client.start();
  await until(() => pauses.length > 0, 'the client to give up');
  // Its shortest pause before another try is a second.
  await sleep(1500);
  client.stop();
  return { pauses, tries, error: errors[0] as { details?: Record<string, unknown> } | undefined };
}

describe('a client that is turned away stops trying', () => {
  const ui = { clientName: 'openclaw-tui', mode: 'ui' } as const;
  const cases: readonly (readonly [string, Partial<GatewayClientOptions>, string, number])[] = [
    ['with a wrong token', { token: 'wrong' }, 'AUTH_TOKEN_MISMATCH', 1008],
    ['without a token', { token: '' }, 'DEVICE_IDENTITY_REQUIRED', 1008],
    ['of another protocol', { minProtocol: 2, maxProtocol: 3 }, 'PROTOCOL_MISMATCH', 1002],
    ['that shows pages and has no device', ui, 'CONTROL_UI_DEVICE_IDENTITY_REQUIRED', 1008],
    ['as a node without a device', { role: 'node' }, 'DEVICE_IDENTITY_REQUIRED', 1008],
  ];

  test.concurrent.each(cases)('%s', async (_name, options, detailCode, code) => {
    const { pauses, tries } = await turnedAway(options);
    expect(pauses).toMatchObject([{ code, detailCode }]);
    expect(tries).toBe(1);
  });
});
