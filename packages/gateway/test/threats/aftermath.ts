/**
 * What is left of an event once it was decided: waits for the decision, so that a test of "nothing
 * happens" does not pass because nothing happened yet.
 */
import type { Event } from '@portcullis/core';

import { inboxTable } from '../../src/intake/inbox.ts';
import { type Harness, until } from '../pipeline/harness.ts';

/** Everything an event may have caused. */
export interface Aftermath {
  /** Requests the model got. */
  readonly asked: number;
  /** Messages sent to anybody. */
  readonly sent: number;
  readonly sessions: readonly string[];
}

/** Nothing at all. */
export const NOTHING: Aftermath = { asked: 0, sent: 0, sessions: [] };

/** Resolves when every accepted event is decided and answered, and everything is sent. */
export async function settle(harness: Harness): Promise<void> {
  const open = async (state: string): Promise<number> => {
    const rows = await harness.store.transact((tx) =>
      tx.find(inboxTable, { index: 'byState', equals: [state], limit: 10 }),
    );
    return rows.length;
  };
  const { outbox } = harness.gateway.services;
  await until(
    async () =>
      (await open('pending')) + (await open('admitted')) === 0 &&
      (await outbox.list()).every(({ state }) => state !== 'pending' && state !== 'sending'),
    'the end of every event',
  );
}

/** What there is after everything is decided. */
export async function aftermath(harness: Harness): Promise<Aftermath> {
  await settle(harness);
  const { sessions } = await harness.gateway.services.sessions.list();
  return {
    asked: harness.model.requests.length,
    sent: harness.network.sent.length,
    sessions: sessions.map(({ key }) => key),
  };
}

/** Delivers events one after another and tells what they caused. */
export async function deliverAll(harness: Harness, events: readonly Event[]): Promise<Aftermath> {
  for (const event of events) await harness.network.deliver(event);
  return await aftermath(harness);
}

/** The codes of the audit log, oldest first. */
export async function auditCodes(harness: Harness): Promise<readonly unknown[]> {
  const lines = await harness.gateway.services.audit.log({ limit: 1000 });
  return lines.map(({ entry }) => entry['code']);
}
