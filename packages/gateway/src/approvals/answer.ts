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
import type { Approvals } from './approvals.ts';
import { ApprovalHistory } from './history.ts';
import { promptOf } from './prompt-text.ts';
import { type PressedButton, readButton } from './prompt.ts';
import { type ApprovalAnswer, type ApprovalRow, approvalsTable } from './row.ts';

const USAGE = 'Say `/approve <id> allow-once`, `allow-always` where it is offered, or `deny`.';
const UNREAD =
  'That was too long to be shown here. Read it and answer it on the machine or on the control page.';
const NOT_YOURS = 'You may not answer this approval.';
const ANSWERS: readonly ApprovalAnswer[] = ['allow-once', 'allow-always', 'deny'];

/** Answers given in conversations. */
export class ApprovalAnswers {
  readonly #kernel: Kernel;
  readonly #approvals: Approvals;
  readonly #history: ApprovalHistory;

  constructor(kernel: Kernel, approvals: Approvals) {
    this.#kernel = kernel;
    this.#approvals = approvals;
    this.#history = new ApprovalHistory(kernel);
  }

  /**
   * Whether a pressed button is bound: to a question that waits, to the message that asks it, and to
   * an approver it was sent to.
   */
  async isBound(event: Event): Promise<boolean> {
    const pressed = readButton(event.button?.data);
    if (pressed === undefined) return false;
    return await this.#kernel.store.transact(async (tx) => {
      const row = await tx.get(approvalsTable, pressed.id);
      if (row?.state !== 'pending' || this.#kernel.now() > row.expiresAt) return false;
      if (!this.#isApprover(event, row) || !isFor(pressed, row)) return false;
      return await isPressedUnder(tx, row.prompts ?? [], event);
    });
  }

  /** What an approver is told whose button was not bound; undefined for everybody else. */
  async unboundText(event: Event): Promise<string | undefined> {
    const pressed = readButton(event.button?.data);
    const row = pressed === undefined ? undefined : await this.#history.get(pressed.id);
    if (row === undefined || !this.#isApprover(event, row)) return undefined;
    return row.state === 'pending'
      ? 'This button does not count. Answer with /approve instead.'
      : outcomeText(row);
  }

  /** Gives the answer of an admitted button. Resolves with what to say about it. */
  async press(event: Event, run: InboxRun): Promise<string | undefined> {
    const pressed = readButton(event.button?.data);
    const row = pressed === undefined ? undefined : await this.#history.get(pressed.id);
    if (pressed === undefined || row === undefined) return undefined;
    if (!this.#isApprover(event, row) || !isFor(pressed, row)) return undefined;
    return await this.#resolve(run.principal.id, row, pressed.answer);
  }

  /** Runs `/approve <id> <answer>`. Resolves with what to say about it. */
  async command(event: Event, run: InboxRun, args: string): Promise<string> {
    const [id, word = '', ...rest] = args.trim().split(/\s+/u);
    const answer = ANSWERS.find((each) => each === word.toLowerCase());
    const row = id === undefined ? undefined : await this.#history.get(id);
    // Who may answer nothing is not told what there is.
    if (!this.#isApprover(event, row)) return NOT_YOURS;
    if (answer === undefined || rest.length > 0) return USAGE;
    if (row === undefined) return 'There is no such approval.';
    // What could not be shown in a conversation was not read there.
    const unread = row.offered.includes(answer) && !promptOf(row).answers.includes(answer);
    return unread ? UNREAD : await this.#resolve(run.principal.id, row, answer);
  }

  async #resolve(actor: string, row: ApprovalRow, answer: ApprovalAnswer): Promise<string> {
    try {
      return outcomeText(await this.#approvals.resolve(actor, row.id, answer));
    } catch (error) {
      if (!PortcullisError.is(error) || !error.code.startsWith('exec.approval.')) throw error;
      if (error.code === 'exec.approval.decision_not_offered') {
        return `That is not offered here, only ${row.offered.join(' and ')}.`;
      }
      const now = await this.#history.get(row.id);
      return now === undefined ? 'There is no such approval.' : outcomeText(now);
    }
  }

  /** Whether an event is of somebody who may answer `row`; without one, every question. */
  #isApprover({ kind, sender, conversation }: Event, row: ApprovalRow | undefined): boolean {
    return (
      (kind === 'button' || kind === 'command' || kind === 'message') &&
      sender.isBot !== true &&
      sender.isSelf !== true &&
      this.#kernel.policy().isApprover(conversation.channel, sender.id, row?.source?.channel)
    );
  }
}

/** Whether a button stood under what the question really is. */
function isFor({ shown }: PressedButton, { digest }: ApprovalRow): boolean {
  return digest.startsWith(shown);
}

/** How a question ended, in one sentence. */
function outcomeText({ state, answer, resolvedBy }: ApprovalRow): string {
  const by = resolvedBy === undefined ? '' : ` by ${resolvedBy}`;
  switch (state) {
    case 'allowed':
    case 'used':
      return `Allowed ${answer === 'allow-always' ? 'always' : 'once'}${by}.`;
    case 'denied':
      return `Denied${by}.`;
    case 'expired':
      return 'Too late: nobody answered in time, or it was not used in time.';
    case 'cancelled':
      return 'Nobody waits for this any more: the run was stopped.';
    case 'voided':
      return 'What would happen changed meanwhile, so this was not used.';
    case 'pending':
      return 'This waits for an answer.';
  }
}
