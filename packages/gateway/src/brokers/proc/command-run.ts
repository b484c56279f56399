/**
 * One command that runs: its programs one after the other or joined by pipes, as `&&`, `||` and `;`
 * say, without a shell.
 *
 * @module
 */
import { resolve } from 'node:path';
import { PassThrough, type Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

import { type Child, type Exit, type Launch, startChild } from './child.ts';
import { Output } from './output.ts';
import type { Group, Program, Step } from './plan.ts';

/** What stands for a command that runs: the programs of a plan, or one text for `/bin/sh -c`. */
export type Work = readonly Step[] | { readonly shell: string };

/** How programs are started. */
export interface Launcher {
  /**
   * How to start this, or a sentence why not. Checks that what starts is still what was decided
   * about, and throws when it is not.
   */
  launch(program: Program | { readonly shell: string }, cwd: string): Promise<Launch | string>;
  /** What `cd` without a word leads to. */
  readonly home: string;
  /** Where `cd` leads, free of links; undefined for no directory. */
  enter(path: string): Promise<string | undefined>;
}

/** How a command is doing. */
export type RunState = 'running' | 'exited' | 'killed' | 'timed-out';

/** Surroundings of a run. */
export interface RunOptions {
  readonly cwd: string;
  readonly timeoutMs: number;
  /** Text for standard input. */
  readonly input?: string;
  /** Keep standard input open for {@link CommandRun.write}. */
  readonly interactive: boolean;
}

interface Place {
  cwd: string;
}

/** Between asking a command to end and making it. */
const GRACE_MS = 2000;
const NOT_FOUND: Exit = { code: 127 };

/** One command, from its start to its end. */
export class CommandRun {
  readonly output: Output = new Output();
  /** Resolves when everything ended. Rejects when a program was not what was decided about. */
  readonly ended: Promise<void>;
  #state: RunState = 'running';
  #exit: Exit | undefined;
  readonly #began = performance.now();
  #took: number | undefined;
  readonly #launcher: Launcher;
  readonly #children = new Set<Child>();
  readonly #stdin = new PassThrough();
  readonly #stopped = new AbortController();

  constructor(work: Work, launcher: Launcher, options: RunOptions) {
    this.#launcher = launcher;
    ignoreFaults(this.#stdin);
    if (options.input !== undefined) this.#stdin.write(options.input);
    if (!options.interactive) this.#stdin.end();
    const late = setTimeout(() => this.stop('timed-out'), options.timeoutMs);
    this.ended = this.#execute(work, options.cwd).finally(() => {
      clearTimeout(late);
      this.#took = performance.now() - this.#began;
      this.#stopped.abort();
      this.#stdin.destroy();
    });
    // Who started it awaits it; a background run that fails is seen by its state.
    this.ended.catch(() => undefined);
  }

  get state(): RunState {
    return this.#state;
  }

  /** How long it has run, or ran, in milliseconds. */
  get elapsedMs(): number {
    return Math.round(this.#took ?? performance.now() - this.#began);
  }

  get exit(): Exit | undefined {
    return this.#exit;
  }

  /** Bytes of input that wait to be read. */
  get waitingInput(): number {
    return this.#stdin.writableLength + this.#stdin.readableLength;
  }

  /** Writes to standard input. */
  write(text: string): void {
    this.#stdin.write(text);
  }

  /** Ends it and everything it started: a signal first, then by force. */
  stop(why: 'killed' | 'timed-out'): void {
    if (this.#state !== 'running') return;
    this.#state = why;
    this.#stopped.abort();
    for (const child of this.#children) child.kill('SIGTERM');
    void sleep(GRACE_MS, undefined, { ref: false }).then(() => {
      for (const child of this.#children) child.kill('SIGKILL');
    });
  }

  async #execute(work: Work, cwd: string): Promise<void> {
    try {
      const sink = this.#sink();
      this.#exit =
        'shell' in work
          ? await this.#start(work, cwd, this.#stdin, sink)
          : await this.#list(work, { cwd }, this.#stdin, sink);
      if (this.#state === 'running') this.#state = 'exited';
    } catch (error) {
      if (this.#state === 'running') this.#state = 'killed';
      for (const child of this.#children) child.kill('SIGKILL');
      throw error;
    }
  }

  /** Takes everything at once, so that nothing is on its way when the last program has ended. */
  #sink(): Writable {
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.output.append(chunk);
        done();
      },
    });
  }

  /** Pipelines joined by `&&`, `||` and `;`. */
  async #list(
    steps: readonly Step[],
    place: Place,
    input: Readable,
    output: Writable,
  ): Promise<Exit> {
    let exit: Exit = { code: 0 };
    for (const stages of pipelinesOf(steps)) {
      if (this.#stopped.signal.aborted) return exit;
      const joined = stages[0]?.connector;
      if (joined === 'and' && exit.code !== 0) continue;
      if (joined === 'or' && exit.code === 0) continue;
      exit = await this.#pipeline(stages, place, input, output);
    }
    return exit;
  }

  async #pipeline(
    stages: readonly Step[],
    place: Place,
    input: Readable,
    output: Writable,
  ): Promise<Exit> {
    const [only] = stages;
    if (only !== undefined && stages.length === 1) {
      return await this.#stage(only.run, place, input, output);
    }
    let from = input;
    const running = stages.map(({ run }, index) => {
      const last = index === stages.length - 1;
      const to = last ? output : ignoreFaults(new PassThrough());
      const reading = from;
      if (to instanceof PassThrough) from = to;
      return this.#stage(run, { ...place }, reading, to).finally(() => {
        if (!last) to.end();
        // Nobody reads on: the writer before is told so.
        if (reading !== input) reading.destroy();
      });
    });
    const exits = await Promise.all(running);
    return exits.at(-1) ?? NOT_FOUND;
  }

  async #stage(
    run: Program | Group,
    place: Place,
    input: Readable,
    output: Writable,
  ): Promise<Exit> {
    if (run.kind === 'group') return await this.#list(run.steps, { ...place }, input, output);
    const [name = '', ...words] = run.inner;
    switch (name) {
      case ':':
      case 'true':
        return { code: 0 };
      case 'false':
        return { code: 1 };
      case 'pwd':
        output.write(`${place.cwd}\n`);
        return { code: 0 };
      case 'cd':
        return await this.#enter(words, place);
      default:
        return await this.#start(run, place.cwd, input, output);
    }
  }

  async #enter(words: readonly string[], place: Place): Promise<Exit> {
    const operands = words[0] === '--' ? words.slice(1) : words;
    const [to = this.#launcher.home, ...more] = operands;
    const known = more.length === 0 && !to.startsWith('-') && to !== '';
    const path = known ? await this.#launcher.enter(resolve(place.cwd, to)) : undefined;
    if (path === undefined) {
      this.output.append(Buffer.from('cd: there is no such directory\n'));
      return { code: 1 };
    }
    place.cwd = path;
    return { code: 0 };
  }

  async #start(
    program: Program | { readonly shell: string },
    cwd: string,
    input: Readable,
    output: Writable,
  ): Promise<Exit> {
    const launch = await this.#launcher.launch(program, cwd);
    if (typeof launch === 'string') {
      this.output.append(Buffer.from(`${launch}\n`));
      return NOT_FOUND;
    }
    if (this.#stopped.signal.aborted) return NOT_FOUND;
    const child = await startChild(launch);
    if (child === undefined) {
      this.output.append(Buffer.from('the program cannot be executed\n'));
      return { code: 126 };
    }
    this.#children.add(child);
    if (this.#stopped.signal.aborted) child.kill('SIGKILL');
    input.pipe(child.stdin);
    child.stdout.pipe(output, { end: false });
    // Its reader is gone: what it writes next ends it, as a broken pipe would.
    const gone = (): void => {
      child.stdout.once('data', () => child.kill('SIGPIPE'));
      child.stdout.resume();
    };
    output.on('close', gone);
    child.stderr.on('data', (chunk: Buffer) => this.output.append(chunk));
    const exit = await child.ended;
    output.off('close', gone);
    input.unpipe(child.stdin);
    this.#children.delete(child);
    return exit;
  }
}

/** A pipe whose other end is gone is how commands end, not a fault. */
function ignoreFaults(stream: PassThrough): PassThrough {
  return stream.on('error', () => undefined);
}

function pipelinesOf(steps: readonly Step[]): readonly (readonly Step[])[] {
  const pipelines: Step[][] = [];
  for (const step of steps) {
    const current = pipelines.at(-1);
    if (step.connector === 'pipe' && current !== undefined) current.push(step);
    else pipelines.push([step]);
  }
  return pipelines;
}
