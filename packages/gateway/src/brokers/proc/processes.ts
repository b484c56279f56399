/**
 * The commands that run, by session: a bounded table, ended with its session and with the gateway.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';

import { PortcullisError, type ProcRequest } from '@portcullis/core';

import type { CommandRun } from './command-run.ts';
import type { Reading } from './reading.ts';

/**
 * What a command can read of what others wrote: nothing, the workspace of its agent, or the machine
 * with everything in it.
 */
export type Reach = 'nothing' | { readonly workspace: string } | 'machine';

/** One command of a session. */
export interface ProcessEntry {
  readonly id: string;
  readonly sessionKey: string;
  /** What was asked for. */
  readonly request: ProcRequest;
  readonly run: CommandRun;
  /** What it can read. */
  readonly reach: Reach;
  /** The workspace before it ran, where that is what it can read. */
  readonly reading?: Reading;
  /** It could reach the web. */
  readonly networked: boolean;
  /** True once the call that started it has returned. */
  background: boolean;
}

/** Commands of one session that run at once. */
const MOST_RUNNING = 8;
/** Commands of one session that are remembered after their end. */
const MOST_ENDED = 16;
/** How long their end is waited for when the gateway stops. */
const CLOSE_MS = 4000;

/** The commands of one gateway. */
export class Processes {
  readonly #entries = new Map<string, ProcessEntry>();
  #closed = false;

  /** Throws `proc.too_many` when the session, and `proc.closing` when the gateway, takes no more. */
  admit(sessionKey: string): void {
    if (this.#closed) {
      throw new PortcullisError('proc.closing', 'The gateway is stopping.', {
        hint: 'Run the command again after its start.',
        retryable: true,
      });
    }
    const running = this.of(sessionKey).filter(({ run }) => run.state === 'running');
    if (running.length < MOST_RUNNING) return;
    throw new PortcullisError('proc.too_many', 'Too many commands of this session are running.', {
      hint: 'End one of them first.',
    });
  }

  /** Remembers a command that was started. */
  add(init: Omit<ProcessEntry, 'id' | 'background'>): ProcessEntry {
    const entry: ProcessEntry = { ...init, id: randomBytes(6).toString('hex'), background: false };
    this.#entries.set(entry.id, entry);
    // One that was started while the gateway closed ends at once.
    if (this.#closed) entry.run.stop('killed');
    const forget = (): void => {
      if (!entry.background) this.#entries.delete(entry.id);
      else this.#trim(entry.sessionKey);
    };
    entry.run.ended.then(forget, forget);
    return entry;
  }

  /** Background commands of a session, oldest first. */
  background(sessionKey: string): readonly ProcessEntry[] {
    return this.of(sessionKey).filter(({ background }) => background);
  }

  /** All commands of a session, oldest first. */
  of(sessionKey: string): readonly ProcessEntry[] {
    return [...this.#entries.values()].filter((entry) => entry.sessionKey === sessionKey);
  }

  /** Whether some command but `entry` is at the same workspace, and may be writing there. */
  hasCompany(entry: ProcessEntry): boolean {
    return [...this.#entries.values()].some(
      (other) =>
        other !== entry && other.run.state === 'running' && meets(other.reach, entry.reach),
    );
  }

  /** Whether some command may be writing in a workspace. */
  isBusy(workspace: string): boolean {
    return [...this.#entries.values()].some(
      ({ run, reach }) => run.state === 'running' && meets(reach, { workspace }),
    );
  }

  /** A background command of this session. Throws `proc.not_found`. */
  get(sessionKey: string, id: string): ProcessEntry {
    const entry = this.#entries.get(id);
    if (entry?.sessionKey === sessionKey && entry.background) return entry;
    throw new PortcullisError('proc.not_found', 'There is no such command in this session.', {
      hint: 'List the commands of the session first.',
    });
  }

  /** Ends and forgets all commands of a session. */
  endSession(sessionKey: string): void {
    for (const entry of this.of(sessionKey)) {
      // No longer to be seen, and forgotten as soon as it has ended.
      entry.background = false;
      entry.run.stop('killed');
      if (entry.run.exit !== undefined) this.#entries.delete(entry.id);
    }
  }

  /** Ends everything and takes nothing more. Resolves when all have ended. */
  async close(): Promise<void> {
    this.#closed = true;
    const entries = [...this.#entries.values()];
    for (const { run } of entries) run.stop('killed');
    const ends = Promise.allSettled(entries.map(({ run }) => run.ended));
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, CLOSE_MS);
    await Promise.race([ends, late.promise]);
    clearTimeout(timer);
  }

  #trim(sessionKey: string): void {
    const ended = this.background(sessionKey).filter(({ run }) => run.state !== 'running');
    for (const { id } of ended.slice(0, Math.max(0, ended.length - MOST_ENDED))) {
      this.#entries.delete(id);
    }
  }
}

function meets(one: Reach, other: Reach): boolean {
  if (one === 'nothing' || other === 'nothing') return false;
  if (one === 'machine' || other === 'machine') return true;
  return one.workspace === other.workspace;
}
