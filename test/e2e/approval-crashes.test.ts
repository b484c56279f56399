/**
 * An approval on the real gateway that is killed with the question open, or with the answer given
 * and not used: what was shown runs exactly once, and what has changed meanwhile never runs.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { FakeAnswer, FakeModelRequest, FakeTelegramUser } from '@portcullis/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { type GatewayCommand, openclaw, openclawJson, runGateway } from './openclaw.ts';
import { type World, createWorld, lastUserText, until } from './world.ts';

const OWNER = 7;

let world: World;
let owner: FakeTelegramUser;
let gateway: GatewayCommand | undefined;
/** A folder for programs, out of the agent's reach. */
let programs: string;

/** Makes the call a message spells out, once, and then says what came of it. */
function respond(request: FakeModelRequest): string | FakeAnswer {
  const text = lastUserText(request);
  if (request.lastText !== text) return `done: ${request.lastText}`;
  const input = JSON.parse(text.slice(text.indexOf('{'))) as Record<string, unknown>;
  return { toolCalls: [{ name: 'exec', input }] };
}

beforeEach(async () => {
  programs = mkdtempSync(join(tmpdir(), 'portcullis-programs-'));
  world = await createWorld(respond, (config) => {
    const { telegram } = (config as { channels: { telegram: object } }).channels;
    return {
      ...config,
      commands: { ownerAllowFrom: [`telegram:${String(OWNER)}`] },
      channels: { telegram: { ...telegram, dmPolicy: 'allowlist', allowFrom: [String(OWNER)] } },
      tools: {
        profile: 'coding',
        exec: { security: 'full', ask: 'always', pathPrepend: [programs] },
      },
    };
  });
  owner = world.telegram.addUser({ id: OWNER, firstName: 'Ada' });
  mkdirSync(join(workspace(), 'sub'), { recursive: true });
});

afterEach(async () => {
  gateway?.child.kill('SIGKILL');
  await world.close();
  rmSync(programs, { recursive: true, force: true });
});

function workspace(): string {
  return join(world.folder, 'state', 'workspace');
}

function script(path: string, text: string): void {
  // Another file under the name, as an editor or an attacker would leave it.
  const draft = join(tmpdir(), `draft-${String(process.pid)}-${String(performance.now())}`);
  writeFileSync(draft, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  rmSync(path, { force: true });
  renameSync(draft, path);
}

/** What ran so far, a line each. */
function ran(): readonly string[] {
  const path = join(workspace(), 'ran');
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
}

async function start(): Promise<void> {
  gateway = await runGateway(world.env);
}

async function kill(): Promise<void> {
  gateway?.child.kill('SIGKILL');
  await gateway?.finished;
  gateway = undefined;
}

/** Has the owner ask for a command; resolves with the question he gets. */
async function ask(input: object): Promise<{ id: string; messageId: number; allow: string }> {
  const { telegram } = world;
  telegram.userSends({ from: owner, text: `run ${JSON.stringify(input)}` });
  await until(() => telegram.sent.some(({ buttons }) => buttons.length > 0), 'a question');
  const question = telegram.sent.find(({ buttons }) => buttons.length > 0);
  const allow = question?.buttons[0]?.find(({ text }) => text === 'Allow once')?.data ?? '';
  type List = { approvals: readonly { id: string }[] };
  const { approvals } = await openclawJson<List>(world.env, 'approvals', 'list');
  return { id: approvals[0]?.id ?? '', messageId: question?.messageId ?? 0, allow };
}

function said(): string | undefined {
  return world.telegram.sent.find(({ text }) => text.startsWith('done: '))?.text;
}

async function answer(): Promise<string> {
  await until(() => said() !== undefined, 'the answer', 30_000);
  return said() ?? '';
}

async function codes(): Promise<readonly string[]> {
  type Log = { lines: readonly { entry: { code?: string } }[] };
  const { lines } = await openclawJson<Log>(world.env, 'audit', 'log', '--limit', '1000');
  return lines.map(({ entry }) => entry.code ?? '');
}

async function stateOf(id: string): Promise<unknown> {
  type Shown = { approval: { status: string; reason?: string }; details: { used: boolean } };
  const shown = await openclawJson<Shown>(world.env, 'approvals', 'show', id);
  return { ...shown.approval, ...shown.details };
}

describe('a gateway that is killed', () => {
  test('P01.06: between question and answer keeps the question, and runs it once', async () => {
    script(join(workspace(), 'job.sh'), 'echo once >> ran');
    await start();
    const { messageId, allow, id } = await ask({ command: 'sh job.sh' });
    await kill();
    await start();
    const { telegram } = world;
    telegram.userPresses({ from: owner, messageId, data: allow });
    expect(await answer()).toContain('[ended: exit code 0]');
    expect(ran()).toEqual(['once']);
    // Nothing is left to be used: neither by the button nor by another start.
    telegram.userPresses({ from: owner, messageId, data: allow });
    await kill();
    await start();
    expect(await stateOf(id)).toMatchObject({ status: 'allowed', used: true });
    expect(ran()).toEqual(['once']);
  });

  test('P01.06: between answer and run finds the answer, and runs it once', async () => {
    script(join(workspace(), 'job.sh'), 'echo once >> ran');
    await start();
    const { id } = await ask({ command: 'sh job.sh' });
    await kill();
    // The answer is given while no gateway is there to use it.
    const { code } = await openclaw(world.env, 'approvals', 'allow', id);
    expect(code).toBe(0);
    expect(ran()).toEqual([]);
    await start();
    expect(await answer()).toContain('[ended: exit code 0]');
    expect(ran()).toEqual(['once']);
    await kill();
    await start();
    expect(await stateOf(id)).toMatchObject({ status: 'allowed', used: true });
    expect(ran()).toEqual(['once']);
  });

  test.each([
    [
      'P01.03: a script',
      { command: 'sh job.sh' },
      () => script(join(workspace(), 'job.sh'), 'echo evil >> ran'),
    ],
    [
      'P01.05: a program',
      { command: 'note' },
      () => script(join(programs, 'note'), 'echo evil >> ran'),
    ],
    [
      'P01.02: a directory',
      { command: 'touch ../ran', cwd: 'sub' },
      () => {
        renameSync(join(workspace(), 'sub'), join(workspace(), 'other'));
        symlinkSync('other', join(workspace(), 'sub'));
      },
    ],
  ])('%s that changed between answer and run is not run', async (_what, input, change) => {
    script(join(workspace(), 'job.sh'), 'echo good >> ran');
    script(join(programs, 'note'), 'echo good >> ran');
    await start();
    const { id } = await ask(input);
    await kill();
    expect((await openclaw(world.env, 'approvals', 'allow', id)).code).toBe(0);
    change();
    await start();
    expect(await answer()).toContain('[exec.approval.mismatch]');
    expect(ran()).toEqual([]);
    expect(await stateOf(id)).toMatchObject({ status: 'cancelled', reason: 'changed' });
    expect(await codes()).toContain('approval.voided');
    expect(await codes()).not.toContain('effect.run');
  });
});

test('without a word in the config nothing runs, and nobody is asked', async () => {
  const path = join(world.folder, 'state', 'openclaw.json');
  const config = JSON.parse(readFileSync(path, 'utf8')) as { tools: object };
  writeFileSync(path, JSON.stringify({ ...config, tools: { profile: 'coding' } }), { mode: 0o600 });
  await start();
  const { telegram } = world;
  telegram.userSends({ from: owner, text: 'run {"command":"touch ran"}' });
  await answer();
  expect(existsSync(join(workspace(), 'ran'))).toBe(false);
  expect(telegram.sent.some(({ buttons }) => buttons.length > 0)).toBe(false);
});
