/**
 * A gateway elsewhere that is reached over the network: who is let in, by what, and what a call may
 * name in place of the config.
 *
 * @module
 */
import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { RunningGateway } from '@portcullis/gateway';
import { openOperator } from '../../src/compose/open-operator.ts';
import { secureUrl } from '../../src/compose/remote.ts';
import { type Called, type CallOptions, Home, call } from '../call.ts';
import { OWN_ADDRESS, STRONG, tryStart } from '../exposure/gateway.ts';

function command(
  home: Home,
  argv: readonly string[],
  env: CallOptions['env'] = {},
): Promise<Called> {
  return call(argv, { home, env, doors: { openOperator } });
}

function elsewhere(remote: object): Home {
  return new Home().write(JSON.stringify({ gateway: { mode: 'remote', remote } }));
}

/** Does something while a gateway runs on this machine's loopback address. */
async function beside(
  work: (url: string, home: Home, running: RunningGateway) => Promise<void>,
): Promise<void> {
  const home = new Home();
  const { code, stderr } = await tryStart(
    { auth: { token: STRONG } },
    { home, whileRunning: (running) => work(running.url.replace(/^http/u, 'ws'), home, running) },
  );
  expect(code, stderr).toBe(0);
}

/** A file with a secret. */
function secretFile(home: Home, text: string, mode = 0o600): string {
  const path = join(home.path, 'secret');
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe('a gateway on another address', () => {
  test.skipIf(OWN_ADDRESS === undefined)(
    'lets a command line in once somebody approved its device, then knows it without the token',
    async () => {
      const here = new Home();
      const { code, stderr } = await tryStart(
        {
          bind: 'lan',
          auth: { token: STRONG },
          tls: { enabled: true },
          controlUi: { allowedOrigins: ['https://ui.example'] },
        },
        {
          home: here,
          whileRunning: async ({ report }) => {
            const url = `wss://${String(OWN_ADDRESS)}:${String(report.port)}`;
            const tlsFingerprint = report.exposure.tls?.fingerprint;
            const away = elsewhere({ url, token: STRONG, tlsFingerprint });
            const first = await command(away, ['sessions', 'list']);
            expect(first.code).toBe(1);
            const [, request] = /openclaw devices approve (\S+)/u.exec(first.stderr) ?? [];
            expect(request, first.stderr).toBeDefined();
            const approved = await command(here, ['devices', 'approve', String(request), '--yes']);
            expect(approved.code, approved.stderr).toBe(0);
            expect((await command(away, ['sessions', 'list'])).code).toBe(0);
            away.write(
              JSON.stringify({ gateway: { mode: 'remote', remote: { url, tlsFingerprint } } }),
            );
            const known = await command(away, ['sessions', 'list', '--json']);
            expect(known.code, known.stdout).toBe(0);
            const identity = join(away.path, '.openclaw', 'operator', 'identity.json');
            expect(statSync(identity).mode & 0o077).toBe(0);
            chmodSync(identity, 0o644);
            const exposed = await command(away, ['sessions', 'list']);
            expect(exposed.stderr).toContain('[device.identity]');
          },
        },
      );
      expect(code, stderr).toBe(0);
    },
  );

  test.each(['ws://192.168.1.5:1', 'ws://10.0.0.5:1', 'ws://gate.local:1', 'ws://[fd00::5]:1'])(
    'P10.03: %s is used in the clear only by somebody who says so by name',
    (url) => {
      expect(() => secureUrl(url)).toThrow('in the clear');
      expect(() => secureUrl(url, { OPENCLAW_ALLOW_INSECURE_PRIVATE_WS: 'yes' })).toThrow('clear');
      expect(secureUrl(url, { OPENCLAW_ALLOW_INSECURE_PRIVATE_WS: '1' })).toBe(`${url}/`);
    },
  );

  test.each(['ws://203.0.113.5', 'ws://gate.example', 'ws://8.8.8.8', 'ws://169.254.169.254'])(
    'P10.03: %s is never used in the clear',
    (url) => {
      expect(() => secureUrl(url, { OPENCLAW_ALLOW_INSECURE_PRIVATE_WS: '1' })).toThrow('clear');
    },
  );
});

describe('a gateway that a call names', () => {
  test('is shown the secret of the file, and nothing that is configured', async () => {
    await beside(async (url, here) => {
      const away = elsewhere({ url: 'wss://gate.example', token: STRONG });
      const words = ['health', '--url', url];
      const without = await command(away, words, { OPENCLAW_GATEWAY_TOKEN: STRONG });
      expect(without.code).toBe(1);
      expect(without.stderr).toContain('No secret was shown to it.');
      const path = secretFile(away, `${STRONG}\n`);
      expect((await command(away, [...words, '--token-file', path])).code).toBe(0);
      // Before the command, too.
      expect((await command(away, ['--token-file', path, ...words])).code).toBe(0);
      const wrong = secretFile(away, 'another-secret-of-forty-characters-altogether');
      expect((await command(away, [...words, '--password-file', wrong])).code).toBe(1);
      expect((await command(here, ['health'])).code).toBe(0);
    });
  });

  test('may stand in the environment, with its secret', async () => {
    await beside(async (url) => {
      const env = { OPENCLAW_GATEWAY_URL: url };
      const home = new Home();
      expect((await command(home, ['health'], env)).code).toBe(1);
      const whole = { ...env, OPENCLAW_GATEWAY_TOKEN: STRONG };
      expect((await command(home, ['health'], whole)).code).toBe(0);
    });
  });

  test.each([
    ['others can read', STRONG, 0o644],
    ['holds nothing', '\n', 0o600],
    ['holds more than a secret', `${STRONG} ${STRONG}`, 0o600],
  ])('is told no secret of a file that %s', async (_what, text, mode) => {
    const home = new Home();
    const path = secretFile(home, text, mode);
    const words = ['health', '--url', 'ws://127.0.0.1:1', '--token-file', path];
    const { code, stderr } = await command(home, words);
    expect(code).toBe(1);
    expect(stderr).toContain('[usage.secret_file]');
    expect(stderr).not.toContain(STRONG);
  });

  test('is not asked with a fingerprint that is none', async () => {
    const words = ['health', '--url', 'wss://gate.example', '--tls-fingerprint', 'abc'];
    expect((await command(new Home(), words)).stderr).toContain('[usage.invalid_value]');
  });
});

describe('with gateway.mode remote', () => {
  test('a gateway that runs here all the same is not talked to', async () => {
    await beside(async (_url, here) => {
      const { gateway } = JSON.parse(here.read()) as { gateway: object };
      here.write(
        JSON.stringify({
          gateway: { ...gateway, mode: 'remote', remote: { url: 'ws://127.0.0.1:1' } },
        }),
      );
      const { stderr } = await command(here, ['health']);
      expect(stderr).toContain('[gateway.unreachable]');
      // One that cannot be read says nothing, and does not hide the gateway that runs.
      here.write('{ gateway: ');
      expect((await command(here, ['health'])).code).toBe(0);
    });
  });

  test('the config that is changed is the one of this machine, key by key', async () => {
    const home = new Home();
    const set = (...argv: readonly string[]): Promise<Called> =>
      command(home, ['config', 'set', ...argv, '--yes']);
    expect((await set('gateway.mode', 'remote')).code).toBe(0);
    expect((await set('gateway.remote.url', 'wss://gate.example')).code).toBe(0);
    const last = await set('gateway.remote.transport', 'ssh');
    expect(last.code, last.stderr).toBe(0);
    expect(home.read()).toContain('wss://gate.example');
  });

  test('it is said what is missing', async () => {
    for (const [remote, hint] of [
      [{}, 'Set gateway.remote.url'],
      [{ sshTarget: 'ann@gate' }, 'gateway.remote.transport ssh'],
      [{ transport: 'ssh' }, 'gateway.remote.sshTarget'],
    ] as const) {
      const { stderr } = await command(elsewhere(remote), ['health']);
      expect(stderr).toContain('[gateway.remote_incomplete]');
      expect(stderr).toContain(hint);
    }
  });

  test('no gateway starts here', async () => {
    const home = elsewhere({ url: 'wss://gate.example' });
    const { runGateway } = await import('../../src/compose/run-gateway.ts');
    const { code, stderr } = await call(['gateway', 'run', '--port', '0'], {
      home,
      doors: { runGateway },
    });
    expect(code).toBe(1);
    expect(stderr).toContain('[gateway.mode_not_local]');
  });
});
