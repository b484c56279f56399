/**
 * A gateway behind SSH: how the command is called, what it is not told, and what is said when it does
 * not get there.
 *
 * @module
 */
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { openOperator } from '../../src/compose/open-operator.ts';
import { readTarget, sshArguments } from '../../src/compose/ssh-tunnel.ts';
import { Home, call } from '../call.ts';
import { STRONG, tryStart } from '../exposure/gateway.ts';
import { fakeSsh } from './fake-ssh.ts';

const TOKEN = { auth: { token: STRONG } };

/** The config of somebody whose gateway is behind SSH. */
function behindSsh(remote: object): Home {
  const gateway = {
    mode: 'remote',
    remote: { transport: 'ssh', sshTarget: 'ann@gate.example:2222', token: STRONG, ...remote },
  };
  return new Home().write(JSON.stringify({ gateway }));
}

function command(home: Home, folder: string, ...argv: readonly string[]): ReturnType<typeof call> {
  const env = { PATH: folder, SSH_AUTH_SOCK: '/run/agent', OPENCLAW_GATEWAY_TOKEN: STRONG };
  return call(argv, { home, env, doors: { openOperator } });
}

describe('a gateway behind SSH', () => {
  test('is talked to through the ssh of this machine, which hears no secret', async () => {
    const seen: string[] = [];
    const away = behindSsh({ sshIdentity: '~/.ssh/gate' });
    const ssh = fakeSsh(join(away.path, 'bin'));
    let port = '';
    const started = await tryStart(TOKEN, {
      whileRunning: async ({ url }) => {
        ({ port } = new URL(url));
        const home = behindSsh({ remotePort: Number(port), sshIdentity: '~/.ssh/gate' });
        for (const argv of [
          ['health', '--json'],
          ['sessions', 'list', '--json'],
        ]) {
          const { code, stdout } = await command(home, ssh.folder, ...argv);
          expect(code, stdout).toBe(0);
          seen.push(stdout);
        }
        expect(ssh.calls()[0]?.argv.at(-5)).toBe(join(home.path, '.ssh', 'gate'));
      },
    });
    expect(started.code).toBe(0);
    expect(seen).toHaveLength(2);
    const [first] = ssh.calls();
    // The key file was checked above.
    expect(first?.argv.toSpliced(-5, 1).join(' ')).toBe(
      '-a -x -T -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=10' +
        ' -o ServerAliveInterval=15 -o ServerAliveCountMax=3' +
        ' -o ControlMaster=no -o ControlPath=none -o PermitLocalCommand=no -o IdentitiesOnly=yes' +
        ` -p 2222 -i -W 127.0.0.1:${port} -- ann@gate.example`,
    );
    expect(first?.env).toMatchObject({ SSH_AUTH_SOCK: '/run/agent' });
    expect(JSON.stringify(ssh.calls())).not.toContain(STRONG);
  });

  test.each([
    [
      'does not know the host',
      'Host key verification failed.',
      'compare the key of the host: ssh -p 2222 ann@gate.example',
    ],
    ['is not let in', 'ann@gate.example: Permission denied (publickey).', 'ssh-agent'],
    ['ends without a word of use', 'kex_exchange_identification: closed', 'Try it by hand'],
  ])('is told of where ssh %s', async (_what, says, hint) => {
    const home = behindSsh({});
    const ssh = fakeSsh(join(home.path, 'bin'), says);
    const { code, stderr } = await command(home, ssh.folder, 'health');
    expect(code).toBe(1);
    expect(stderr).toContain('[gateway.ssh_failed]');
    expect(stderr).toContain(says);
    expect(stderr).toContain(hint);
    expect(ssh.calls()).toHaveLength(1);
  });

  test('is told of where nothing listens on the other side', async () => {
    const home = behindSsh({ remotePort: 1 });
    const ssh = fakeSsh(join(home.path, 'bin'));
    const { stderr } = await command(home, ssh.folder, 'health');
    expect(stderr).toContain('ECONNREFUSED');
    expect(stderr).toContain('[gateway.ssh_failed]');
  });

  test('is told of where there is no ssh', async () => {
    const home = behindSsh({});
    const { stderr } = await command(home, join(home.path, 'empty'), 'health');
    expect(stderr).toContain('Install an OpenSSH client');
  });

  test('is not looked for on another machine behind it', async () => {
    const home = behindSsh({ url: 'wss://elsewhere.example' });
    const ssh = fakeSsh(join(home.path, 'bin'));
    const { stderr } = await command(home, ssh.folder, 'health');
    expect(stderr).toContain('[gateway.remote_incomplete]');
    expect(ssh.calls()).toEqual([]);
  });
});

describe('where SSH logs in', () => {
  test.each([
    ['gate', { login: 'gate' }],
    ['ann@gate.example', { login: 'ann@gate.example' }],
    ['ann@gate.example:2222', { login: 'ann@gate.example', sshPort: 2222 }],
    ['ann@[2001:db8::1]:22', { login: 'ann@2001:db8::1', sshPort: 22 }],
  ])('%s is a host', (text, route) => {
    expect(readTarget(text)).toEqual(route);
  });

  test.each([
    '-oProxyCommand=touch /tmp/owned',
    'ann@-oProxyCommand=x',
    '--',
    'ann@gate;touch',
    'ann@gate $(id)',
    'ann@gate\nHost',
    'ann@gate:0',
    'ann@gate:65536',
    'a@b@c',
    '',
  ])('%j starts nothing', async (sshTarget) => {
    const home = behindSsh({ sshTarget });
    const ssh = fakeSsh(join(home.path, 'bin'));
    const { code, stdout } = await command(home, ssh.folder, 'health', '--json');
    expect(code).toBe(1);
    expect(stdout).toMatch(/gateway\.ssh_target|config\.invalid/);
    expect(ssh.calls()).toEqual([]);
  });

  test('is the last word, behind the end of the options', () => {
    const argv = sshArguments({ login: 'ann@gate', port: 18_789 });
    expect(argv.slice(-4)).toEqual(['-W', '127.0.0.1:18789', '--', 'ann@gate']);
    expect(argv).not.toContain('-i');
    expect(argv).not.toContain('-p');
  });
});
