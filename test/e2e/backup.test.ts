/**
 * A gateway that talks, a backup of it while it runs, a machine that is lost, and a restore.
 */
import {
  existsSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { type GatewayCommand, openclaw, openclawJson, runGateway } from './openclaw.ts';
import { type World, createWorld, lastUserText, until } from './world.ts';

let world: World;
let gateway: GatewayCommand;
let stateDir: string;
let archive: string;

beforeEach(async () => {
  world = await createWorld((request) => `answer to ${lastUserText(request)}`);
  gateway = await runGateway(world.env);
  stateDir = join(world.folder, 'state');
  archive = join(world.folder, 'backup.tar.gz');
});

afterEach(async () => {
  gateway.child.kill('SIGKILL');
  await world.close();
});

async function stop(): Promise<void> {
  gateway.child.kill('SIGTERM');
  expect(await gateway.finished).toMatchObject({ code: 0 });
}

async function letIn(name: string) {
  const person = world.telegram.addUser({ firstName: name });
  world.telegram.userSends({ from: person, text: 'hello' });
  await until(() => world.telegram.sentTo(person).length === 1, 'a pairing code');
  const { requests } = await openclawJson<{ requests: { requestId: string }[] }>(
    world.env,
    'pairing',
    'list',
    'telegram',
  );
  const approved = await openclaw(
    world.env,
    'pairing',
    'approve',
    'telegram',
    requests[0]?.requestId ?? '',
  );
  expect(approved).toMatchObject({ code: 0 });
  await until(() => world.telegram.sentTo(person).length === 2, 'a welcome');
  return person;
}

interface Held {
  readonly audit: { readonly head: string; readonly lines: number };
}

test('a conversation goes on after backup, loss of the state, and restore', async () => {
  const ada = await letIn('Ada');
  world.telegram.userSends({ from: ada, text: 'my word is heliotrope' });
  await until(() => world.telegram.sentTo(ada).length === 3, 'an answer');

  // The gateway goes on running while it is backed up.
  const made = await openclawJson<Held>(
    world.env,
    'backup',
    'create',
    '--output',
    archive,
    '--verify',
  );
  expect(statSync(archive).mode & 0o777).toBe(0o600);
  const refused = await openclaw(world.env, 'backup', 'restore', archive, '--yes');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(`process ${String(gateway.child.pid)}`);
  await stop();
  rmSync(stateDir, { recursive: true });

  const verified = await openclawJson<Held>(world.env, 'backup', 'verify', archive);
  expect(verified.audit).toEqual(made.audit);
  const unasked = await openclaw(world.env, 'backup', 'restore', archive);
  expect(unasked.code).toBe(1);
  expect(existsSync(stateDir)).toBe(false);
  expect(await openclaw(world.env, 'backup', 'restore', archive, '--yes')).toMatchObject({
    code: 0,
  });
  expect(statSync(stateDir).mode & 0o777).toBe(0o700);
  const { head } = made.audit;
  const whole = await openclaw(world.env, 'audit', 'verify', '--expect-head', head);
  expect(whole).toMatchObject({ code: 0 });

  gateway = await runGateway(world.env);
  world.telegram.userSends({ from: ada, text: 'what was my word?' });
  await until(() => world.telegram.sentTo(ada).length === 4, 'an answer');
  // Ada is still let in, and the model is told what she said before the loss.
  expect(world.telegram.sentTo(ada)[3]?.text).toBe('answer to what was my word?');
  expect(JSON.stringify(world.model.requests.at(-1)?.body)).toContain('heliotrope');
});

test('what a restore replaces is there afterwards, and can be put back', async () => {
  await openclawJson(world.env, 'backup', 'create', '--output', archive);
  const ada = await letIn('Ada');
  await stop();
  expect(await openclaw(world.env, 'backup', 'restore', archive, '--yes')).toMatchObject({
    code: 0,
  });
  const kept = readdirSync(world.folder).find((name) => name.startsWith('state.before-')) ?? '';
  const allowed = join(world.folder, kept, 'credentials');
  const lists = readdirSync(allowed).map((name) => readFileSync(join(allowed, name), 'utf8'));
  expect(lists.join()).toContain(String(ada.id));
  expect(await openclaw(world.env, 'audit', 'verify')).toMatchObject({ code: 0 });
});

test('a reset is refused while the gateway runs; after it nobody is known, and put back everybody is', async () => {
  const ada = await letIn('Ada');
  const scope = 'config+creds+sessions';
  const refused = await openclaw(world.env, 'reset', '--scope', scope, '--yes');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(`process ${String(gateway.child.pid)}`);
  await stop();
  const config = readFileSync(join(stateDir, 'openclaw.json'));
  const unasked = await openclaw(world.env, 'reset', '--scope', scope);
  expect(unasked.code).toBe(1);
  expect(await openclaw(world.env, 'reset', '--scope', scope, '--yes')).toMatchObject({ code: 0 });

  writeFileSync(join(stateDir, 'openclaw.json'), config, { mode: 0o600 });
  gateway = await runGateway(world.env);
  world.telegram.userSends({ from: ada, text: 'do you know me?' });
  await until(() => world.telegram.sentTo(ada).length === 3, 'a pairing code');
  expect(world.telegram.sentTo(ada)[2]?.text).toMatch(/\b[A-Z2-9]{8}\b/u);
  await stop();

  const trash = readdirSync(world.folder).find((name) => name.startsWith('state.trash-')) ?? '';
  for (const name of readdirSync(join(world.folder, trash))) {
    rmSync(join(stateDir, name), { recursive: true, force: true });
    renameSync(join(world.folder, trash, name), join(stateDir, name));
  }
  gateway = await runGateway(world.env);
  world.telegram.userSends({ from: ada, text: 'and now?' });
  await until(() => world.telegram.sentTo(ada).length === 4, 'an answer');
  expect(world.telegram.sentTo(ada)[3]?.text).toBe('answer to and now?');
});
