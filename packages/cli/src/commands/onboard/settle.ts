/**
 * Lets a gateway that runs take up what was written into its file.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import type { Invocation } from '../../command.ts';
import { isNotRunning, type OperatorSession, withOperator } from '../operator-session.ts';
import type { Written } from './write.ts';

/** How long a gateway may take to see that its file changed. */
const SEEING_MS = 5000;
const LOOK_MS = 100;

/**
 * A change that only somebody at this machine may make is in the file and waits for a yes; the person
 * who wrote it has given it just now.
 *
 * @returns whether a gateway runs.
 */
export async function settle(invocation: Invocation, { change }: Written): Promise<boolean> {
  if (change?.waits !== true) return change?.live === true;
  // What opens nothing is taken up without a question.
  if (change.opens.length === 0) return true;
  const { out } = invocation;
  try {
    await withOperator(invocation, (session) => acceptEdit(invocation, session), { live: true });
    return true;
  } catch (error) {
    if (isNotRunning(error)) return false;
    out.warn('The running gateway has not taken it up: openclaw config accept');
    return true;
  }
}

async function acceptEdit({ out }: Invocation, { ask }: OperatorSession): Promise<void> {
  const deadline = performance.now() + SEEING_MS;
  for (;;) {
    const { edit } = await ask('config.status', {});
    if (edit?.state === 'waiting') {
      const { restartNeeded, failed } = await ask('config.accept', { hash: edit.hash });
      if (restartNeeded.length > 0) {
        out.note(`After the next start of the gateway: ${restartNeeded.join(', ')}.`);
      }
      for (const { path, message } of failed) out.warn(`${path} stays as it was: ${message}`);
      return;
    }
    if (performance.now() > deadline) throw notSeen();
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function notSeen(): PortcullisError {
  return new PortcullisError('config.no_edit', 'The gateway has not seen the change.', {
    hint: 'Look again: openclaw config accept',
  });
}
