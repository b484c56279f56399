/**
 * Where the answer of a job goes.
 *
 * @module
 */
import type { Conversation, Tx } from '@portcullis/core';

import type { Kernel } from '../kernel.ts';
import { receiverOf } from '../channels/receiver.ts';
import { readSession } from '../session/sessions.ts';
import type { JobRow } from './job.ts';

/**
 * The conversation a job answers in: the one it names, else the one it was made in, else where its
 * agent last talked with an owner alone. Undefined when the answer stays in the transcript.
 */
export async function placeOfAnswer(
  kernel: Kernel,
  tx: Tx,
  { agentId, delivery, maker }: Pick<JobRow, 'agentId' | 'delivery' | 'maker'>,
): Promise<Conversation | undefined> {
  const { mode, channel, to: id, accountId } = delivery;
  if (mode === 'none') return undefined;
  if (channel !== undefined && id !== undefined) {
    return receiverOf(kernel, `${channel}:${id}`, accountId === undefined ? {} : { accountId });
  }
  return maker.conversation ?? (await lastWithOwner(kernel, tx, agentId));
}

/** Where an agent's main session last spoke, if that was with an owner and nobody else. */
export async function lastWithOwner(
  kernel: Kernel,
  tx: Tx,
  agentId: string,
): Promise<Conversation | undefined> {
  const session = await readSession(tx, `agent:${agentId}:${kernel.mainKey()}`);
  const last = session?.conversation;
  const isOwners = last?.kind === 'direct' && kernel.policy().isOwner(last.channel, last.id);
  return isOwners ? last : undefined;
}
