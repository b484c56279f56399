/**
 * The built command line, as a user runs it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../packages/cli/bin/openclaw.mjs', import.meta.url));

/** What a command printed and how it ended. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A gateway started from the command line. */
export interface GatewayCommand {
  readonly child: ChildProcess;
  readonly url: string;
  /** Everything it printed so far, on both streams. */
  readonly printed: () => string;
  readonly finished: Promise<Finished>;
}

type Environment = Readonly<Record<string, string | undefined>>;

function launch(
  env: Environment,
  args: readonly string[],
  input: string | undefined,
): {
  child: ChildProcess;
  printed: { stdout: string; stderr: string };
  finished: Promise<Finished>;
} {
  const child = spawn(process.execPath, [BIN, ...args], {
    env,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (printed.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (printed.stderr += text));
  if (input !== undefined) child.stdin?.end(input);
  const finished = new Promise<Finished>((resolve) => {
    child.once('close', (code) => resolve({ code, ...printed }));
  });
  return { child, printed, finished };
}

/** Runs a command to its end. */
export function openclaw(env: Environment, ...args: readonly string[]): Promise<Finished> {
  return launch(env, args, undefined).finished;
}

/** Runs a command that reads `input` from its standard input. */
export function openclawWithInput(
  env: Environment,
  input: string,
  ...args: readonly string[]
): Promise<Finished> {
  return launch(env, args, input).finished;
}

/** Runs a command that must succeed, and parses the JSON it prints. */
export async function openclawJson<T>(env: Environment, ...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await openclaw(env, ...args, '--json');
  if (code !== 0)
    throw new Error(`openclaw ${args.join(' ')} ended with ${String(code)}: ${stdout}${stderr}`);
  return JSON.parse(stdout) as T;
}

/** A node started from the command line. */
export interface NodeCommand {
  readonly child: ChildProcess;
  /** Everything it told so far, a document each. */
  readonly news: () => readonly Readonly<Record<string, unknown>>[];
  readonly finished: Promise<Finished>;
}

/** Starts `openclaw node run`. */
export function runNode(env: Environment, ...args: readonly string[]): NodeCommand {
  const { child, printed, finished } = launch(env, ['node', 'run', '--json', ...args], undefined);
  return {
    child,
    finished,
    news: () =>
      printed.stdout
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>),
  };
}

/** Starts `openclaw gateway run` and waits until it listens. Port 0 takes any free one. */
export async function runGateway(env: Environment, port = 0): Promise<GatewayCommand> {
  const { child, printed, finished } = launch(
    env,
    ['gateway', 'run', '--port', String(port)],
    undefined,
  );
  const both = (): string => printed.stdout + printed.stderr;
  const url = await new Promise<string>((resolve, reject) => {
    const look = (): void => {
      // "Next:" heads the last thing a start says.
      const found = /Gateway ready: (http:\S+)[^]*\nNext:/u.exec(both())?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout?.on('data', look);
    child.stderr?.on('data', look);
    child.once('close', () => reject(new Error(`the gateway did not start: ${both()}`)));
  });
  return { child, url, printed: both, finished };
}
