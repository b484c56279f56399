/**
 * The store's side of the writer thread: queues prepared units and sends them in batches.
 *
 * One batch is under way at a time. Units that arrive meanwhile make up the next one, so the busier
 * the store, the more units share a commit.
 *
 * @module
 */
import { Worker } from 'node:worker_threads';

import { type Logger, PortcullisError } from '@portcullis/core';

import { fromFailure } from './failure.ts';
import type {
  PreparedUnit,
  StoreFault,
  UnitOutcome,
  WriterReply,
  WriterRequest,
  WriterSetup,
} from './writer-message.ts';

/** Bounds on one batch, so that no unit waits long for its neighbours. */
const BATCH_UNITS = 512;
const BATCH_CHARACTERS = 8 * 1024 * 1024;

/** Lets its bearer commit while everybody else waits. */
export type Pass = symbol;

interface Waiting {
  readonly unit: PreparedUnit;
  readonly pass: Pass | undefined;
  readonly resolve: (outcome: UnitOutcome) => void;
  readonly reject: (error: PortcullisError) => void;
}

/** What a writer needs beside its thread's set-up. */
export interface WriterOptions {
  readonly log: Logger;
  /** Asked before each batch; for tests. */
  readonly fault: (() => StoreFault | undefined) | undefined;
  /** Called once when the thread has stopped although nobody closed it. */
  readonly onDeath: () => void;
}

/** Sends units to the writer thread. */
export class Writer {
  readonly #worker: Worker;
  readonly #options: WriterOptions;
  #queue: Waiting[] = [];
  #underWay: readonly Waiting[] = [];
  #scheduled = false;
  #batches = 0;
  #exclusive: Pass | undefined;
  #dead: PortcullisError | undefined;
  #closed: (() => void) | undefined;
  #quiet: (() => void) | undefined;

  /** Use {@link Writer.start}. */
  constructor(worker: Worker, options: WriterOptions) {
    this.#worker = worker;
    this.#options = options;
    worker.on('message', (reply: WriterReply) => this.#receive(reply));
    worker.on('error', (error) => this.#die(error));
    worker.on('exit', () => this.#die(undefined));
    worker.unref();
  }

  /** Starts the thread; it opens and migrates the database. Throws what stops it from doing so. */
  static async start(setup: WriterSetup, options: WriterOptions): Promise<Writer> {
    const worker = spawn(setup);
    const first = Promise.withResolvers<WriterReply>();
    worker.once('message', first.resolve);
    worker.once('error', first.reject);
    const stop = (): void => first.reject(stoppedError());
    worker.once('exit', stop);
    const reply = await first.promise.finally(() => {
      worker.off('error', first.reject);
      worker.off('exit', stop);
    });
    if (reply.kind === 'refused') {
      await worker.terminate();
      throw fromFailure(reply.failure);
    }
    return new Writer(worker, options);
  }

  /**
   * Tells moments apart: while this does not change and {@link idle} is true, nothing in the
   * database has changed.
   */
  get batches(): number {
    return this.#batches;
  }

  /** True while no batch is under way. */
  get idle(): boolean {
    return this.#underWay.length === 0;
  }

  /** Commits a unit with the next batch that has room. Throws when the batch as a whole failed. */
  submit(unit: PreparedUnit, pass?: Pass): Promise<UnitOutcome> {
    if (this.#dead !== undefined) return Promise.reject(this.#dead);
    return new Promise((resolve, reject) => {
      this.#queue.push({ unit, pass, resolve, reject });
      this.#schedule();
    });
  }

  /**
   * Runs `work` while only units with its pass are committed. Others wait, for a second at the
   * most. When somebody else has a pass already, `work` runs among all others.
   */
  async exclusively<T>(work: (pass: Pass | undefined) => Promise<T>): Promise<T> {
    if (this.#exclusive !== undefined) return work(undefined);
    const pass = Symbol('pass');
    this.#exclusive = pass;
    const end = (): void => {
      if (this.#exclusive !== pass) return;
      this.#exclusive = undefined;
      this.#schedule();
    };
    const timer = setTimeout(end, 1000);
    try {
      await this.#untilIdle();
      return await work(pass);
    } finally {
      clearTimeout(timer);
      end();
    }
  }

  /** Closes the database and ends the thread. Everything submitted must have been answered. */
  async close(): Promise<void> {
    if (this.#dead !== undefined) return;
    await new Promise<void>((resolve) => {
      this.#closed = resolve;
      this.#worker.ref();
      this.#post({ kind: 'close' });
    });
    this.#dead ??= stoppedError();
    await this.#worker.terminate();
  }

  #schedule(): void {
    if (this.#scheduled || !this.idle || this.#queue.length === 0) return;
    this.#scheduled = true;
    // Not at once: units woken by the same commit are still being prepared in this very turn.
    setImmediate(() => {
      this.#scheduled = false;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    if (this.#dead !== undefined || !this.idle) return;
    const batch = this.#takeBatch();
    if (batch.length === 0) return;
    this.#underWay = batch;
    this.#batches += 1;
    // Only work under way keeps the process alive; an open store alone does not.
    this.#worker.ref();
    const units = batch.map(({ unit }) => unit);
    this.#post({ kind: 'commit', units, fault: this.#options.fault?.() });
  }

  #takeBatch(): readonly Waiting[] {
    const batch: Waiting[] = [];
    const left: Waiting[] = [];
    let characters = 0;
    for (const waiting of this.#queue) {
      const admitted = this.#exclusive === undefined || waiting.pass === this.#exclusive;
      const room = batch.length < BATCH_UNITS && characters < BATCH_CHARACTERS;
      if (admitted && room) {
        batch.push(waiting);
        characters += unitSize(waiting.unit);
      } else {
        left.push(waiting);
      }
    }
    this.#queue = left;
    return batch;
  }

  #receive(reply: WriterReply): void {
    if (reply.kind === 'closed') {
      this.#closed?.();
      return;
    }
    const batch = this.#underWay;
    this.#underWay = [];
    this.#worker.unref();
    if (reply.kind === 'done') {
      for (const [position, { resolve }] of batch.entries()) {
        resolve(reply.outcomes[position] ?? 'conflict');
      }
    } else if (reply.kind === 'failed') {
      const { failure, detail } = reply;
      this.#options.log.error(
        { code: failure.code, units: batch.length, detail },
        'A commit failed; its units changed nothing.',
      );
      for (const { reject } of batch) reject(fromFailure(failure));
    }
    this.#quiet?.();
    this.#schedule();
  }

  #untilIdle(): Promise<void> {
    if (this.idle) return Promise.resolve();
    return new Promise((resolve) => {
      this.#quiet = () => {
        this.#quiet = undefined;
        resolve();
      };
    });
  }

  #die(error: unknown): void {
    if (this.#dead !== undefined) return;
    this.#dead = stoppedError(error);
    this.#options.log.error({ code: this.#dead.code }, 'The writer thread of the store stopped.');
    for (const { reject } of [...this.#underWay, ...this.#queue]) reject(this.#dead);
    this.#underWay = [];
    this.#queue = [];
    this.#quiet?.();
    this.#closed?.();
    this.#options.onDeath();
  }

  #post(request: WriterRequest): void {
    this.#worker.postMessage(request, []);
  }
}

/** The thread runs the file beside this one: TypeScript from source, JavaScript from a build. */
function spawn(workerData: WriterSetup): Worker {
  // Batches are short-lived; a small nursery keeps the thread small under load.
  const options = { workerData, resourceLimits: { maxYoungGenerationSizeMb: 8 } };
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./writer-worker.js', import.meta.url), options);
  }
  return new Worker(new URL('./writer-worker.ts', import.meta.url), {
    ...options,
    execArgv: ['--conditions=@portcullis/source'],
  });
}

function unitSize(unit: PreparedUnit): number {
  let size = 0;
  for (const change of unit.changes) size += change.text.length;
  for (const line of unit.lines) size += line.entry.length;
  return size;
}

function stoppedError(cause?: unknown): PortcullisError {
  return new PortcullisError('store.io', 'The writer of the store has stopped.', {
    hint: 'What was being committed may or may not be stored; open the store again and look.',
    cause,
  });
}
