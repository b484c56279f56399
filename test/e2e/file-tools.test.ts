/**
 * The file tools on the real gateway: found by name, offered to the model, and held to the workspace.
 */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { FakeAnswer, FakeModelRequest } from '@portcullis/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { type GatewayCommand, openclaw, runGateway } from './openclaw.ts';
import { type World, createWorld, lastUserText } from './world.ts';

let world: World;
let gateway: GatewayCommand;
let workspace: string;

/** Calls the tool a message names, once, and then says what came of it. */
function respond(request: FakeModelRequest): string | FakeAnswer {
  const text = lastUserText(request);
  if (request.lastText !== text) return `result: ${request.lastText}`;
  const [, name = '', input = ''] = /^use (\w+) (.*)$/su.exec(text) ?? [];
  return { toolCalls: [{ name, input: JSON.parse(input) as unknown }] };
}

beforeAll(async () => {
  world = await createWorld(respond, (config) => ({
    ...config,
    channels: {},
    tools: { profile: 'coding' },
  }));
  workspace = join(world.folder, 'state', 'workspace');
  mkdirSync(workspace, { recursive: true });
  writeFileSync(join(workspace, 'notes.md'), 'buy milk\nbuy bread\n');
  symlinkSync(world.folder, join(workspace, 'out'));
  gateway = await runGateway(world.env);
});

afterAll(async () => {
  gateway.child.kill('SIGKILL');
  await world.close();
});

async function use(tool: string, input: object): Promise<string> {
  const message = `use ${tool} ${JSON.stringify(input)}`;
  return (await openclaw(world.env, 'agent', '--message', message)).stdout;
}

test('a search finds lines, and an edit changes one of them', async () => {
  const found = await use('search', { pattern: 'bread', glob: '*.md' });
  expect(found).toContain('notes.md:2: buy bread');
  expect(
    await use('edit', { path: 'notes.md', edits: [{ old: 'milk', new: 'oat milk' }] }),
  ).toContain('Made 1 replacement.');
  expect(readFileSync(join(workspace, 'notes.md'), 'utf8')).toBe('buy oat milk\nbuy bread\n');
});

test('a search tells nothing of what a link leads to', async () => {
  writeFileSync(join(world.folder, 'secret.md'), 'CANARY');
  expect(await use('search', { pattern: 'CANARY' })).toContain('result: [nothing found]');
  expect(await use('search', { glob: 'secret.md' })).toContain('result: [nothing found]');
  expect(await use('search', { glob: '*', path: 'out' })).toContain('[fs.symlink_escape]');
});

test('P06.02 a patch with one path out of the workspace changes nothing', async () => {
  const patch = [
    '*** Begin Patch',
    '*** Add File: fine.md',
    '+fine',
    '*** Add File: out/evil.md',
    '+evil',
    '*** End Patch',
  ].join('\n');
  expect(await use('apply_patch', { patch })).toContain('Refused (fs.symlink_escape)');
  expect(existsSync(join(workspace, 'fine.md'))).toBe(false);
  expect(existsSync(join(world.folder, 'evil.md'))).toBe(false);
  expect(await use('apply_patch', { patch: patch.replace('out/', 'in/') })).toContain(
    'A in/evil.md',
  );
  expect(readFileSync(join(workspace, 'in', 'evil.md'), 'utf8')).toBe('evil\n');
});
