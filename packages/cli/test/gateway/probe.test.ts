/**
 * `openclaw gateway probe` and `gateway health`.
 */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import { describe, expect, test } from 'vitest';

import { openOperator } from '../../src/compose/open-operator.ts';
import { call, FakeOperator, Home } from '../call.ts';
import { STRONG, tryStart } from '../exposure/gateway.ts';

const PROBE = ['gateway', 'probe', '--json'];

async function probe(code: string, details?: Readonly<Record<string, unknown>>) {
  const error = new PortcullisError(code, 'It says no.', {
    hint: 'Do something.',
    ...(details !== undefined && { details }),
  });
  const called = await call(PROBE, { doors: { openOperator: () => Promise.reject(error) } });
  return { code: called.code, answer: JSON.parse(called.stdout) as unknown };
}

describe('gateway probe', () => {
  test('tells what a running gateway asks for, and what our credential is good for', async () => {
    const home = new Home();
    const { code, stderr } = await tryStart(
      { auth: { token: STRONG } },
      {
        home,
        whileRunning: async (running) => {
          const open = { home, doors: { openOperator } };
          const json = await call(PROBE, open);
          expect(json.code, json.stdout).toBe(0);
          expect(JSON.parse(json.stdout)).toMatchObject({
            ok: true,
            degraded: false,
            timeoutMs: 3000,
            targets: [
              {
                id: 'configured',
                url: running.url,
                connect: { ok: true, rpcOk: true, latencyMs: expect.any(Number), error: null },
                auth: { mode: 'token', role: 'operator', capability: 'admin_capable' },
                self: { version: '9.9.9', protocol: 4 },
              },
            ],
          });
          const text = await call(['gateway', 'probe'], open);
          expect(text.stdout).toMatch(
            /^Reachable {2}let us in after \d+ ms\nVersion {4}9\.9\.9, protocol 4\nAsks for {3}token\nWe may {5}everything: operator\.admin/,
          );
          expect((await call(['gateway', 'health', '--timeout', '5000'], open)).code).toBe(0);
          const away = new Home();
          const path = join(away.path, 'secret');
          writeFileSync(path, 'not-the-secret-of-this-gateway-at-all');
          chmodSync(path, 0o600);
          const url = running.url.replace(/^http/u, 'ws');
          const wrong = await call([...PROBE, '--url', url, '--token-file', path], {
            home: away,
            doors: { openOperator },
          });
          expect(wrong.code, wrong.stdout).toBe(0);
          expect(JSON.parse(wrong.stdout)).toMatchObject({
            ok: true,
            degraded: true,
            targets: [
              {
                id: 'explicit',
                url,
                connect: { ok: false, error: { code: 'AUTH_TOKEN_MISMATCH' } },
                auth: { mode: 'token', capability: 'unknown' },
                self: null,
              },
            ],
          });
        },
      },
    );
    expect(code, stderr).toBe(0);
  });

  test.each([
    'gateway.not_running',
    'gateway.unreachable',
    'gateway.certificate',
    'gateway.ssh_failed',
  ])('%s is not reached, with exit code 1', async (given) => {
    expect(await probe(given)).toMatchObject({
      code: 1,
      answer: { ok: false, targets: [{ connect: { ok: false, error: { code: given } } }] },
    });
  });

  test('one that waits for somebody to pair this machine was reached', async () => {
    expect(await probe('gateway.refused', { code: 'PAIRING_REQUIRED' })).toMatchObject({
      code: 0,
      answer: { ok: true, degraded: true, targets: [{ auth: { capability: 'pairing_pending' } }] },
    });
  });

  test.each([
    [['operator.read'], 'read_only', 'We may     read: operator.read'],
    [['operator.read', 'operator.write'], 'write_capable', 'We may     read and write: '],
    [['operator.talk'], 'connected_no_operator_scope', 'We may     nothing: operator.talk'],
  ])('%j is %s', async (scopes, capability, says) => {
    const welcome = { version: '1.2.3', protocol: 4, role: 'operator', scopes };
    const fake = Object.assign(new FakeOperator({ health: { ok: true } }), { welcome });
    const { stdout } = await call(PROBE, { doors: fake.doors });
    expect(JSON.parse(stdout)).toMatchObject({ targets: [{ auth: { mode: null, capability } }] });
    expect((await call(['gateway', 'probe'], { doors: fake.doors })).stdout).toContain(says);
  });

  test('one that says nothing is given up, and let go when it opens after all', async () => {
    const late = Promise.withResolvers<FakeOperator>();
    const { code, stdout } = await call(['gateway', 'probe', '--timeout', '20', '--json'], {
      doors: { openOperator: () => late.promise },
    });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      targets: [{ connect: { error: { code: 'gateway.no_answer' } } }],
    });
    const operator = new FakeOperator({});
    late.resolve(operator);
    await expect.poll(() => operator.closed).toBe(true);
  });

  test('a mistake of the call is told as one', async () => {
    const { code, stderr } = await call(['gateway', 'probe', '--url', 'ws://gate.example'], {
      doors: { openOperator },
    });
    expect(code).toBe(1);
    expect(stderr).toContain('[gateway.remote_insecure]');
  });
});

test('gateway health is given up after the time it has', async () => {
  const fake = new FakeOperator({ health: () => new Promise(() => undefined) });
  const { code, stderr } = await call(['gateway', 'health', '--timeout', '20'], fake);
  expect({ code, closed: fake.closed }).toEqual({ code: 1, closed: true });
  expect(stderr).toContain('There was no answer within 20 ms. [gateway.no_answer]');
});
