/**
 * Checks of packages that the config names, in `security audit`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeEach, expect, test } from 'vitest';

import { Home, call } from '../call.ts';

let home: Home;
beforeEach(() => {
  home = new Home().write(
    "{ gateway: { mode: 'local' }, channels: { example: { switch: true } } }",
  );
});

/** Puts a channel package where an operator would install it. */
function install(code: string): void {
  const folder = join(home.path, '.openclaw/plugins/node_modules/@portcullis/channels-example');
  mkdirSync(folder, { recursive: true });
  const manifest = { name: '@portcullis/channels-example', type: 'module', exports: './index.js' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'index.js'), code);
}

const CHECK = `export default {
  id: 'example',
  register: (registry) => registry.auditCheck({
    id: 'example.switch',
    check: ({ channels }) => channels.example.switch
      ? [{ severity: 'critical', title: 'The switch is on', detail: 'Anybody may press it.', path: 'channels.example.switch' }]
      : [],
  }),
};`;

async function findings(): Promise<readonly { readonly checkId: string }[]> {
  const { stdout } = await call(['security', 'audit', '--json'], { home });
  return (JSON.parse(stdout) as { findings: { checkId: string }[] }).findings;
}

test('a package that the config names is asked, and its findings count', async () => {
  install(CHECK);
  expect(await findings()).toContainEqual({
    checkId: 'example.switch',
    severity: 'critical',
    title: 'The switch is on',
    detail: 'Anybody may press it.',
    path: 'channels.example.switch',
  });
  const { code } = await call(['security', 'audit', '--fail-on', 'critical'], { home });
  expect(code).toBe(1);
});

test('a package that is switched off, or not named, is not loaded', async () => {
  install("throw new Error('loaded');");
  home.write('{ channels: { example: { enabled: false } } }');
  expect(JSON.stringify(await findings())).not.toContain('plugins.example');
});

test.each([
  ['breaks when it is loaded', "throw new Error('broken');"],
  ['is no plugin', 'export default 7;'],
  [
    'has checks named after others',
    "export default { id: 'example', register: (registry) => registry.auditCheck({ id: 'gateway.bind_no_auth', check: () => [] }) };",
  ],
])('a package that %s is a finding', async (_what, code) => {
  install(code);
  expect(await findings()).toContainEqual(
    expect.objectContaining({ checkId: 'plugins.example.security_audit_failed', severity: 'warn' }),
  );
});
