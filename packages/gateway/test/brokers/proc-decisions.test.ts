import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';

import { cli } from '../pipeline/harness.ts';
import { type ProcConfig, type ProcHarness, openProc } from './proc-harness.ts';

let proc: ProcHarness;

async function open(config: ProcConfig): Promise<void> {
  proc = await openProc(config);
}

afterEach(async () => {
  await proc.harness.close();
});

const ALWAYS = { security: 'full', ask: 'always' };
const LISTED = {
  agents: { main: { allowlist: [{ pattern: '/usr/bin/touch' }, { pattern: '/usr/bin/echo' }] } },
};

describe('without a word in the config', () => {
  test('nothing runs', async () => {
    await open({});
    for (const command of ['touch made', 'echo x > made', 'true']) {
      expect(await proc.run({ command })).toMatchObject({ refused: 'exec.security.deny' });
    }
    expect(existsSync(join(proc.workspace, 'made'))).toBe(false);
    expect(await proc.codes()).toContain('exec.security.deny');
    expect(await proc.codes()).not.toContain('effect.run');
  });
});

describe('an allow list', () => {
  test('lets what it names run at once, and asks for the rest', async () => {
    const exec = { security: 'allowlist', ask: 'on-miss' };
    await open({ exec, document: LISTED });
    expect(await proc.run({ command: 'touch made && echo done' })).toMatchObject({
      state: 'exited',
      exitCode: 0,
      output: 'done\n',
    });
    expect(existsSync(join(proc.workspace, 'made'))).toBe(true);
  });

  test('asks for what it does not name', async () => {
    await open({ exec: { security: 'allowlist', ask: 'on-miss' }, document: LISTED });
    const outcome = proc.run({ command: 'mkdir made' });
    expect((await proc.question()).code).toBe('exec.ask.on_miss');
    await proc.answer('deny');
    expect(await outcome).toMatchObject({ refused: 'exec.approval.denied' });
    expect(existsSync(join(proc.workspace, 'made'))).toBe(false);
  });

  test('P02.01, P02.05, P02.06, P03.04: never leads to a shell', async () => {
    await open({ exec: { security: 'allowlist', ask: 'off' }, document: LISTED });
    proc.file('touch', '#!/bin/sh\n/usr/bin/touch made\n', 0o755);
    const commands = [
      ['echo "$(touch made)"', 'exec.analysis.failed'],
      ['echo `touch made`', 'exec.analysis.failed'],
      ['cat <<EOF\n$(touch made)\nEOF', 'exec.analysis.failed'],
      ['echo a\\\n$(touch made)', 'exec.analysis.failed'],
      ['env -S "touch made"', 'exec.allowlist.miss'],
      ['script -c "touch made" /dev/null', 'exec.allowlist.miss'],
      ['busybox touch made', 'exec.allowlist.miss'],
      ['bash -lc "touch made"', 'exec.allowlist.miss'],
      ['bash --rcfile touch', 'exec.allowlist.miss'],
      ['./touch made', 'exec.allowlist.miss'],
      ['cd . && ./touch made', 'exec.allowlist.miss'],
      ['A=1 touch made', 'exec.allowlist.miss'],
    ];
    for (const [command = '', refused] of commands) {
      expect([command, await proc.run({ command })]).toMatchObject([command, { refused }]);
    }
    expect(existsSync(join(proc.workspace, 'made'))).toBe(false);
  });

  test.each([
    ['bash -c "test -v \'x[\\$(touch made)]\'"', 'a shell would evaluate the word'],
    ['timeout 5 bash -c "test -v \'x[\\$(touch made)]\'"', 'the same behind a wrapper'],
    ["sh -c 'echo *'", 'a shell would expand the word'],
  ])('runs nested text as the words it was judged as: %s (%s)', async (command) => {
    await open({ exec: { security: 'allowlist', ask: 'off' }, document: LISTED });
    proc.file('-n', '');
    const outcome = await proc.run({ command });
    expect(existsSync(join(proc.workspace, 'made'))).toBe(false);
    if (command.includes('echo')) expect(outcome).toMatchObject({ output: '*\n' });
  });

  test('whose document is malformed, a link or writable by others closes everything', async () => {
    await open({ exec: { security: 'allowlist', ask: 'off' }, document: LISTED });
    const document = join(proc.harness.folder, 'exec-approvals.json');
    chmodSync(document, 0o666);
    expect(await proc.run({ command: 'echo x' })).toMatchObject({ refused: 'exec.security.deny' });
    writeFileSync(document, '{', { mode: 0o600 });
    chmodSync(document, 0o600);
    expect(await proc.run({ command: 'echo x' })).toMatchObject({ refused: 'exec.security.deny' });
    rmSync(document);
    symlinkSync('/dev/null', document);
    expect(await proc.run({ command: 'echo x' })).toMatchObject({ refused: 'exec.security.deny' });
  });
});

describe('an approval', () => {
  test('shows everything it is bound to, and lets the command run once (P01.06)', async () => {
    await open({ exec: ALWAYS });
    mkdirSync(join(proc.workspace, 'sub'));
    const outcome = proc.run({
      command: "sh -c 'echo one >> log'",
      cwd: 'sub',
      env: { COLORTERM: 'b', LANG: 'C' },
      input: 'in',
    });
    const item = await proc.question();
    expect(JSON.parse(item.subject)).toMatchObject({
      command: "sh -c 'echo one >> log'",
      shell: true,
      host: 'gateway',
      agentId: 'main',
      sessionKey: item.sessionKey,
      cwd: { path: join(proc.workspace, 'sub'), dev: expect.any(String), ino: expect.any(String) },
      env: { COLORTERM: 'b', LANG: 'C' },
      input: 'in',
      background: false,
      programs: {
        '/bin/sh': { sha256: expect.stringMatching(/^[0-9a-f]{64}$/u), mtime: expect.any(String) },
      },
      digest: expect.stringMatching(/^[0-9a-f]{64}$/u),
    });
    await proc.answer();
    expect(await outcome).toMatchObject({ state: 'exited', exitCode: 0 });
    expect(readFileSync(join(proc.workspace, 'sub/log'), 'utf8')).toBe('one\n');
    const seen = (await proc.codes()).filter((code) =>
      /^(?:approval|effect)\./u.test(String(code)),
    );
    expect(seen).toEqual([
      'approval.pending',
      'approval.allowed',
      'approval.used',
      'effect.run',
      'effect.done',
    ]);
  });

  test('P01.01, P01.06: covers no other command, no second run and nobody else', async () => {
    await open({ exec: ALWAYS, flow: { mode: 'off' } });
    const subject = async (): Promise<Record<string, unknown>> =>
      JSON.parse((await proc.question()).subject) as Record<string, unknown>;
    const first = proc.run({ command: 'echo ok' });
    const { digest } = await subject();
    const { id } = await proc.answer();
    expect(await first).toMatchObject({ output: 'ok\n' });
    const digests = [digest];
    for (const [command, sender] of [
      ['echo ok', '42'],
      ["echo 'ok;id'", '42'],
      ['echo ok more', '42'],
      ['echo ok', '43'],
    ] as const) {
      const again = proc.run({ command }, sender);
      digests.push((await subject())['digest']);
      await expect(
        proc.harness.gateway.services.approvals.resolve(cli, id, 'allow-once'),
      ).rejects.toMatchObject({ code: 'exec.approval.already_resolved' });
      await proc.answer('deny');
      expect([command, await again]).toMatchObject([command, { refused: 'exec.approval.denied' }]);
    }
    // The same command of the same session has the same digest; all others have their own.
    expect(new Set(digests).size).toBe(4);
    const used = (await proc.codes()).filter((code) => code === 'approval.used');
    expect(used).toHaveLength(1);
  });

  test('that is denied starts nothing', async () => {
    await open({ exec: ALWAYS });
    const outcome = proc.run({ command: 'touch made' });
    await proc.answer('deny');
    expect(await outcome).toMatchObject({ refused: 'exec.approval.denied' });
    expect(existsSync(join(proc.workspace, 'made'))).toBe(false);
  });

  test('P01.03: is void when the script changed, and no program starts', async () => {
    await open({ exec: ALWAYS });
    proc.file('job.sh', 'touch harmless\n');
    const outcome = proc.run({ command: 'sh job.sh' });
    expect(JSON.parse((await proc.question()).subject)).toMatchObject({
      script: { path: join(proc.workspace, 'job.sh') },
    });
    proc.file('job.sh', 'touch made\n');
    await proc.answer();
    expect(await outcome).toMatchObject({ refused: 'exec.approval.mismatch' });
    expect(existsSync(join(proc.workspace, 'made'))).toBe(false);
    expect(await proc.codes()).toContain('exec.approval.mismatch');
  });

  test('P01.03: is void when an earlier part of the command changes the script', async () => {
    await open({ exec: ALWAYS });
    proc.file('job.sh', 'touch harmless\n');
    proc.file('evil.sh', 'touch made\n');
    const outcome = proc.run({ command: 'cp evil.sh job.sh && sh job.sh' });
    await proc.answer();
    expect(await outcome).toMatchObject({ refused: 'exec.approval.mismatch' });
    expect(existsSync(join(proc.workspace, 'made'))).toBe(false);
  });

  test('P01.03: covers files that text for a shell names', async () => {
    await open({ exec: ALWAYS });
    proc.file('job.sh', 'touch harmless\n');
    const outcome = proc.run({ command: 'sh job.sh > out' });
    await proc.question();
    proc.file('job.sh', 'touch made\n');
    await proc.answer();
    expect(await outcome).toMatchObject({ refused: 'exec.approval.mismatch' });
    expect(existsSync(join(proc.workspace, 'made'))).toBe(false);
  });

  test('P01.05: is void when the program is another file', async () => {
    await open({ exec: ALWAYS });
    const path = proc.file('tool', '#!/bin/sh\ntouch harmless\n', 0o755);
    const outcome = proc.run({ command: './tool' });
    await proc.question();
    renameSync(proc.file('other', '#!/bin/sh\ntouch made\n', 0o755), path);
    await proc.answer();
    expect(await outcome).toMatchObject({ refused: 'exec.approval.mismatch' });
    expect(existsSync(join(proc.workspace, 'made'))).toBe(false);
  });

  test('P01.02: is void when the directory is another one, also behind a link', async () => {
    await open({ exec: ALWAYS });
    mkdirSync(join(proc.workspace, 'a'));
    const outcome = proc.run({ command: 'touch made', cwd: 'a' });
    await proc.question();
    renameSync(join(proc.workspace, 'a'), join(proc.workspace, 'b'));
    mkdirSync(join(proc.workspace, 'a'));
    await proc.answer();
    expect(await outcome).toMatchObject({ refused: 'exec.approval.mismatch' });
    const linked = proc.run({ command: 'touch made', cwd: 'a' });
    await proc.question();
    rmSync(join(proc.workspace, 'a'), { recursive: true });
    symlinkSync('/tmp', join(proc.workspace, 'a'));
    await proc.answer();
    expect(await linked).toMatchObject({ refused: 'proc.cwd' });
    expect(existsSync('/tmp/made')).toBe(false);
  });

  test('P01.04: cannot lift a variable that chooses what runs', async () => {
    await open({ exec: ALWAYS });
    const variables = [
      'LD_PRELOAD',
      'Path',
      'PATH',
      'HOME',
      'NODE_OPTIONS',
      'BASH_ENV',
      'ld_audit',
    ];
    for (const name of variables) {
      const outcome = await proc.run({ command: 'true', env: { [name]: '/x' } });
      expect([name, outcome]).toMatchObject([name, { refused: 'exec.env.blocked' }]);
    }
  });

  test('is not asked for what it could not be bound to', async () => {
    await open({ exec: ALWAYS });
    proc.file('a.py', '');
    proc.file('b.py', '');
    for (const command of ['python3 a.py b.py', 'python3', 'cd / && ./x']) {
      expect(await proc.run({ command })).toMatchObject({ refused: 'exec.approval.unbindable' });
    }
  });

  test('covers every program of a long command', async () => {
    await open({ exec: ALWAYS });
    const names = Array.from({ length: 80 }, (_, index) => `./p${String(index)}`);
    for (const name of names) proc.file(name.slice(2), '#!/bin/sh\n', 0o755);
    proc.file('p79', '#!/bin/sh\ntouch made\n', 0o755);
    const outcome = proc.run({ command: names.join(';') });
    const { subject } = await proc.question();
    expect(Object.keys((JSON.parse(subject) as { programs: object }).programs).length).toBe(81);
    proc.file('p79', '#!/bin/sh\ntouch other\n', 0o755);
    await proc.answer();
    expect(await outcome).toMatchObject({ refused: 'exec.approval.mismatch' });
    expect(existsSync(join(proc.workspace, 'made'))).toBe(false);
  });

  test('of a command in the background is asked again for what is written to it', async () => {
    await open({ exec: ALWAYS });
    const started = proc.run({ command: 'cat', background: true });
    await proc.answer();
    const result = await started;
    const id = 'id' in result && result.id !== undefined ? result.id : '';
    const written = proc.use((broker) => broker.write(id, 'hello\n'));
    expect(JSON.parse((await proc.question()).subject)).toMatchObject({
      command: 'cat',
      id,
      text: 'hello\n',
    });
    await proc.answer();
    await written;
    expect(await proc.use((broker) => broker.poll(id, 2000))).toMatchObject({ output: 'hello\n' });
    expect(await proc.use((broker) => broker.kill(id))).toMatchObject({ state: 'killed' });
  });
});

describe('refused whatever the config says', () => {
  test('a directory outside the workspace, and a malformed request', async () => {
    await open({ exec: { security: 'full', ask: 'off' } });
    for (const cwd of ['../', '/etc', 'missing', '../workspace-other']) {
      expect(await proc.run({ command: 'pwd', cwd })).toMatchObject({ refused: 'proc.cwd' });
    }
    const malformed = [
      { command: '' },
      { command: 'a\0b' },
      { command: 'x'.repeat(20_001) },
      { command: 'ls', env: { 'A=B': 'x' } },
      { command: 'ls', timeoutMs: 0 },
    ];
    for (const request of malformed) {
      expect(await proc.run(request)).toMatchObject({ refused: 'proc.invalid' });
    }
  });

  test('P26.01: its own command line', async () => {
    await open({ exec: { security: 'full', ask: 'off' } });
    expect(await proc.run({ command: 'openclaw approvals allow x' })).toMatchObject({
      refused: 'exec.self_control',
    });
  });

  test('nothing, once a command has shown what nobody vouches for: it is asked', async () => {
    await open({ exec: { security: 'full', ask: 'off' } });
    expect(await proc.run({ command: 'echo hi' })).toMatchObject({ output: 'hi\n' });
    const second = proc.run({ command: 'echo hi' });
    expect((await proc.question()).code).toBe('flow.exec.untrusted');
    await proc.answer('deny');
    expect(await second).toMatchObject({ refused: 'exec.approval.denied' });
  });
});
