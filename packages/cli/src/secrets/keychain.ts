/**
 * The keychain of the operating system, through the program that comes with it. Promises: no secret
 * is ever in the arguments or the environment of a process; a secret counts as kept only once it was
 * read back.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';

import { PortcullisError } from '@portcullis/core';
import type { ConfigObject, Environment } from '@portcullis/gateway/config';

/** A place outside of our files that keeps secrets by name. */
export interface Keychain {
  /** What it is called in sentences: `the Secret Service keychain`. */
  readonly name: string;
  /** Throws `secret.keychain` where the secret cannot be kept. */
  put(account: string, text: string): Promise<void>;
  /** Undefined where there is none, or where the keychain does not hand it out. */
  read(account: string): Promise<string | undefined>;
  remove(account: string): Promise<void>;
  /** The entry of `secrets.providers` by which a gateway reads the secret. */
  provider(account: string): ConfigObject;
}

/** How a program is called that keeps secrets. */
interface Dialect {
  readonly name: string;
  /** Its variables: where the keychain of this user is. */
  readonly passEnv: readonly string[];
  put(account: string, text: string): { readonly args: readonly string[]; readonly input: string };
  read(account: string): readonly string[];
  remove(account: string): readonly string[];
}

const SERVICE = 'openclaw';

/** Unlocking may ask the person for a password. */
const PROGRAM_MS = 60_000;

const secretTool: Dialect = {
  name: 'the Secret Service keychain',
  passEnv: ['DBUS_SESSION_BUS_ADDRESS', 'HOME', 'XDG_RUNTIME_DIR'],
  put: (account, text) => ({
    args: ['store', `--label=OpenClaw ${account}`, 'service', SERVICE, 'account', account],
    input: text,
  }),
  read: (account) => ['lookup', 'service', SERVICE, 'account', account],
  remove: (account) => ['clear', 'service', SERVICE, 'account', account],
};

const macSecurity: Dialect = {
  name: 'the macOS keychain',
  passEnv: ['HOME'],
  // Its one way to take a secret by standard input is a command line of its own; hex needs no quotes.
  put: (account, text) => ({
    args: ['-i'],
    input: `add-generic-password -U -s ${SERVICE} -a ${account} -X ${Buffer.from(text).toString('hex')}\n`,
  }),
  read: (account) => ['find-generic-password', '-s', SERVICE, '-a', account, '-w'],
  remove: (account) => ['delete-generic-password', '-s', SERVICE, '-a', account],
};

/** What is needed to find the keychain. Tests give their own programs. */
export interface KeychainSearch {
  readonly env: Environment;
  /** Default: that of this process. */
  readonly platform?: NodeJS.Platform;
  /** Where the program is. Default: `/usr/bin/secret-tool`, on macOS `/usr/bin/security`. */
  readonly program?: string;
}

/**
 * The keychain of this machine; undefined where there is none that a gateway of this user reaches.
 * Programs are taken from where the system has them, never from the search path.
 */
export function findKeychain({
  env,
  platform = process.platform,
  program,
}: KeychainSearch): Keychain | undefined {
  if (platform === 'darwin') return open(program ?? '/usr/bin/security', macSecurity, env);
  // Without the bus of a session there is nobody who could unlock it.
  const hasBus = (env['DBUS_SESSION_BUS_ADDRESS'] ?? '') !== '';
  if (platform !== 'linux' || !hasBus) return undefined;
  return open(program ?? '/usr/bin/secret-tool', secretTool, env);
}

function open(program: string, dialect: Dialect, env: Environment): Keychain | undefined {
  let command: string;
  try {
    command = realpathSync(program);
  } catch {
    return undefined;
  }
  const run = (args: readonly string[], input?: string): Promise<Ran> =>
    runProgram(command, args, input, chosen(env, dialect.passEnv));
  const read = async (account: string): Promise<string | undefined> => {
    const { code, stdout } = await run(dialect.read(account));
    const text = stdout.replace(/\r?\n$/u, '');
    return code === 0 && text !== '' ? text : undefined;
  };
  return {
    name: dialect.name,
    read,
    async put(account, text) {
      const { args, input } = dialect.put(account, text);
      await run(args, input);
      // What the program answers says little: one of them never admits a failure.
      if ((await read(account)) !== text) throw refused(dialect.name);
    },
    async remove(account) {
      await run(dialect.remove(account));
    },
    provider: (account) => ({
      source: 'exec',
      command,
      args: [...dialect.read(account)],
      passEnv: [...dialect.passEnv],
      jsonOnly: false,
    }),
  };
}

function refused(name: string): PortcullisError {
  return new PortcullisError('secret.keychain', `${name} did not keep the secret.`, {
    hint: 'Unlock it and try again, or keep secrets in a private file: --keep file',
  });
}

function chosen(env: Environment, names: readonly string[]): Record<string, string> {
  const found = names.flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(found);
}

interface Ran {
  /** Null where it did not end by itself. */
  readonly code: number | null;
  readonly stdout: string;
}

function runProgram(
  command: string,
  args: readonly string[],
  input: string | undefined,
  env: Record<string, string>,
): Promise<Ran> {
  const child = spawn(command, args, {
    env,
    cwd: '/',
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: PROGRAM_MS,
    killSignal: 'SIGKILL',
  });
  return new Promise((resolve) => {
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      stdout = `${stdout}${piece}`.slice(0, 64 * 1024);
    });
    child.on('error', () => resolve({ code: null, stdout: '' }));
    child.on('close', (code) => resolve({ code, stdout }));
    // A program that does not read its input breaks the pipe; its code tells enough.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
  });
}
