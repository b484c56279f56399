/**
 * `openclaw sessions delete|archive`: several conversations at one time.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import type { CommandHandler, Invocation } from '../../command.ts';
import { quote } from '../../parse/fault.ts';
import { type OperatorSession, withOperator } from '../operator-session.ts';
import { unknownSession } from './read.ts';

/** Whole keys of conversations that are there: an unknown one stops everything before it begins. */
async function keysOf({ input }: Invocation, { ask }: OperatorSession): Promise<readonly string[]> {
  const keys: string[] = [];
  for (const key of input.all('key')) {
    const { session } = await ask('sessions.describe', { key });
    if (session === null) throw unknownSession(key);
    keys.push(session.key);
  }
  return keys;
}

interface Done {
  readonly key: string;
  readonly ok: boolean;
  readonly error?: string;
}

/** Does it to each, and goes on where one is refused. */
async function each(
  keys: readonly string[],
  work: (key: string) => Promise<unknown>,
): Promise<readonly Done[]> {
  const done: Done[] = [];
  for (const key of keys) {
    try {
      await work(key);
      done.push({ key, ok: true });
    } catch (error) {
      if (!PortcullisError.is(error) || error.code !== 'gateway.refused') throw error;
      done.push({ key, ok: false, error: error.message });
    }
  }
  return done;
}

function report({ out, json }: Invocation, done: readonly Done[], word: string): 0 | 1 {
  const ok = done.every((one) => one.ok);
  if (json) out.json({ ok, sessions: done });
  else {
    for (const { key, error } of done) {
      if (error === undefined) out.line(`${key} is ${word}.`);
      else out.warn(`${key} is not ${word}: ${error}`);
    }
  }
  return ok ? 0 : 1;
}

function rehearsed({ out, json }: Invocation, keys: readonly string[], word: string): 0 {
  if (json) out.json({ ok: true, dryRun: true, sessions: keys.map((key) => ({ key })) });
  else for (const key of keys) out.line(`${key} would be ${word}.`);
  return 0;
}

/** `openclaw sessions delete`. */
export const deleteSessions: CommandHandler = (invocation) =>
  withOperator(invocation, async (session) => {
    const { input, doors } = invocation;
    const keys = await keysOf(invocation, session);
    if (input.flag('dry-run')) return rehearsed(invocation, keys, 'deleted');
    const what = keys.length === 1 ? quote(keys[0] ?? '') : `${String(keys.length)} conversations`;
    const question = `Delete ${what} with everything that was said?`;
    if (!input.flag('yes') && !(await doors.confirm(question))) {
      throw new PortcullisError('usage.declined', 'Nothing was deleted.', {
        hint: 'Nothing to do.',
      });
    }
    const done = await each(keys, (key) => session.ask('sessions.delete', { key }));
    return report(invocation, done, 'deleted');
  });

/** `openclaw sessions archive`. */
export const archiveSessions: CommandHandler = (invocation) =>
  withOperator(invocation, async (session) => {
    const { input } = invocation;
    const archived = !input.flag('undo');
    const word = archived ? 'archived' : 'out of the archive';
    const keys = await keysOf(invocation, session);
    if (input.flag('dry-run')) return rehearsed(invocation, keys, word);
    const done = await each(keys, (key) => session.ask('sessions.patch', { key, archived }));
    return report(invocation, done, word);
  });
