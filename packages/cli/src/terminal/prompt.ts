/**
 * Asks the person at the terminal, and reads what another program hands over.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import type { Surroundings } from '../context.ts';
import { escapeField } from './escape.ts';

/** The most that is read from standard input, in characters. */
const INPUT_LIMIT = 4_000_000;

/**
 * Asks a yes-or-no question on stderr. Anything but "y" or "yes" is a no.
 *
 * @throws PortcullisError `usage.confirmation` where nobody can answer.
 */
export async function confirmOnTerminal(
  { stdin, stderr, signal }: Surroundings,
  question: string,
): Promise<boolean> {
  if (stdin.isTTY !== true || stderr.isTTY !== true) {
    throw new PortcullisError('usage.confirmation', `${question} Nobody is there to confirm it.`, {
      hint: 'Run it on a terminal, or add --yes.',
    });
  }
  const { createInterface } = await import('node:readline/promises');
  const reader = createInterface({ input: stdin, terminal: false });
  stderr.write(`${escapeField(question)} [y/N] `);
  try {
    // The end of the input (Ctrl-D) is a no, too.
    const ended = new Promise<string>((resolve) => reader.once('close', () => resolve('')));
    const answer = await Promise.race([reader.question('', { signal }), ended]);
    return /^y(?:es)?$/i.test(answer.trim());
  } finally {
    reader.close();
  }
}

/**
 * Asks for a text on stderr and shows nothing of it.
 *
 * @throws PortcullisError `usage.confirmation` where nobody can answer.
 */
export async function readHidden(
  { stdin, stderr, signal }: Surroundings,
  question: string,
): Promise<string> {
  if (stdin.isTTY !== true || stderr.isTTY !== true) {
    throw new PortcullisError('usage.confirmation', 'Nobody is there to type a secret.', {
      hint: 'Run it on a terminal, or put the secret into the environment.',
    });
  }
  const [{ createInterface }, { Writable }] = await Promise.all([
    import('node:readline/promises'),
    import('node:stream'),
  ]);
  stderr.write(escapeField(question));
  // The editor of the line echoes what is typed; here it echoes into nothing.
  const nothing = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: stdin, output: nothing, terminal: true });
  try {
    const ended = new Promise<string>((resolve) => reader.once('close', () => resolve('')));
    const answer = await Promise.race([reader.question('', { signal }), ended]);
    return answer.trim();
  } finally {
    reader.close();
    stderr.write('\n');
  }
}

/**
 * Everything on standard input, without the line break at its end. A person at a terminal is told
 * how to end it.
 *
 * @throws PortcullisError `usage.input_too_long`.
 */
export async function readAllInput({ stdin, stderr }: Surroundings): Promise<string> {
  if (stdin.isTTY === true) stderr.write('Type or paste it, then press Enter and Ctrl-D.\n');
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of stdin) {
    text += typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true });
    if (text.length > INPUT_LIMIT) {
      throw new PortcullisError('usage.input_too_long', 'Standard input holds too much text.', {
        hint: `Hand over at most ${INPUT_LIMIT} characters.`,
      });
    }
  }
  return text.replace(/\r?\n$/, '');
}
