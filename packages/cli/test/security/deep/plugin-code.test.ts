/**
 * How the code of plugins is read: within bounds, following no link, saying what was not read.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { resolvePaths } from '@portcullis/gateway/config';
import type { PluginCodeFact } from '@portcullis/policy/audit';
import { describe, expect, test } from 'vitest';

import {
  CODE_BOUNDS,
  type CodeBounds,
  installedPackages,
  readPluginCode,
} from '../../../src/security/deep/plugin-code.ts';
import { Home, call } from '../../call.ts';
import { archiveIn, pluginWithTool, tarball } from '../../plugins/package-of.ts';

const GOOD = 'export default { id: "weather", register() {} };\n';

/** Writes a plugin, and says where it lies. */
function plugin(home: Home, files: Readonly<Record<string, string>>): string {
  const root = join(home.path, '.openclaw', 'extensions', 'weather');
  mkdirSync(root, { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

function manifest(extensions: readonly string[], more: object = {}): string {
  return JSON.stringify({ name: 'weather', openclaw: { extensions }, ...more });
}

function read(path: string, bounds: Partial<CodeBounds> = {}, signal?: AbortSignal) {
  const never = new AbortController().signal;
  return readPluginCode({ id: 'weather', path }, signal ?? never, { ...CODE_BOUNDS, ...bounds });
}

function places({ hits }: PluginCodeFact): readonly string[] {
  return hits.map(({ file, line, rule }) => `${file}:${String(line)} ${rule}`);
}

describe('a plugin', () => {
  test('that is as it should be has nothing to be told of', async () => {
    const path = plugin(new Home(), { 'index.js': GOOD, 'package.json': manifest(['./index.js']) });
    expect(await read(path)).toEqual({
      id: 'weather',
      path,
      files: 1,
      bytes: GOOD.length,
      hits: [],
      unread: [],
    });
  });

  test('is told of by file and line, in every folder of its own', async () => {
    const path = plugin(new Home(), {
      'index.js': GOOD,
      'dist/deep/a.mjs': '\n\neval(x)\n',
      '.hidden/b.cjs': "require('child_process').exec('ls')",
      'src/c.ts': 'eval(x)',
      'types.d.ts': 'eval(x)',
      'README.md': 'eval(x)',
      'node_modules/other/index.js': 'eval(x)',
      'package.json': manifest(['./index.js'], { scripts: { postinstall: 'node x' } }),
    });
    expect(places(await read(path)).toSorted()).toEqual([
      '.hidden/b.cjs:1 starts_programs',
      'dist/deep/a.mjs:3 runs_text',
      'package.json:1 runs_at_install',
      'src/c.ts:1 runs_text',
    ]);
  });

  test('that names code outside its folder, by a path or by a link, escapes', async () => {
    const home = new Home();
    const outside = join(home.path, 'outside.js');
    writeFileSync(outside, 'eval(secret)');
    const entries = ['../../outside.js', '/etc/passwd', './link.js', './sub/../index.js'];
    const path = plugin(home, { 'index.js': GOOD, 'package.json': manifest(entries) });
    symlinkSync(outside, join(path, 'link.js'));
    const found = await read(path);
    expect(found.escapes).toEqual(['../../outside.js', '/etc/passwd', './link.js']);
    expect(places(found)).toEqual([]);
    expect(found.unread).toEqual(['link.js is a link and was not followed']);
  });

  test('that names code where nobody looks is told of, and that code is read', async () => {
    const path = plugin(new Home(), {
      'node_modules/x/index.js': 'eval(x)',
      '.cache/y.js': GOOD,
      'package.json': manifest(['./node_modules/x/index.js', './.cache/y.js', './index.js']),
      'index.js': GOOD,
    });
    const found = await read(path);
    expect(found.hidden).toEqual(['./node_modules/x/index.js', './.cache/y.js']);
    expect(places(found)).toEqual(['node_modules/x/index.js:1 runs_text']);
  });

  test.each(['{', '[]', '7', ''])('whose package.json is %j cannot be understood', async (text) => {
    const path = plugin(new Home(), { 'index.js': GOOD, 'package.json': text });
    expect((await read(path)).manifestBroken).toBe(true);
  });

  test('without a package.json is read all the same', async () => {
    const found = await read(plugin(new Home(), { 'index.js': 'eval(x)' }));
    expect(found.manifestBroken).toBeUndefined();
    expect(places(found)).toEqual(['index.js:1 runs_text']);
  });

  test('links, programs, pipes and folders in the place of files are told, and not opened', async () => {
    const home = new Home();
    const path = plugin(home, { 'index.js': GOOD, 'fast.node': '\u007fELF', 'x.wasm': '' });
    mkdirSync(join(home.path, 'elsewhere'));
    writeFileSync(join(home.path, 'elsewhere', 'a.js'), 'eval(x)');
    symlinkSync(join(home.path, 'elsewhere'), join(path, 'lib'));
    symlinkSync(path, join(path, 'loop'));
    mkdirSync(join(path, 'package.json'));
    execFileSync('mkfifo', [join(path, 'pipe.js')]);
    const found = await read(path);
    expect(places(found)).toEqual([]);
    expect(found.manifestBroken).toBe(true);
    expect(found.unread.toSorted()).toEqual([
      'fast.node is a program that cannot be read',
      'lib is a link and was not followed',
      'loop is a link and was not followed',
      'pipe.js could not be read (not a file)',
      'x.wasm is a program that cannot be read',
    ]);
  });

  test('that is a link itself is not read', async () => {
    const home = new Home();
    const path = plugin(home, { 'index.js': 'eval(x)' });
    const link = join(home.path, 'link');
    symlinkSync(path, link);
    const found = await read(link);
    expect(places(found)).toEqual([]);
    expect(found.unread).toEqual(['its folder is a link and was not followed']);
  });

  test('that is not there, or closed, is told of', async () => {
    const gone = await read(join(new Home().path, 'gone'));
    expect(gone.unread).toEqual(['its folder could not be read (ENOENT)']);
  });

  test.skipIf(process.getuid?.() === 0)('that may not be read is told of', async () => {
    const path = plugin(new Home(), { 'index.js': GOOD });
    chmodSync(path, 0o000);
    const { unread } = await read(path);
    chmodSync(path, 0o700);
    expect(unread).toEqual(['its folder could not be read (EACCES)']);
  });
});

describe('the bounds', () => {
  const many = Object.fromEntries(
    Array.from({ length: 9 }, (_, index) => [`f${String(index)}.js`, 'eval(x)\n'.repeat(10)]),
  );

  test('hold for files, their size, and all of it, and each is told', async () => {
    const path = plugin(new Home(), many);
    const byFiles = await read(path, { files: 3 });
    expect([byFiles.files, byFiles.unread]).toEqual([3, ['only the first 3 files were read']]);
    const byBytes = await read(path, { bytes: 100 });
    expect([byBytes.files, byBytes.unread]).toEqual([2, ['only the first 100 bytes were read']]);
    const bySize = await read(path, { fileBytes: 8 });
    expect(bySize.unread).toHaveLength(9);
    expect(bySize.unread[0]).toBe('f0.js is too large and was read in part');
    expect(places(bySize)).toHaveLength(9);
  });

  test('of time too', async () => {
    const { files, unread } = await read(plugin(new Home(), many), {}, AbortSignal.abort());
    expect([files, unread]).toEqual([0, ['there was no time to read it all']]);
  });
});

test('packages that were installed for the gateway are those somebody asked for', async () => {
  const home = new Home();
  const paths = resolvePaths({ HOME: home.path });
  expect(await installedPackages(paths)).toEqual([]);
  mkdirSync(paths.pluginsDir, { recursive: true });
  const names = { '@portcullis/channels-x': '1', plain: '1', '../evil': '1', '.bin': '1' };
  writeFileSync(join(paths.pluginsDir, 'package.json'), JSON.stringify({ dependencies: names }));
  const modules = join(paths.pluginsDir, 'node_modules');
  expect(await installedPackages(paths)).toEqual([
    { id: '@portcullis/channels-x', path: join(modules, '@portcullis/channels-x') },
    { id: 'plain', path: join(modules, 'plain') },
  ]);
});

test('so are the plugins of others, allowed or not', async () => {
  const home = new Home();
  const archive = archiveIn(home.path, tarball(pluginWithTool('sayer', 'say', 'eval(x)')));
  expect((await call(['plugins', 'install', archive], { home })).code).toBe(0);
  const [found, ...more] = await installedPackages(resolvePaths({ HOME: home.path }));
  expect(more).toEqual([]);
  expect(found?.id).toBe('sayer');
  expect(existsSync(join(found?.path ?? '', 'index.js'))).toBe(true);
});

test('the audit tells of code by plugin, worst first, and only where it was asked to look', async () => {
  const home = new Home().write('{ gateway: { mode: "local" }, plugins: { allow: ["weather"] } }');
  plugin(home, { 'index.js': 'eval(x)', 'package.json': manifest(['../../outside.js']) });
  const ids = async (...more: readonly string[]): Promise<readonly string[]> => {
    const { stdout } = await call(['security', 'audit', '--json', ...more], { home });
    const { findings } = JSON.parse(stdout) as {
      readonly findings: readonly { readonly checkId: string; readonly severity: string }[];
    };
    return findings
      .filter(({ checkId }) => checkId.startsWith('plugins.code'))
      .map(({ checkId, severity }) => `${checkId} ${severity}`);
  };
  expect(await ids()).toEqual([]);
  expect(await ids('--deep')).toEqual([
    'plugins.code_safety critical',
    'plugins.code_safety.entry_escape critical',
  ]);
});
