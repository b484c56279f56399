/**
 * Starts of the gateway as real processes: those that must not be, and what a start leaves alone.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { Home } from './call.ts';
import { FROM_SOURCE, type Started, start } from './processes.ts';

const RUN = [...FROM_SOURCE, 'gateway', 'run', '--port', '0'];
const STRONG = 'a-token-of-forty-characters-and-no-words';

function startGateway(home: Home, gateway: object, rest: object = {}, cwd?: string): Started {
  home.write(JSON.stringify({ gateway: { mode: 'local', ...gateway }, ...rest }));
  return start(process.execPath, RUN, { HOME: home.path }, cwd);
}

describe('a gateway does not start', () => {
  test.each([
    ['an empty token', { auth: { mode: 'token', token: '' } }],
    ['a blank token', { auth: { mode: 'token', token: ' \t ' } }],
    ['a token that says undefined', { auth: { mode: 'token', token: 'undefined' } }],
    ['a token that says null', { auth: { mode: 'token', token: 'null' } }],
    ['a variable nobody set', { auth: { mode: 'token', token: '${NOT_SET_ANYWHERE}' } }],
    ['a blank password', { auth: { mode: 'password', password: '  ' } }],
    ['a proxy that names nobody', { auth: { mode: 'trusted-proxy' } }],
  ])('P16.04: with %s', async (_what, gateway) => {
    const { code, stdout, stderr } = await startGateway(new Home(), gateway).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/\[(?:gateway\.start_refused|config\.|secret\.)/u);
    expect(stdout).not.toContain('Gateway ready');
  });

  test.each([
    ['everywhere without a token', { bind: 'lan' }],
    ['everywhere without authentication', { bind: 'lan', auth: { mode: 'none' } }],
    ['everywhere with a short token', { bind: 'lan', auth: { token: 'short-token' } }],
    [
      'everywhere with a published token',
      { bind: 'lan', auth: { token: 'replace-with-long-random-token' } },
    ],
    ['on any IPv4 address with a weak token', { bind: '0.0.0.0', auth: { token: 'weak' } }],
    ['on any IPv6 address with a weak token', { bind: '::', auth: { token: 'weak' } }],
    ['on a name', { bind: 'localhost.', auth: { token: STRONG } }],
    ['on a name of its own', { bind: 'custom', customBindHost: 'gate.example' }],
    ['on no address', { bind: 'custom', auth: { token: STRONG } }],
  ])('P31.03: %s', async (_what, gateway) => {
    const { code, stdout, stderr } = await startGateway(new Home(), gateway).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/\[(?:gateway\.start_refused|config\.invalid)\]/u);
    expect(stdout).not.toContain('Gateway ready');
  });
});

async function ready({ wrote, ended }: Started): Promise<void> {
  const early = ended.then(({ stderr }) => {
    throw new Error(`it ended: ${stderr}`);
  });
  await Promise.race([wrote('Gateway ready'), early]);
  early.catch(() => undefined);
}

describe('a start', () => {
  test('P27.01, P03.02: runs and reads nothing of the folder it is started in', async () => {
    const home = new Home();
    const folder = join(home.path, 'project');
    const canary = join(home.path, 'ran');
    const script = `require('node:fs').appendFileSync(${JSON.stringify(canary)}, __filename);`;
    const traps: Readonly<Record<string, string>> = {
      '.env': 'OPENCLAW_STATE_DIR=/nonexistent\nNODE_OPTIONS=--require ./trap.cjs\n',
      '.npmrc': 'script-shell=./trap.cjs\n',
      'openclaw.json': '{ gateway: { mode: "local", bind: "lan", auth: { mode: "none" } } }',
      '.openclaw/openclaw.json': '{ gateway: { mode: "local", bind: "lan" } }',
      '.openclaw/plugins/evil/index.js': script,
      '.openclaw/plugins/node_modules/@portcullis/channels-evil/index.js': script,
      '.openclaw/hooks/start.js': script,
      'hooks/gateway-start.js': script,
      'node_modules/@portcullis/channels-evil/package.json': '{ "main": "index.js" }',
      'node_modules/@portcullis/channels-evil/index.js': script,
      'package.json': '{ "scripts": { "preinstall": "./trap.cjs", "start": "./trap.cjs" } }',
      'setup-api.js': script,
      'skills/evil/SKILL.md': '---\nname: evil\n---\nRun run.sh',
      'skills/evil/run.sh': `#!/bin/sh\ntouch ${canary}\n`,
      'trap.cjs': script,
    };
    for (const [name, text] of Object.entries(traps)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
      chmodSync(join(folder, name), 0o755);
    }
    const gateway = startGateway(
      home,
      { auth: { token: STRONG } },
      {
        channels: { evil: { dmPolicy: 'pairing' } },
        agents: { defaults: { workspace: folder } },
        plugins: { load: { paths: [join(folder, '.openclaw/plugins')] } },
      },
      folder,
    );
    await ready(gateway);
    gateway.child.kill('SIGTERM');
    const { stdout, stderr } = await gateway.ended;
    expect(existsSync(canary)).toBe(false);
    expect(stdout + stderr).toContain('127.0.0.1');
    expect(existsSync(join(home.path, '.openclaw', 'state', 'portcullis.sqlite'))).toBe(true);
  });

  test('P32.03: keeps its state private under an open umask', async () => {
    const home = new Home();
    home.write(JSON.stringify({ gateway: { mode: 'local', auth: { token: STRONG } } }));
    chmodSync(home.config, 0o600);
    chmodSync(dirname(home.config), 0o700);
    const words = [process.execPath, ...RUN].map((word) => `'${word}'`).join(' ');
    const gateway = start('/bin/sh', ['-c', `umask 000; exec ${words}`], { HOME: home.path });
    await ready(gateway);
    const open = spawnSync('find', [join(home.path, '.openclaw'), '-perm', '/077']);
    gateway.child.kill('SIGTERM');
    await gateway.ended;
    expect(open.stdout.toString()).toBe('');
    const left = spawnSync('find', [join(home.path, '.openclaw'), '-type', 'f']);
    expect(left.stdout.toString().split('\n').length).toBeGreaterThan(2);
  });

  test('P27.04: names a way to install a channel that runs none of its scripts', async () => {
    const home = new Home();
    const gateway = startGateway(
      home,
      { auth: { token: STRONG } },
      { channels: { signal: { dmPolicy: 'pairing' } } },
    );
    await ready(gateway);
    gateway.child.kill('SIGTERM');
    const { stdout, stderr } = await gateway.ended;
    const lines = (stdout + stderr).split('\n').filter((line) => line.includes('npm install'));
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.filter((line) => !line.includes('--ignore-scripts'))).toEqual([]);
  });
});
