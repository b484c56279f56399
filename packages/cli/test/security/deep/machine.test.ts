/**
 * What a machine has for keeping programs apart.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type LoadedConfig, loadConfig, resolvePaths } from '@portcullis/gateway/config';
import { describe, expect, test } from 'vitest';

import type { DeepReport } from '../../../src/security/deep/deep.ts';
import { findBrowser, findSandbox } from '../../../src/security/deep/machine.ts';
import { Home, call } from '../../call.ts';

function configOf(home: Home, env: Readonly<Record<string, string>> = {}): LoadedConfig {
  const all = { HOME: home.path, ...env };
  return loadConfig({ env: all, paths: resolvePaths(all) });
}

/** A program of this name, in a folder of its own. */
function program(home: Home, name: string, mode = 0o755): string {
  mkdirSync(join(home.path, 'bin'), { recursive: true });
  const path = join(home.path, 'bin', name);
  writeFileSync(path, '#!/bin/sh\nexit 1\n');
  chmodSync(path, mode);
  return path;
}

/** The browser that an audit found, and what it says of it. */
async function ids(
  browser: object,
  env: Readonly<Record<string, string>>,
): Promise<readonly unknown[]> {
  const home = new Home().write(JSON.stringify({ gateway: { mode: 'local' }, browser }));
  const { stdout } = await call(['security', 'audit', '--deep', '--json'], { home, env });
  const { findings, deep } = JSON.parse(stdout) as {
    readonly findings: readonly { readonly checkId: string }[];
    readonly deep: DeepReport;
  };

  const found = findings.filter(({ checkId }) => checkId.startsWith('portcullis.browser'));
  return [deep.browser.executable, ...found.map(({ checkId }) => checkId)];
}

describe('a browser', () => {
  test('is the one that is named, else the first of this machine, else none', async () => {
    const home = new Home();
    const env = { PATH: `relative:${join(home.path, 'empty')}:${join(home.path, 'bin')}` };
    home.write('{}');
    expect(await findBrowser(configOf(home, env))).toEqual({});
    program(home, 'chromium', 0o644);
    expect(await findBrowser(configOf(home, env)), 'no program').toEqual({});
    const executable = program(home, 'google-chrome');
    expect(await findBrowser(configOf(home, env))).toEqual({ executable });
    const named = program(home, 'mine');
    home.write(JSON.stringify({ browser: { executablePath: named } }));
    expect(await findBrowser(configOf(home, env))).toEqual({ executable: named });
    home.write(JSON.stringify({ browser: { executablePath: join(home.path, 'gone') } }));
    expect(await findBrowser(configOf(home, env)), 'no other stands in').toEqual({});
  });

  test('that is missing is told where one is switched on', async () => {
    expect(await ids({ enabled: true }, { PATH: '/nowhere' })).toEqual([
      null,
      'portcullis.browser.not_found',
    ]);
    expect(await ids({ enabled: false }, { PATH: '/nowhere' })).toEqual([null]);
  });
});

describe('a sandbox', () => {
  test('is tried for real, and its answer is one of two', async () => {
    const home = new Home().write('{ agents: { defaults: { sandbox: { network: "proxy" } } } }');
    const { signal } = new AbortController();
    const found = await findSandbox(configOf(home), signal);
    if (found.available) expect(found).toEqual({ available: true });
    else expect(found.why.length).toBeGreaterThan(10);
  });

  test('that does not answer in time is none', async () => {
    const home = new Home().write('{}');
    expect(await findSandbox(configOf(home), AbortSignal.abort())).toEqual({
      available: false,
      why: 'it did not answer in time',
    });
  });
});
