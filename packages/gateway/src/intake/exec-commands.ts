/**
 * `/exec` and `/elevated`: what the owner chooses for the commands of one session. A choice ends with
 * the session, never reaches past the host's own document, and loosens for the owner alone.
 *
 * @module
 */
import type { Event } from '@portcullis/core';
import { decideExec } from '@portcullis/policy/exec';

import { type Kernel, commit } from '../kernel.ts';
import { type ExecOverride, openSession, readSession, writeSession } from '../session/sessions.ts';
import type { InboxRun } from './inbox.ts';

const CHOICES = {
  host: ['auto', 'sandbox', 'gateway', 'node'],
  security: ['deny', 'allowlist', 'full'],
  ask: ['off', 'on-miss', 'always'],
} as const satisfies { readonly [K in keyof ExecOverride]?: readonly ExecOverride[K][] };
const ELEVATED = ['on', 'ask', 'full', 'off'] as const;

const EXEC_USAGE = [
  'Say `/exec host=auto|sandbox|gateway|node security=deny|allowlist|full ask=off|on-miss|always`,',
  'with any of the three, or `/exec reset`.',
].join(' ');
const ELEVATED_USAGE = 'Say `/elevated on`, `ask`, `full` or `off`.';

/** Choices about the commands of sessions. */
export class ExecCommands {
  readonly #kernel: Kernel;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Runs `/exec <args>`. Resolves with what to say. */
  async exec(run: InboxRun, args: string): Promise<string> {
    const words = args.trim().toLowerCase().split(/\s+/u).filter(Boolean);
    if (words.length === 0) return tell(await this.#read(run));
    if (words.length === 1 && words[0] === 'reset') {
      return tell(
        await this.#change(run, ({ elevated }) => (elevated === undefined ? {} : { elevated })),
      );
    }
    const change = readChange(words);
    if (change === undefined) return EXEC_USAGE;
    return tell(await this.#change(run, (old) => ({ ...old, ...change })));
  }

  /** Runs `/elevated <args>`. Resolves with what to say. */
  async elevated(run: InboxRun, event: Event, args: string): Promise<string> {
    const word = args.trim().toLowerCase();
    if (word === '') return tell(await this.#read(run));
    const elevated = ELEVATED.find((each) => each === word);
    if (elevated === undefined) return ELEVATED_USAGE;
    const refusal = elevated === 'off' ? undefined : this.#refusal(run, event, elevated);
    if (refusal !== undefined) return refusal;
    return tell(await this.#change(run, (old) => ({ ...old, elevated })));
  }

  /** Why the sender may not leave the sandbox, asked of a command that does nothing. */
  #refusal(run: InboxRun, { conversation, sender }: Event, elevated: 'on' | 'ask' | 'full') {
    const { effect, code, reason } = decideExec(this.#kernel.config().value, {
      agentId: run.agentId,
      command: 'true',
      sandboxed: true,
      elevated,
      channel: conversation.channel,
      ...(sender.id === undefined ? {} : { sender: { id: sender.id } }),
    });
    const refused = effect === 'deny' && code.startsWith('exec.elevated.');
    return refused ? `${reason} (${code})` : undefined;
  }

  async #read({ sessionKey }: InboxRun): Promise<ExecOverride> {
    const session = await this.#kernel.store.transact((tx) => readSession(tx, sessionKey));
    return session?.exec ?? {};
  }

  async #change(run: InboxRun, change: (old: ExecOverride) => ExecOverride): Promise<ExecOverride> {
    const { sessionKey: key, agentId, principal } = run;
    return await commit(this.#kernel, async (tx) => {
      const now = this.#kernel.now();
      const session = await openSession(tx, { key, agentId, now });
      const next = change(session.exec ?? {});
      writeSession(tx, { ...session, exec: next });
      this.#kernel.journal.record(tx, {
        kind: 'session',
        at: now,
        principal: principal.id,
        code: 'session.exec_override',
        sessionKey: key,
        ...next,
      });
      return next;
    });
  }
}

function readChange(words: readonly string[]): ExecOverride | undefined {
  const change: Record<string, string> = {};
  for (const word of words) {
    const [key = '', value = '', ...more] = word.split('=');
    const choices: readonly string[] | undefined = Object.hasOwn(CHOICES, key)
      ? CHOICES[key as keyof typeof CHOICES]
      : undefined;
    if (choices?.includes(value) !== true || more.length > 0 || key in change) return undefined;
    change[key] = value;
  }
  return change as ExecOverride;
}

function tell({ host, security, ask, elevated }: ExecOverride): string {
  const chosen = Object.entries({ host, security, ask, elevated }).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${value}`],
  );
  return chosen.length === 0
    ? 'Commands of this session run as configured.'
    : `For you, commands of this session run with ${chosen.join(' ')}, as far as the machine allows. It ends with the session.`;
}
