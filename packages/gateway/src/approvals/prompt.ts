/**
 * Asks approvers where they are: in the direct conversation of each, or in the room that asked where
 * the channel is set so, with the exact subject and, where the network has them, buttons. The
 * messages are committed together with their question.
 *
 * @module
 */
import type { Conversation, MessageButton, Tx } from '@portcullis/core';

import type { Kernel } from '../kernel.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Prompted } from './approvals.ts';
import { approversOn, promptTarget, takesQuestions } from './approvers.ts';
import { floodText, promptOf } from './prompt-text.ts';
import type { ApprovalAnswer, ApprovalQuestion, ApprovalRow } from './row.ts';

/** A running channel account that can be asked on. */
export interface PromptAccount {
  readonly channel: string;
  readonly accountId: string;
  /** Whether its network brings pressed buttons back. */
  readonly hasButtons: boolean;
}

/** What asking needs from the rest of the gateway. */
export interface PromptRooms {
  readonly outbox: Outbox;
  readonly accounts: () => readonly PromptAccount[];
}

interface Receiver {
  readonly to: Conversation;
  readonly hasButtons: boolean;
}

const LETTERS = { 'allow-once': 'y', 'allow-always': 'a', deny: 'n' } as const;
const ANSWERS: Readonly<Record<string, ApprovalAnswer>> = {
  y: 'allow-once',
  a: 'allow-always',
  n: 'deny',
};
const LABELS = {
  'allow-once': 'Allow once',
  'allow-always': 'Allow always',
  deny: 'Deny',
} as const;
/** Id, the beginning of the digest, answer. */
const BUTTON = /^ap:([\w-]{1,40}):([0-9a-f]{12}):([yan])$/u;
const DIGEST_CHARS = 12;

/** What a pressed button says. */
export interface PressedButton {
  readonly id: string;
  /** The beginning of the digest of what was shown above the button. */
  readonly shown: string;
  readonly answer: ApprovalAnswer;
}

/** The data of a button that answers a question: at most 60 bytes. */
export function buttonData(
  { id, digest }: Pick<ApprovalRow, 'id' | 'digest'>,
  answer: ApprovalAnswer,
): string {
  return `ap:${id}:${digest.slice(0, DIGEST_CHARS)}:${LETTERS[answer]}`;
}

/** What the data of a pressed button asks for; undefined when it is no answer to a question. */
export function readButton(data: string | undefined): PressedButton | undefined {
  const [, id, shown, letter = ''] = BUTTON.exec(data ?? '') ?? [];
  const answer = ANSWERS[letter];
  if (id === undefined || shown === undefined || answer === undefined) return undefined;
  return { id, shown, answer };
}

/** Asks every approver that a running channel reaches. */
export class ApprovalPrompts {
  readonly #kernel: Kernel;
  readonly #rooms: PromptRooms;

  constructor(kernel: Kernel, rooms: PromptRooms) {
    this.#kernel = kernel;
    this.#rooms = rooms;
  }

  /** Writes the messages of a question inside the unit of work that opens it. */
  write(tx: Tx, row: ApprovalRow): Prompted {
    const { outbox } = this.#rooms;
    const { texts, answers } = promptOf(row);
    const rows = this.#receivers(row.source).flatMap(({ to, hasButtons }) =>
      texts.flatMap((text, index) => {
        const asks = hasButtons && index === texts.length - 1;
        const buttons = asks ? { buttons: [answers.map((each) => button(row, each))] } : {};
        return outbox.enqueue(tx, { to, text, ...buttons });
      }),
    );
    return {
      ids: rows.filter(({ buttons }) => buttons !== undefined).map(({ id }) => id),
      deliver: () => outbox.deliver(rows),
    };
  }

  /** Whether anybody would be written to about a question of the gateway's own doors. */
  get reachesSomebody(): boolean {
    return this.#receivers(undefined).length > 0;
  }

  /** Writes to approvers that a run was stopped because it asked too often. */
  writeFlood(tx: Tx, question: ApprovalQuestion): Prompted {
    const { outbox } = this.#rooms;
    const text = floodText(question);
    const rows = this.#approvers(question.source).flatMap(({ to }) =>
      outbox.enqueue(tx, { to, text }),
    );
    return { ids: [], deliver: () => outbox.deliver(rows) };
  }

  #receivers(source: Conversation | undefined): readonly Receiver[] {
    const room = this.#room(source);
    const all = this.#approvers(source);
    if (room === undefined || source === undefined) return all;
    const { channel } = source;
    const both = promptTarget(this.#kernel, channel) === 'both';
    return [room, ...all.filter(({ to }) => both || to.channel !== channel)];
  }

  /** The conversation that asked, where its channel wants the question there. */
  #room(source: Conversation | undefined): Receiver | undefined {
    if (source === undefined) return undefined;
    const { channel, accountId } = source;
    const { accounts } = this.#rooms;
    const account = accounts().find(
      (each) => each.channel === channel && each.accountId === accountId,
    );
    if (account === undefined || !takesQuestions(this.#kernel, channel)) return undefined;
    if (promptTarget(this.#kernel, channel) === 'dm') return undefined;
    return { to: source, hasButtons: account.hasButtons };
  }

  /** The direct conversation of every approver, once a channel. */
  #approvers(source: Conversation | undefined): readonly Receiver[] {
    const accounts = Map.groupBy(this.#rooms.accounts(), ({ channel }) => channel);
    return [...accounts].flatMap(([channel, ofChannel]) => {
      const account = ofChannel.find(isDefault) ?? ofChannel[0];
      if (account === undefined || !takesQuestions(this.#kernel, channel)) return [];
      const { accountId, hasButtons } = account;
      return approversOn(this.#kernel, channel, source?.channel).map((id) => ({
        to: { channel, accountId, kind: 'direct' as const, id },
        hasButtons,
      }));
    });
  }
}

function button(row: ApprovalRow, answer: ApprovalAnswer): MessageButton {
  return { label: LABELS[answer], data: buttonData(row, answer) };
}

function isDefault({ accountId }: PromptAccount): boolean {
  return accountId === 'default';
}
