/**
 * Control events: commands and buttons. They run at once, past the lanes, and end their inbox row
 * together with the answer they give.
 *
 * @module
 */
import type { Event } from '@portcullis/core';

import { type CommandRooms, runCommand } from './intake/commands.ts';
import { type GatewayInbox, type InboxRun, inboxTable } from './intake/inbox.ts';
import { type Kernel, commit } from './kernel.ts';
import type { Outbox } from './outbox/outbox.ts';
import { isGatewayDoor } from './turn/record.ts';

/** What control events need from the rest of the gateway. */
export interface ControlRooms extends CommandRooms {
  readonly inbox: GatewayInbox;
  readonly outbox: Outbox;
  /** Gives the answer of a bound button. Resolves with what to say about it. */
  readonly press: (event: Event, run: InboxRun) => Promise<string | undefined>;
  /** Takes the waiting mark off a pressed button. Never throws. */
  readonly answerButton: (event: Event, text: string) => void;
}

const STALE_BUTTON = 'This button is no longer in use.';

/** Runs control events. */
export class Control {
  readonly #kernel: Kernel;
  readonly #rooms: ControlRooms;

  constructor(kernel: Kernel, rooms: ControlRooms) {
    this.#kernel = kernel;
    this.#rooms = rooms;
  }

  /** Runs an admitted control event to its end. */
  async run(key: string, event: Event, run: InboxRun): Promise<void> {
    const { inbox, outbox, answerButton } = this.#rooms;
    const kernel = this.#kernel;
    const isButton = event.kind === 'button';
    const text = isButton
      ? ((await this.#rooms.press(event, run)) ?? STALE_BUTTON)
      : await runCommand(this.#rooms, event, run);
    const rows = await commit(kernel, async (tx) => {
      const row = await tx.get(inboxTable, key);
      if (row !== undefined) await inbox.settle(tx, key, row, 'answered');
      kernel.journal.record(tx, {
        kind: 'turn',
        at: kernel.now(),
        principal: run.principal.id,
        code: isButton ? 'control.button' : 'control.command',
        runId: run.runId,
        sessionKey: run.sessionKey,
      });
      return isButton || isGatewayDoor(event)
        ? []
        : outbox.enqueue(tx, { to: event.conversation, text });
    });
    inbox.settled();
    outbox.deliver(rows);
    if (isButton) answerButton(event, text);
    if (isGatewayDoor(event)) {
      const live = this.#rooms.runs.begin(run);
      live.say(text);
      live.end('ok', { text, stopReason: 'stop' });
    }
  }
}
