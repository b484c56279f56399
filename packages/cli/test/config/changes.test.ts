/**
 * Changes of the config on the command line: seen first, agreed to, kept, and gone back to.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { describe, expect, test } from 'vitest';

import { openOperator } from '../../src/compose/open-operator.ts';
import { type CallOptions, type Called, Home, call as callBare } from '../call.ts';

const TOKEN = 'a-secret-token-of-32-characters!';
const CONFIG = `{
  // Keep me.
  gateway: { mode: 'local', bind: 'loopback', auth: { token: '${TOKEN}' } },
}
`;

/** No gateway runs: the command opens the state of the home itself. */
function call(argv: readonly string[], options: CallOptions = {}): Promise<Called> {
  return callBare(argv, { ...options, doors: { openOperator, ...options.doors } });
}

const OPENS = 'opens   gateway.bind  loopback -> tailnet: other machines can reach the gateway\n';
const opening = ['config', 'set', 'gateway.bind', 'tailnet'];

describe('a change that opens something', () => {
  test('is shown, and refused where nobody can be asked', async () => {
    const home = new Home().write(CONFIG);
    expect(await call(opening, { home })).toEqual({
      code: 1,
      stdout: OPENS,
      stderr:
        'Error: Open gateway.bind? Nobody is there to confirm it. [usage.confirmation]\n  Run it on a terminal, or add --yes.\n',
    });
    expect(home.read()).toBe(CONFIG);
  });

  test.each([
    { answer: true, code: 0 },
    { answer: false, code: 1 },
  ])('asks by its name, and does as it is told: $answer', async ({ answer, code }) => {
    const home = new Home().write(CONFIG);
    const questions: string[] = [];
    const confirm = async (question: string) => questions.push(question) > 0 && answer;
    const called = await call(opening, { home, doors: { confirm } });
    expect(called.code).toBe(code);
    expect(questions).toEqual(['Open gateway.bind?']);
    expect(home.read().includes('tailnet')).toBe(answer);
  });

  test('is made at once with --yes', async () => {
    const home = new Home().write(CONFIG);
    const { code, stdout } = await call([...opening, '--yes'], { home });
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `${OPENS}gateway.bind is set in ${home.config}.\n`,
    });
    expect(home.read()).toBe(CONFIG.replace("'loopback'", "'tailnet'"));
  });

  test('is only shown with --dry-run', async () => {
    const home = new Home().write(CONFIG);
    expect(await call([...opening, '--dry-run'], { home })).toEqual({
      code: 0,
      stdout: `${OPENS}Nothing was changed.\n`,
      stderr: '',
    });
    expect(home.read()).toBe(CONFIG);
  });

  test('tells a program what it opens', async () => {
    const home = new Home().write(CONFIG);
    const { code, stdout } = await call([...opening, '--json'], { home });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'usage.confirmation', opens: [{ key: 'gateway.bind' }], closes: [] },
    });
    const done = await call([...opening, '--json', '--yes'], { home });
    expect(JSON.parse(done.stdout)).toMatchObject({
      ok: true,
      changed: true,
      opens: [{ key: 'gateway.bind' }],
      entry: '2',
    });
  });

  test('that names a program is made by somebody at this machine', async () => {
    const home = new Home().write(CONFIG);
    const argv = ['config', 'set', 'mcp.servers.files', '{ command: "node" }', '--yes'];
    expect((await call(argv, { home })).code).toBe(0);
    expect(home.read()).toContain('command');
  });
});

describe('a gateway that does not let the command in', () => {
  const doors = {
    openOperator: async () => {
      throw new PortcullisError('gateway.refused', 'unauthorized: gateway token mismatch');
    },
  };

  test('finds the change in the file, which whoever is here may write', async () => {
    const home = new Home().write(CONFIG);
    const refused = await call(opening, { home, doors });
    expect(refused.code).toBe(1);
    expect(refused.stdout).toBe(OPENS);
    const { code, stderr } = await call([...opening, '--yes'], { home, doors });
    expect(code).toBe(0);
    expect(stderr).toBe(
      'The running gateway takes it up once you say yes to it: openclaw config accept\n',
    );
    expect(home.read()).toBe(CONFIG.replace("'loopback'", "'tailnet'"));
  });
});

/** A home whose config was changed three times. */
async function changed(): Promise<Home> {
  const home = new Home().write(CONFIG);
  await call(['config', 'set', 'logging.level', 'debug', '--why', 'to see more'], { home });
  await call(['config', 'set', 'gateway.auth.token', '--stdin', '--yes'], {
    home,
    stdin: 'rotated-token-of-32-characters!!',
  });
  await call(['config', 'set', 'gateway.port', '19001'], { home });
  return home;
}

describe('the history', () => {
  test('says who changed what and why', async () => {
    const home = await changed();
    const { stdout } = await call(['config', 'history'], { home });
    expect(stdout.split('\n').map((line) => line.trim().split(/\s{2,}/u))).toMatchObject([
      ['ID', 'WHEN', 'WHO', 'HOW', 'STATE', 'WHAT', 'WHY'],
      ['4', expect.any(String), 'cli', 'set', 'applied', 'gateway.port'],
      ['3', expect.any(String), 'cli', 'set', 'applied', 'gateway.auth.token (opens)'],
      ['2', expect.any(String), 'cli', 'set', 'applied', 'logging.level', 'to see more'],
      ['1', expect.any(String), 'file', 'file', 'applied', expect.any(String)],
      [''],
    ]);
  });

  test('shows one change by its lines, and never a secret', async () => {
    const home = await changed();
    const { stdout } = await call(['config', 'show', '2'], { home });
    expect(stdout).toContain('Why:    to see more\n');
    expect(stdout).toMatch(/^\+ .*level.*debug/mu);
    const rotation = await call(['config', 'show', '3'], { home });
    expect(rotation.stdout).toContain('opens   gateway.auth.token  is changed');
    const all = await call(['config', 'show', '3', '--json'], { home });
    for (const text of [rotation.stdout, all.stdout]) {
      expect(text).not.toContain(TOKEN);
      expect(text).not.toContain('rotated-token');
    }
  });

  test('compares two changes, or one with the file', async () => {
    const home = await changed();
    const { stdout } = await call(['config', 'diff', '1', '2'], { home });
    expect(stdout).toMatch(/^\+ .*debug/mu);
    expect(stdout).not.toContain('19001');
    expect((await call(['config', 'diff', '3'], { home })).stdout).toMatch(/^\+ .*19001/mu);
    expect((await call(['config', 'diff'], { home })).stdout).toBe(
      'There is no difference. Secrets are not compared.\n',
    );
  });

  test('is gone back to with the secrets of today', async () => {
    const home = await changed();
    const { code, stdout } = await call(['config', 'rollback', '1'], { home });
    expect(code).toBe(0);
    expect(stdout).toContain('The config is that of change 1 again; secrets stay as they are.\n');
    expect(home.read()).toBe(CONFIG.replace(TOKEN, 'rotated-token-of-32-characters!!'));
    const { stdout: listed } = await call(['config', 'history', '--limit', '1'], { home });
    expect(listed).toContain('back to 1: ');
    const again = await call(['config', 'rollback', '1'], { home });
    expect(again.stdout).toContain('The config is that of change 1 already.\n');
  });

  test.each([['show'], ['rollback']])('%s of a change that is not there says so', async (verb) => {
    const home = new Home().write(CONFIG);
    const { code, stderr } = await call(['config', verb, '99'], { home });
    expect(code).toBe(1);
    expect(stderr).toContain('There is no entry 99.');
  });
});

test('config schema prints a JSON schema', async () => {
  const { stdout } = await call(['config', 'schema']);
  expect(JSON.parse(stdout)).toMatchObject({ title: 'openclaw.json', type: 'object' });
});
