/**
 * What our own sources cannot do, so that nobody can make them do it.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';

import { ROOT, type Tree, readTree, treeOf } from '../repo/tree.ts';
import {
  checkCodeLoading,
  checkComparisons,
  checkHashes,
  checkProgramStarts,
  checkRandomness,
  checkShells,
} from './source-rules.ts';

const repository = readTree(ROOT);

describe('this repository', () => {
  test('P04.03: starts programs in known places only, from lists of arguments and without a shell', () => {
    const exemptions = [
      {
        path: 'packages/gateway/src/brokers/proc/child.ts',
        reason: 'runs what the proc broker decided',
      },
      {
        path: 'packages/gateway/src/brokers/tunnel/forwarder.ts',
        reason: 'is run inside the sandbox, and starts the command that was decided',
      },
      {
        path: 'packages/cli/src/compose/browser.ts',
        reason: "opens the operator's own browser, at his command, with a file's name",
      },
      {
        path: 'packages/gateway/src/config/secret-provider.ts',
        reason: 'runs the command the operator named as the source of a secret',
      },
      {
        path: 'packages/gateway/src/exposure/tailscale/program.ts',
        reason:
          'runs the tailscale command of this machine, where the operator publishes through it',
      },
      {
        path: 'packages/cli/src/compose/ssh-tunnel.ts',
        reason: 'runs ssh to the machine the operator named, for a command of his',
      },
      {
        path: 'packages/cli/src/secrets/keychain.ts',
        reason: 'runs the program of the keychain, which is told secrets on its standard input',
      },
      {
        path: 'packages/cli/src/service/program.ts',
        reason: 'runs the manager of services of the system, for a command of the operator',
      },
      {
        path: 'packages/cli/src/npm/npm.ts',
        reason: 'asks the npm of the operator for versions and packages, at a command of his',
      },
    ];
    expect(checkProgramStarts(repository, exemptions)).toEqual([]);
    expect(checkShells(repository)).toEqual([]);
  });

  test('P27.01, P27.02: loads code by a name of run time in one place only, and makes none', () => {
    const exemptions = [
      {
        path: 'packages/cli/src/compose/packages.ts',
        reason: 'loads installed packages of our own names, beside the program or in the state',
      },
      {
        path: 'packages/cli/src/plugins/import-verified.ts',
        reason: 'loads a plugin of others that the operator agreed to, from the bytes he agreed to',
      },
      {
        path: 'packages/cli/src/plugins/our-core.ts',
        reason: 'asks where our own contract is installed, and loads nothing of it',
      },
      {
        path: 'packages/cli/src/compose/page.ts',
        reason: 'asks where our own page is installed, and loads nothing of it',
      },
      ...['writer-worker', 'writer'].map((name) => ({
        path: `packages/store-sqlite/src/${name}.ts`,
        reason: 'keeps the writer of the store in a thread, from a file of its own',
      })),
      {
        path: 'packages/gateway/src/brokers/proc/child.ts',
        reason: 'asks whether it is in the main thread',
      },
      {
        path: 'packages/channels-whatsapp/src/hardening.ts',
        reason: 'reaches the modules of the WhatsApp library whose checks it makes real',
      },
    ];
    expect(checkCodeLoading(repository, exemptions)).toEqual([]);
  });

  test('P35.01, P29.05: compares no secret with an ordinary comparison', () => {
    const exemptions = [
      {
        path: 'packages/cli/src/commands/backup/passphrase.ts',
        reason: 'asks whether somebody typed the same twice',
      },
      {
        path: 'packages/gateway/src/egress/guard.ts',
        reason: 'asks whether two lists hold the same objects, not what they hold',
      },
      {
        path: 'packages/gateway/src/config/schema/hook-rules.ts',
        reason: "compares two values of the operator's own config when it is loaded",
      },
      {
        path: 'packages/gateway/src/config/secrets.ts',
        reason: 'asks whether a secret that is read again is the one that was known',
      },
      {
        path: 'packages/gateway/src/server/handshake/device-proof.ts',
        reason: 'the nonce of a connection was told to whoever sends it back',
      },
    ];
    expect(checkComparisons(repository, exemptions)).toEqual([]);
  });

  test('P35.02: draws nothing that must not be guessed from a generator that can be foretold', () => {
    const reason = 'spreads pauses between attempts';
    const exemptions = [
      { path: 'packages/channel-kit/src/backoff.ts', reason },
      { path: 'packages/control-ui/src/wire/connection.ts', reason },
      { path: 'packages/gateway/src/channels/channels.ts', reason },
      { path: 'packages/gateway/src/outbox/delivery.ts', reason },
      { path: 'packages/models/src/failover.ts', reason },
    ];
    expect(checkRandomness(repository, exemptions)).toEqual([]);
  });

  test('P35.01: hashes with SHA-2 only', () => {
    const exemptions = [
      {
        path: 'packages/gateway/src/hooks/signature.ts',
        reason: 'takes its algorithm from a type of two, sha256 and sha512',
      },
    ];
    expect(checkHashes(repository, exemptions)).toEqual([]);
  });
});

const tree = (text: string): Tree => treeOf({ 'packages/x/src/a.ts': text });
const found = (problem: string): readonly string[] => [`packages/x/src/a.ts${problem}`];

describe('a source is caught that', () => {
  test('starts programs', () => {
    expect(checkProgramStarts(tree("import { spawn } from 'node:child_process';"))).toEqual(
      found(' can start programs'),
    );
    const asked = "const { spawn } = process.getBuiltinModule('node:child_process');";
    expect(checkProgramStarts(tree(asked))).toEqual(found(' can start programs'));
    expect(checkShells(tree(`${asked} spawn('a', { shell: true });`))).toEqual(
      found(':1: a shell'),
    );
    const gone = [{ path: 'packages/x/src/b.ts', reason: 'none' }];
    expect(checkProgramStarts(tree("import type { X } from 'node:child_process';"), gone)).toEqual([
      'packages/x/src/b.ts: its exemption is no longer needed',
    ]);
  });

  test.each([
    ["import { exec } from 'node:child_process';", ':1: exec'],
    ["import { spawn } from 'node:child_process'; spawn('a', { shell: true });", ':1: a shell'],
    ["import { spawn } from 'node:child_process'; spawn('a', { 'shell': x });", ':1: a shell'],
  ])('asks for a shell: %s', (text, problem) => {
    expect(checkShells(tree(text))).toEqual(found(problem));
  });

  test('says that it wants none, which is fine', () => {
    const text = "import { spawn } from 'node:child_process'; spawn('a', { shell: false });";
    expect(checkShells(tree(text))).toEqual([]);
  });

  test.each([
    ['const a = await import(name);', ' imports what is named at run time'],
    ['process.getBuiltinModule(name);', ' imports what is named at run time'],
    ["import { runInNewContext } from 'node:vm';", ' imports node:vm'],
    ["import { createRequire } from 'node:module';", ' imports node:module'],
    ['eval(text);', ':1: calls eval'],
    ["new Function('a');", ':1: calls Function'],
    ['require(name);', ':1: calls require'],
  ])('loads code: %s', (text, problem) => {
    expect(checkCodeLoading(tree(text))).toEqual(found(problem));
  });

  test.each([
    'a.token === b',
    'given !== secret.reveal()',
    'offered == this.password',
    "auth['token'] === x",
    'mac === expectedMac',
    'a?.gatewayToken === b',
  ])('compares a secret: %s', (text) => {
    expect(checkComparisons(tree(`if (${text}) run();`))).toEqual(found(`:1: ${text}`));
  });

  test.each(['token === undefined', "password !== ''", 'typeof secret === kind', 'a.length === b'])(
    'compares none: %s',
    (text) => {
      expect(checkComparisons(tree(`if (${text}) run();`))).toEqual([]);
    },
  );

  test('foretells numbers, or hashes weakly', () => {
    expect(checkRandomness(tree('const a = Math.random();'))).toEqual(found(':1: Math.random'));
    expect(checkHashes(tree("createHash('md5'); createHmac('sha1', k);"))).toEqual([
      ...found(':1: md5'),
      ...found(':1: sha1'),
    ]);
    expect(checkHashes(tree('createHash(name);'))).toEqual(found(':1: something computed'));
  });
});
