/**
 * `openclaw outbox`: messages on their way out, and those that may not have arrived.
 *
 * @module
 */
import type { CommandHandler } from '../command.ts';
import { formatInstant } from '../terminal/time.ts';
import { withOperator } from './operator-session.ts';

const DEFAULT_LIMIT = 50;
const STATES = ['pending', 'sending', 'sent', 'unknown', 'failed'] as const;

/** `openclaw outbox list`. */
export const listOutbox: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { input, out, json } = invocation;
    const state = STATES.find((each) => each === input.text('state'));
    const limit = input.count('limit') ?? DEFAULT_LIMIT;
    const { items } = await ask('outbox.list', { limit, ...(state !== undefined && { state }) });
    if (json) {
      out.json({ ok: true, items });
      return;
    }
    if (items.length === 0) {
      out.line('The outbox is empty.');
      return;
    }
    out.table(
      ['ID', 'STATE', 'CREATED', 'TO', 'TRIES', 'TEXT'],
      items.map((each) => [
        each.id,
        each.state,
        formatInstant(each.createdAt),
        `${each.channel}:${each.conversationId}`,
        String(each.attempts),
        each.error === undefined ? each.preview : `${each.preview} (${each.error})`,
      ]),
    );
    if (items.some((each) => each.state === 'unknown')) {
      out.note(
        '"unknown" may have arrived: "openclaw outbox retry" sends it again, perhaps twice.',
      );
    }
  });

/** `openclaw outbox retry <id>`. */
export const retryMessage: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { input, out, json } = invocation;
    const { item } = await ask('outbox.retry', { id: input.argument('id') });
    if (json) out.json({ ok: true, item });
    else out.line(`${item.id} will be sent again (${item.state}).`);
  });

/** `openclaw outbox drop <id>`. */
export const dropMessage: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { input, out, json } = invocation;
    const { item } = await ask('outbox.drop', { id: input.argument('id') });
    if (json) out.json({ ok: true, item });
    else out.line(`${item.id} was given up.`);
  });
