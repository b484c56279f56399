/**
 * Questions on a terminal, by `@clack/prompts`. Loaded by commands that ask, and by no other.
 *
 * @module
 */
import { Readable, Writable } from 'node:stream';

import {
  S_PASSWORD_MASK,
  confirm,
  intro,
  isCancel,
  multiselect,
  note,
  outro,
  password,
  select,
  text,
} from '@clack/prompts';
import { PortcullisError } from '@portcullis/core';

import type { Surroundings } from '../context.ts';
import { escapeField, escapeProse } from './escape.ts';
import type { Choice, Prompter } from './prompter.ts';

const USUAL_COLUMNS = 80;

function cancelled(): PortcullisError {
  return new PortcullisError('usage.cancelled', 'Nothing was changed.', {
    hint: 'Run the command again when it suits.',
  });
}

/** The answer, or the error of somebody who left. */
async function answered<T>(asked: Promise<T>): Promise<Exclude<T, symbol>> {
  const answer = await asked;
  if (isCancel(answer)) throw cancelled();
  return answer as Exclude<T, symbol>;
}

function shown(choices: readonly Choice[]): { value: string; label: string; hint?: string }[] {
  return choices.map(({ value, label, hint }) => ({
    value,
    label: escapeField(label),
    ...(hint !== undefined && { hint: escapeField(hint) }),
  }));
}

/**
 * A prompter on the streams of a command. Questions go to stderr, so that stdout holds the answer of
 * the command and nothing else.
 *
 * @throws PortcullisError `usage.no_terminal` where nobody can answer.
 */
export function openPrompter({ stdin, stderr, signal }: Surroundings): Prompter {
  if (stdin.isTTY !== true || stderr.isTTY !== true) {
    throw new PortcullisError('usage.no_terminal', 'Nobody is there to answer questions.', {
      hint: 'Run it on a terminal, or answer by options: add --non-interactive.',
    });
  }
  if (!(stdin instanceof Readable) || !(stderr instanceof Writable)) throw cancelled();
  // A terminal that does not say how wide it is would get a line for each character.
  if (!('columns' in stderr) || !(Number(stderr.columns) > 0)) {
    Object.assign(stderr, { columns: USUAL_COLUMNS });
  }
  const common = { input: stdin, output: stderr, signal };
  return {
    choose: (message, choices, initial) =>
      answered(
        select({
          ...common,
          message,
          options: shown(choices),
          initialValue: initial,
          maxItems: 12,
        }),
      ),
    chooseSeveral: (message, choices, initial) =>
      answered(
        multiselect({
          ...common,
          message,
          options: shown(choices),
          initialValues: [...initial],
          required: false,
        }),
      ),
    text: async (message, initial, check) =>
      (
        await answered(
          text({
            ...common,
            message,
            initialValue: escapeField(initial),
            validate: (value) => check((value ?? '').trim()),
          }),
        )
      ).trim(),
    secret: async (message, check) =>
      (
        await answered(
          password({
            ...common,
            message,
            mask: S_PASSWORD_MASK,
            validate: (value) => check(value ?? ''),
          }),
        )
      ).trim(),
    confirm: (message, initial) =>
      answered(confirm({ ...common, message: escapeField(message), initialValue: initial })),
    title: (line) => intro(escapeField(line), common),
    note: (title, lines) => note(escapeProse(lines), escapeField(title), common),
    end: (line) => outro(escapeField(line), common),
  };
}
