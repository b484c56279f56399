/**
 * Moving from OpenClaw: its installation is taken over by the built command line, the gateway starts
 * with it, and the people it let in are answered.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { snapshot } from '../../packages/cli/test/doctor/import/openclaw-home.ts';
import { type GatewayCommand, openclaw, openclawJson, runGateway } from './openclaw.ts';
import { type World, createWorld, lastUserText, until } from './world.ts';

let world: World;
let gateway: GatewayCommand | undefined;
let old: string;
let person: ReturnType<World['telegram']['addUser']>;

beforeAll(async () => {
  world = await createWorld((request) => `answer to ${lastUserText(request)}`);
  old = join(world.folder, 'old');
  // The world's own state becomes that of OpenClaw.
  renameSync(join(world.folder, 'state'), old);
  person = world.telegram.addUser({ firstName: 'Ann' });
  mkdirSync(join(old, 'credentials'));
  mkdirSync(join(old, 'agents/main/sessions'), { recursive: true });
  writeFileSync(join(old, 'agents/main/sessions/sessions.json'), '{}');
  const list = JSON.stringify({ version: 1, allowFrom: [String(person.id)] });
  writeFileSync(join(old, 'credentials/telegram-allowFrom.json'), list);
  mkdirSync(join(old, 'workspace'));
  writeFileSync(join(old, 'workspace/AGENTS.md'), '# Rules\n');
});

afterAll(async () => {
  gateway?.child.kill('SIGKILL');
  await world.close();
});

test('an installation moves, starts, and answers the people it knows', async () => {
  const before = snapshot(old);
  const moved = await openclaw(world.env, 'doctor', '--import', old, '--yes', '--copy-workspace');
  expect(moved).toMatchObject({ code: 0, stderr: '' });
  expect(snapshot(old)).toEqual(before);

  const { checks } = JSON.parse((await openclaw(world.env, 'doctor', '--json')).stdout) as {
    checks: readonly { readonly id: string; readonly status: string }[];
  };
  const statusOf = (id: string): unknown => checks.find((each) => each.id === id)?.status;
  expect(statusOf('config.start')).toBe('pass');
  expect(statusOf('channels.token')).toBe('pass');
  expect(statusOf('security.permissions')).toBe('pass');

  gateway = await runGateway(world.env);
  const { allowed } = await openclawJson<{ allowed: readonly unknown[] }>(
    world.env,
    'pairing',
    'list',
  );
  expect(allowed).toEqual([
    { channel: 'telegram', accountId: 'default', senderId: String(person.id) },
  ]);
  world.telegram.userSends({ from: person, text: 'hello' });
  const answers = (): readonly unknown[] => world.telegram.sentTo(person).map(({ text }) => text);
  await until(() => answers().includes('answer to hello'), 'an answer');
  expect(snapshot(old)).toEqual(before);
});
