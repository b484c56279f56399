// What a program in the sandbox tries to reach, as root and as an ordinary user: nothing of it is there.
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { startChild } from '../../src/brokers/proc/child.ts';
import { Sandbox, type SandboxLimits, type SandboxView } from '../../src/brokers/proc/sandbox.ts';

const { available } = await new Sandbox().probe();
const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;
/** As whom the gateway runs; an ordinary user is nobody else where we are one ourselves. */
const USERS: readonly (readonly [string, readonly string[]])[] = isRoot
  ? [
      ['root', []],
      [
        'an ordinary user',
        ['/usr/bin/setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'],
      ],
    ]
  : [['an ordinary user', []]];
/** What the sandbox is started through. */
let as: readonly string[] = [];

let folder: string;

function furnish(): void {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-sandbox-'));
  mkdirSync(join(folder, 'workspace/state'), { recursive: true });
  writeFileSync(join(folder, 'secret'), 'canary-4711');
  writeFileSync(join(folder, 'workspace/state/token'), 'canary-4711');
  writeFileSync(join(folder, 'workspace/config.json'), 'canary-4711');
  writeFileSync(join(folder, 'workspace/file'), 'shared');
}

function view(access: SandboxView['access'] = 'rw'): SandboxView {
  const workspace = join(folder, 'workspace');
  return {
    workspace,
    access,
    hiddenFolders: [join(workspace, 'state')],
    hiddenFiles: [join(workspace, 'config.json')],
  };
}

/** Doubles until it may not. */
const BOMB = "bash -c 'b() { b | b & }; b; sleep 30'";

interface Inside {
  readonly text: string;
  readonly code: number;
  readonly seconds: number;
}

/** Runs text for a shell inside. */
async function inside(
  text: string,
  limits: Partial<SandboxLimits> = {},
  seen: SandboxView = view(),
  timeoutMs = 10_000,
): Promise<Inside> {
  const program = {
    path: '/bin/sh',
    args: ['-c', text],
    env: { PATH: '/usr/bin:/bin', HOME: seen.workspace },
    cwd: seen.workspace,
  };
  const launch = await new Sandbox(limits).launch(program, seen);
  if (launch === undefined) throw new Error('there is no sandbox');
  const [file = launch.file, ...words] = as;
  const args = as.length === 0 ? launch.args : [...words, launch.file, ...launch.args];
  const child = await startChild({ ...launch, file, args });
  if (child === undefined) throw new Error('it did not start');
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stdin.end();
  const begun = performance.now();
  const late = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  const { code } = await child.ended;
  clearTimeout(late);
  return {
    text: Buffer.concat(chunks).toString(),
    code,
    seconds: (performance.now() - begun) / 1000,
  };
}

describe.skipIf(!available).each(USERS)('P05.05: inside the sandbox of %s', (_, starter) => {
  const isOrdinary = starter.length > 0;

  beforeAll(() => {
    furnish();
    as = starter;
    if (!isOrdinary) return;
    execFileSync('chown', ['-R', `${String(NOBODY)}:${String(NOBODY)}`, folder]);
    // What it starts is nobody's; so that it believes to be nobody itself, it is told so.
    vi.spyOn(process, 'getuid').mockReturnValue(NOBODY);
  });

  afterAll(() => {
    as = [];
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true, force: true });
  });

  test('there is a workspace, as far as it is shared', async () => {
    expect((await inside('cat file; echo new > made; cat made')).text).toBe('sharednew\n');
    expect(existsSync(join(folder, 'workspace/made'))).toBe(true);
    const readOnly = await inside('cat file; echo x > other', {}, view('ro'));
    expect(readOnly.text).toMatch(/^shared.*Read-only file system/su);
    expect((await inside('ls -A; echo x > kept; cat kept', {}, view('none'))).text).toBe('x\n');
    expect(existsSync(join(folder, 'workspace/kept'))).toBe(false);
  });

  test('no secret of the machine, the gateway or the user can be read', async () => {
    const home = homedir();
    const targets = [
      `${home}/.ssh/id_rsa`,
      '/etc/shadow',
      join(folder, 'secret'),
      'state/token',
      '/proc/1/root/etc/shadow',
      '/proc/2/root/etc/shadow',
      '/dev/mem',
    ];
    for (const target of targets) {
      const { text, code } = await inside(`cat '${target}'`);
      expect([target, code, text.includes('canary')]).toEqual([target, 1, false]);
    }
    expect((await inside('cat config.json')).text).not.toContain('canary');
    const folders = await inside(`ls -A '${home}' /home /var /srv /opt 2>/dev/null`);
    expect(folders.text).toBe('');
  });

  test('no process holds the environment of the gateway', async () => {
    process.env['PORTCULLIS_TEST_SECRET'] = 'canary-4711';
    const { text } = await inside("cat /proc/*/environ | tr '\\0' '\\n' | sort -u");
    delete process.env['PORTCULLIS_TEST_SECRET'];
    expect(
      text
        .split('\n')
        .filter((line) => line !== '')
        .toSorted(),
    ).toEqual([
      `HOME=${join(folder, 'workspace')}`,
      'PATH=/usr/bin:/bin',
      `PWD=${join(folder, 'workspace')}`,
    ]);
  });

  test('no other process can be seen or signalled', async () => {
    const { text } = await inside('cat /proc/[0-9]*/comm | sort -u');
    const known = new Set(['', 'bwrap', 'cat', 'sh', 'sort']);
    expect(text.split('\n').filter((name) => !known.has(name))).toEqual([]);
    expect((await inside(`kill -9 ${String(process.pid)}`)).code).toBe(1);
  });

  test('there is no network, not even the machine itself', async () => {
    const server = createServer((_request, response) => response.end('reached'));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    const { text, code } = await inside(
      `cat /proc/net/dev | tail -n +3 | cut -d: -f1; bash -c 'exec 3<>/dev/tcp/127.0.0.1/${String(port)}'`,
    );
    server.close();
    expect(text.trim().split('\n')[0]?.trim()).toBe('lo');
    expect(code).toBe(1);
  });

  test('it is nobody, can become nobody else and can trace nothing', async () => {
    const { text } = await inside(
      "id -u; grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status; unshare -r true; mount -t tmpfs x /tmp; chroot / true",
    );
    expect(text.replaceAll('\t', ' ').split('\n').slice(0, 5)).toEqual([
      '1000',
      'CapEff: 0000000000000000',
      'CapBnd: 0000000000000000',
      'NoNewPrivs: 1',
      'Seccomp: 2',
    ]);
    expect(text).toMatch(/unshare failed: Operation not permitted/u);
    const trace = await inside(
      `perl -e 'require "syscall.ph"; ' 2>/dev/null; perl -e 'print syscall(${process.arch === 'x64' ? '101' : '117'}, 0, 0, 0, 0), " ", $!+0'`,
    );
    expect(trace.text).toBe('-1 1');
  });

  test('its system is read-only, and its temporary folders are small', async () => {
    const limits = { temporaryBytes: 2 ** 20 };
    for (const place of ['/x', '/etc/x', '/usr/x', '/dev/x', 'state/x']) {
      expect((await inside(`echo x > ${place}`)).code).toBe(2);
    }
    for (const place of ['/tmp/x', '/dev/shm/x']) {
      const { text } = await inside(
        `head -c 5000000 /dev/zero > ${place}; wc -c < ${place}`,
        limits,
      );
      expect(text).toContain('No space left on device');
    }
  });

  test('a file of 10 GB, endless time, memory and open files end at their limits', async () => {
    const limits = { fileBytes: 100_000, cpuSeconds: 1, addressSpace: 2 ** 28, openFiles: 32 };
    const file = await inside('dd if=/dev/zero of=big bs=1M count=10240', limits);
    expect(file.code).not.toBe(0);
    expect(statSync(join(folder, 'workspace/big')).size).toBeLessThanOrEqual(100_000);
    const time = await inside('while :; do :; done', limits);
    expect(time.code).toBe(137);
    expect(time.seconds).toBeLessThan(8);
    const memory = await inside('head -c 1000000000 /dev/zero | tail', limits);
    expect(memory.text).toMatch(/memory exhausted/u);
    expect((await inside('ulimit -n; ulimit -c', limits)).text).toBe('32\n0\n');
  });

  test.skipIf(isRoot && !isOrdinary && !existsSync('/sys/fs/cgroup/pids'))(
    'a fork bomb ends at its limit',
    async () => {
      const { text, seconds } = await inside(BOMB, { processes: 32 }, view(), 1500);
      expect(text).toMatch(/Resource temporarily unavailable/u);
      expect(seconds).toBeLessThan(8);
      expect((await inside('echo alive')).text).toBe('alive\n');
    },
  );

  test('everything in it ends with it', async () => {
    const { seconds } = await inside('setsid sleep 4717.5 & sleep 4717.5', {}, view(), 300);
    expect(seconds).toBeLessThan(3);
  });
});
