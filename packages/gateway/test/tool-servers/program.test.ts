import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, test } from 'vitest';

import { parseConfig, resolvePaths } from '../../src/config/index.ts';
import { FakeServer, type McpWorld, openMcpWorld } from './world.ts';

let world: McpWorld | undefined;
let folder: string | undefined;
const server = new FakeServer([{ name: 'env' }, { name: 'echo' }]);
const TOKEN = 'k7Qm2xV9bT4wZ8pL1nR6sD3fJ5';
const NODE = process.execPath;

/** A gateway in a folder of its own, with one server. */
async function open(config: object, more: object = {}): Promise<McpWorld> {
  folder ??= realpathSync(mkdtempSync(join(tmpdir(), 'portcullis-')));
  world = await openMcpWorld({ servers: { box: config }, folder, more });
  return world;
}

/** What the program sees of its surroundings. */
async function surroundings(
  at: McpWorld,
): Promise<{ readonly env: Record<string, string>; readonly cwd: string }> {
  await at.accept('box');
  const said = await at.call('box__env');
  return JSON.parse(said.split('\n')[1] ?? '') as { env: Record<string, string>; cwd: string };
}

const refusal = async (at: McpWorld): Promise<unknown> => {
  try {
    await at.servers.inspect('box');
  } catch (error) {
    return (error as { readonly code?: unknown }).code;
  }
  return 'started';
};

afterEach(async () => {
  await world?.harness.close();
  world = undefined;
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  folder = undefined;
});

describe('the environment of a program', () => {
  test('is built from nothing, and holds what the config names', async () => {
    process.env['PORTCULLIS_TEST_LEAK'] = 'leaked';
    process.env['LEND'] = TOKEN;
    const env = { API_TOKEN: TOKEN, LANG: 'de_AT.UTF-8' };
    const { env: seen, cwd } = await surroundings(await open(server.config({ env })));
    delete process.env['PORTCULLIS_TEST_LEAK'];
    delete process.env['LEND'];
    const home = join(folder ?? '', 'servers', 'mcp-box');
    expect(cwd).toBe(home);
    expect(seen).toEqual({
      API_TOKEN: '[secret]',
      LANG: 'de_AT.UTF-8',
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: home,
      TERM: 'dumb',
      USER: 'agent',
      LOGNAME: 'agent',
      SHELL: '/bin/sh',
    });
  });

  test.each([
    'NODE_OPTIONS',
    'LD_PRELOAD',
    'PYTHONPATH',
    'PATH',
    'HOME',
    'BASH_ENV',
    'GIT_SSH_COMMAND',
    'OPENCLAW_STATE_DIR',
  ])('P03.06: %s is an error of the config', (name) => {
    const paths = resolvePaths({ HOME: '/nowhere' });
    const mcp = { servers: { box: { command: 'x', env: { [name]: '--require /var/tmp/x' } } } };
    const text = JSON.stringify({ gateway: { mode: 'local' }, mcp });
    expect(() => parseConfig(text, { env: {}, paths })).toThrow(/steers programs/u);
  });

  test.each(['NODE_REPL_EXTERNAL_MODULE', 'NODE_V8_COVERAGE', 'CLASSPATH', 'FPATH', 'PAGER'])(
    'P03.06: %s keeps the server from being used',
    async (name) => {
      const at = await open(server.config({ env: { [name]: 'x' } }));
      expect(at.servers.list()).toMatchObject([{ state: 'unusable' }]);
      expect(await refusal(at)).toBe('server.config');
    },
  );

  test('that cannot be had keeps it from being started', async () => {
    const ref = { source: 'env', provider: 'default', id: 'NOT_THERE_AT_ALL' };
    const before = server.log.length;
    const at = await open(server.config({ env: { API_TOKEN: ref } }));
    expect(await refusal(at)).toBe('secret.unresolved');
    expect(server.log).toHaveLength(before);
  });
});

describe('what is started', () => {
  test('is written down first, by its hash, and refused without a trace of its words', async () => {
    const at = await open(server.config({ env: { API_TOKEN: TOKEN } }));
    await at.accept('box');
    const lines = (await at.lines()).filter(({ broker }) => broker === 'proc');
    expect(lines).toMatchObject([
      {
        code: 'effect.start',
        decision: 'server.configured',
        principal: 'mcp:box',
        host: 'gateway',
        executable: expect.stringMatching(/^[0-9a-f]{64}$/u) as unknown,
        variables: 1,
      },
      { code: 'effect.done' },
    ]);
    expect(JSON.stringify(lines)).not.toContain(TOKEN);
    expect(JSON.stringify(lines)).not.toContain(server.folder);
  });

  test('P03.04: is found on the search path of the system, never on that of the gateway', async () => {
    const bin = mkdtempSync(join(tmpdir(), 'portcullis-bin-'));
    writeFileSync(join(bin, 'mcp-test-tool'), '#!/bin/sh\nexit 0\n');
    chmodSync(join(bin, 'mcp-test-tool'), 0o755);
    const path = process.env['PATH'];
    process.env['PATH'] = `${bin}:${path ?? ''}`;
    try {
      expect(await refusal(await open({ command: 'mcp-test-tool' }))).toBe('server.program');
    } finally {
      process.env['PATH'] = path;
      rmSync(bin, { recursive: true });
    }
  });

  test.each([['./server.js'], ['bin/server'], ['../x']])(
    'is no path that is not whole: %s',
    async (command) => {
      expect(await refusal(await open({ command }))).toBe('server.program');
    },
  );

  test('P27.01: is nothing that lies where the agent can write', async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'portcullis-')));
    const workspace = join(folder, 'workspace');
    mkdirSync(join(workspace, 'repo'), { recursive: true });
    const script = join(workspace, 'repo', 'server.js');
    writeFileSync(script, '#!/bin/sh\ntouch "$0.ran"\n', { mode: 0o755 });
    for (const config of [
      { command: script },
      { command: NODE, args: [script] },
      { command: NODE, args: ['-e', '0'], cwd: join(workspace, 'repo') },
      { command: NODE, args: ['-e', '0'], cwd: workspace },
    ]) {
      const at = await open(config);
      expect(await refusal(at)).toBe('server.program_writable');
      await at.harness.gateway.stop('next');
      await at.harness.store.close();
      world = undefined;
    }
    expect(() => readFileSync(`${script}.ran`)).toThrow();
  });

  test('may be told of a folder of the agent, as a word', async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'portcullis-')));
    mkdirSync(join(folder, 'workspace'));
    const { args = [], command } = server.config() as { command: string; args?: string[] };
    const at = await open({ command, args: [...args, join(folder, 'workspace')] });
    expect(await refusal(at)).toBe('started');
  });

  test('runs in a folder that is there, or not at all', async () => {
    expect(await refusal(await open(server.config({ cwd: '/nowhere/at/all' })))).toBe('server.cwd');
  });

  test('is handed its words exactly as they stand in the config', async () => {
    const words = ['', '~', '$HOME', 'a b', '*', '`id`'];
    const { args = [], command } = server.config() as { command: string; args?: string[] };
    const at = await open({ command, args: [...args, ...words] });
    await at.accept('box');
    const said = await at.call('box__env');
    const { fds } = JSON.parse(said.split('\n')[1] ?? '') as { fds: string[] };
    expect(fds.slice(-words.length)).toEqual(words);
  });
});

describe('the sandbox of a program', () => {
  const SANDBOX = { agents: { defaults: { sandbox: { mode: 'all' } } } };
  test('is where it runs when the agents do, with a folder of its own and no network', async () => {
    const probe = [
      'test -e /etc/shadow && echo sees-shadow >&2',
      'ls "$HOME/.." >&2; ls /sys/class/net /proc/sys/net/ipv4/conf >&2',
      'echo x > "$HOME/kept" && echo wrote >&2',
      'exit 1',
    ].join('; ');
    const config = { command: '/bin/sh', args: ['-c', probe], env: { API_TOKEN: 'plain-words-1' } };
    const at = await open(config, SANDBOX);
    expect(await refusal(at)).toBe('mcp.ended');
    const said = at.servers.list()[0]?.said ?? '';
    expect(said).not.toContain('sees-shadow');
    expect(said).toContain('mcp-box');
    expect(said).not.toMatch(/eth\d|ens\d|state/u);
    expect(said).toContain('wrote');
    expect(readFileSync(join(folder ?? '', 'servers', 'mcp-box', 'kept'), 'utf8')).toBe('x\n');
    const line = (await at.lines()).find(({ code }) => code === 'effect.start');
    expect(line).toMatchObject({ host: 'sandbox' });
  });

  test('can be left by the word of the operator', async () => {
    const at = await open(server.config({ sandbox: false }), SANDBOX);
    expect(await refusal(at)).toBe('started');
    const line = (await at.lines()).find(({ code }) => code === 'effect.start');
    expect(line).toMatchObject({ host: 'gateway' });
  });

  test('shows its folder read-only, and nothing of the gateway', async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'portcullis-')));
    const data = realpathSync(mkdtempSync('/var/tmp/portcullis-data-'));
    writeFileSync(join(data, 'a.txt'), 'readable');
    const probe = 'cat a.txt >&2; echo x > b.txt || echo read-only >&2; exit 1';
    const config = { command: '/bin/sh', args: ['-c', probe], sandbox: true };
    const at = await open({ ...config, cwd: data });
    expect(await refusal(at)).toBe('mcp.ended');
    expect(at.servers.list()[0]?.said).toMatch(/readable[\s\S]*read-only/u);
    rmSync(data, { recursive: true });
    await at.harness.gateway.stop('next');
    await at.harness.store.close();
    const other = await open({ ...config, cwd: folder });
    expect(await refusal(other)).toBe('server.not_started');
  });

  test('keeps its variables out of every argument', async () => {
    const config = {
      command: '/bin/sh',
      args: ['-c', 'sleep 0.3; exit 1'],
      env: { API_TOKEN: TOKEN },
      sandbox: true,
    };
    const at = await open(config);
    const ending = refusal(at);
    const seen = new Set<string>();
    for (let look = 0; look < 20; look += 1) {
      await new Promise((resolve) => {
        setTimeout(resolve, 15);
      });
      for (const line of commandLines()) seen.add(line);
    }
    expect(await ending).toBe('mcp.ended');
    expect([...seen].some((line) => line.includes('bwrap'))).toBe(true);
    expect([...seen].filter((line) => line.includes(TOKEN))).toEqual([]);
  });
});

/** The arguments of every process of the machine. */
function commandLines(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8')];
      } catch {
        return [];
      }
    });
}
