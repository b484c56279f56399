/**
 * `openclaw plugins install` and `remove`: what becomes of a package before anything of it runs.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { readTree } from '../../src/plugins/tree.ts';
import { Home, call } from '../call.ts';
import { GATEWAY, configOf, run } from '../local.ts';
import { fakeRegistry } from './fake-registry.ts';
import {
  QUIET,
  archiveIn,
  manifestOf,
  pluginWithTool,
  tarball,
  toolModule,
  writeAll,
} from './package-of.ts';

const PROGRAM = fileURLToPath(new URL('../run-from-source.ts', import.meta.url));
const NPM: Readonly<Record<string, string>> = { PATH: process.env['PATH'] ?? '' };

interface Answer {
  readonly id: string;
  readonly root: string;
  readonly wasThere: boolean;
  readonly provenance: {
    readonly integrity: string;
    readonly version: string;
    readonly publisher: string | null;
    readonly attestation: string | null;
    readonly registryIntegrity: string | null;
    readonly needs: readonly { readonly name: string; readonly version: string }[];
    readonly source: object;
  };
}

async function install(
  home: Home,
  asked: string,
  env: Readonly<Record<string, string>> = NPM,
): Promise<Answer> {
  const { code, stdout, stderr } = await run(home, `plugins install ${asked} --json`, { env });
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Answer;
}

async function refusal(home: Home, asked: string, env = NPM): Promise<string> {
  const { code, stderr } = await run(home, `plugins install ${asked}`, { env });
  expect(code).toBe(1);
  return stderr;
}

const othersOf = (home: Home): string => join(home.path, '.openclaw/plugins/others');
const leftIn = (home: Home): readonly string[] =>
  existsSync(othersOf(home)) ? readdirSync(othersOf(home)) : [];

const library = (name: string, more: object): Record<string, string> => ({
  'package.json': JSON.stringify({ name, version: '1.0.0', ...more }),
  'index.js': 'exports.a = 1;',
});

describe('from the registry', () => {
  test('a range is resolved once, and what the registry says of the version is kept', async () => {
    const home = new Home();
    const attested = {
      attestations: { provenance: { predicateType: 'https://slsa.dev/provenance/v1' } },
    };
    const { env } = await fakeRegistry(home.path, [
      { files: { ...pluginWithTool('sayer', 'say'), 'package.json': manifestOf('sayer') } },
      {
        files: {
          'package.json': manifestOf('sayer', { version: '1.2.0' }),
          'index.js': QUIET('sayer'),
        },
        publisher: 'ann',
        dist: attested,
      },
      {
        files: {
          'package.json': manifestOf('sayer', { version: '2.0.0' }),
          'index.js': QUIET('sayer'),
        },
      },
    ]);
    const { id, provenance } = await install(home, 'portcullis-sayer@^1.0.0', env);
    expect({ id, provenance }).toMatchObject({
      id: 'sayer',
      provenance: {
        version: '1.2.0',
        publisher: 'ann <a@b.invalid>',
        attestation: 'https://slsa.dev/provenance/v1',
        registryIntegrity: expect.stringMatching(/^sha512-/u),
        source: { kind: 'npm', asked: 'portcullis-sayer@^1.0.0' },
      },
    });
  });

  test('an archive that is not the one the registry states is refused', async () => {
    const home = new Home();
    const files = { 'package.json': manifestOf('sayer'), 'index.js': QUIET('sayer') };
    const integrity = `sha512-${'A'.repeat(86)}==`;
    const { env } = await fakeRegistry(home.path, [{ files, integrity }]);
    expect(await refusal(home, 'portcullis-sayer@1.0.0', env)).toMatch(
      /\[plugin\.(?:registry|archive)\]/u,
    );
    expect(leftIn(home)).toEqual([]);
  });

  test('what it needs comes along, hashed and written down', async () => {
    const home = new Home();
    const need = {
      'package.json': '{"name":"left","version":"3.1.0"}',
      'index.js': 'exports.a = 1;',
    };
    const { env } = await fakeRegistry(home.path, [
      {
        files: {
          'package.json': manifestOf('sayer', { dependencies: { left: '^3.0.0' } }),
          'index.js': QUIET('sayer'),
        },
      },
      { files: need },
    ]);
    const { root, provenance } = await install(home, 'portcullis-sayer@1.0.0', env);
    expect(provenance.needs).toMatchObject([{ name: 'left', version: '3.1.0' }]);
    expect(existsSync(join(root, 'node_modules/left/index.js'))).toBe(true);
    expect((await readTree(root)).integrity).toBe(provenance.integrity);
  });

  test('P27.04: neither it nor what it needs runs a script, and one that needs to is refused', async () => {
    const home = new Home();
    const witness = join(home.path, 'ran');
    const scripts = {
      install: `touch ${witness}`,
      postinstall: `touch ${witness}`,
      prepare: `touch ${witness}`,
    };
    const { env } = await fakeRegistry(home.path, [
      { files: { 'package.json': manifestOf('loud', { scripts }), 'index.js': QUIET('loud') } },
      {
        files: {
          'package.json': manifestOf('below', { dependencies: { dep: '1.0.0' } }),
          'index.js': QUIET('below'),
        },
      },
      { files: library('dep', { scripts }) },
      {
        files: {
          'package.json': manifestOf('prep', { scripts: { prepare: scripts.prepare } }),
          'index.js': QUIET('prep'),
        },
      },
    ]);
    expect(await refusal(home, 'portcullis-loud@1.0.0', env)).toContain('[plugin.scripts]');
    expect(await refusal(home, 'portcullis-below@1.0.0', env)).toContain('[plugin.scripts]');
    const folder = writeAll(join(home.path, 'loud'), {
      'package.json': manifestOf('loud', { scripts }),
      'index.js': QUIET('loud'),
    });
    expect(await refusal(home, folder)).toContain('[plugin.scripts]');
    // It is a script of its author, which an installation of npm would not run either.
    await install(home, 'portcullis-prep@1.0.0', env);
    expect(existsSync(witness)).toBe(false);
    expect(leftIn(home)).toEqual(['prep']);
  });

  test('no setting of the folder somebody stands in chooses another registry', async () => {
    const home = new Home();
    const { env, asked } = await fakeRegistry(home.path, []);
    writeFileSync(join(home.path, '.npmrc'), '');
    const cwd = join(home.path, 'cloned');
    mkdirSync(cwd);
    writeFileSync(join(cwd, '.npmrc'), 'registry=http://127.0.0.1:9/\n');
    const before = process.cwd();
    process.chdir(cwd);
    try {
      expect(await refusal(home, 'portcullis-none@1.0.0', env)).toContain('[plugin.registry]');
    } finally {
      process.chdir(before);
    }
    expect(asked).toContain('/portcullis-none');
  });

  test.each(['../x@1', 'a b', '--registry=x', 'git+https://x.invalid/a.git', 'x@git+ssh://y'])(
    'there is nothing at %s',
    async (asked) => {
      const words = ['plugins', 'install', '--', asked];
      const { code, stderr } = await call(words, { home: new Home(), env: NPM });
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/\[(?:plugin\.source|usage\.\w+)\]/u);
    },
  );
});

describe('a package is no plugin', () => {
  test.each([
    ['that has no part for us', { portcullis: undefined }],
    ['that takes a name of ours', { name: '@portcullis/weather' }],
    ['that takes an id of ours', { portcullis: { id: 'telegram' } }],
    ['whose id leads out', { portcullis: { id: '../x' } }],
    ['that has no version', { version: 'latest' }],
    ['for another contract', { peerDependencies: { '@portcullis/core': '^9.0.0' } }],
    ['for no contract', { peerDependencies: {} }],
    ['for another Node', { engines: { node: '>=99' } }],
    ['whose module is outside of it', { exports: '../index.js' }],
    ['whose module is not in it', { exports: './gone.js' }],
    ['that needs something of git', { dependencies: { a: 'git+https://x.invalid/a.git' } }],
    ['that needs something of a URL', { dependencies: { a: 'https://x.invalid/a.tgz' } }],
    ['that needs something under another name', { dependencies: { a: 'npm:b@1.0.0' } }],
    ['that brings its own contract', { dependencies: { '@portcullis/core': '0.1.0' } }],
    ['with a tool of a name of ours', { portcullis: { id: 'odd', tools: ['exec'] } }],
    ['with a tool of another name of ours', { portcullis: { id: 'odd', tools: ['bash'] } }],
    ['with a tool as servers have them', { portcullis: { id: 'odd', tools: ['git__log'] } }],
    ['with the channel of another', { portcullis: { id: 'odd', channels: ['telegram'] } }],
    ['with the audit check of another', { portcullis: { id: 'odd', auditChecks: ['fs.mode'] } }],
  ])('%s', async (_what, more) => {
    const home = new Home();
    const bytes = tarball({ 'package.json': manifestOf('odd', more), 'index.js': QUIET('odd') });
    expect(await refusal(home, archiveIn(home.path, bytes))).toContain('[plugin.manifest]');
    expect(leftIn(home)).toEqual([]);
  });
});

const archive = (home: Home, text = 'hello'): string =>
  archiveIn(home.path, tarball(pluginWithTool('sayer', 'say', text)));

describe('installing', () => {
  test('keeps it private, and does not enable it', async () => {
    const home = new Home();
    const { root, provenance } = await install(home, archive(home));
    expect(statSync(root).mode & 0o777).toBe(0o700);
    expect(statSync(join(root, 'index.js')).mode & 0o777).toBe(0o600);
    expect(statSync(join(root, '../record.json')).mode & 0o777).toBe(0o600);
    expect(provenance).toMatchObject({
      publisher: null,
      attestation: null,
      registryIntegrity: null,
    });
    expect(existsSync(home.config)).toBe(false);
  });

  test('again finds it there, and mends what was changed', async () => {
    const home = new Home();
    const path = archive(home);
    const { root } = await install(home, path);
    writeFileSync(join(root, 'index.js'), 'changed');
    const again = await install(home, path);
    expect(again).toMatchObject({ root, wasThere: true });
    expect(readFileSync(join(root, 'index.js'), 'utf8')).toBe(toolModule('sayer', 'say', 'hello'));
    expect(readdirSync(join(othersOf(home), 'sayer'))).toHaveLength(1);
  });

  test('another version leaves in use what was agreed to, until it is agreed to', async () => {
    const home = new Home().write(`{ ${GATEWAY} }`);
    const first = await install(home, archive(home));
    await run(home, 'plugins enable sayer --yes');
    const second = await install(home, archive(home, 'another'));
    const shown = async (): Promise<unknown> =>
      JSON.parse((await run(home, 'plugins info sayer --json')).stdout).plugin;
    expect(await shown()).toMatchObject({
      status: 'loaded',
      integrity: first.provenance.integrity,
    });
    await run(home, 'plugins enable sayer --yes');
    expect(await shown()).toMatchObject({
      status: 'loaded',
      integrity: second.provenance.integrity,
    });
  });

  test('another package cannot take the id of one that is installed', async () => {
    const home = new Home();
    await install(home, archive(home));
    const other = tarball({
      'package.json': manifestOf('sayer', { name: 'evil-sayer' }),
      'index.js': QUIET('sayer'),
    });
    expect(await refusal(home, archiveIn(home.path, other, 'b.tgz'))).toContain(
      '[plugin.id_taken]',
    );
  });

  test('that is killed leaves nothing that is looked at', async () => {
    const home = new Home();
    const { env, asked } = await fakeRegistry(home.path, [], { silent: true });
    const child = spawn(
      process.execPath,
      ['--conditions=@portcullis/source', PROGRAM, 'plugins', 'install', 'portcullis-slow@1.0.0'],
      { env: { ...env, HOME: home.path }, stdio: 'ignore', detached: true },
    );
    const ended = once(child, 'exit');
    await expect.poll(() => asked.length, { timeout: 20_000 }).toBeGreaterThan(0);
    // With npm, which it started.
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    await ended;
    expect(leftIn(home).every((name) => name.startsWith('.incoming-'))).toBe(true);
    expect((await run(home, 'plugins list --json')).stdout).not.toContain('slow');
    await install(home, archive(home));
    expect(leftIn(home)).toContain('sayer');
  });

  test('sweeps what a process left that was killed, and only once it is old', async () => {
    const home = new Home();
    const [old, young] = ['.incoming-old', '.incoming-new'].map((name) =>
      join(othersOf(home), name),
    );
    for (const path of [old, young]) mkdirSync(path ?? '', { recursive: true });
    utimesSync(old ?? '', new Date(0), new Date(0));
    await install(home, archive(home));
    expect(leftIn(home)).toEqual(['.incoming-new', 'sayer']);
    const { stdout } = await run(home, 'plugins list --json');
    expect(stdout).not.toContain('incoming');
  });
});

describe('removing', () => {
  test('takes the files, the consent, the settings and the channel', async () => {
    const home = new Home().write(
      `{ ${GATEWAY}, channels: { sayer: { x: 1 }, telegram: { enabled: false } }, plugins: { allow: ['other'] } }`,
    );
    await install(home, archiveIn(home.path, tarball(pluginWithTool('sayer', 'say'))));
    await run(home, 'plugins enable sayer --yes');
    const rehearsed = await run(home, 'plugins remove sayer --dry-run');
    expect(rehearsed.code).toBe(0);
    expect(leftIn(home)).toEqual(['sayer']);
    expect((await run(home, 'plugins uninstall sayer --yes')).code).toBe(0);
    expect(configOf(home)).toMatchObject({
      channels: { telegram: { enabled: false } },
      plugins: { allow: ['other'], entries: {} },
    });
    expect(configOf(home)['channels']).not.toHaveProperty('sayer');
    expect(leftIn(home)).toEqual([]);
  });

  test.each(['telegram', 'nothing', '../..'])('takes nothing of %s', async (id) => {
    const home = new Home().write(`{ ${GATEWAY}, channels: { telegram: { enabled: false } } }`);
    const before = home.read();
    const { code, stderr } = await run(home, `plugins remove ${id} --yes`);
    expect(code).toBe(1);
    expect(stderr).toContain('[plugin.unknown]');
    expect(home.read()).toBe(before);
  });
});

describe('a tree of files', () => {
  test('has another hash when anything of it is another', async () => {
    const home = new Home();
    const hashes = new Set<string>();
    const of = async (files: Record<string, string>): Promise<string> => {
      const folder = writeAll(join(home.path, String(hashes.size)), files);
      const { integrity } = await readTree(folder);
      hashes.add(integrity);
      return integrity;
    };
    const one = await of({ a: '1', 'b/c': '2' });
    for (const files of [
      { a: '2', 'b/c': '2' },
      { a: '1', b: '2' },
      { a: '1', 'b/c': '2', d: '' },
      { a: '12', 'b/c': '' },
    ]) {
      expect(await of(files as Record<string, string>)).not.toBe(one);
    }
    expect(hashes.size).toBe(5);
  });

  test.each([
    ['a link', (folder: string) => symlinkSync('/etc/passwd', join(folder, 'x'))],
    ['a folder that is a link', (folder: string) => symlinkSync('/etc', join(folder, 'x'))],
    ['a file others may write', (folder: string) => chmodSync(join(folder, 'a'), 0o666)],
    ['a folder its group may write', (folder: string) => chmodSync(folder, 0o770)],
  ])('is refused with %s', async (_what, harm) => {
    const folder = writeAll(join(new Home().path, 'tree'), { a: '1' });
    await readTree(folder);
    harm(folder);
    await expect(readTree(folder)).rejects.toMatchObject({ code: 'plugin.unsafe_files' });
  });
});
