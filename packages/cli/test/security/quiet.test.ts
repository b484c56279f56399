/**
 * An audit reads, and does nothing else: it runs here where Node itself allows no more than reading,
 * and is watched for everything that goes to the network.
 */
import { chmodSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { Home } from '../call.ts';
import { FROM_SOURCE, start } from '../processes.ts';

/** Says at the end what was done beside reading. Loaded before the program. */
const WATCH = `
  import childProcess from 'node:child_process';
  import dgram from 'node:dgram';
  import dns from 'node:dns';
  import net from 'node:net';
  import { syncBuiltinESMExports } from 'node:module';
  const done = [];
  const watch = (holder, name, as) => {
    const real = holder[name];
    holder[name] = function (...args) { done.push(as); return real.apply(this, args); };
  };
  watch(net.Socket.prototype, 'connect', 'connect');
  watch(net.Server.prototype, 'listen', 'listen');
  watch(dgram, 'createSocket', 'datagram');
  watch(dns, 'lookup', 'lookup');
  for (const name of ['spawn', 'spawnSync', 'exec', 'execFile', 'execFileSync', 'execSync', 'fork'])
    watch(childProcess, name, name);
  syncBuiltinESMExports();
  process.on('exit', () => process.stderr.write('DONE ' + JSON.stringify(done) + '\\n'));
`;
const WATCHED = `data:text/javascript,${encodeURIComponent(WATCH)}`;
const READING = ['--permission', '--allow-fs-read=*', '--no-warnings', `--import=${WATCHED}`];

/** Lets it do everything: the rest of the flags that Node has for it. */
const FREE = ['--allow-fs-write=*', '--allow-child-process', '--allow-worker', '--allow-addons'];

/** A state with something in it for every kind of fact: what a command would start is marked. */
function furnished(): { readonly home: Home; readonly canary: string } {
  const home = new Home();
  const canary = join(home.path, 'ran');
  const script = join(home.path, 'provider.sh');
  writeFileSync(script, `#!/bin/sh\ntouch ${canary}\necho secret\n`);
  chmodSync(script, 0o755);
  const program = { source: 'exec', provider: 'mine', id: 'token' };
  home.write(
    JSON.stringify({
      gateway: { mode: 'local', auth: { mode: 'token', token: program }, port: 1 },
      secrets: { providers: { mine: { source: 'exec', command: script } } },
      channels: {
        telegram: { botToken: program, dmPolicy: 'pairing' },
        discord: { token: program },
        whatsapp: { dmPolicy: 'pairing' },
      },
      agents: { defaults: { sandbox: { mode: 'all', docker: { binds: ['~/x:/y'] } } } },
      hooks: { enabled: true, token: program },
      browser: { enabled: true, cdpUrl: 'http://127.0.0.1:1' },
      mcp: { servers: { mine: { command: script } } },
      logging: { file: '~/mine.log' },
    }),
  );
  const extension = join(home.path, '.openclaw', 'extensions', 'mine');
  mkdirSync(extension, { recursive: true });
  writeFileSync(join(extension, 'package.json'), '{ "name": "mine", "main": "index.js" }');
  writeFileSync(
    join(extension, 'index.js'),
    `require('node:fs').writeFileSync(${JSON.stringify(canary)}, '')`,
  );
  return { home, canary };
}

/** Every file and folder: content, mode, and when it was changed. */
function everything(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
    .map((path) => {
      const { mode, mtimeMs } = statSync(path);
      const isFile = statSync(path).isFile();
      const content = isFile ? readFileSync(path, 'utf8') : '';
      return `${path} ${mode.toString(8)} ${mtimeMs} ${content}`;
    });
}

/** Runs the program where it may read and nothing else. */
function run(home: Home, argv: readonly string[], more: readonly string[] = []) {
  const env = { HOME: home.path, TMPDIR: home.path, OPENCLAW_DEBUG: '1' };
  return start(process.execPath, [...READING, ...more, ...FROM_SOURCE, ...argv], env).ended;
}

function doneIn(stderr: string): unknown {
  return JSON.parse(/^DONE (.*)$/mu.exec(stderr)?.[1] ?? '"nothing was watched"');
}

describe('an audit', () => {
  test.each([[['--json']], [['--sarif']], [[]]])(
    'with %j starts nothing, asks nobody and writes nothing',
    async (options) => {
      const { home } = furnished();
      const before = everything(home.path);
      const { code, stdout, stderr } = await run(home, ['security', 'audit', ...options]);
      expect(code, stderr).toBe(0);
      expect(stdout).toContain('summary.attack_surface');
      expect(doneIn(stderr)).toEqual([]);
      // What was refused and passed over would be done where it is allowed.
      const free = await run(home, ['security', 'audit', ...options], FREE);
      expect(free.code, free.stderr).toBe(0);
      expect(doneIn(free.stderr)).toEqual([]);
      expect(everything(home.path)).toEqual(before);
    },
  );
});

describe('the watch sees', () => {
  test('what a command writes', async () => {
    const { home } = furnished();
    const before = everything(home.path);
    const { code, stderr } = await run(home, ['config', 'set', 'gateway.port', '2']);
    expect(code).toBe(1);
    expect(stderr).toContain('--allow-fs-write');
    expect(everything(home.path)).toEqual(before);
  });

  test('whom it asks, and what it starts', async () => {
    const { home } = furnished();
    const deep = ['security', 'audit', '--deep', '--timeout', '5000', '--json'];
    const { stdout, stderr } = await run(home, deep, FREE);
    expect(doneIn(stderr)).toContain('connect');
    if (stdout.includes('is not installed')) return;
    expect(doneIn(stderr)).toContain('spawn');
  });
});
