/**
 * What is installed, and how to have a newer one.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { installationOf } from '../../src/commands/update/installation.ts';
import { isNewer } from '../../src/commands/update/newest.ts';
import { put } from '../backup/state.ts';
import { Home, call } from '../call.ts';
import { fakeManager } from '../service/programs.ts';

const TARGET = '@portcullis/cli@latest';
const PACKAGE = 'node_modules/@portcullis/cli';

describe('how it was installed is known by where it lies', () => {
  test.each([
    ['usr/local/lib', 'npm', true, `npm install --global --ignore-scripts ${TARGET}`],
    ['.local/share/pnpm/global/5', 'pnpm', true, `pnpm add --global ${TARGET}`],
    ['.bun/install/global', 'bun', true, `bun add --global --ignore-scripts ${TARGET}`],
    ['.config/yarn/global', 'yarn', true, `yarn global add ${TARGET}`],
  ])('%s', (folder, manager, global, command) => {
    const home = new Home();
    const script = put(home.path, `${folder}/${PACKAGE}/bin/openclaw.mjs`, '');
    expect(installationOf(script)).toEqual({
      kind: 'package',
      manager,
      global,
      root: join(home.path, folder, PACKAGE),
      commands: [command],
    });
  });

  test('through the link it is called by', () => {
    const home = new Home();
    const script = put(home.path, `lib/${PACKAGE}/bin/openclaw.mjs`, '');
    mkdirSync(join(home.path, 'bin'));
    symlinkSync(script, join(home.path, 'bin/openclaw'));
    expect(installationOf(join(home.path, 'bin/openclaw'))).toMatchObject({
      manager: 'npm',
      global: true,
    });
  });

  test('in a folder with a name a shell would take apart', () => {
    const home = new Home();
    const script = put(home.path, `it's mine/${PACKAGE}/bin/openclaw.mjs`, '');
    expect(installationOf(script).commands).toEqual([
      `npm install --ignore-scripts --prefix '${home.path}/it'\\''s mine' ${TARGET}`,
    ]);
  });

  test('in the store of a pnpm project', () => {
    const home = new Home();
    const store = `app/node_modules/.pnpm/@portcullis+cli@0.1.0/${PACKAGE}`;
    const script = put(home.path, `${store}/bin/openclaw.mjs`, '');
    expect(installationOf(script)).toMatchObject({
      manager: 'pnpm',
      global: false,
      commands: [`pnpm --dir ${home.path}/app add ${TARGET}`],
    });
  });

  test('a checkout', () => {
    const home = new Home();
    const script = put(home.path, 'portcullis/packages/cli/bin/openclaw.mjs', '');
    put(home.path, 'portcullis/pnpm-workspace.yaml', '');
    put(home.path, 'portcullis/.git/HEAD', '');
    const { kind, commands } = installationOf(script);
    expect(kind).toBe('git');
    expect(commands[0]).toBe(`git -C ${home.path}/portcullis pull --ff-only`);
    expect(commands).toHaveLength(3);
  });

  test('somewhere else', () => {
    expect(installationOf('/opt/strange/bin/openclaw.mjs')).toMatchObject({
      manager: 'unknown',
      commands: [],
    });
  });
});

test.each([
  ['0.2.0', '0.1.9', true],
  ['0.10.0', '0.9.0', true],
  ['1.0.0', '1.0.0', false],
  ['1.0.0', '1.0.1', false],
  ['1.0.0', '1.0.0-beta.2', true],
  ['1.0.0-beta.10', '1.0.0-beta.9', true],
  ['1.0.0-beta.1', '1.0.0', false],
  ['nonsense', '1.0.0', false],
])('%s after %s: %s', (candidate, version, newer) => {
  expect(isNewer(candidate, version)).toBe(newer);
});

/** A home with an npm that answers this, and writes down how it was asked. */
function withNpm(answer: string, code = 0) {
  const home = new Home();
  const log = join(home.path, 'asked');
  put(
    home.path,
    'bin/npm',
    `#!${process.execPath}
    require('node:fs').writeFileSync(${JSON.stringify(log)},
      JSON.stringify({ args: process.argv.slice(2), cwd: process.cwd(), env: process.env }));
    process.stdout.write(${JSON.stringify(answer)}); process.exitCode = ${String(code)};`,
    0o700,
  );
  const asked = (): { args: string[]; cwd: string; env: Record<string, string> } | undefined =>
    existsSync(log) ? JSON.parse(readFileSync(log, 'utf8')) : undefined;
  return { home, asked, path: join(home.path, 'bin') };
}

describe('openclaw update', () => {
  test('names the steps in order: backup, update, service, doctor, audit; and does none', async () => {
    const home = new Home().write('{ gateway: { mode: "local" } }');
    put(home.path, '.openclaw/plugins/package.json', '{}');
    const { doors } = fakeManager(home, 'linux');
    await call(['gateway', 'install'], { home, doors });
    const before = readdirSync(home.path, { recursive: true }).toSorted();
    const { code, stdout } = await call(['update', '--json'], { home, doors });
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as { steps: { when: string; command: string }[] };
    expect(report).toMatchObject({
      ok: true,
      version: '9.9.9',
      update: { installKind: 'git', packageManager: 'pnpm' },
      availability: { available: null, latestVersion: null },
    });
    expect(
      report.steps.map(({ when, command }) => [when, command.split(' ').slice(0, 3).join(' ')]),
    ).toEqual([
      ['before', 'openclaw backup create'],
      ['update', expect.stringMatching(/^git -C /u)],
      ['update', expect.stringMatching(/^pnpm --dir /u)],
      ['update', expect.stringMatching(/^pnpm --dir /u)],
      ['update', 'npm update --ignore-scripts'],
      ['after', 'openclaw gateway restart'],
      ['after', 'openclaw doctor'],
      ['after', 'openclaw security audit'],
    ]);
    expect(readdirSync(home.path, { recursive: true }).toSorted()).toEqual(before);
  });

  test('asks nobody without --check', async () => {
    const { home, asked, path } = withNpm('"10.0.0"');
    const { stdout } = await call(['update'], { home, env: { PATH: path } });
    expect(stdout).toContain('openclaw update --check');
    expect(asked()).toBeUndefined();
  });

  test('with --check asks the npm of the user, with its settings and none of our secrets', async () => {
    const { home, asked, path } = withNpm('"10.0.0"');
    const env = {
      PATH: path,
      npm_config_userconfig: '/x',
      OPENCLAW_GATEWAY_TOKEN: 'secret',
      https_proxy: 'p',
    };
    const { stdout } = await call(['update', '--check', '--json'], { home, env });
    expect(JSON.parse(stdout)).toMatchObject({
      availability: { available: true, latestVersion: '10.0.0' },
    });
    expect(asked()).toMatchObject({
      args: ['view', '@portcullis/cli', 'version', '--json'],
      cwd: home.path,
      env: { npm_config_userconfig: '/x', https_proxy: 'p' },
    });
    expect(JSON.stringify(asked())).not.toContain('secret');
  });

  test('says so when there is nothing newer', async () => {
    const { home, path } = withNpm('"9.9.9"');
    const { stdout } = await call(['update', '--check'], { home, env: { PATH: path } });
    expect(stdout).toContain('Nothing to do.');
    expect(stdout).not.toContain('backup create');
  });

  test.each([
    ['an npm that fails', '', 1],
    ['an answer that is no version', '"; rm -rf"', 0],
    ['an answer that is no JSON', 'hello', 0],
  ])('%s is an error', async (_what, answer, exit) => {
    const { home, path } = withNpm(answer, exit);
    const { code, stderr } = await call(['update', '--check'], { home, env: { PATH: path } });
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[update.unknown]'),
    });
  });

  test('an npm in the working directory is not the one meant', async () => {
    const { home, asked } = withNpm('"10.0.0"');
    const { stderr } = await call(['update', '--check'], { home, env: { PATH: 'bin:.' } });
    expect(stderr).toContain('[update.unknown]');
    expect(asked()).toBeUndefined();
  });
});
