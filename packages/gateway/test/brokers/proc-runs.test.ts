import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Event } from '@portcullis/core';
import { afterEach, beforeAll, afterAll, describe, expect, test } from 'vitest';

import { direct, until } from '../pipeline/harness.ts';
import { type ProcHarness, openProc } from './proc-harness.ts';

/** Every command of these tests is allowed, and flow is not what is tested. */
const OPEN = { exec: { security: 'full', ask: 'off', strictInlineEval: false } };

let proc: ProcHarness;

/** Asks as a fresh session each time would: what one command brought in does not ask for the next. */
async function open(): Promise<ProcHarness> {
  return await openProc({ ...OPEN, flow: { mode: 'off' } });
}

function control(name: string): Partial<Event> {
  return { kind: 'command', command: { name, args: '' } };
}

function alive(mark: string): boolean {
  try {
    return execFileSync('pgrep', ['-f', mark], { encoding: 'utf8' }).trim() !== '';
  } catch {
    return false;
  }
}

async function start(command: string): Promise<string> {
  const outcome = await proc.run({ command, background: true });
  if (!('id' in outcome) || outcome.id === undefined) throw new Error('it did not start');
  return outcome.id;
}

describe('a command without a shell', () => {
  beforeAll(async () => {
    proc = await open();
    proc.file('a.txt', 'one\ntwo\nthree\n');
  });
  afterAll(async () => {
    await proc.harness.close();
  });

  test.each([
    ['echo hello', 'hello\n', 0],
    ["printf '%s|' 'a b' c", 'a b|c|', 0],
    ['cat a.txt | head -n 2 | tail -n 1', 'two\n', 0],
    ['true && echo yes || echo no', 'yes\n', 0],
    ['false && echo yes || echo no', 'no\n', 0],
    ['false; echo on', 'on\n', 0],
    ['echo a && false', 'a\n', 1],
    ['false | true', '', 0],
    ['true | false', '', 1],
    ['mkdir -p sub && cd sub && pwd', '<workspace>/sub\n', 0],
    ["sh -c 'mkdir -p sub; cd sub; pwd' && pwd", '<workspace>/sub\n<workspace>\n', 0],
    ["false && sh -c 'echo a; echo b'", '', 1],
    ["sh -c 'echo a; echo b' | wc -l", '2\n', 0],
    ["timeout 5 sh -c 'echo a && echo b'", 'a\nb\n', 0],
    ['echo *', '*\n', 0],
    ['echo ~', '~\n', 0],
    ['[ 1 = 1 ] && test -f a.txt && echo ok', 'ok\n', 0],
    ['yes | head -n 1', 'y\n', 0],
    ['no-such-program-here', 'no-such-program-here: there is no such program\n', 127],
    ['cd missing', 'cd: there is no such directory\n', 1],
    ["sh -c 'exit 7'", '', 7],
    ["bash -c 'echo out; echo err >&2'", 'out\nerr\n', 0],
    ['echo $((1+1)) > out.txt; cat out.txt', '2\n', 0],
  ])('%s', async (command, output, exitCode) => {
    const expected = output.replaceAll('<workspace>', proc.workspace);
    expect(await proc.run({ command })).toMatchObject({
      state: 'exited',
      output: expected,
      exitCode,
    });
  });

  test('finds a program named by a path where the command stands then', async () => {
    mkdirSync(join(proc.workspace, 'deep'), { recursive: true });
    proc.file('deep/where', '#!/bin/sh\necho deep\n', 0o755);
    proc.file('where', '#!/bin/sh\necho above\n', 0o755);
    expect(await proc.run({ command: './where && cd deep && ./where' })).toMatchObject({
      output: 'above\ndeep\n',
    });
  });

  test('reads the input it is given, and none else', async () => {
    expect(await proc.run({ command: 'cat', input: 'hello' })).toMatchObject({ output: 'hello' });
    expect(await proc.run({ command: 'cat' })).toMatchObject({ output: '', exitCode: 0 });
  });

  test('P02.09, P03.05: has a clean environment and no secret of the gateway', async () => {
    process.env['PORTCULLIS_TEST_SECRET'] = 'canary-4711';
    process.env['SHELL'] = '/evil';
    const outcome = await proc.run({ command: 'env', env: { LC_ALL: 'C' } });
    delete process.env['PORTCULLIS_TEST_SECRET'];
    const output = 'output' in outcome ? outcome.output : '';
    expect(output.trim().split('\n').toSorted()).toEqual([
      `HOME=${proc.workspace}`,
      'LANG=C.UTF-8',
      'LC_ALL=C',
      'LOGNAME=agent',
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'SHELL=/bin/sh',
      'TERM=dumb',
      'USER=agent',
    ]);
  });

  test('P03.02: reads no .env of the workspace', async () => {
    proc.file('.env', 'OPENCLAW_STATE_DIR=/evil\n');
    const outcome = await proc.run({ command: 'env' });
    expect('output' in outcome && outcome.output.includes('/evil')).toBe(false);
  });

  test('P32.03: makes files for their owner alone, and inherits no descriptor', async () => {
    await proc.run({ command: 'touch private' });
    expect(statSync(join(proc.workspace, 'private')).mode & 0o777).toBe(0o600);
    const outcome = await proc.run({ command: 'ls -l /proc/self/fd' });
    const lines = 'output' in outcome ? outcome.output.split('\n') : ['?'];
    const found = lines.flatMap(
      (line) => / (\d+) -> (.*)$/u.exec(line)?.slice(1, 3).join(' ') ?? [],
    );
    const own = /^(?:[012] (?:socket|pipe):.*|\d+ \/dev\/null|3 \/proc\/\d+\/fd)$/u;
    expect(found.length).toBeGreaterThanOrEqual(4);
    expect(found.filter((line) => !own.test(line))).toEqual([]);
  });

  test('keeps the newest of too much output', async () => {
    const outcome = await proc.run({ command: 'seq 1 200000 ; echo end' });
    expect(outcome).toMatchObject({ state: 'exited', truncated: true });
    const output = 'output' in outcome ? outcome.output : '';
    expect(output.length).toBe(200_000);
    expect(output.endsWith('200000\nend\n')).toBe(true);
  });

  test('is ended with everything it started when its time is over', async () => {
    const outcome = await proc.run({
      command: "bash -c \"trap '' TERM; (trap '' TERM; sleep 4711.5) & sleep 4712.5\"",
      timeoutMs: 300,
    });
    expect(outcome).toMatchObject({ state: 'timed-out' });
    expect(alive('sleep 471[12].5')).toBe(false);
  });

  test('leaves nothing behind in its group', async () => {
    expect(await proc.run({ command: 'sleep 4713.5 & echo started' })).toMatchObject({
      output: 'started\n',
      exitCode: 0,
    });
    expect(alive('sleep 4713.5')).toBe(false);
  });

  test('survives a flood without end, and ends it', async () => {
    const before = process.memoryUsage().rss;
    const outcome = await proc.run({ command: 'yes', timeoutMs: 1500 });
    expect(outcome).toMatchObject({ state: 'timed-out', truncated: true });
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
  });
});

describe('a command in the background', () => {
  afterEach(async () => {
    await proc.harness.close();
  });

  test('is listed, polled, written to and killed by its own session alone', async () => {
    proc = await open();
    const id = await start('cat');
    expect(await proc.use(async (broker) => broker.list())).toEqual([
      { id, state: 'running', output: '', truncated: false, elapsedMs: expect.any(Number) },
    ]);
    await proc.use((broker) => broker.write(id, 'one\n'));
    expect(await proc.use((broker) => broker.poll(id, 3000))).toMatchObject({ output: 'one\n' });
    expect(await proc.use((broker) => broker.poll(id))).toMatchObject({ output: '' });
    const others = proc.use((broker) => broker.poll(id), '43');
    await expect(others).rejects.toMatchObject({ code: 'proc.not_found' });
    expect(await proc.use((broker) => broker.kill(id))).toMatchObject({ state: 'killed' });
    const late = proc.use((broker) => broker.write(id, 'x'));
    await expect(late).rejects.toMatchObject({ code: 'proc.ended' });
  });

  test('tells its end to whoever polls', async () => {
    proc = await open();
    const id = await start('sleep 0.2; echo done; false');
    let last;
    await until(async () => {
      last = await proc.use((broker) => broker.poll(id, 2000));
      return last.state !== 'running';
    });
    expect(last).toMatchObject({ state: 'exited', exitCode: 1 });
  });

  test('is one of at most eight', async () => {
    proc = await open();
    for (let count = 0; count < 8; count += 1) await start('sleep 30');
    expect(await proc.run({ command: 'echo ninth' })).toMatchObject({ refused: 'proc.too_many' });
    expect(await proc.run({ command: 'echo other' }, '43')).toMatchObject({ output: 'other\n' });
  });

  test('ends when its session is reset, and when the gateway stops', async () => {
    proc = await open();
    const first = await start('sleep 4714.5');
    await until(() => alive('sleep 4714.5'));
    await proc.harness.network.deliver(direct('42', '/reset', control('reset')));
    await until(() => !alive('sleep 4714.5'), 'the end of the command');
    const gone = proc.use((broker) => broker.poll(first));
    await expect(gone).rejects.toMatchObject({ code: 'proc.not_found' });
    await start('sleep 4715.5');
    await until(() => alive('sleep 4715.5'));
    await proc.harness.gateway.stop('test');
    expect(alive('sleep 4715.5')).toBe(false);
  });

  test('goes there by itself after the configured time', async () => {
    proc = await openProc({ exec: { ...OPEN.exec, backgroundMs: 200 }, flow: { mode: 'off' } });
    const outcome = await proc.run({ command: 'echo first; sleep 0.6; echo second > late' });
    expect(outcome).toMatchObject({ state: 'running', output: 'first\n' });
    await until(() => existsSync(join(proc.workspace, 'late')));
    expect(readFileSync(join(proc.workspace, 'late'), 'utf8')).toBe('second\n');
  });
});

describe('the call', () => {
  afterEach(async () => {
    await proc.harness.close();
  });

  test('that is stopped ends its command', async () => {
    proc = await open();
    const outcome = proc.begin((broker) => broker.run({ command: 'sleep 4716.5' }));
    const ended = outcome.then(
      () => 'ran',
      () => 'stopped',
    );
    await until(() => alive('sleep 4716.5'));
    await proc.harness.network.deliver(direct('42', '/stop', control('stop')));
    await until(() => !alive('sleep 4716.5'), 'the end of the command');
    expect(await ended).toBe('stopped');
  });
});
