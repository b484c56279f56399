import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { COMMANDS } from '../../src/commands.ts';
import { Home, call } from '../call.ts';
import { OPENCLAW_OPTIONS } from './openclaw-options.ts';

const onboard = COMMANDS.find(({ name }) => name === 'onboard');
const taken = new Set(onboard?.options?.map(({ name }) => name));

test('every option of OpenClaw’s onboard is taken, or refused with a reason', () => {
  const refused = new Set(Object.keys(onboard?.refuses ?? {}));
  const neither = OPENCLAW_OPTIONS.filter((name) => !taken.has(name) && !refused.has(name));
  expect(neither).toEqual([]);
  expect([...refused].filter((name) => taken.has(name))).toEqual([]);
});

const refused = Object.keys(onboard?.refuses ?? {});

test.each(refused)('--%s is refused by name, and its value is not repeated', async (name) => {
  const home = new Home();
  const argv = ['onboard', '--non-interactive', `--${name}`, 'sk-secret-0123456789'];
  const { code, stdout, stderr } = await call(argv, { home });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain(`--${name}`);
  expect(stderr).toContain('[usage.option_refused]');
  expect(stderr).not.toContain('sk-secret');
  expect(existsSync(join(home.path, '.openclaw'))).toBe(false);
});
