/**
 * The command line as real processes.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { Home } from './call.ts';
import { BIN, FROM_SOURCE, start, systemNode } from './processes.ts';

const isOld =
  Number(spawnSync(systemNode(), ['-p', 'process.versions.node']).stdout.toString().split('.')[0]) <
  24;

function run(argv: readonly string[], home: Home = new Home()) {
  return start(process.execPath, [...FROM_SOURCE, ...argv], { HOME: home.path }).ended;
}

/** A copy of the bin in a tree of its own, with a program that says which Node runs it. */
function installed(home: Home): string {
  const folder = join(home.path, 'app', 'packages', 'cli');
  mkdirSync(join(folder, 'bin'), { recursive: true });
  mkdirSync(join(folder, 'dist'));
  copyFileSync(BIN, join(folder, 'bin', 'openclaw.mjs'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "version": "3.2.1" }');
  writeFileSync(
    join(folder, 'dist', 'main.js'),
    `export async function runProcess() {
      const [first, ...rest] = process.argv.slice(2);
      if (first === 'wait') {
        process.on('SIGTERM', () => process.exit(7));
        setInterval(() => undefined, 1000);
        console.log('waiting');
        return;
      }
      console.log(JSON.stringify([process.versions.node.split('.')[0], first, ...rest]));
      process.exitCode = 5;
    }`,
  );
  return join(folder, 'bin', 'openclaw.mjs');
}

function bringNode(home: Home): void {
  const folder = join(
    home.path,
    'app/node_modules',
    `node-${process.platform}-${process.arch}`,
    'bin',
  );
  mkdirSync(folder, { recursive: true });
  symlinkSync(process.execPath, join(folder, 'node'));
}

describe('the bin', () => {
  test.each([['--version'], ['-V']])(
    '%s is answered under any Node, without the program',
    async (flag) => {
      for (const node of [process.execPath, systemNode()]) {
        const home = new Home();
        expect(await start(node, [BIN, flag], { HOME: home.path }).ended).toEqual({
          code: 0,
          signal: null,
          stdout: 'Portcullis 0.1.0 (openclaw)\n',
          stderr: '',
        });
        expect(existsSync(join(home.path, '.cache'))).toBe(false);
      }
    },
  );

  const major = process.versions.node.split('.')[0];

  test('runs the program with its words, and ends with its code', async () => {
    const home = new Home();
    const bin = installed(home);
    const { code, stdout } = await start(process.execPath, [bin, 'a b', '--c'], { HOME: home.path })
      .ended;
    expect({ code, said: JSON.parse(stdout) }).toEqual({ code: 5, said: [major, 'a b', '--c'] });
  });

  test('keeps compiled code for the next time, unless an audit must not write', async () => {
    for (const [words, isKept] of [
      [['security', 'audit'], false],
      [['status'], true],
    ] as const) {
      const home = new Home();
      const bin = installed(home);
      await start(process.execPath, [bin, ...words], { HOME: home.path }).ended;
      expect(existsSync(join(home.path, '.cache', 'portcullis')), words.join(' ')).toBe(isKept);
    }
  });

  test.skipIf(!isOld)(
    'under a Node that is too old runs under the one installed beside it',
    async () => {
      const home = new Home();
      const bin = installed(home);
      bringNode(home);
      const { code, stdout } = await start(systemNode(), [bin, 'a b', '--c'], { HOME: home.path })
        .ended;
      expect({ code, said: JSON.parse(stdout) }).toEqual({ code: 5, said: [major, 'a b', '--c'] });
    },
  );

  test.skipIf(!isOld)('passes signals on, and ends as the program ends', async () => {
    const home = new Home();
    const bin = installed(home);
    bringNode(home);
    const waiting = start(systemNode(), [bin, 'wait'], { HOME: home.path });
    await waiting.wrote('waiting');
    waiting.child.kill('SIGTERM');
    expect(await waiting.ended).toMatchObject({ code: 7, signal: null });
  });

  test.skipIf(!isOld)('takes the program with it when it is killed', async () => {
    const home = new Home();
    const bin = installed(home);
    bringNode(home);
    const waiting = start(systemNode(), [bin, 'wait'], { HOME: home.path });
    await waiting.wrote('waiting');
    waiting.child.kill('SIGKILL');
    // The pipes close only when the program behind them has ended too.
    expect(await waiting.ended).toMatchObject({ signal: 'SIGKILL' });
  });

  test.skipIf(!isOld)('under a Node that is too old, with none beside it, says so', async () => {
    const home = new Home();
    const { code, stdout, stderr } = await start(systemNode(), [installed(home), 'status'], {
      HOME: home.path,
    }).ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^Error: openclaw needs Node 24\.11 or newer; this is \d+\.\d+\.\d+\. \[runtime\.node\]\n$/,
    );
  });
});

describe('a process', () => {
  test('ends with 1 and two lines for an unknown command', async () => {
    expect(await run(['stauts'])).toEqual({
      code: 1,
      signal: null,
      stdout: '',
      stderr:
        'Error: There is no command "stauts". [usage.unknown_command]\n  Did you mean "status"? Run "openclaw help" to see how it is used.\n',
    });
  });

  test('names the place where a config stops being JSON5, without a stack', async () => {
    const home = new Home().write('{\n  gateway: { port: 1 \n');
    const { code, stdout, stderr } = await run(['config', 'get'], home);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('line 3');
    expect(stderr).toContain('[config.syntax]');
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test('ends quietly when nobody reads on', async () => {
    const home = new Home();
    const argv = [...FROM_SOURCE, 'help', 'gateway'];
    const started = start(process.execPath, argv, { HOME: home.path });
    started.child.stdout?.destroy();
    expect(await started.ended).toMatchObject({ code: 0, stderr: '' });
  });

  test('P32.03: keeps what it makes private, whatever the umask', async () => {
    const home = new Home();
    await run(['config', 'set', 'gateway.port', '19000'], home);
    const { stdout } = spawnSync('find', [join(home.path, '.openclaw'), '-perm', '/077']);
    expect(stdout.toString()).toBe('');
  });

  test('loads neither networks, models, sockets nor stores to read a config', () => {
    const script = `
      import { registerHooks } from 'node:module';
      const seen = new Set();
      registerHooks({
        resolve(specifier, context, next) {
          const result = next(specifier, context);
          seen.add(result.url.replace(/^.*\\/(packages|node_modules)\\/((@[^/]+\\/)?[^/]+)\\/.*$/, '$2'));
          return result;
        },
      });
      process.on('exit', () => console.log([...seen].filter((each) => !each.startsWith('node:')).toSorted().join(' ')));
      process.argv = [process.argv[0], 'openclaw', 'config', 'get', 'gateway.port'];
      await import(${JSON.stringify(FROM_SOURCE[1])});
    `;
    const home = new Home().write('{ gateway: { port: 19000 } }');
    const { stdout } = spawnSync(
      process.execPath,
      ['--conditions=@portcullis/source', '--input-type=module', '--eval', script],
      { encoding: 'utf8', env: { HOME: home.path } },
    );
    expect(stdout).toBe('19000\ncli core gateway\n');
  });
});
