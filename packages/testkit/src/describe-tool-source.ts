/**
 * The contract suite of a tool source: what every `ToolSource` must do, whatever it speaks.
 *
 * Call it in a vitest file of the package that has the source. It needs a server of the protocol with
 * a tool `echo` that answers with its input, as a function from the lines it hears to those it says.
 *
 * @module
 */
import {
  PortcullisError,
  type ProgramLink,
  type ToolServer,
  type ToolSession,
  type ToolSource,
  silentLogger,
} from '@portcullis/core';
import { describe, expect, test } from 'vitest';

/** What the suite needs from the author of a tool source. */
export interface ToolSourceBench {
  readonly source: ToolSource;
  /** A server that is spoken to over a program: hears a line, and says as many as it likes. */
  readonly serve: (line: string, say: (line: string) => void) => void;
}

const ENDED = 'contract.ended';
const STOPPED = 'contract.stopped';

/** A program in memory. */
class MemoryProgram implements ProgramLink {
  readonly lines: AsyncIterable<string> = this.#read();
  readonly #serve: ToolSourceBench['serve'];
  readonly #waiting: string[] = [];
  #wake = Promise.withResolvers<void>();
  ended = false;
  /** True once nothing is answered any more. */
  deaf = false;

  constructor(serve: ToolSourceBench['serve']) {
    this.#serve = serve;
  }

  async send(line: string): Promise<void> {
    if (this.ended) throw new PortcullisError(ENDED, 'The program has ended.');
    if (!this.deaf) this.#serve(line, (said) => this.say(said));
  }

  say(line: string): void {
    this.#waiting.push(line);
    this.#wake.resolve();
  }

  async close(): Promise<void> {
    this.ended = true;
    this.#wake.resolve();
  }

  async *#read(): AsyncGenerator<string, void, undefined> {
    for (;;) {
      const line = this.#waiting.shift();
      if (line !== undefined) yield line;
      else if (this.ended) return;
      else {
        await this.#wake.promise;
        this.#wake = Promise.withResolvers<void>();
      }
    }
  }
}

interface Opened {
  readonly session: ToolSession;
  readonly program: MemoryProgram;
  readonly scope: AbortController;
}

async function open({ source, serve }: ToolSourceBench): Promise<Opened> {
  const program = new MemoryProgram(serve);
  const scope = new AbortController();
  const server: ToolServer = {
    id: 'bench',
    log: silentLogger,
    signal: scope.signal,
    start: async () => program,
  };
  return { session: await source.open(server), program, scope };
}

async function refusal(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work;
  } catch (error) {
    return error;
  }
}

const patient = (): AbortSignal => new AbortController().signal;

/**
 * Runs the contract suite.
 *
 * @example
 * ```ts
 * describeToolSource({ source, serve: (line, say) => say(answerTo(line)) });
 * ```
 */
export function describeToolSource(bench: ToolSourceBench): void {
  const { source } = bench;
  describe(`tool source contract: ${source.id}`, () => {
    test('has a name, and a place of its own for its servers', () => {
      expect(source.id).toMatch(/^[a-z][a-z0-9-]{0,31}$/u);
      expect([source.id, 'plugins']).toContain(source.path.split('.')[0]);
      expect(source.path.split('.').length).toBeGreaterThan(1);
    });

    test('lists the tools of a server and calls them', async () => {
      const { session } = await open(bench);
      const tools = await session.list(patient());
      expect(tools.map(({ name }) => name)).toContain('echo');
      const { text } = await session.call('echo', { word: 'hello' }, patient());
      expect(text).toContain('hello');
      await session.close();
    });

    test('gives up a call that is aborted', async () => {
      const { session, program } = await open(bench);
      program.deaf = true;
      const stop = new AbortController();
      const call = refusal(session.call('echo', {}, stop.signal));
      const reason = new PortcullisError(STOPPED, 'The test stops it.');
      stop.abort(reason);
      expect(await call).toBe(reason);
      await session.close();
    });

    test('tells of the end of a program, and ends what waits for it', async () => {
      const { session, program } = await open(bench);
      program.deaf = true;
      const call = refusal(session.call('echo', {}, patient()));
      await program.close();
      await session.ended;
      expect(PortcullisError.is(await call)).toBe(true);
      expect(PortcullisError.is(await refusal(session.list(patient())))).toBe(true);
    });

    test('lets go of its program, also twice and also when it is told to', async () => {
      const first = await open(bench);
      await first.session.close();
      await first.session.close();
      await first.session.ended;
      expect(first.program.ended).toBe(true);
      const second = await open(bench);
      second.scope.abort(new PortcullisError(STOPPED, 'The test stops it.'));
      await second.session.ended;
      expect(second.program.ended).toBe(true);
    });

    test('is not led astray by lines that mean nothing', async () => {
      const { session, program } = await open(bench);
      for (const line of ['', 'Welcome!', '{', 'null', '[]', '{"jsonrpc":"2.0"}', '\u0000']) {
        program.say(line);
      }
      const { text } = await session.call('echo', { word: 'still here' }, patient());
      expect(text).toContain('still here');
      await session.close();
    });

    test('refuses a server that cannot be reached at all', async () => {
      const { signal } = new AbortController();
      const opened = source.open({ id: 'bench', log: silentLogger, signal });
      expect(PortcullisError.is(await refusal(opened))).toBe(true);
    });
  });
}
