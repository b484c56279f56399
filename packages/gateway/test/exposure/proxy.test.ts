/** A reverse proxy on the same machine that has an address of its own, as the how-to has it. */
import { request as httpRequest } from 'node:http';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { type Bench, startBench } from '../server/clients.ts';
import { configText, TOKEN } from '../server/fake-services.ts';

let bench: Bench;

beforeEach(async () => {
  const origins = { controlUi: { allowedOrigins: ['https://gate.example'] } };
  bench = await startBench({ config: configText({ trustedProxies: ['127.0.0.2'], ...origins }) });
});

afterEach(() => bench.close());

function ask(localAddress: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const { port } = bench.server;
    const path = '/control-ui-config.json';
    const asked = httpRequest(
      { host: '127.0.0.1', port, path, localAddress, agent: false, headers },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    asked.on('error', reject);
    asked.end();
  });
}

const RIGHT = { Authorization: `Bearer ${TOKEN}` };
const PROXIED = { Host: 'gate.example', 'X-Forwarded-For': '203.0.113.7', ...RIGHT };

test.runIf(process.platform === 'linux').each([
  ['its clients', '127.0.0.2', PROXIED, 200],
  ['itself', '127.0.0.2', RIGHT, 403],
  ['a program that imitates it', '127.0.0.1', PROXIED, 403],
  ['a command of the machine', '127.0.0.1', RIGHT, 200],
  ['a name that is not the gateway’s', '127.0.0.2', { ...PROXIED, Host: 'evil.example' }, 421],
])('P31.01: %s', async (_who, localAddress, headers, status) => {
  expect(await ask(localAddress, headers)).toBe(status);
});
