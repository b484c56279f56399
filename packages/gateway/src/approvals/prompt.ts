/**
 * Asks approvers where they are: in the direct conversation of each, with the exact subject and,
 * where the network has them, buttons. The messages are committed together with their question.
 *
 * @module
 */
import type { Conversation, MessageButton, Tx } from '@portcullis/core';
import { canonicalSender } from '@portcullis/policy';

import type { Kernel } from '../kernel.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { ApprovalAnswer, ApprovalRow, Prompted } from './approvals.ts';
import { promptOf } from './prompt-text.ts';

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

const LETTERS = { 'allow-once': 'y', deny: 'n' } as const;
const BUTTON = /^ap:([\w-]{1,40}):([yn])$/u;

/** The data of a button that answers question `id`: at most 45 bytes. */
export function buttonData(id: string, answer: ApprovalAnswer): string {
  return `ap:${id}:${LETTERS[answer]}`;
}

/** What the data of a pressed button asks for; undefined when it is no answer to a question. */
export function readButton(
  data: string | undefined,
): { readonly id: string; readonly answer: ApprovalAnswer } | undefined {
  const [, id, letter] = BUTTON.exec(data ?? '') ?? [];
  if (id === undefined) return undefined;
  return { id, answer: letter === 'y' ? 'allow-once' : 'deny' };
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
    const rows = this.#receivers().flatMap(({ to, hasButtons }) =>
      texts.flatMap((text, index) => {
        const asks = hasButtons && index === texts.length - 1;
        const buttons = asks ? { buttons: [answers.map((each) => button(row.id, each))] } : {};
        return outbox.enqueue(tx, { to, text, ...buttons });
      }),
    );
    return {
      ids: rows.filter(({ buttons }) => buttons !== undefined).map(({ id }) => id),
      deliver: () => outbox.deliver(rows),
    };
  }

  /** The direct conversation of every approver, once a channel. */
  #receivers(): readonly { readonly to: Conversation; readonly hasButtons: boolean }[] {
    const accounts = Map.groupBy(this.#rooms.accounts(), ({ channel }) => channel);
    return [...accounts].flatMap(([channel, ofChannel]) => {
      const account = ofChannel.find(isDefault) ?? ofChannel[0];
      if (account === undefined || this.#isOff(channel)) return [];
      const { accountId, hasButtons } = account;
      return this.#approvers(channel).map((id) => ({
        to: { channel, accountId, kind: 'direct' as const, id },
        hasButtons,
      }));
    });
  }

  /** Entries of the approver lists that name a person of `channel`; policy has the last word. */
  #approvers(channel: string): readonly string[] {
    const config = this.#kernel.config().value;
    const entries = [
      ...listAt(config, 'commands', 'ownerAllowFrom'),
      ...listAt(config, 'execApprovals', 'approvers'),
    ];
    const ids = entries.flatMap((entry) => {
      const id = entry === '*' ? undefined : canonicalSender(channel, entry);
      return id !== undefined && this.#kernel.policy().isApprover(channel, entry) ? [id] : [];
    });
    return [...new Set(ids)];
  }

  /** `channels.<channel>.execApprovals.enabled: false` keeps questions off a network. */
  #isOff(channel: string): boolean {
    const section = fieldOf(fieldOf(this.#kernel.config().value, 'channels'), channel);
    return fieldOf(fieldOf(section, 'execApprovals'), 'enabled') === false;
  }
}

function button(id: string, answer: ApprovalAnswer): MessageButton {
  const label = answer === 'allow-once' ? 'Allow once' : 'Deny';
  return { label, data: buttonData(id, answer) };
}

function fieldOf(section: unknown, key: string): unknown {
  return typeof section === 'object' && section !== null && Object.hasOwn(section, key)
    ? (section as Readonly<Record<string, unknown>>)[key]
    : undefined;
}

function listAt(config: unknown, section: string, key: string): readonly (string | number)[] {
  const list = fieldOf(fieldOf(config, section), key);
  return Array.isArray(list) ? list.filter(isEntry) : [];
}

function isEntry(each: unknown): each is string | number {
  return typeof each === 'string' || typeof each === 'number';
}

function isDefault({ accountId }: PromptAccount): boolean {
  return accountId === 'default';
}
