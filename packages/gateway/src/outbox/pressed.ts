/**
 * What came back of our own messages: pressed buttons, and the network's echoes.
 *
 * @module
 */
import type { Event, Tx } from '@portcullis/core';

import { outboxTable } from './row.ts';

/**
 * Whether a button was pressed that one of the messages `prompts` offered, under that very message,
 * in the conversation it was sent to.
 */
export async function isPressedUnder(
  tx: Tx,
  prompts: readonly string[],
  event: Event,
): Promise<boolean> {
  const { channel, accountId, id } = event.conversation;
  for (const promptId of prompts) {
    const prompt = await tx.get(outboxTable, promptId);
    if (
      prompt?.messageId !== undefined &&
      prompt.messageId === event.messageId &&
      prompt.to.channel === channel &&
      prompt.to.accountId === accountId &&
      prompt.to.id === id &&
      prompt.buttons?.flat().some(({ data }) => data === event.button?.data) === true
    ) {
      return true;
    }
  }
  return false;
}

/** Whether a message is one that we sent: with its id, in its conversation. */
export async function isSentByUs(tx: Tx, { messageId, conversation }: Event): Promise<boolean> {
  if (messageId === undefined) return false;
  const query = { index: 'byMessage', equals: [messageId], limit: 100 } as const;
  const { channel, accountId, id } = conversation;
  return (await tx.find(outboxTable, query)).some(
    ({ value: { to } }) => to.channel === channel && to.accountId === accountId && to.id === id,
  );
}
