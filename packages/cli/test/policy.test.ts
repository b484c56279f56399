/**
 * `openclaw policy` on configs of a temporary home. No gateway runs and none is asked, but for the
 * audit log that is replayed.
 *
 * @module
 */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { InvariantResult } from '@portcullis/policy/check';
import { describe, expect, test } from 'vitest';

import { call, FakeOperator, Home } from './call.ts';

const CONFIG = `{
  // Who owns it.
  commands: { ownerAllowFrom: ['telegram:1'] },
  tools: { profile: 'messaging', deny: ['group:runtime'] },
  channels: {
    telegram: {
      dmPolicy: 'allowlist',
      allowFrom: [
        '1',
        '2',
      ],
      groups: { '-5': { tools: { allow: ['web_search'] } } },
    },
    whatsapp: { dmPolicy: 'pairing', groups: { '1@g.us': { enabled: false } } },
  },
}
`;

/** The same with servers of tools, one of which is allowed. */
const WITH_SERVERS = CONFIG.replace(
  "'group:runtime'] },",
  "'group:runtime'], alsoAllow: ['mcp:notes'] },\n  mcp: { servers: { notes: {}, far: {} } },",
);

const home = (): Home => new Home().write(CONFIG);

/** Writes a file beside the config and gives its path. */
function write(at: Home, name: string, text: string): string {
  const path = join(at.path, name);
  writeFileSync(path, text);
  return path;
}

const json = (text: string): Record<string, unknown> => JSON.parse(text) as never;

describe('policy explain', () => {
  test('shows the decision, the line, the gates and what to change', async () => {
    const at = home();
    const { code, stdout, stderr } = await call(['policy', 'explain', 'telegram', '7'], {
      home: at,
    });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe(`deny  dm.allowlist.not_allowlisted
  The sender is not on the allow list.
  Decided by channels.telegram.allowFrom at ${at.config}:8.
  The sender counts as external.

GATE        OUTCOME      CODE
channel     passed       
account     passed       
own echo    passed       
duplicate   passed       
bot author  passed       
access      refused      dm.allowlist.not_allowlisted
command     not reached  
bot loop    not reached  

For another outcome, one of:
  - add "7" to channels.telegram.allowFrom  ->  allow dm.allowlisted
`);
  });

  test.each([
    ['notes__find', 'allow'],
    ['far__find', 'deny'],
  ])('%s is judged as a tool of its server', async (tool, effect) => {
    const at = new Home().write(WITH_SERVERS);
    const { stdout } = await call(
      ['policy', 'explain', 'telegram', '1', '--tool', tool, '--json'],
      {
        home: at,
      },
    );
    expect(json(stdout)).toMatchObject({ ok: true, decision: { effect } });
  });

  test.each([
    [['telegram', '1'], 'allow', 'dm.allowlisted', 8, true],
    [['telegram', '2', '--exec', 'ls'], 'deny', 'tool.deny.global', 4, true],
    [
      ['telegram', '1', '--group', '-5', '--tool', 'web_fetch'],
      'deny',
      'tool.allow.room_miss',
      12,
      true,
    ],
    [
      ['telegram', '1', '--group', '-5', '--unaddressed'],
      'ignore',
      'group.mention.required',
      6,
      false,
    ],
    [['telegram', '1', '--url', 'http://10.0.0.1/'], 'deny', 'net.ip.private', 4, false],
    [['telegram', '2', '--command', 'config'], 'deny', 'command.owner_only', 3, true],
    [['telegram', '1', '--tool', 'notes__find'], 'deny', 'tool.unknown', undefined, undefined],
    [['whatsapp', '+15550001111'], 'pair', 'dm.pairing.unknown_sender', 14, true],
    [['whatsapp', '+15550001111', '--group', '1@g.us'], 'deny', 'group.room_disabled', 14, true],
    [['whatsapp', '+15550001111', '--paired'], 'allow', 'dm.paired', undefined, undefined],
  ])('%j', async (argv, effect, code, line, isSet) => {
    const { stdout } = await call(['policy', 'explain', ...argv, '--json'], { home: home() });
    const answer = json(stdout);
    expect(answer).toMatchObject({ ok: true, decision: { effect, code } });
    const { location } = answer as { location?: { line: number; isSet: boolean } };
    expect([location?.line, location?.isSet]).toEqual([line, isSet]);
  });

  test('finds the line in an included file', async () => {
    const at = new Home().write(`{\n  channels: { $include: './channels.json5' },\n}\n`);
    const included = join(at.path, '.openclaw', 'channels.json5');
    writeFileSync(included, `{\n  // Mine.\n  telegram: {\n    dmPolicy: 'disabled',\n  },\n}\n`);
    const { stdout } = await call(['policy', 'explain', 'telegram', '7', '--json'], { home: at });
    expect(json(stdout)).toMatchObject({
      decision: { code: 'dm.disabled' },
      location: { file: included, line: 4, isSet: true },
    });
  });

  test('reads who is paired, and nobody from a file that is not what it says', async () => {
    const at = home();
    const credentials = join(at.path, '.openclaw', 'credentials');
    mkdirSync(credentials, { recursive: true });
    const file = join(credentials, 'whatsapp-allowFrom.json');
    const argv = ['policy', 'explain', 'whatsapp', '+15550001111', '--json'];
    const senders = { version: 1, channel: 'whatsapp', accountId: 'default' };
    writeFileSync(file, JSON.stringify({ ...senders, allowFrom: ['+15550001111'] }));
    expect(json((await call(argv, { home: at })).stdout)).toMatchObject({
      decision: { code: 'dm.paired' },
      also: ['openclaw pairing revoke whatsapp +15550001111'],
    });
    writeFileSync(file, JSON.stringify({ ...senders, channel: 'x', allowFrom: ['+15550001111'] }));
    expect(json((await call(argv, { home: at })).stdout)).toMatchObject({
      decision: { code: 'dm.pairing.unknown_sender' },
    });
  });

  test('looks where a file leads', async () => {
    const at = new Home().write(CONFIG.replace("'messaging'", "'full'"));
    const workspace = join(at.path, '.openclaw', 'workspace');
    mkdirSync(workspace);
    writeFileSync(join(workspace, 'notes.txt'), 'x');
    symlinkSync('/etc/hostname', join(workspace, 'link'));
    const codes = async (...argv: readonly string[]) => {
      const words = ['policy', 'explain', 'telegram', '1', '--json', '--file', ...argv];
      const { decision } = json((await call(words, { home: at })).stdout);
      return (decision as { code: string }).code;
    };
    expect(await codes('notes.txt')).toBe('tool.allowed');
    expect(await codes('link')).toBe('fs.symlink_escape');
    expect(await codes('../openclaw.json')).toBe('fs.outside_workspace');
    expect(await codes('new.txt', '--tool', 'write')).toBe('tool.allowed');
  });

  test('asks another config, and says that it is not valid', async () => {
    const at = home();
    const other = write(at, 'other.json', '{ "channels": { "telegram": { "dmPolicy": "Open" } } }');
    const argv = ['policy', 'explain', 'telegram', '1', '--config', other];
    const { code, stdout, stderr } = await call(argv, { home: at });
    expect(code).toBe(0);
    expect(stdout).toContain(`deny  config.invalid`);
    expect(stdout).toContain(`channels.telegram.dmPolicy at ${other}:1.`);
    expect(stderr).toContain(`Warning: ${other} is not valid: channels.telegram.dmPolicy`);
  });

  test('a config that is not there is an error', async () => {
    const { code, stderr } = await call(['policy', 'matrix', '--config', '/nowhere.json']);
    expect(code).toBe(1);
    expect(stderr).toBe(
      'Error: There is no file /nowhere.json. [policy.no_file]\n  Check the path.\n',
    );
  });
});

describe('policy matrix', () => {
  test('shows who reaches what', async () => {
    const { code, stdout } = await call(['policy', 'matrix'], { home: home() });
    expect(code).toBe(0);
    const rows = stdout.split('\n').map((line) => line.split(/ {2,}/));
    expect(rows[0]?.slice(0, 6)).toEqual(['WHO', 'CHANNEL', 'IN', 'PEOPLE', 'SPEAK', 'COMMAND']);
    expect(rows).toContainEqual(
      expect.arrayContaining(['owner', 'telegram', 'direct', '1', 'allow', 'allow']),
    );
    expect(rows).toContainEqual(
      expect.arrayContaining(['stranger', 'whatsapp', 'direct', '*', 'pair', 'deny']),
    );
    expect(stdout).toContain('Nobody reaches: fs, runtime, memory,');
    expect(stdout).toContain('stranger (telegram direct)');
  });

  test('as JSON', async () => {
    for (const argv of [['--json'], ['--format', 'json']]) {
      const { stdout } = await call(['policy', 'matrix', ...argv], { home: home() });
      const { columns, rows } = json(stdout) as { columns: string[]; rows: { cells: unknown[] }[] };
      expect(columns.slice(0, 3)).toEqual(['speak', 'command:open', 'command:owner']);
      expect(columns).toContain('exec:any');
      expect(rows.every(({ cells }) => cells.length === columns.length)).toBe(true);
    }
  });

  test('as CSV that no spreadsheet calculates', async () => {
    const at = new Home().write(
      `{ channels: { matrix: { dmPolicy: 'allowlist', allowFrom: ['=cmd|x'], groups: { '-5': {} } } } }`,
    );
    const { stdout } = await call(['policy', 'matrix', '--format', 'csv'], { home: at });
    expect(stdout).toMatch(/^who,channel,kind,accounts,places,people,variants,speak,/);
    expect(stdout).toContain("allowlisted,matrix,direct,default,*,'=cmd|x,*,allow,");
    expect(stdout).toContain("matrix,group,default,'-5,");
  });

  test('by tool', async () => {
    const { stdout } = await call(['policy', 'matrix', '--by', 'tool'], { home: home() });
    expect(stdout.split('\n')[0]).toMatch(/ WEB_SEARCH +WEB_FETCH /);
  });
});

describe('policy diff', () => {
  test('exits with 2 when something opens, naming the key', async () => {
    const at = home();
    const opened = write(at, 'new.json', CONFIG.replace("'2',", "'2', '*',"));
    const { code, stdout } = await call(['policy', 'diff', at.config, opened], { home: at });
    expect(code).toBe(2);
    expect(stdout).toContain('member  telegram  -5  *\n');
    expect(stdout).toContain(
      '  opens  deny -> allow  speak, web_search  (channels.telegram.allowFrom)\n',
    );
    expect(stdout).toMatch(/\d+ cells open, 0 cells close\.\n$/);
  });

  test('exits with 0 when things close, or nothing changes', async () => {
    const at = home();
    const closed = write(at, 'new.json', CONFIG.replace("'messaging'", "'minimal'"));
    const argv = ['policy', 'diff', at.config, closed, '--json'];
    const { code, stdout } = await call(argv, { home: at });
    expect(code).toBe(0);
    expect(json(stdout)).toMatchObject({ ok: true, opens: 0, changedKeys: ['tools.profile'] });
    const same = await call(['policy', 'diff', at.config, at.config], { home: at });
    expect([same.code, same.stdout]).toEqual([0, 'Nothing opens or closes (no key differs).\n']);
  });
});

const run = (at: Home, document: unknown, ...argv: readonly string[]) =>
  call(['policy', 'check', write(at, 'inv.json', JSON.stringify(document)), ...argv], {
    home: at,
  });

describe('policy check', () => {
  test('says what holds', async () => {
    const { code, stdout } = await run(home(), {
      invariants: [
        { name: 'a stranger never reaches exec', never: { who: 'stranger', reach: 'exec' } },
        { name: 'the family only searches', only: { room: '-5', reach: 'web_search' } },
      ],
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^holds {3}a stranger never reaches exec {2}\(\d+ cases\)\nholds {3}the family only searches {2}\(\d+ cases\)\n2 hold, 0 broken, over \d+ kinds of input\.\n$/,
    );
  });

  test('shows an event for what does not', async () => {
    const invariant = { name: 'quiet', never: { channel: 'telegram', reach: 'web_search' } };
    const { code, stdout } = await run(home(), { invariants: [invariant] });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^broken {2}quiet {2}\(\d+ of \d+ cases\)\n/);
    expect(stdout).toContain(
      '    owner on telegram in a direct message: web_search -> allow [tool.allowed] by tools\n',
    );
    expect(stdout).toContain('    event: {"kind":"message","conversation":{"channel":"telegram",');
  });

  test('compares with a config beside the invariants', async () => {
    const at = home();
    write(at, 'old.json', CONFIG);
    const document = { invariants: [{ grantsAtMost: 'old.json' }] };
    expect((await run(at, document)).code).toBe(0);
    // Whoever denies running code means sub-agents too; denying exec alone lets them back in.
    const wider = write(at, 'wider.json', CONFIG.replace("'group:runtime'", "'exec'"));
    const broken = await run(at, document, '--config', wider, '--json');
    expect(broken.code).toBe(1);
    const [result] = json(broken.stdout)['results'] as readonly InvariantResult[];
    expect(new Set(result?.counterexamples.map(({ capability }) => capability))).toEqual(
      new Set(['sessions_spawn']),
    );
  });

  test('names the place of what is written wrong', async () => {
    const at = home();
    const { code, stderr } = await run(at, { invariants: [{ never: { who: 'me', reach: 'x' } }] });
    expect(code).toBe(1);
    expect(stderr).toContain('invariants[0].never.who has "me"; it knows: owner, paired,');
    expect(stderr).toContain('(and 1 more) [policy.invariants]');
  });
});

const vector = (code: string) => ({
  name: 'strangers pair',
  op: 'ingress.decide',
  config: { channels: { telegram: {} } },
  input: { channel: 'telegram', kind: 'direct', sender: { id: '7' } },
  expect: { effect: 'pair', code },
});

describe('policy test', () => {
  const right = vector('dm.pairing.unknown_sender');

  test('a line for each, and a last line', async () => {
    const at = home();
    const one = write(at, 'one.json', JSON.stringify([right]));
    const two = write(at, 'two.json', JSON.stringify([right, vector('dm.paired')]));
    const passed = await call(['policy', 'test', one], { home: at });
    expect(passed).toEqual({
      code: 0,
      stdout: 'ok ingress.decide: strangers pair\n1 passed, 0 failed\n',
      stderr: '',
    });
    const failed = await call(['policy', 'test', one, two], { home: at });
    expect(failed.code).toBe(1);
    expect(failed.stdout).toBe(`ok ingress.decide: strangers pair
ok ingress.decide: strangers pair
not ok ingress.decide: strangers pair
  code: expected "dm.paired", found "dm.pairing.unknown_sender"
2 passed, 1 failed
`);
    const asJson = await call(['policy', 'test', two, '--json'], { home: at });
    expect(json(asJson.stdout)).toMatchObject({ ok: false, passed: 1, failed: 1 });
  });

  test('a file that holds no vectors fails before anything runs', async () => {
    const at = home();
    const one = write(at, 'one.json', JSON.stringify([right]));
    const none = write(at, 'none.json', '{}');
    const { code, stdout, stderr } = await call(['policy', 'test', one, none], { home: at });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('The file must hold a list. [policy.vectors]');
    expect((await call(['policy', 'test'], { home: at })).stderr).toContain('[usage.missing]');
  });
});

const entry = (seq: number, at: number) => ({
  seq,
  at,
  kind: 'admit',
  mac: '',
  entry: {
    principal: 'telegram:2',
    effect: 'allow',
    code: 'dm.allowlisted',
    event: 'message',
    channel: 'telegram',
    accountId: 'default',
    conversation: '2',
    conversationKind: 'direct',
    given: {},
  },
});

describe('policy replay', () => {
  test('shows what would have been different', async () => {
    const at = home();
    const closed = write(at, 'new.json', CONFIG.replace("'2',", ''));
    const now = Date.now();
    const operator = new FakeOperator({
      'audit.log': ({ after }: { after: number }) => ({
        lines: [entry(1, now - 9 * 86_400_000), entry(2, now - 1000)].filter(
          ({ seq }) => seq > after,
        ),
      }),
    });
    const argv = ['policy', 'replay', '--config', closed];
    const all = await call(argv, { home: at, doors: operator.doors });
    expect(all.code).toBe(0);
    expect(all.stdout).toContain(
      'closes   allow dm.allowlisted  deny dm.allowlist.not_allowlisted by channels.telegram.allowFrom',
    );
    expect(all.stdout).toMatch(/0 would open, 2 would close, 0 stay, 0 undecidable\.\n$/);
    expect(operator.closed).toBe(true);
    const week = await call([...argv, '--since', '7d', '--json'], {
      home: at,
      doors: operator.doors,
    });
    expect(json(week.stdout)).toMatchObject({ lines: [{ seq: 2 }], counts: { closes: 1 } });
  });

  test('takes ages it understands only', async () => {
    const { code, stderr } = await call(['policy', 'replay', '--since', 'yesterday'], {
      home: home(),
    });
    expect(code).toBe(1);
    expect(stderr).toContain('--since must be an age such as 90m, 12h, 7d or 4w.');
  });
});
