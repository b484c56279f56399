/**
 * Which plugins of others are loaded, and which are not: whatever somebody else does to their files,
 * and whatever their code does.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { type AuditFinding, createRegistry, silentLogger } from '@portcullis/core';
import { type ConfigObject, parseConfig, resolvePaths } from '@portcullis/gateway/config';
import { describe, expect, test } from 'vitest';

import { KNOWN_CHANNELS } from '../../src/channels/known.ts';
import { installPlugin } from '../../src/plugins/install.ts';
import { isFreeId } from '../../src/plugins/manifest.ts';
import { OtherPlugins } from '../../src/plugins/others.ts';
import { satisfies } from '../../src/plugins/version-range.ts';
import { Home } from '../call.ts';
import type { LoadAnswer, LoadRequest } from './load-in-process.ts';
import {
  type Files,
  QUIET,
  archiveIn,
  manifestOf,
  pluginWithTool,
  tarball,
  toolModule,
  writeAll,
} from './package-of.ts';

const PROGRAM = fileURLToPath(new URL('load-in-process.ts', import.meta.url));

/** A home with plugins, and what a gateway there would load. */
class Place {
  readonly home: Home = new Home();
  readonly env: Readonly<Record<string, string>> = { HOME: this.home.path };
  readonly paths: ReturnType<typeof resolvePaths> = resolvePaths(this.env);
  readonly registry: ReturnType<typeof createRegistry> = createRegistry();
  readonly others: OtherPlugins = new OtherPlugins(this.paths, this.registry);
  readonly pins: Record<string, string> = {};

  config(plugins: object): ReturnType<typeof parseConfig> {
    const { env, paths } = this;
    return parseConfig(JSON.stringify({ plugins }), { env, paths });
  }

  /** Installs a plugin, and gives where its files are. */
  async install(id: string, files: Files): Promise<string> {
    const { env, paths } = this;
    const archive = archiveIn(this.home.path, tarball(files), `${id}.tgz`);
    const { stdin, stdout, stderr } = process;
    const signal = new AbortController().signal;
    const context = { env, paths, stdin, stdout, stderr, signal, version: '0.0.0' };
    const { root, record } = await installPlugin(context, archive, this.config({}));
    this.pins[id] = record.integrity;
    return root;
  }

  /** The config that agrees to plugins as they were installed. */
  agreeing(...ids: readonly string[]): ConfigObject {
    const entries = ids.map((id) => [id, { integrity: this.pins[id] ?? '' }] as const);
    return { allow: [...ids], entries: Object.fromEntries(entries) };
  }

  /** Loads what a config asks for; tools there are then, and why others are not. */
  async load(plugins: object): Promise<{ tools: readonly string[]; refused: readonly string[] }> {
    await this.others.load(this.config(plugins), silentLogger);
    return {
      tools: [...this.registry.tools.keys()],
      refused: this.others.refused.map(({ id, code }) => `${id}: ${code}`),
    };
  }

  /** The same in a process of its own, where Node itself imports the files. */
  inProcess(plugins: object, then: Partial<Omit<LoadRequest, 'plugins'>> = {}): LoadAnswer {
    const request: LoadRequest = { home: this.home.path, plugins, ...then };
    const args = ['--conditions=@portcullis/source', PROGRAM, JSON.stringify(request)];
    return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as LoadAnswer;
  }

  /** What a tool says. */
  async say(tool: string): Promise<string> {
    const context = {} as Parameters<
      NonNullable<ReturnType<typeof this.registry.tools.get>>['run']
    >[1];
    return (await this.registry.tools.get(tool)?.run({}, context))?.text ?? '';
  }

  findings(): readonly (AuditFinding & { readonly id: string })[] {
    return this.others.checks.flatMap(({ id, check }) =>
      check({}, {}).map((finding) => ({ id, ...finding })),
    );
  }
}

async function withSayer(text = 'hello'): Promise<{ place: Place; root: string }> {
  const place = new Place();
  const root = await place.install('sayer', pluginWithTool('sayer', 'say', text));
  return { place, root };
}

describe('a plugin of others is loaded', () => {
  test('where the config allows it with the hash of its files, and says whose its tools are', async () => {
    const { place } = await withSayer();
    expect(await place.load(place.agreeing('sayer'))).toEqual({ tools: ['say'], refused: [] });
    expect(await place.say('say')).toBe('hello');
    expect(place.registry.toolPlugins?.get('say')).toBe('sayer');
  });

  test.each([
    ['nothing says so', () => ({})],
    ['the list is empty', () => ({ allow: [] })],
    [
      'the list has everything but it',
      () => ({ allow: ['*', 'Sayer', 'say', 'portcullis-sayer'] }),
    ],
    ['it is denied as well', (agreed: ConfigObject) => ({ ...agreed, deny: ['sayer'] })],
    ['none is', (agreed: ConfigObject) => ({ ...agreed, enabled: false })],
    [
      'it is switched off',
      ({ allow, entries }: ConfigObject) => ({
        allow,
        entries: { sayer: { ...(entries as { sayer: object }).sayer, enabled: false } },
      }),
    ],
  ])('not where %s', async (_what, change) => {
    const { place } = await withSayer();
    const { tools } = await place.load(change(place.agreeing('sayer')));
    expect(tools).toEqual([]);
  });

  test('not where nobody said which files, or others were meant', async () => {
    const { place } = await withSayer();
    expect((await place.load({ allow: ['sayer'] })).refused).toEqual(['sayer: plugin.not_pinned']);
    const integrity = `sha512-${'A'.repeat(86)}==`;
    const other = { allow: ['sayer'], entries: { sayer: { integrity } } };
    expect((await place.load(other)).refused).toEqual(['sayer: plugin.not_installed']);
    expect((await place.load({ allow: ['gone'] })).refused).toEqual(['gone: plugin.not_installed']);
    expect(place.registry.tools.size).toBe(0);
  });
});

describe('P27.03: a plugin that changed is not loaded', () => {
  test.each([
    ['by one byte', (root: string) => appendFileSync(join(root, 'index.js'), ' ')],
    ['by a file more', (root: string) => writeFileSync(join(root, 'more.js'), '', { mode: 0o600 })],
    ['by a file less', (root: string) => rmSync(join(root, 'index.js'))],
    ['by who may write it', (root: string) => chmodSync(join(root, 'index.js'), 0o622)],
    [
      'by what it announces',
      (root: string) => writeFileSync(join(root, 'package.json'), manifestOf('sayer')),
    ],
    ['by its record', (root: string) => writeFileSync(join(root, '../record.json'), '{}')],
  ])('%s', async (_what, change) => {
    const { place, root } = await withSayer();
    change(root);
    const { tools, refused } = await place.load(place.agreeing('sayer'));
    expect(tools).toEqual([]);
    expect(refused).toEqual([
      expect.stringMatching(/^sayer: plugin\.(?:drift|unsafe_files|not_installed)$/u),
    ]);
    expect(place.findings().some(({ severity }) => severity !== 'info')).toBe(true);
  });

  test('not even where its record was changed with it', async () => {
    const { place } = await withSayer();
    const agreed = place.agreeing('sayer');
    // Somebody who can write there installs something of his own.
    await place.install('sayer', pluginWithTool('sayer', 'say', 'evil'));
    rmSync(join(place.paths.pluginsDir, 'others/sayer'), { recursive: true });
    await place.install('sayer', pluginWithTool('sayer', 'say', 'evil'));
    expect(await place.load(agreed)).toEqual({
      tools: [],
      refused: ['sayer: plugin.not_installed'],
    });
  });

  test('and is taken out where it was loaded before', async () => {
    const { place, root } = await withSayer();
    await place.load(place.agreeing('sayer'));
    appendFileSync(join(root, 'index.js'), ' ');
    expect(await place.load(place.agreeing('sayer'))).toEqual({
      tools: [],
      refused: ['sayer: plugin.drift'],
    });
    expect(place.registry.toolPlugins?.size).toBe(0);
    const finding = place.findings().find(({ id }) => id === 'plugins.installs_version_drift');
    expect(finding).toMatchObject({ severity: 'critical', path: 'plugins.entries.sayer' });
  });

  test('nor is a file that it imports later, once that one changed', async () => {
    const place = new Place();
    const module = toolModule('lazy', 'later', '').replace(
      /run: async .*$/mu,
      "run: async () => (await import('./late.js')).result,",
    );
    const portcullis = { id: 'lazy', tools: ['later'] };
    const root = await place.install('lazy', {
      'package.json': manifestOf('lazy', { portcullis }),
      'index.js': module,
      'late.js': "export const result = { text: 'as agreed' };",
    });
    const agreed = place.inProcess(place.agreeing('lazy'), { call: 'later' });
    expect(agreed).toMatchObject({ tools: ['later'], said: 'as agreed' });
    const change = [join(root, 'late.js'), "export const result = { text: 'evil' };"] as const;
    const changed = place.inProcess(place.agreeing('lazy'), { call: 'later', change });
    expect(changed).toMatchObject({ tools: ['later'], said: 'code: plugin.drift' });
    // Node looks files up where they are, whatever link somebody's home is reached by.
    const linked = `${place.home.path}-linked`;
    symlinkSync(place.home.path, linked);
    writeFileSync(join(root, 'late.js'), "export const result = { text: 'as agreed' };");
    const home = { call: 'later', home: linked };
    expect(place.inProcess(place.agreeing('lazy'), home)).toMatchObject({ said: 'as agreed' });
    const changedThere = place.inProcess(place.agreeing('lazy'), { ...home, change });
    expect(changedThere).toMatchObject({ tools: ['later'], said: 'code: plugin.drift' });
  });
});

const offers = (code: string): Files => ({
  'package.json': manifestOf('odd', { portcullis: { id: 'odd', tools: ['odd'] } }),
  'index.js': `export default { id: 'odd', register(registry) { ${code} } };`,
});

describe('a plugin is held to what it announced', () => {
  test.each([
    [
      'a tool it does not list',
      pluginWithTool('odd', 'other', '', { portcullis: { id: 'odd' } }),
      'not_offered',
    ],
    ['a channel it does not list', offers("registry.channel({ id: 'odd' });"), 'not_offered'],
    ['a policy', offers("registry.policy({ id: 'odd', decide() {} });"), 'not_offered'],
    ['a model format', offers("registry.model({ api: 'openai-completions' });"), 'not_offered'],
    ['a browser', offers('registry.browser({});'), 'not_offered'],
    ['a source of tools', offers("registry.toolSource({ id: 'x' });"), 'not_offered'],
    [
      'a tool that reads the settings of others',
      offers("registry.tool({ name: 'odd', settings: { path: 'tools.web.search' } });"),
      'not_offered',
    ],
    [
      'a tool that reads the settings of all plugins',
      offers("registry.tool({ name: 'odd', settings: { path: 'plugins.entries' } });"),
      'not_offered',
    ],
    ['the audit check of another', offers("registry.auditCheck({ id: 'fs.x' });"), 'audit_check'],
    ['something under another id', { ...offers(''), 'index.js': QUIET('another') }, 'invalid'],
    ['nothing', { ...offers(''), 'index.js': 'export const a = 1;' }, 'invalid'],
    ['an error', offers("throw new Error('no');"), 'failed'],
    ['an error at once', { ...offers(''), 'index.js': "throw new Error('no');" }, 'failed'],
    ['a syntax error', { ...offers(''), 'index.js': 'export default {' }, 'failed'],
  ])('it offers %s', async (_what, files, code) => {
    const place = new Place();
    await place.install('odd', files);
    await place.install('sayer', pluginWithTool('sayer', 'say'));
    expect(await place.load(place.agreeing('odd', 'sayer'))).toEqual({
      tools: ['say'],
      refused: [`odd: plugin.${code}`],
    });
    expect([place.registry.policies.size, place.registry.models.size]).toEqual([0, 0]);
  });

  test.each([
    ['a file beside it', "import '../../secret.js';"],
    ['a file beside it, by its URL', "import 'file:///etc/hostname';"],
    ['code out of its own text', "import 'data:text/javascript,0';"],
    ['our store', "import '@portcullis/store-sqlite';"],
    ['our gateway', "import '@portcullis/gateway';"],
  ])('it imports %s', async (_what, code) => {
    const place = new Place();
    const root = await place.install('odd', { ...pluginWithTool('odd', 'odd'), 'index.js': code });
    writeFileSync(join(root, '../../secret.js'), '');
    expect(place.inProcess(place.agreeing('odd'))).toEqual({
      tools: [],
      refused: ['odd: plugin.import'],
      said: '',
    });
  });

  test('it imports our contract, and gets the one of this program', async () => {
    const place = new Place();
    const run = "run: async () => { throw new PortcullisError('odd.mine', 'No.'); },";
    const module = toolModule('odd', 'odd', '').replace(/run: async .*$/mu, run);
    await place.install('odd', {
      ...pluginWithTool('odd', 'odd'),
      'index.js': `import { PortcullisError } from '@portcullis/core'; ${module}`,
    });
    expect(place.inProcess(place.agreeing('odd'), { call: 'odd' })).toEqual({
      tools: ['odd'],
      refused: [],
      said: 'code: odd.mine',
    });
  });

  test('two of them offer the same', async () => {
    const place = new Place();
    for (const id of ['first', 'second']) await place.install(id, pluginWithTool(id, 'same', id));
    const { tools, refused } = await place.load(place.agreeing('first', 'second'));
    expect({ tools, refused }).toEqual({ tools: ['same'], refused: ['second: plugin.duplicate'] });
    expect(await place.say('same')).toBe('first');
    // What is taken out takes nothing of the other along.
    const next = await place.load(place.agreeing('second'));
    expect(next).toEqual({ tools: ['same'], refused: [] });
    expect(await place.say('same')).toBe('second');
  });
});

describe('its settings', () => {
  const files: Files = {
    'package.json': manifestOf('set', { portcullis: { id: 'set' } }),
    'index.js': `export default { id: 'set', register(registry) { registry.configSection({
      path: 'plugins.entries.set.config',
      schema: { '~standard': { version: 1, vendor: 'x', validate: (value) =>
        typeof value.city === 'string' ? { value } : { issues: [{ message: 'needs a city' }] } } },
    }); } };`,
  };

  test('are checked by the schema it brings, again whenever they change', async () => {
    const place = new Place();
    await place.install('set', files);
    const withConfig = (config: object): object => ({
      allow: ['set'],
      entries: { set: { integrity: place.pins['set'], config } },
    });
    expect((await place.load(withConfig({}))).refused).toEqual(['set: plugin.config']);
    expect((await place.load(withConfig({ city: 'Vienna' }))).refused).toEqual([]);
    expect(place.registry.configSections.size).toBe(1);
    expect((await place.load(withConfig({ city: 7 }))).refused).toEqual(['set: plugin.config']);
    expect(place.registry.configSections.size).toBe(0);
  });
});

describe('a folder of somebody who writes one', () => {
  test('is loaded once it was agreed to, never silently, and again after each change', async () => {
    const place = new Place();
    const folder = join(place.home.path, 'sayer');
    writeAll(folder, { ...pluginWithTool('sayer', 'say'), '.git/HEAD': 'x' });
    const paths = { load: { paths: ['~/sayer'] } };
    expect((await place.load(paths)).tools).toEqual([]);
    expect((await place.load({ ...paths, allow: ['sayer'] })).refused).toEqual([
      'sayer: plugin.not_pinned',
    ]);
    const { newestPlugin } = await import('../../src/plugins/examine.ts');
    const found = await newestPlugin(place.config(paths), place.paths, 'sayer');
    const integrity = found?.tree.integrity ?? '';
    const agreed = { ...paths, allow: ['sayer'], entries: { sayer: { integrity } } };
    expect((await place.load(agreed)).tools).toEqual(['say']);
    expect(place.findings()).toContainEqual(
      expect.objectContaining({ id: 'plugins.installs_missing_integrity', severity: 'warn' }),
    );
    writeAll(folder, pluginWithTool('sayer', 'say', 'changed'));
    expect(await place.load(agreed)).toEqual({ tools: [], refused: ['sayer: plugin.drift'] });
    const changed = await newestPlugin(place.config(paths), place.paths, 'sayer');
    const next = { sayer: { integrity: changed?.tree.integrity ?? '' } };
    expect((await place.load({ ...agreed, entries: next })).refused).toEqual([
      'sayer: plugin.restart_needed',
    ]);
  });

  test('that anybody may write to is refused', async () => {
    const place = new Place();
    const folder = writeAll(join(place.home.path, 'sayer'), pluginWithTool('sayer', 'say'));
    chmodSync(folder, 0o777);
    await place.load({ load: { paths: [folder] }, allow: ['sayer'] });
    expect(place.registry.tools.size).toBe(0);
  });
});

test('every network of ours keeps its name to itself', () => {
  expect(KNOWN_CHANNELS.filter(({ id }) => isFreeId(id))).toEqual([]);
});

test.each([
  ['0.1.4', '^0.1.0', true],
  ['0.2.0', '^0.1.0', false],
  ['0.1.0-beta.1', '^0.1.0', false],
  ['1.9.9', '^1.2', true],
  ['24.21.0', '>=24.11', true],
  ['24.10.0', '>=24.11', false],
  ['1.2.3', '>=1.0.0 <1.2.3', false],
  ['1.2.3', '1.x || 3', true],
  ['2.0.0', '1.x || 3', false],
  ['1.2.9', '~1.2.3', true],
  ['1.3.0', '~1.2.3', false],
  ['1.2.3', '1.2.3', true],
  ['1.2.3', '*', true],
  ['1.2.3', 'latest', false],
  ['1.2.3', '>=1 and more', false],
  ['1.2.3', '1.0.0 - 2.0.0', false],
])('version %s in %s: %s', (version, range, fits) => {
  expect(satisfies(version, range)).toBe(fits);
});
