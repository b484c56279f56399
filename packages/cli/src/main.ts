/**
 * The program: from the words of a call to an exit code.
 *
 * @module
 */
import { readFileSync } from 'node:fs';

import { PortcullisError } from '@portcullis/core';
import { resolvePaths } from '@portcullis/gateway/config';

import type { CommandSpec, Doors } from './command.ts';
import { COMMANDS } from './commands.ts';
import { printHelp } from './commands/help.ts';
import type { CommandContext, GatewayWords, Surroundings } from './context.ts';
import { incomplete } from './parse/find-command.ts';
import { type Call, inputOf, parseCall } from './parse/parse-argv.ts';
import { Output } from './terminal/output.ts';
import { confirmOnTerminal, readAllInput, readHidden } from './terminal/prompt.ts';
import { reportError } from './terminal/report.ts';

/** Exit codes of calls that were ended by a signal before they were done. */
const SIGNAL_CODES: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

function realDoors(surroundings: Surroundings): Doors {
  return {
    openOperator: async (context, options) =>
      (await import('./compose/open-operator.ts')).openOperator(context, options),
    runGateway: async (context, options) =>
      (await import('./compose/run-gateway.ts')).runGateway(context, options),
    discoverLocalServers: async () => (await import('@portcullis/models')).discoverLocalServers(),
    confirm: (question) => confirmOnTerminal(surroundings, question),
    readSecret: (question) => readHidden(surroundings, question),
    readInput: () => readAllInput(surroundings),
    openFile: async (path) =>
      (await import('./compose/browser.ts')).openFile(path, surroundings.env),
    findManager: async ({ env, paths }) =>
      (await import('./service/find-supervisor.ts')).findManager({ env, paths }),
    findKeychain: async () =>
      (await import('./secrets/keychain.ts')).findKeychain({ env: surroundings.env }),
    probeSandbox: async () => (await import('@portcullis/gateway/sandbox')).trySandbox(),
    tryModel: async (context) => (await import('./compose/try-model.ts')).tryModel(context),
    openPrompter: async () => (await import('./terminal/clack.ts')).openPrompter(surroundings),
  };
}

/** Those of a call that must be known before it is understood, so that its errors look right. */
function looksOf(argv: readonly string[]): { json: boolean; color: boolean } {
  const end = argv.indexOf('--');
  const words = end === -1 ? argv : argv.slice(0, end);
  return { json: words.includes('--json'), color: !words.includes('--no-color') };
}

/**
 * Runs one call and resolves with its exit code. Never rejects.
 *
 * @param doors what tests put in place of the gateway and the person at the terminal.
 *
 * @example
 * ```ts
 * process.exitCode = await main(['config', 'get', 'gateway.port'], surroundings);
 * ```
 */
export async function main(
  argv: readonly string[],
  surroundings: Surroundings,
  doors: Partial<Doors> = {},
): Promise<number> {
  const { env, stdout, stderr, signal } = surroundings;
  const { json, color } = looksOf(argv);
  const out = new Output({ stdout, stderr, env, color });
  let logsDir: string | undefined;
  try {
    const call = parseCall(argv, COMMANDS);
    const profile = call.options.get('profile');
    const paths = resolvePaths(env, typeof profile === 'string' ? { profile } : {});
    logsDir = paths.logsDir;
    const given = { ...surroundings, paths };
    return await perform(call, given, out, { ...realDoors(surroundings), ...doors });
  } catch (error) {
    if (signal.aborted) return SIGNAL_CODES[String(signal.reason)] ?? 1;
    reportError(out, error, { json, debug: env['OPENCLAW_DEBUG'] === '1', logsDir });
    return 1;
  }
}

async function perform(
  call: Call,
  given: Omit<CommandContext, 'gateway'>,
  out: Output,
  doors: Doors,
): Promise<number> {
  const { found, options } = call;
  if (options.has('version')) {
    out.line(`Portcullis ${given.version} (openclaw)`);
    return 0;
  }
  if (options.has('help') || found.kind === 'nothing') {
    printHelp(out, found, { commands: COMMANDS, json: options.has('json') });
    return 0;
  }
  if (found.kind === 'group') throw incomplete(found.name, found.specs);
  const input = inputOf(call, found.spec);
  const words = gatewayWords(call, found.spec);
  const gateway =
    found.spec.local === true
      ? requireHere(words, found.spec)
      : ({ here: false, ...words } as const);
  const context: CommandContext = { ...given, gateway };
  const handler = await found.spec.load();
  const json = input.flag('json');
  const code = await handler({ context, input, out, json, doors, commands: COMMANDS });
  return code ?? 0;
}

/** What the words of a call say about the gateway; a command may have an option of the same name. */
function gatewayWords({ options }: Call, spec: CommandSpec): GatewayWords {
  const text = (name: string): string | undefined => {
    const isOwn = spec.options?.some((each) => each.name === name) === true;
    const value = isOwn ? undefined : options.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  const words = {
    url: text('url'),
    tokenFile: text('token-file'),
    passwordFile: text('password-file'),
    tlsFingerprint: text('tls-fingerprint'),
  };
  return Object.fromEntries(Object.entries(words).filter(([, value]) => value !== undefined));
}

/** The gateway of a command that is about this machine. */
function requireHere(words: GatewayWords, { name }: CommandSpec): { readonly here: true } {
  if (Object.keys(words).length === 0) return { here: true };
  throw new PortcullisError(
    'usage.local_only',
    `"openclaw ${name}" is about this machine, and asks no gateway elsewhere.`,
    { hint: 'Leave out --url and its like, or run it on the machine of the gateway.' },
  );
}

/** The version of this package. */
function ownVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  );
  const known = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return known ? String(manifest.version) : '0.0.0';
}

function commandOf(argv: readonly string[]): CommandSpec | undefined {
  try {
    const { found } = parseCall(argv, COMMANDS);
    return found.kind === 'command' ? found.spec : undefined;
  } catch {
    return undefined;
  }
}

/** Ends the call at the first signal, and the process at the second. */
function signalsOfProcess(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(SIGNAL_CODES[name] ?? 1);
      controller.abort(name);
    });
  }
  return controller.signal;
}

/** A reader that goes away (`| head`) ends the call without a word, unless it has other work. */
function surviveClosedPipes(outlives: boolean): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE' && !outlives) process.exit(0);
    });
  }
}

/** Runs the call this process was started with, and ends the process with its exit code. */
export async function runProcess(): Promise<void> {
  const argv = process.argv.slice(2);
  process.umask(0o077);
  surviveClosedPipes(commandOf(argv)?.outlivesOutput === true);
  const { env, stdin, stdout, stderr } = process;
  const surroundings: Surroundings = {
    env,
    stdin,
    stdout,
    stderr,
    signal: signalsOfProcess(),
    version: ownVersion(),
  };
  process.on('uncaughtException', (error) => {
    const { json, color } = looksOf(argv);
    const out = new Output({ stdout, stderr, env, color });
    reportError(out, error, { json, debug: env['OPENCLAW_DEBUG'] === '1', logsDir: undefined });
    process.exit(1);
  });
  const code = await main(argv, surroundings);
  // What was written leaves before the process does; handles that are still open do not keep it.
  await new Promise<void>((resolve) => stdout.write('', () => resolve()));
  process.exit(code);
}
