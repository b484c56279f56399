import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import type { EffectRequest, Tool } from '@portcullis/core';
import { afterEach, describe, expect, test } from 'vitest';

import { type Harness, direct, openHarness, until } from '../../pipeline/harness.ts';
import { utf8 } from './bench.ts';

let harness: Harness;

afterEach(async () => {
  await harness.close();
});

/** A tool that intends what it is told, and writes it all. */
const patch: Tool<{ intends: readonly EffectRequest[] }> = {
  name: 'apply_patch',
  description: 'Writes several files.',
  input: {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value) => ({ value: value as { intends: readonly EffectRequest[] } }),
    },
  },
  inputSchema: { type: 'object' },
  effects: ['files'],
  plan: ({ intends }) => intends,
  run: async ({ intends }, { brokers }) => {
    for (const { request } of intends) {
      await brokers.files?.write((request as { path: string }).path, utf8('x'));
    }
    return { text: 'patched' };
  },
};

async function call(requests: readonly unknown[]): Promise<string> {
  harness = await openHarness({
    config: {
      gateway: { mode: 'local' },
      commands: { ownerAllowFrom: ['telegram:42'] },
      tools: { profile: 'full' },
      channels: { telegram: { dmPolicy: 'allowlist', allowFrom: ['42'] } },
    },
    tools: [patch as Tool],
  });
  mkdirSync(join(harness.folder, 'workspace'));
  symlinkSync('/etc', join(harness.folder, 'workspace', 'out'));
  const intends = requests.map((request) => ({ kind: 'files', request }));
  harness.model.script.push(async function* () {
    yield { type: 'tool-call', id: 'call-1', name: 'apply_patch', input: { intends } };
    yield { type: 'finish', reason: 'tool-calls', usage: {} };
  });
  await harness.network.deliver(direct('42', 'go'));
  await until(() => harness.model.heard.length === 2, 'the result');
  return harness.model.heard[1] ?? '';
}

const write = (path: string): object => ({ op: 'write', path });

describe('P06.02 a tool that tells what it intends', () => {
  test.each([
    ['a path out of the workspace', write('../../x'), 'fs.outside_workspace'],
    ['an absolute path', { op: 'delete', path: '/etc/passwd' }, 'fs.outside_workspace'],
    ['a link out of the workspace', write('out/x'), 'fs.symlink_escape'],
    ['something unreadable', { op: 'write' }, 'fs.path.invalid'],
    ['nothing at all', null, 'fs.path.invalid'],
  ])('is refused as a whole for %s, before its first write', async (_, request, code) => {
    expect(await call([write('fine.txt'), request])).toMatch(`Refused (${code})`);
    expect(existsSync(join(harness.folder, 'workspace', 'fine.txt'))).toBe(false);
    const lines = await harness.gateway.services.audit.log({ limit: 100 });
    expect(lines.map(({ entry }) => entry).filter(({ kind }) => kind === 'effect')).toMatchObject([
      { code, broker: 'files', action: 'plan', files: 2 },
    ]);
  });

  test('runs when all of it is allowed', async () => {
    expect(await call([write('a.txt'), write('b/c.txt')])).toBe('patched');
    expect(existsSync(join(harness.folder, 'workspace', 'b', 'c.txt'))).toBe(true);
  });
});
