/**
 * Keys that only somebody at this machine may set, set while a gateway runs: the file is written
 * here, and the yes that was said here counts for the gateway.
 */
import { PortcullisError } from '@portcullis/core';
import { expect, test } from 'vitest';

import { call, FakeOperator, Home } from '../call.ts';

const CONFIG = `{ gateway: { mode: 'local', auth: { token: 'a-secret-token-of-32-characters!' } } }\n`;
const SET = ['config', 'set', 'mcp.servers.files', '{ command: "node" }'];
const YES = [...SET, '--yes'];
const WAITS = 'The running gateway takes it up once you say yes to it: openclaw config accept\n';

interface Seen {
  /** Keys the gateway sees open in the file. */
  readonly opens?: readonly string[];
  /** What the gateway says before this command writes. */
  readonly before?: object;
  readonly accept?: unknown;
}

/** A gateway that leaves the key to the file, and notices an edit of it at the second look. */
function gateway(home: Home, { opens = ['mcp.servers.files.command'], before, accept }: Seen = {}) {
  let looks = 0;
  const edit = {
    state: 'waiting',
    since: 0,
    hash: 'h1',
    opens: opens.map((key) => ({ key, what: 'is new' })),
    closes: [],
  };
  return new FakeOperator({
    'config.get': { raw: CONFIG, hash: 'h0' },
    'config.preview': () => {
      const details = { code: 'CONFIG_LOCAL_ONLY' };
      throw new PortcullisError('request.invalid', 'only in the file', { details });
    },
    'config.status': () => {
      const status = { mode: 'hybrid', at: 0, restartNeeded: [], failed: [], ...before };
      if (home.read() === CONFIG) return status;
      looks += 1;
      return looks < 2 ? status : { ...status, edit };
    },
    'config.accept': accept ?? { applied: ['mcp.servers'], restartNeeded: [], failed: [] },
  });
}

const no = async (): Promise<boolean> => false;
const refuse = (): never => {
  throw new PortcullisError('config.edit_changed', 'not the same any more', { hint: 'Look.' });
};
const accepted = ({ asked }: FakeOperator): readonly unknown[] =>
  asked.filter(([method]) => method === 'config.accept').map(([, params]) => params);

test('the edit this command wrote is accepted by the yes that was said to it', async () => {
  const home = new Home().write(CONFIG);
  const fake = gateway(home);
  const { code, stderr } = await call(YES, { home, doors: fake.doors });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(home.read()).toContain('command');
  expect(accepted(fake)).toEqual([{ hash: 'h1' }]);
});

test('a no writes nothing, and nothing is accepted', async () => {
  const home = new Home().write(CONFIG);
  const fake = gateway(home);
  expect((await call(SET, { home, doors: { ...fake.doors, confirm: no } })).code).toBe(1);
  expect(home.read()).toBe(CONFIG);
  expect(accepted(fake)).toEqual([]);
});

test.each<readonly [string, Seen]>([
  ['opens more than was shown', { opens: ['mcp.servers.files.command', 'gateway.bind'] }],
  ['is not the only one that waits', { before: { edit: { state: 'waiting', hash: 'h9' } } }],
  ['comes to a gateway that takes nothing up', { before: { mode: 'off' } }],
])('an edit that %s waits for another look', async (_name, seen) => {
  const home = new Home().write(CONFIG);
  const fake = gateway(home, seen);
  const { code, stderr } = await call(YES, { home, doors: fake.doors });
  expect({ code, stderr }).toEqual({ code: 0, stderr: WAITS });
  expect(accepted(fake)).toEqual([]);
});

test('an edit the gateway refuses stays in the file and waits', async () => {
  const home = new Home().write(CONFIG);
  const { code, stderr } = await call(YES, {
    home,
    doors: gateway(home, { accept: refuse }).doors,
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: WAITS });
  expect(home.read()).toContain('command');
});
