/**
 * Answers of approvers out of their conversations: pressed buttons and `/approve`.
 *
 * Only a person whom policy lists as approver on the channel he writes on answers here. The doors of
 * the gateway itself do not: no hook, no job, no sub-agent, and so nothing the agent can set off.
 *
 * @module
 */
import { type Event, PortcullisError } from '@portcullis/core';

import type { InboxRun } from '../intake/inbox.ts';
import type { Kernel } from '../kernel.ts';
import { isPressedUnder } from '../outbox/pressed.ts';
import {
  type ApprovalAnswer,
  type ApprovalRow,
  type Approvals,
  approvalsTable,
} from './approvals.ts';
import { readButton } from './prompt.ts';

const USAGE = 'Say `/approve <id> allow-once` or `/approve <id> deny`.';
const NOT_OFFERED = 'Only `allow-once` and `deny` are offered: nothing is allowed for good.';

/** Answers given in conversations. */
export class ApprovalAnswers {
  readonly #kernel: Kernel;
  readonly #approvals: Approvals;

  constructor(kernel: Kernel, approvals: Approvals) {
    this.#kernel = kernel;
    this.#approvals = approvals;
  }

  /**
   * Whether a pressed button is bound: to a question that waits, to the message that asks it, and to
   * an approver it was sent to.
   */
  async isBound(event: Event): Promise<boolean> {
    const pressed = readButton(event.button?.data);
    if (pressed === undefined || !this.#isApprover(event)) return false;
    return await this.#kernel.store.transact(async (tx) => {
      const row = await tx.get(approvalsTable, pressed.id);
      if (row?.state !== 'pending' || this.#kernel.now() > row.expiresAt) return false;
      return await isPressedUnder(tx, row.prompts ?? [], event);
    });
  }

  /** What an approver is told whose button was not bound; undefined for everybody else. */
  async unboundText(event: Event): Promise<string | undefined> {
    const pressed = readButton(event.button?.data);
    if (pressed === undefined || !this.#isApprover(event)) return undefined;
    const row = await this.#approvals.get(pressed.id);
    if (row === undefined) return undefined;
    return row.state === 'pending'
      ? 'This button does not count. Answer with /approve instead.'
      : outcomeText(row);
  }

  /** Gives the answer of an admitted button. Resolves with what to say about it. */
  async press(event: Event, run: InboxRun): Promise<string | undefined> {
    const pressed = readButton(event.button?.data);
    return pressed === undefined || !this.#isApprover(event)
      ? undefined
      : await this.#resolve(run.principal.id, pressed.id, pressed.answer);
  }

  /** Runs `/approve <id> <answer>`. Resolves with what to say about it. */
  async command(event: Event, run: InboxRun, args: string): Promise<string> {
    if (!this.#isApprover(event)) return 'You may not answer approvals.';
    const [id, word, ...rest] = args.trim().split(/\s+/u);
    if (id === undefined || word === undefined || rest.length > 0) return USAGE;
    const answer = word.toLowerCase();
    if (answer === 'allow-always') return NOT_OFFERED;
    if (answer !== 'allow-once' && answer !== 'deny') return USAGE;
    return await this.#resolve(run.principal.id, id, answer);
  }

  async #resolve(actor: string, id: string, answer: ApprovalAnswer): Promise<string> {
    try {
      return outcomeText(await this.#approvals.resolve(actor, id, answer));
    } catch (error) {
      if (!PortcullisError.is(error) || !error.code.startsWith('approval.')) throw error;
      const row = await this.#approvals.get(id);
      return row === undefined ? 'There is no such approval.' : outcomeText(row);
    }
  }

  #isApprover({ kind, sender, conversation }: Event): boolean {
    return (
      (kind === 'button' || kind === 'command' || kind === 'message') &&
      sender.isBot !== true &&
      sender.isSelf !== true &&
      this.#kernel.policy().isApprover(conversation.channel, sender.id)
    );
  }
}

/** How a question ended, in one sentence. */
function outcomeText({ state, resolvedBy }: ApprovalRow): string {
  const by = resolvedBy === undefined ? '' : ` by ${resolvedBy}`;
  switch (state) {
    case 'allowed':
    case 'used':
      return `Allowed once${by}.`;
    case 'denied':
      return `Denied${by}.`;
    case 'expired':
      return 'Too late: nobody answered in time, or it was not used in time.';
    case 'cancelled':
      return 'Nobody waits for this any more: the run was stopped.';
    case 'pending':
      return 'This waits for an answer.';
  }
}
