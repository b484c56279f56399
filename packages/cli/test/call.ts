/**
 * Calls the command line inside the test: streams in memory, a home of its own, and fakes for what
 * lies outside.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import { PortcullisError } from '@portcullis/core';
import { onTestFinished } from 'vitest';

import { type Doors, main } from '../src/index.ts';

/** The command as it is installed. */
const PROGRAM = fileURLToPath(new URL('../bin/openclaw.mjs', import.meta.url));

type Operator = Awaited<ReturnType<Doors['openOperator']>>;

/** An empty home directory that is gone after the test. */
export class Home {
  readonly path: string = mkdtempSync(join(tmpdir(), 'portcullis-cli-'));
  readonly config: string = join(this.path, '.openclaw', 'openclaw.json');

  constructor() {
    onTestFinished(() => rmSync(this.path, { recursive: true, force: true }));
  }

  /** Writes the config. */
  write(text: string): this {
    mkdirSync(dirname(this.config), { recursive: true });
    writeFileSync(this.config, text);
    return this;
  }

  /** The config's text. */
  read(): string {
    return readFileSync(this.config, 'utf8');
  }
}

/** How a call is made. */
export interface CallOptions {
  readonly home?: Home;
  readonly env?: Readonly<Record<string, string>>;
  readonly doors?: Partial<Doors>;
  readonly signal?: AbortSignal;
  /** True for a call on a terminal. */
  readonly tty?: boolean;
  /** What stands on standard input; a stream is taken as it is. */
  readonly stdin?: string | Readable;
  /** Told of every piece that is written to stdout. */
  readonly onWrite?: (text: string) => void;
}

/** What a call left behind. */
export interface Called {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `openclaw <argv>`. */
export async function call(argv: readonly string[], options: CallOptions = {}): Promise<Called> {
  const { home = new Home(), env = {}, doors = {}, tty = false, stdin = '', onWrite } = options;
  const written = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof written) => ({
    isTTY: tty,
    columns: 80,
    write: (text: string) => {
      written[name] += text;
      if (name === 'stdout') onWrite?.(text);
    },
  });
  const code = await main(
    argv,
    {
      env: { HOME: home.path, ...env },
      cwd: home.path,
      program: PROGRAM,
      stdin: Object.assign(
        typeof stdin === 'string' ? Readable.from([Buffer.from(stdin)]) : stdin,
        { isTTY: tty },
      ),
      stdout: stream('stdout'),
      stderr: stream('stderr'),
      signal: options.signal ?? new AbortController().signal,
      version: '9.9.9',
    },
    {
      openOperator: refuse,
      runGateway: refuse,
      discoverLocalServers: async () => [],
      findKeychain: async () => undefined,
      // The manager of whoever runs the tests is left alone.
      findManager: noManager,
      probeSandbox: async () => ({ available: true }),
      ...doors,
    },
  );
  return { code, ...written };
}

function noManager(): Promise<never> {
  const message = 'There is no service manager in a test.';
  return Promise.reject(new PortcullisError('service.unavailable', message, { hint: 'Give one.' }));
}

function refuse(): Promise<never> {
  const error = new PortcullisError('gateway.not_running', 'No gateway is running here.', {
    hint: 'Start it.',
  });
  return Promise.reject(error);
}

/** Answers methods from a table, and writes down what it was asked. */
export class FakeOperator implements Operator {
  readonly via = 'gateway';
  readonly asked: (readonly [string, unknown])[] = [];
  readonly #answers: Readonly<Record<string, unknown>>;
  readonly #listeners = new Set<(event: string, payload: unknown) => void>();
  /** The options it was opened with. */
  options: unknown;
  closed = false;

  /** An answer that is a function is called with the parameters. */
  constructor(answers: Readonly<Record<string, unknown>>) {
    this.#answers = answers;
  }

  /** The doors that lead to it. */
  get doors(): Partial<Doors> {
    return {
      openOperator: async (_context, options) => {
        this.options = options;
        return this;
      },
    };
  }

  async call<T>(method: string, params?: Readonly<Record<string, unknown>>): Promise<T> {
    this.asked.push([method, params]);
    const answer = this.#answers[method];
    if (answer === undefined) {
      throw new PortcullisError('gateway.refused', `unknown method: ${method}`);
    }
    return (await (typeof answer === 'function' ? answer(params) : answer)) as T;
  }

  onEvent(listener: (event: string, payload: unknown) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Sends an event to whoever listens. */
  emit(event: string, payload: unknown): void {
    for (const listener of this.#listeners) listener(event, payload);
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}
