/** Everything a call could change, as one text. */
import { defineTable } from '@portcullis/core';

import { serverTables } from '../../../src/server/index.ts';
import type { FakeServices } from '../fake-services.ts';

/** What the fake services remember of work that was done for callers. */
export async function workOf(services: FakeServices): Promise<string> {
  const { sent, pairingPending, allowed, outboxItems, approvalItems } = services;
  const { questionItems, jobs, jobRuns, grantItems } = services;
  const asked = { pairingPending, approvalItems, questionItems };
  const kept = { sent, allowed, outboxItems, jobs: [...jobs], jobRuns, grantItems };
  const document = await services.hostDocument.get();
  return JSON.stringify({ asked, kept, document, sessions: await services.sessions.list({}) });
}

/** The same, the tables of the control plane, and the config in force. */
export async function stateOf(services: FakeServices): Promise<string> {
  const tables = await services.store.transact(async (tx) => {
    const rows: unknown[] = [];
    for (const { name } of serverTables) rows.push([name, await tx.find(defineTable(name))]);
    return rows;
  });
  return JSON.stringify({ tables, work: await workOf(services), config: services.config().raw });
}
