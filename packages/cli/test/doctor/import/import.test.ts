/**
 * `openclaw doctor --import` over a made-up installation.
 */
import {
  existsSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { silentLogger } from '@portcullis/core';
import { openState } from '@portcullis/gateway';
import { resolvePaths } from '@portcullis/gateway/config';
import { openSqliteStore } from '@portcullis/store-sqlite';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import { type CallOptions, type Called, Home, call } from '../../call.ts';
import { CONFIG, SECRETS, makeOpenClaw, snapshot } from './openclaw-home.ts';

let home: Home;
let old: string;
/** Our state directory. */
let ours: string;

beforeEach(() => {
  home = new Home();
  old = join(home.path, 'old');
  ours = join(home.path, '.openclaw');
  makeOpenClaw(old);
});

function doctor(words: readonly string[], options: CallOptions = {}): Promise<Called> {
  return call(['doctor', '--import', old, ...words], { home, ...options });
}

/** The document of an import. */
async function imported(...words: readonly string[]) {
  return JSON.parse((await doctor(['--json', ...words])).stdout);
}

function our(path: string): string {
  return readFileSync(join(ours, path), 'utf8');
}

function answer(isYes: boolean, asked: string[] = []) {
  const confirm = async (question: string): Promise<boolean> => {
    asked.push(question);
    return isYes;
  };
  return { doors: { confirm }, asked };
}

function keysOf(list: readonly { readonly key: string }[]): readonly string[] {
  return list.map(({ key }) => key);
}

describe('an import', () => {
  test('leaves every byte and every time of the original as it was', async () => {
    const before = snapshot(old);
    const { code } = await doctor(['--yes', '--copy-workspace']);
    expect(code).toBe(0);
    expect(snapshot(old)).toEqual(before);
  });

  test('takes the config with its comments, includes and variables', async () => {
    await doctor(['--yes']);
    const closed = CONFIG.replace("groups: { '-1001': {} }, /* home */", '');
    expect(our('openclaw.json')).toContain("// The family's assistant.");
    expect(our('openclaw.json')).toContain("apiKey: '${ACME_KEY}'");
    expect(our('openclaw.json').startsWith(closed.slice(0, closed.indexOf('telegram')))).toBe(true);
    expect(our('agents.json5')).toBe(readFileSync(join(old, 'agents.json5'), 'utf8'));
    expect(our('.env')).toBe(readFileSync(join(old, '.env'), 'utf8'));
    const validated = await call(['config', 'validate', '--json'], { home });
    expect(JSON.parse(validated.stdout)).toMatchObject({ ok: true, issues: [] });
  });

  test('takes people from files and from the database, and nobody else', async () => {
    const { left } = await imported('--yes');
    expect(JSON.parse(our('credentials/telegram-allowFrom.json'))).toEqual({
      version: 1,
      channel: 'telegram',
      accountId: 'default',
      allowFrom: ['111', '222'],
    });
    expect(JSON.parse(our('credentials/telegram-work-allowFrom.json'))).toMatchObject({
      accountId: 'work',
      allowFrom: ['333'],
    });
    expect(JSON.stringify(left)).toContain('let everybody in');
    expect(existsSync(join(ours, 'credentials/telegram-pairing.json'))).toBe(false);
  });

  test('takes the commands that were allowed, without the socket of OpenClaw', async () => {
    await doctor(['--yes']);
    expect(JSON.parse(our('exec-approvals.json'))).toEqual({
      version: 1,
      defaults: { security: 'allowlist' },
      agents: { main: { allowlist: [{ pattern: '/usr/bin/git' }] } },
    });
  });

  test('copies workspaces only where somebody says so', async () => {
    await doctor(['--yes']);
    expect(existsSync(join(ours, 'workspace'))).toBe(false);
    await doctor(['--yes', '--copy-workspace']);
    expect(our('workspace/memory/today.md')).toBe('Remember the milk.\n');
    expect(readlinkSync(join(ours, 'workspace/memory/rules.md'))).toBe('../AGENTS.md');
    expect(statSync(join(ours, 'workspace/tools/run.sh')).mode & 0o777).toBe(0o700);
  });

  test('writes private files and folders, and leaves nothing beside them', async () => {
    await doctor(['--yes', '--copy-workspace']);
    for (const name of readdirSync(ours, { recursive: true, encoding: 'utf8' })) {
      const path = join(ours, name);
      expect(statSync(path).mode & 0o077, name).toBe(0);
    }
    expect(readdirSync(ours).filter((name) => name.startsWith('.import-'))).toEqual([]);
  });

  test('tells no secret, to people or to programs', async () => {
    for (const words of [['--dry-run'], ['--dry-run', '--json'], ['--yes', '--json'], ['--yes']]) {
      const { stdout, stderr } = await doctor(words);
      for (const secret of SECRETS) expect(stdout + stderr).not.toContain(secret);
    }
  });

  test('says which keys have no effect and what stays behind', async () => {
    const { config, left, workspaces } = await imported('--dry-run');
    expect(config).toMatchObject({
      valid: true,
      inert: ['ui', 'skills'],
      includes: ['agents.json5'],
      unset: [],
    });
    const what = left.map((each: { what: string }) => each.what).join(', ');
    for (const each of ['1 secrets', '1 paired devices', 'conversations', 'keys of models']) {
      expect(what).toContain(each);
    }
    expect(workspaces).toMatchObject([{ agent: 'main', kind: 'copy', files: 3 }]);
  });

  test('gives each job as the command that makes it, in words of a shell', async () => {
    const { jobs } = await imported('--dry-run');
    expect(jobs).toEqual([
      {
        name: "what's new",
        enabled: true,
        command: String.raw`openclaw cron add --name 'what'\''s new' --cron '0 8 * * *' --tz Europe/Berlin --message 'Read the "news"; tell $me' --channel telegram --to 111 --agent main`,
      },
      {
        name: 'tea',
        enabled: false,
        command:
          'openclaw cron add --name tea --at 2027-01-01T09:00:00.000Z --system-event Tea --disabled',
      },
      {
        name: 'watch',
        enabled: true,
        why: 'its schedule (on-exit) has no counterpart here; what it does (script) has no counterpart here',
      },
    ]);
  });
});

describe('what is different here', () => {
  test('defaults that are stricter are found by asking the policy', async () => {
    const { stricter } = await imported('--dry-run');
    expect(keysOf(stricter)).toEqual(
      expect.arrayContaining(['tools.profile', 'tools.exec.security', 'tools.elevated.enabled']),
    );
    for (const { opens, command } of stricter) {
      expect(opens.length).toBeGreaterThan(0);
      expect(command).toMatch(/^openclaw config set /);
    }
  });

  test('a default that is written out is no surprise', async () => {
    writeFileSync(
      join(old, 'openclaw.json'),
      CONFIG.replace('ui: {', "tools: { profile: 'full', exec: { security: 'deny' } },\n  ui: {"),
    );
    const { stricter } = await imported('--dry-run');
    expect(keysOf(stricter)).not.toContain('tools.profile');
    expect(keysOf(stricter)).not.toContain('tools.exec.security');
    expect(keysOf(stricter)).toContain('tools.exec.ask');
  });

  test('rooms that would open by moving stay closed in the copy', async () => {
    const { wider, plan } = await imported('--yes');
    expect(wider).toMatchObject([{ key: 'channels.telegram.groupPolicy', closed: true }]);
    expect(plan.config.edited).toEqual(['channels.telegram.groupPolicy']);
    const { stdout } = await call(['config', 'get', 'channels.telegram.groupPolicy'], { home });
    expect(stdout).toBe('allowlist\n');
  });

  test('rooms with a policy of their own are taken as they are, byte for byte', async () => {
    const text = CONFIG.replace('groups:', "groupPolicy: 'allowlist', groups:");
    writeFileSync(join(old, 'openclaw.json'), text);
    const { wider } = await imported('--yes');
    expect(wider).toEqual([]);
    expect(our('openclaw.json')).toBe(text);
  });

  test('keys that are not supported are named; the config is taken as it is', async () => {
    const text = CONFIG.replace('ui: {', 'gatway: {},\n  ui: {');
    writeFileSync(join(old, 'openclaw.json'), text);
    const { config } = await imported('--yes');
    expect(config).toMatchObject({
      valid: false,
      issues: [{ path: 'gatway', suggestion: 'gateway' }],
    });
    expect(our('openclaw.json')).toBe(text);
    expect((await call(['config', 'validate'], { home })).code).toBe(1);
  });

  test('a config that no gateway would start with is named as that', async () => {
    const text = CONFIG.replace("mode: 'local'", "mode: 'local', bind: 'lan'").replace(
      SECRETS[0] ?? '',
      'short',
    );
    writeFileSync(join(old, 'openclaw.json'), text);
    const { config } = await imported('--dry-run');
    expect(config.refusal).toContain('will not start');
  });
});

describe('nothing is imported', () => {
  test('with --dry-run', async () => {
    const { stdout } = await doctor(['--dry-run', '--copy-workspace']);
    expect(stdout).toContain(`write the config: ${join(ours, 'openclaw.json')}`);
    expect(stdout).toContain('Nothing was changed.');
    expect(existsSync(ours)).toBe(false);
  });

  test('after a no', async () => {
    const { doors, asked } = answer(false);
    const { code, stderr } = await doctor([], { doors });
    expect({ code, asked }).toEqual({
      code: 1,
      asked: [expect.stringMatching(/^Copy .*workspace/), 'Import this?'],
    });
    expect(stderr).toContain('usage.declined');
    expect(existsSync(ours)).toBe(false);
  });

  test('where nobody can answer', async () => {
    const { code, stdout, stderr } = await doctor(['--json']);
    expect(code).toBe(1);
    expect(stdout + stderr).toContain('usage.confirmation');
    expect(existsSync(ours)).toBe(false);
  });

  test('while a gateway has the state open', async () => {
    const { store } = await openState(
      resolvePaths({ HOME: home.path }),
      openSqliteStore,
      silentLogger,
    );
    onTestFinished(() => store.close());
    const { code, stderr } = await doctor(['--yes']);
    expect(code).toBe(1);
    expect(stderr).toContain(`process ${process.pid}`);
    expect(existsSync(join(ours, 'openclaw.json'))).toBe(false);
  });

  test('while one opens it during the question', async () => {
    const paths = resolvePaths({ HOME: home.path });
    const confirm = async (question: string): Promise<boolean> => {
      if (!question.startsWith('Import')) return false;
      const { store } = await openState(paths, openSqliteStore, silentLogger);
      onTestFinished(() => store.close());
      return true;
    };
    const { code, stderr } = await doctor([], { doors: { confirm } });
    expect(code).toBe(1);
    expect(stderr).toContain('[import.gateway_running]');
    expect(existsSync(join(ours, 'openclaw.json'))).toBe(false);
  });

  test('in parts: what was moved before a fault is taken back', async () => {
    home.write('{ gateway: { mode: "local" } }');
    // Somebody writes the config at this moment: it moves last, after everything else.
    writeFileSync(`${home.config}.lock`, '');
    const before = snapshot(ours).slice(1);
    const { code, stderr } = await doctor(['--yes', '--copy-workspace']);
    expect(code).toBe(1);
    expect(stderr).toContain('import.failed');
    expect(snapshot(ours).slice(1)).toEqual(before);
  });
});

describe('a config of ours', () => {
  const OWN =
    '{ gateway: { mode: "local", auth: { token: "our-own-token-of-thirty-characters" } } }';

  test('gives way only after a question that names it, and is kept with its secrets hidden', async () => {
    home.write(OWN);
    const { doors, asked } = answer(true);
    await doctor([], { doors });
    expect(asked.at(-1)).toBe(`Import this, and replace the config ${home.config}?`);
    expect(home.read()).toContain("// The family's assistant.");
    const kept = readFileSync(`${home.config}.bak`, 'utf8');
    expect(kept).toContain('mode: "local"');
    expect(kept).not.toContain('our-own-token');
  });

  test('stays after a no', async () => {
    home.write(OWN);
    await doctor([], { doors: answer(false).doors });
    expect(home.read()).toBe(OWN);
  });

  test('beside which files of another content lie is not replaced', async () => {
    home.write(OWN);
    writeFileSync(join(ours, 'agents.json5'), '{ defaults: {} }');
    const { plan } = await imported('--yes');
    expect(plan.kept.join(' ')).toContain('The config was not taken');
    expect(home.read()).toBe(OWN);
    expect(our('agents.json5')).toBe('{ defaults: {} }');
  });
});

describe('again', () => {
  test('there is nothing to do, and nothing changes', async () => {
    await doctor(['--yes', '--copy-workspace']);
    const before = snapshot(ours);
    const { imported: isDone, plan } = await imported('--yes', '--copy-workspace');
    expect({ isDone, write: plan.write, config: plan.config }).toEqual({
      isDone: false,
      write: [],
      config: undefined,
    });
    expect(snapshot(ours)).toEqual(before);
  });

  test('people are added, and nobody is taken away', async () => {
    await doctor(['--yes']);
    const file = join(ours, 'credentials/telegram-allowFrom.json');
    writeFileSync(file, JSON.stringify({ version: 1, allowFrom: ['999', '111'] }));
    await doctor(['--yes']);
    expect(JSON.parse(readFileSync(file, 'utf8')).allowFrom).toEqual(['999', '111', '222']);
  });

  test('a workspace that the config names gets a place of its own and keeps it', async () => {
    const agents = `{ defaults: { model: 'acme/large', workspace: '${join(old, 'workspace')}' } }`;
    writeFileSync(
      join(old, 'openclaw.json'),
      CONFIG.replace("{ $include: './agents.json5' }", agents),
    );
    await doctor(['--yes', '--copy-workspace']);
    const get = ['config', 'get', 'agents.defaults.workspace'];
    expect((await call(get, { home })).stdout).toBe(`${join(ours, 'workspace')}\n`);
    expect((await imported('--yes')).plan).toMatchObject({ write: [] });
    expect((await call(get, { home })).stdout).toBe(`${join(ours, 'workspace')}\n`);
  });

  test('a place that has to change in an included file keeps the config from being taken', async () => {
    const channels = CONFIG.slice(CONFIG.indexOf('channels: {'), CONFIG.indexOf('  ui:'));
    writeFileSync(join(old, 'channels.json5'), `{ telegram: { groups: { '-1': {} } } }`);
    const text = CONFIG.replace(channels, "channels: { $include: './channels.json5' },\n");
    writeFileSync(join(old, 'openclaw.json'), text);
    const { plan } = await imported('--yes');
    expect(plan.kept.join(' ')).toContain('channels.telegram.groupPolicy has to change');
    expect(existsSync(join(ours, 'openclaw.json'))).toBe(false);
  });

  test('what a run that was killed left behind is tidied', async () => {
    home.write('{}');
    const stage = join(ours, '.import-dead');
    writeFileSync(stage, 'half');
    await doctor(['--yes']);
    expect(existsSync(stage)).toBe(false);
  });
});

test('where both use the same folder nothing is copied and nothing is touched', async () => {
  const before = snapshot(old);
  const env = { OPENCLAW_STATE_DIR: old };
  const { code, stdout } = await doctor(['--yes', '--copy-workspace'], { env });
  expect(code).toBe(0);
  expect(stdout).toContain('nothing is copied');
  expect(stdout).toContain('telegram (work): 1: 333; its database only, so not here');
  expect(stdout).toContain('openclaw config set channels.telegram.groupPolicy allowlist');
  expect(snapshot(old)).toEqual(before);
});
