/**
 * `security audit --fix`, `security undo` and `security audit --baseline`, on files of a home.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeEach, describe, expect, test } from 'vitest';

import { openOperator } from '../../src/compose/open-operator.ts';
import { type CallOptions, type Called, FakeOperator, Home, call as callBare } from '../call.ts';

const CONFIG = `{
  // Keep me.
  gateway: { mode: 'local', auth: { token: 'tok-7f3a9c1e5b8d4f60a2c4e6f8091b3d5f' } },
  channels: { telegram: { groupPolicy: 'open' } },
}
`;
const CLOSED = CONFIG.replace("'open'", "'allowlist'");
const LINE = 'channels.telegram.groupPolicy=open -> allowlist';

let home: Home;
let stateDir: string;
beforeEach(() => {
  home = new Home().write(CONFIG);
  stateDir = join(home.path, '.openclaw');
  chmodSync(stateDir, 0o755);
  chmodSync(home.config, 0o644);
});

/** No gateway runs: the command opens the state of the home itself. */
function call(words: string, options: CallOptions = {}): Promise<Called> {
  return callBare(words.split(' '), {
    home,
    ...options,
    doors: { openOperator, ...options.doors },
  });
}

const modes = (): readonly string[] =>
  [stateDir, home.config].map((path) => (statSync(path).mode & 0o777).toString(8));
const json = ({ stdout }: Called): Record<string, never> => JSON.parse(stdout) as never;

describe('--fix', () => {
  test('shows its plan, closes what it shows, and then audits', async () => {
    const { code, stdout, stderr } = await call('security audit --fix');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('OpenClaw security audit')[0]).toBe(
      [
        'FIX',
        `  ${LINE}`,
        `  chmod 700 ${stateDir}`,
        `  chmod 600 ${home.config}`,
        'Fixed. The way back: openclaw security undo 1',
        '',
        '',
      ].join('\n'),
    );
    expect(stdout).toContain('Summary: 0 critical');
    expect(home.read()).toBe(CLOSED);
    expect(modes()).toEqual(['700', '600']);
    expect((await call('security audit --fix')).stdout).toContain('Fixes: no changes applied\n');
  });

  test('answers programs in the shape OpenClaw does', async () => {
    const answer = json(await call('security audit --fix --json'));
    expect(answer).toEqual({
      fix: {
        ok: true,
        id: '1',
        stateDir,
        configPath: home.config,
        configWritten: true,
        changes: [LINE],
        actions: expect.arrayContaining([
          { kind: 'chmod', path: stateDir, mode: 448, ok: true },
          { kind: 'chmod', path: home.config, mode: 384, ok: true },
          {
            kind: 'chmod',
            path: join(stateDir, 'agents/main'),
            mode: 448,
            ok: false,
            skipped: 'missing',
          },
        ]),
        errors: [],
      },
      report: {
        ts: expect.any(Number),
        summary: { critical: 0, warn: expect.any(Number), info: 1 },
        findings: expect.any(Array),
      },
      secretDiagnostics: [],
    });
  });

  test.each(['security audit --fix --dry-run', 'security audit --fix --dry-run --json'])(
    '%s shows what it would change, and changes nothing at all',
    async (words) => {
      const called = await call(words);
      expect(called.code).toBe(0);
      expect(called.stdout).toContain(LINE);
      expect(called.stdout).toContain(home.config);
      expect(home.read()).toBe(CONFIG);
      expect(modes()).toEqual(['755', '644']);
      expect(existsSync(join(stateDir, 'state'))).toBe(false);
      if (!words.endsWith('--json')) return;
      expect(json(called)['fix']).toMatchObject({
        ok: true,
        dryRun: true,
        configWritten: false,
        actions: expect.arrayContaining([
          { kind: 'chmod', path: stateDir, mode: 448, ok: false, skipped: 'dry-run' },
        ]),
      });
    },
  );

  test.each([
    { answer: true, text: CLOSED, after: ['700', '600'], exit: 0 },
    { answer: false, text: CONFIG, after: ['755', '644'], exit: 1 },
  ])(
    'asks on a terminal, and does as it is told: $answer',
    async ({ answer, text, after, exit }) => {
      const questions: string[] = [];
      const confirm = async (question: string) => questions.push(question) > 0 && answer;
      const { code } = await call('security audit --fix', { tty: true, doors: { confirm } });
      expect(questions).toEqual(['Make these changes?']);
      expect({ code, text: home.read(), modes: modes() }).toEqual({
        code: exit,
        text,
        modes: after,
      });
    },
  );

  test('asks nobody with --yes', async () => {
    const { code } = await call('security audit --fix --yes', {
      tty: true,
      doors: { confirm: () => Promise.reject(new Error('asked')) },
    });
    expect(code).toBe(0);
  });

  test('names nobody unless somebody says yes to it', async () => {
    home.write("{ gateway: { mode: 'local' }, channels: { whatsapp: { groupPolicy: 'open' } } }");
    const paired = join(stateDir, 'credentials', 'whatsapp-allowFrom.json');
    mkdirSync(join(stateDir, 'credentials'), { recursive: true, mode: 0o700 });
    writeFileSync(paired, '{"version":1,"allowFrom":["+491701234567"]}', { mode: 0o600 });
    const quiet = json(await call('security audit --fix --json'));
    expect(quiet['fix']).toMatchObject({
      ok: true,
      changes: ['channels.whatsapp.groupPolicy=open -> allowlist'],
      left: ['channels.whatsapp.groupAllowFrom=pairing-store'],
    });
    expect(home.read()).not.toContain('+491701234567');
    await call('security undo --yes');
    expect((await call('security audit --fix --yes')).code).toBe(0);
    expect(home.read()).toContain("groupAllowFrom: ['+491701234567']");
  });

  test('that could not be made whole says so, with exit code 1', async () => {
    const fake = new FakeOperator({
      'security.fix': {
        id: '4',
        configWritten: false,
        changes: [],
        actions: [],
        errors: ['The config was not changed: it is being written.'],
      },
    });
    const { code, stderr } = await call('security audit --fix', { doors: fake.doors });
    expect(code).toBe(1);
    expect(stderr).toBe('Warning: The config was not changed: it is being written.\n');
    expect(fake.asked).toEqual([
      [
        'security.fix',
        {
          changes: [LINE],
          modes: [
            { path: stateDir, mode: 0o700 },
            { path: home.config, mode: 0o600 },
          ],
        },
      ],
    ]);
  });

  test('is not asked of a gateway elsewhere: the files are those of this machine', async () => {
    home.write(
      "{ gateway: { mode: 'remote', remote: { url: 'wss://elsewhere.example', token: 'abcdefghijklmnopqrstuvwx' } } }",
    );
    chmodSync(home.config, 0o644);
    const { code } = await call('security audit --fix');
    expect({ code, modes: modes() }).toEqual({ code: 0, modes: ['700', '600'] });
  });

  test('--dry-run without it is a mistake', async () => {
    const { code, stderr } = await call('security audit --dry-run');
    expect(code).toBe(1);
    expect(stderr).toContain('--dry-run shows what --fix would change');
  });
});

describe('undo', () => {
  test('puts back what was shown, after a yes, and lists both', async () => {
    await call('security audit --fix');
    const questions: string[] = [];
    const confirm = async (question: string) => questions.push(question) > 0;
    const { code, stdout } = await call('security undo', { doors: { confirm } });
    expect(code).toBe(0);
    expect(questions).toEqual(['Put back what fix 1 closed?']);
    expect(stdout).toContain('opens   channels.telegram.groupPolicy');
    expect(stdout).toContain('channels.telegram.groupPolicy=allowlist -> open\n');
    expect(stdout).toContain(`chmod 644 ${home.config}\n`);
    expect(stdout).toContain('Fix 1 is undone: it is as it was before.\n');
    expect(home.read()).toBe(CONFIG);
    expect(modes()).toEqual(['755', '644']);
    const { fixes } = json(await call('security undo --list --json'));
    expect(fixes).toMatchObject([
      { id: '2', kind: 'undo', of: '1', state: 'made' },
      { id: '1', kind: 'fix', state: 'undone', undoneBy: '2' },
    ]);
    expect((await call('security undo --list')).stdout).toContain('Undo 2');
    const { stdout: log } = await call('audit log --json');
    for (const what of ['fix.making', 'fix.made', 'undo.making', 'undo.made']) {
      expect(log).toContain(`"security.${what}"`);
    }
  });

  test.each(['security undo', 'security undo 1', 'security undo --json'])(
    '%s changes nothing where nobody can say yes',
    async (words) => {
      await call('security audit --fix');
      const { code, stdout, stderr } = await call(words);
      expect(code).toBe(1);
      expect(stdout + stderr).toContain('usage.confirmation');
      expect(home.read()).toBe(CLOSED);
    },
  );

  test('--dry-run shows it, and changes nothing', async () => {
    await call('security audit --fix');
    const { code, stdout } = await call('security undo --dry-run --json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, dryRun: true, id: '1' });
    expect(home.read()).toBe(CLOSED);
  });

  test('is refused where something was changed since, in words that say what', async () => {
    await call('security audit --fix');
    chmodSync(home.config, 0o640);
    const { code, stderr } = await call('security undo --yes');
    expect(code).toBe(1);
    expect(stderr).toContain(`Something was changed since fix 1: ${home.config} (mode 640).`);
    expect(home.read()).toBe(CLOSED);
  });

  test('has nothing to do where nothing was fixed', async () => {
    expect((await call('security undo --list')).stdout).toBe('Nothing was fixed yet.\n');
    expect((await call('security undo')).stderr).toContain('There is nothing to undo.');
  });
});

const baselineFile = (): string => join(stateDir, 'security-baseline.json');

describe('a baseline', () => {
  test('is kept for its owner alone, and shows nothing where nothing changed', async () => {
    expect((await call('security audit --baseline save')).code).toBe(0);
    expect(statSync(baselineFile()).mode & 0o777).toBe(0o600);
    const { code, stdout } = await call('security audit --baseline compare --fail-on warn');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Since the baseline of .*\nSummary: 0 new · 0 changed · 0 gone\n$/u);
  });

  test('shows what is new, worse and gone, and --fail-on counts what is new', async () => {
    await call('security audit --baseline save');
    chmodSync(home.config, 0o600);
    chmodSync(stateDir, 0o777);
    home.write(CONFIG.replace("'open'", "'open' }, discord: { groupPolicy: 'open'"));
    chmodSync(home.config, 0o600);
    const called = await call('security audit --baseline compare --fail-on critical --json');
    expect(called.code).toBe(1);
    const { baseline } = JSON.parse(called.stdout) as {
      baseline: Record<string, { checkId: string }[]>;
    };
    const ids = (which: string): readonly string[] =>
      (baseline[which] ?? []).map(({ checkId }) => checkId);
    expect(ids('new')).toContain('fs.state_dir.perms_world_writable');
    expect(ids('gone')).toContain('fs.config.perms_world_readable');
    expect(ids('changed')).toContain('security.trust_model.multi_user_heuristic');
    const { stdout } = await call('security audit --baseline compare');
    expect(stdout).toContain('\nNEW\ncritical\nfs.state_dir.perms_world_writable ');
    expect(stdout).toContain('\nGONE\ncritical fs.config.perms_world_readable ');
  });

  test('that is not there, or not as it was written, is never taken for an empty one', async () => {
    const missing = await call('security audit --baseline compare');
    expect(missing.stderr).toContain('security.baseline_missing');
    for (const text of ['', '{}', '{"version":1,"savedAt":1,"findings":[{"checkId":7}]}']) {
      writeFileSync(baselineFile(), text, { mode: 0o600 });
      const { code, stderr } = await call('security audit --baseline compare');
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringContaining('security.baseline_invalid'),
      });
    }
    await call('security audit --baseline save');
    expect(readFileSync(baselineFile(), 'utf8')).toContain('"version": 1');
  });
});
