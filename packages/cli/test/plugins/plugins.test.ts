/**
 * `openclaw plugins` and `openclaw browser status`.
 */
import { describe, expect, test } from 'vitest';

import { Home } from '../call.ts';
import { configOf, GATEWAY, run } from '../local.ts';

function homeWith(more: string): Home {
  return new Home().write(`{ ${GATEWAY}, ${more} }`);
}

async function statusOf(home: Home, id: string): Promise<unknown> {
  const { stdout } = await run(home, `plugins info ${id} --json`);
  return JSON.parse(stdout).plugin.status;
}

describe('looking', () => {
  test('tells what this config uses, and names what is of others', async () => {
    const home = homeWith(
      "tools: { profile: 'minimal' }, channels: { signal: {} }, plugins: { allow: ['x'], entries: { other: {} } }",
    );
    const { stdout } = await run(home, 'plugins list --json');
    const { plugins } = JSON.parse(stdout) as { plugins: { id: string; status: string }[] };
    const states = Object.fromEntries(plugins.map(({ id, status }) => [id, status]));
    expect(states).toMatchObject({
      models: 'loaded',
      telegram: 'off',
      signal: 'missing',
      'tools-files': 'off',
      'tools-mcp': 'off',
      x: 'missing',
      other: 'missing',
    });
    const used = JSON.parse((await run(home, 'plugins list --enabled --json')).stdout);
    expect(used.plugins.every(({ status }: { status: string }) => status === 'loaded')).toBe(true);
  });

  test('doctor fails where something that is used is not installed', async () => {
    const home = homeWith('channels: { signal: {} }, plugins: { entries: { other: {} } }');
    const { code, stdout } = await run(home, 'plugins doctor --json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout).issues).toMatchObject([
      { id: 'signal', severity: 'error', remedy: expect.stringContaining('npm install') },
      { id: 'other', severity: 'warn' },
    ]);
    const fine = await run(homeWith(''), 'plugins doctor');
    expect(fine).toMatchObject({ code: 0, stdout: 'Everything the config uses is installed.\n' });
  });
});

describe('switching', () => {
  const TOOLS = "tools: { profile: 'minimal', deny: ['exec', 'ls', 'group:runtime'] }";

  test('allows the tools of a package after a yes, and keeps what else is denied', async () => {
    const home = homeWith(TOOLS);
    const asked = await run(home, 'plugins enable tools-files');
    expect(asked.stderr).toContain('[usage.confirmation]');
    expect((await run(home, 'plugins enable tools-files --yes')).code).toBe(0);
    expect(configOf(home)['tools']).toEqual({
      profile: 'minimal',
      alsoAllow: ['read', 'ls', 'write', 'edit', 'apply_patch', 'search'],
      deny: ['exec', 'group:runtime'],
    });
    expect(await statusOf(home, 'tools-files')).toBe('loaded');
  });

  test('says where something else still denies what was allowed', async () => {
    const home = homeWith(TOOLS);
    const { stderr } = await run(home, 'plugins enable tools-exec --yes');
    expect(stderr).toContain('openclaw policy explain');
    expect(await statusOf(home, 'tools-exec')).toBe('off');
  });

  test('denies the tools of a package beside those that are denied', async () => {
    const home = homeWith("tools: { profile: 'coding', deny: ['web_fetch'] }");
    await run(home, 'plugins disable tools-files');
    expect(configOf(home)['tools']).toEqual({
      profile: 'coding',
      deny: ['web_fetch', 'read', 'ls', 'write', 'edit', 'apply_patch', 'search'],
    });
    expect(await statusOf(home, 'tools-files')).toBe('off');
  });

  test('switches the channel of a package', async () => {
    const home = homeWith("channels: { telegram: { botToken: '1:a' } }");
    await run(home, 'plugins disable telegram');
    expect(configOf(home)['channels']).toMatchObject({ telegram: { enabled: false } });
  });

  test.each([
    ['plugins enable telegram', '[plugin.no_switch]', 'openclaw channels add telegram'],
    ['plugins enable signal', '[plugin.no_switch]', 'npm install'],
    ['plugins disable models', '[plugin.no_switch]', 'no model answers'],
    ['plugins enable other', '[plugin.not_installed]', 'openclaw plugins install'],
    ['plugins disable tools-mcp', '[plugin.no_switch]', 'mcp.servers'],
    ['plugins info tools-file', '[plugin.unknown]', 'Did you mean "tools-files"?'],
  ])('openclaw %s is refused with %s', async (words, code, hint) => {
    const home = homeWith('channels: { signal: {} }, plugins: { entries: { other: {} } }');
    const before = home.read();
    const { code: exit, stderr } = await run(home, words);
    expect(exit).toBe(1);
    expect(stderr).toContain(code);
    expect(stderr).toContain(hint);
    expect(home.read()).toBe(before);
  });
});

describe('the browser', () => {
  test('is not there, and nobody is told otherwise', async () => {
    const { code, stdout } = await run(homeWith('browser: { enabled: true }'), 'browser --json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      ok: true,
      enabled: true,
      available: false,
      running: false,
      reason: 'No package provides a browser.',
    });
  });
});
