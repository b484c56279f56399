import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Brokers, PortcullisError, type Tool } from '@portcullis/core';
import { afterEach, describe, expect, test } from 'vitest';

import { Sandbox } from '../../src/brokers/proc/sandbox.ts';
import { validateConfig } from '../../src/config/index.ts';
import { type Harness, direct, openHarness, until } from '../pipeline/harness.ts';

const { available } = await new Sandbox().probe();

let harness: Harness;
let uses: ((brokers: Brokers) => Promise<unknown>)[];

const reach: Tool = {
  // One of the tools a sandboxed session has.
  name: 'process',
  description: 'Reaches for the world.',
  input: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } },
  inputSchema: { type: 'object' },
  effects: ['proc', 'files'],
  run: async (_, { brokers }) => {
    await uses.shift()?.(brokers);
    return { text: 'done' };
  },
};

async function open(sandbox: object): Promise<void> {
  uses = [];
  harness = await openHarness({
    config: {
      gateway: { mode: 'local' },
      session: { dmScope: 'per-channel-peer' },
      commands: { ownerAllowFrom: ['telegram:42'] },
      tools: { profile: 'full', exec: { security: 'full', ask: 'off' } },
      flow: { mode: 'off' },
      agents: { defaults: { sandbox } },
      channels: { telegram: { dmPolicy: 'allowlist', allowFrom: ['42'] } },
    },
    tools: [reach],
  });
}

function codeOf(error: unknown): string {
  return PortcullisError.is(error) ? error.code : String(error);
}

/** Lets the agent use its brokers in one turn; resolves with the outcome or the code of a refusal. */
async function use<T>(work: (brokers: Brokers) => Promise<T>): Promise<T | string> {
  const done = Promise.withResolvers<T | string>();
  uses.push(async (brokers) => {
    done.resolve(await work(brokers).catch(codeOf));
  });
  harness.model.script.push(async function* () {
    yield { type: 'tool-call', id: 'c1', name: 'process', input: {} };
    yield { type: 'finish', reason: 'tool-calls', usage: {} };
  });
  const before = harness.model.requests.length;
  await harness.network.deliver(direct('42', 'go'));
  const outcome = await done.promise;
  await until(() => harness.model.requests.length === before + 2, 'the end of the turn');
  return outcome;
}

const run = (command: string): Promise<unknown> => use(async ({ proc }) => proc?.run({ command }));

describe.skipIf(!available)('a command in the sandbox', () => {
  afterEach(() => harness.close());

  test('P05.06: leaves no sandbox behind that a later one, set up otherwise, could be', async () => {
    await open({ mode: 'all', workspaceAccess: 'rw' });
    const left = await run('echo left > /tmp/left && echo left > /dev/shm/left && cat /tmp/left');
    expect(left).toMatchObject({ exitCode: 0, output: 'left\n' });
    expect(await run('cat /tmp/left /dev/shm/left')).toMatchObject({ exitCode: 1 });
    expect(await run('ls -A /tmp /dev/shm')).toMatchObject({
      output: expect.not.stringContaining('left'),
    });
  });

  test('P07.05: makes no link that the file tools would follow out of it', async () => {
    await open({ mode: 'all', workspaceAccess: 'rw' });
    const secret = join(harness.folder, 'secret');
    writeFileSync(secret, 'canary-4711');
    const made = await run(`ln -s ${secret} file; ln -s / dir; ln -s ../secret up; ls`);
    expect(made).toMatchObject({ exitCode: 0, output: 'dir\nfile\nup\n' });
    for (const path of ['file', 'up', `dir${secret}`, 'dir/etc/passwd']) {
      expect([path, await use(async ({ files }) => files?.read(path))]).toEqual([
        path,
        'fs.symlink_escape',
      ]);
      const write = use(async ({ files }) => files?.write(path, new Uint8Array([1])));
      expect([path, await write]).toEqual([path, 'fs.symlink_escape']);
    }
  });
});

describe('the network of a sandbox', () => {
  test.each(['host', 'none ', 'container:abc', 'bridge', '', 1, null])(
    'P05.02: cannot be written as %j',
    (network) => {
      const config = { agents: { defaults: { sandbox: { mode: 'all', network } } } };
      expect(validateConfig(config).issues.map(({ path }) => path)).toEqual([
        'agents.defaults.sandbox.network',
      ]);
    },
  );

  test.each(['network', 'binds', 'image', 'user', 'privileged', 'capAdd', 'securityOpt'])(
    'P05.02: is not opened by docker.%s, which nothing here reads',
    async (key) => {
      const sandbox = { mode: 'all', docker: { [key]: 'host' } };
      const { warnings, issues } = validateConfig({ agents: { defaults: { sandbox } } });
      expect(warnings.length + issues.length).toBeGreaterThan(0);
    },
  );
});
