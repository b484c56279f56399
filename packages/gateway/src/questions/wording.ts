/**
 * The words of a question, as markdown, and the buttons that answer it.
 *
 * Promises: the text of the model is shown as plain text, so that it can be taken for nothing but a
 * question; nothing in it is invisible.
 *
 * @module
 */
import type { MessageButton } from '@portcullis/core';

import { unhidden } from '../approvals/prompt-text.ts';
import type { QuestionRow } from './question.ts';

/** Most UTF-16 units on a button: the least that networks show. */
const LABEL_CHARS = 60;
const BUTTON = /^q:([0-9a-f]{32}):([0-3])$/u;
const MARKUP = /[\\`*_~[\]()#<>|!]/gu;

/** A question as a message. */
export function wordsOf({ text, options, createdAt, expiresAt }: QuestionRow): string {
  const minutes = Math.max(1, Math.round((expiresAt - createdAt) / 60_000));
  const list = options.map((option, index) => `${String(index + 1)}. ${plain(option)}`);
  const how =
    options.length === 0
      ? 'Answer with your next message'
      : 'Answer with a button, a number, or a message of your own';
  return [
    `**Question:** ${plain(text)}`,
    ...(list.length === 0 ? [] : ['', ...list]),
    '',
    `${how} within ${String(minutes)} minutes.`,
  ].join('\n');
}

/** The buttons of a question, one a line. None where nothing is offered. */
export function buttonsOf({ id, options }: QuestionRow): readonly (readonly MessageButton[])[] {
  return options.map((option, index) => [
    {
      label: unhidden(option).slice(0, LABEL_CHARS).toWellFormed(),
      data: `q:${id}:${String(index)}`,
    },
  ]);
}

/** What the data of a pressed button chooses; undefined when it is no answer to a question. */
export function readChoice(
  data: string | undefined,
): { readonly id: string; readonly index: number } | undefined {
  const [, id, index] = BUTTON.exec(data ?? '') ?? [];
  return id === undefined ? undefined : { id, index: Number(index) };
}

/** What a person meant who wrote `text`: the option of that number, else his words. */
export function meaningOf(text: string, options: readonly string[]): string {
  const trimmed = text.trim();
  const number = /^([1-9])[.)]?$/u.exec(trimmed)?.[1];
  return (number === undefined ? undefined : options[Number(number) - 1]) ?? trimmed;
}

/** How a question ended, for whoever pressed its button. */
export function endOf({ state, answer }: QuestionRow): string {
  switch (state) {
    case 'pending':
      return 'This waits for an answer.';
    case 'answered':
      return `Answered: ${answer ?? ''}`.slice(0, 190).toWellFormed();
    case 'declined':
      return 'This was not answered.';
    case 'expired':
      return 'Too late: nobody answered in time.';
    case 'cancelled':
      return 'Nobody waits for this any more: the run was stopped.';
  }
}

function plain(text: string): string {
  return unhidden(text).replaceAll(MARKUP, (character) => `\\${character}`);
}
