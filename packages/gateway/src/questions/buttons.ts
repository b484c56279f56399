/**
 * Answers by button: bound to the question, to the message that asks it, and to the person it asks.
 *
 * @module
 */
import { type Event, PortcullisError, type Tx } from '@portcullis/core';
import { canonicalSender } from '@portcullis/policy';

import type { InboxRun } from '../intake/inbox.ts';
import type { Kernel } from '../kernel.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { isPressedUnder } from '../outbox/pressed.ts';
import type { ChannelOf } from '../outbox/row.ts';
import { type QuestionRow, questionsTable } from './question.ts';
import type { QuestionListener, Questions } from './questions.ts';
import { buttonsOf, endOf, readChoice, wordsOf } from './wording.ts';

/** Writes the message that asks: to the conversation of the one who is asked, with buttons where its network has them. */
export function promptIn(outbox: Outbox, channelOf: ChannelOf): QuestionListener['prompt'] {
  return (tx, row) => {
    if (row.door !== 'channel') return { ids: [], deliver: () => undefined };
    const { channel, accountId } = row.conversation;
    const hasButtons =
      row.options.length > 0 && channelOf(channel, accountId)?.answerButton !== undefined;
    const rows = outbox.enqueue(tx, {
      to: row.conversation,
      text: wordsOf(row),
      runId: row.runId,
      ...(hasButtons ? { buttons: buttonsOf(row) } : {}),
    });
    return {
      ids: rows.filter(({ buttons }) => buttons !== undefined).map(({ id }) => id),
      deliver: () => outbox.deliver(rows),
    };
  };
}

/** Pressed buttons of questions. */
export class QuestionButtons {
  readonly #kernel: Kernel;
  readonly #questions: Questions;

  constructor(kernel: Kernel, questions: Questions) {
    this.#kernel = kernel;
    this.#questions = questions;
  }

  /** Whether a button is bound: to a question that waits, its message, and the one who is asked. */
  async isBound(event: Event): Promise<boolean> {
    const found = await this.#asked(event);
    if (found === undefined) return false;
    const { row, underPrompt } = found;
    return row.state === 'pending' && this.#kernel.now() <= row.expiresAt && underPrompt;
  }

  /** What the one who is asked is told when his button is not bound; undefined for everybody else. */
  async unboundText(event: Event): Promise<string | undefined> {
    const found = await this.#asked(event);
    if (found === undefined) return undefined;
    const row = (await this.#questions.get(found.row.id)) ?? found.row;
    return row.state === 'pending' ? 'This button does not count. Write your answer.' : endOf(row);
  }

  /** Gives the answer of an admitted button. Resolves with what to say; undefined when it has none. */
  async press(event: Event, run: InboxRun): Promise<string | undefined> {
    const choice = readChoice(event.button?.data);
    const found = await this.#asked(event);
    const option = found?.row.options[choice?.index ?? 0];
    if (found?.row.principal !== run.principal.id || option === undefined) return undefined;
    try {
      return endOf(await this.#questions.answer(run.principal, found.row.id, option));
    } catch (error) {
      if (!PortcullisError.is(error) || !error.code.startsWith('question.')) throw error;
      const row = await this.#questions.get(found.row.id);
      return row === undefined ? undefined : endOf(row);
    }
  }

  /** The question a button belongs to, if the one who pressed it is the one it asks. */
  async #asked(
    event: Event,
  ): Promise<{ readonly row: QuestionRow; readonly underPrompt: boolean } | undefined> {
    const choice = readChoice(event.button?.data);
    const { channel } = event.conversation;
    const sender = canonicalSender(channel, event.sender.id);
    if (choice === undefined || sender === undefined) return undefined;
    return await this.#kernel.store.transact(async (tx: Tx) => {
      const row = await tx.get(questionsTable, choice.id);
      if (row?.principal !== `${channel}:${sender}` || row.door !== 'channel') return undefined;
      return { row, underPrompt: await isPressedUnder(tx, row.prompts ?? [], event) };
    });
  }
}
