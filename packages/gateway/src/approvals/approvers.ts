/**
 * Who may answer a question: owners, the approvers for all channels, and those of the channel it was
 * asked on.
 *
 * @module
 */
import { canonicalSender } from '@portcullis/policy';

import { valueAt } from '../config/document/config-value.ts';
import type { Kernel } from '../kernel.ts';
import { type DeviceRecord, devicesTable } from '../server/devices/record.ts';

/** Where questions of a channel's own conversations go: to each approver, into the room, or both. */
export type PromptTarget = 'dm' | 'channel' | 'both';

/** More devices than anybody has. */
const MOST_DEVICES = 10_000;

function listAt(config: unknown, ...keys: readonly string[]): readonly (string | number)[] {
  const list = valueAt(config, ...keys);
  if (!Array.isArray(list)) return [];
  return list.filter((each): each is string | number => {
    return (typeof each === 'string' && each !== '*') || typeof each === 'number';
  });
}

/** Entries that every channel reads. */
function sharedEntries(config: unknown): readonly (string | number)[] {
  return [
    ...listAt(config, 'commands', 'ownerAllowFrom'),
    ...listAt(config, 'execApprovals', 'approvers'),
  ];
}

/** Canonical ids of the people of `channel` who may answer what was asked on `askedOn`. */
export function approversOn(
  kernel: Kernel,
  channel: string,
  askedOn: string | undefined,
): readonly string[] {
  const config = kernel.config().value;
  const own = listAt(config, 'channels', channel, 'execApprovals', 'approvers');
  const ids = [...sharedEntries(config), ...own].flatMap((entry) => {
    const id = canonicalSender(channel, entry);
    // The lists say who might be meant; policy says who is.
    return id !== undefined && kernel.policy().isApprover(channel, entry, askedOn) ? [id] : [];
  });
  return [...new Set(ids)];
}

/**
 * Whether somebody exists who may answer what was asked on `askedOn`, connected or not: a person of
 * a list, or a paired device with the right to answer.
 */
export async function someoneMayAnswer(
  kernel: Kernel,
  askedOn: string | undefined,
): Promise<boolean> {
  const config = kernel.config().value;
  const channels = valueAt(config, 'channels');
  const names = typeof channels === 'object' && channels !== null ? Object.keys(channels) : [];
  if (names.some((channel) => approversOn(kernel, channel, askedOn).length > 0)) return true;
  const devices = await kernel.store.transact((tx) =>
    tx.find(devicesTable, { limit: MOST_DEVICES }),
  );
  return devices.some(({ value }) => mayAnswer(value));
}

function mayAnswer({ removedAtMs, tokens }: DeviceRecord): boolean {
  if (removedAtMs !== undefined) return false;
  return tokens.some(
    ({ revokedAtMs, scopes }) =>
      revokedAtMs === undefined &&
      (scopes.includes('operator.approvals') || scopes.includes('operator.admin')),
  );
}

/** `channels.<channel>.execApprovals.enabled: false` keeps questions off a network. */
export function takesQuestions(kernel: Kernel, channel: string): boolean {
  const enabled = valueAt(kernel.config().value, 'channels', channel, 'execApprovals', 'enabled');
  return enabled !== false;
}

/** Where a channel wants the questions of its own conversations. */
export function promptTarget(kernel: Kernel, channel: string): PromptTarget {
  const target = valueAt(kernel.config().value, 'channels', channel, 'execApprovals', 'target');
  return target === 'channel' || target === 'both' ? target : 'dm';
}
