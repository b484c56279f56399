/**
 * Whether the maker of a job still holds the authority he made it with. Policy is asked as it would
 * be if he asked for the job now, so that whatever takes his rights away stops his jobs too.
 *
 * @module
 */
import type { Event, TrustClass } from '@portcullis/core';
import type { Admission } from '@portcullis/policy';

import type { Kernel } from '../kernel.ts';
import { devicesTable } from '../server/devices/record.ts';
import type { JobMaker } from './job.ts';

/** What a maker may be counted for now. */
export interface Standing {
  readonly allowed: boolean;
  readonly trust: TrustClass;
}

const GONE: Standing = { allowed: false, trust: 'external' };
const OWNER: Standing = { allowed: true, trust: 'owner' };

/** Judges the maker of a job. Only an owner makes jobs, so nobody else keeps them. */
export async function standingOf(
  kernel: Kernel,
  maker: JobMaker,
  standing: (event: Event) => Promise<Admission>,
): Promise<Standing> {
  if (maker.kind === 'operator') return (await isAdmin(kernel, maker.id)) ? OWNER : GONE;
  const { conversation, senderId } = maker;
  if (conversation === undefined || senderId === undefined) return GONE;
  const event: Event = {
    kind: 'message',
    conversation,
    sender: { id: senderId },
    at: kernel.now(),
    // Whether he would be heard in a room is not the question.
    facts: { nativeMention: true },
  };
  const { effect, isOwner } = await standing(event);
  return effect === 'allow' && isOwner ? OWNER : GONE;
}

const DEVICE = 'device:';

/** A device has to be paired still, with every right; the command line is the machine's owner. */
async function isAdmin(kernel: Kernel, caller: string): Promise<boolean> {
  if (!caller.startsWith(DEVICE)) return true;
  const record = await kernel.store.transact((tx) =>
    tx.get(devicesTable, caller.slice(DEVICE.length)),
  );
  if (record === undefined || record.removedAtMs !== undefined) return false;
  return record.tokens.some(
    ({ revokedAtMs, scopes }) => revokedAtMs === undefined && scopes.includes('operator.admin'),
  );
}
