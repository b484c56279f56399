/**
 * The brokers a tool is handed for one call.
 *
 * @module
 */
import type { Brokers, Decision, EffectRequest } from '@portcullis/core';

import type { Budgets } from '../budgets/budgets.ts';
import type { Approvals } from '../approvals/approvals.ts';
import type { Kernel } from '../kernel.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Questions } from '../questions/questions.ts';
import { createBrowserBroker } from './browser/browser.ts';
import { type CallSite, EffectGate } from './effect.ts';
import { createFilesBroker } from './files/files.ts';
import { refusePlan } from './files/plan.ts';
import type { Workspaces } from './files/workspaces.ts';
import { createNetBroker } from './net/net.ts';
import type { Resolve } from './net/resolve.ts';
import { type ProcRooms, createProcBroker } from './proc/proc.ts';
import { createAskBroker } from './ask.ts';
import type { ChannelOf } from '../outbox/row.ts';
import { type ScheduleRooms, createScheduleBroker } from './schedule.ts';
import { createSendBroker } from './send.ts';
import { type SessionRooms, createSessionsBroker } from './sessions/sessions.ts';

/** What brokers act through. */
export interface BrokerRooms {
  readonly approvals: Approvals;
  readonly budgets: Budgets;
  readonly outbox: Outbox;
  readonly channelOf: ChannelOf;
  readonly questions: Questions;
  readonly sessions: SessionRooms;
  readonly workspaces: Workspaces;
  /** Looks host names up. */
  readonly resolve: Resolve;
  readonly proc: ProcRooms;
  readonly schedule: ScheduleRooms;
}

/** Makes the brokers of one call. */
export function createBrokers(kernel: Kernel, rooms: BrokerRooms, site: CallSite): Brokers {
  const gate = new EffectGate(kernel, rooms.approvals, site);
  const files = createFilesBroker(kernel, gate, rooms.workspaces);
  const { toolsOf } = rooms.sessions;
  return {
    files,
    net: createNetBroker(kernel, gate, rooms),
    proc: createProcBroker(kernel, gate, rooms.proc),
    send: createSendBroker(kernel, gate, { ...rooms, files, toolsOf }),
    sessions: createSessionsBroker(kernel, gate, rooms.sessions),
    ask: createAskBroker(kernel, gate, rooms),
    schedule: createScheduleBroker(kernel, gate, rooms.schedule),
    browser: createBrowserBroker(kernel, gate, {
      resolve: rooms.resolve,
      driver: () => kernel.registry.browsers.get('browser'),
    }),
  };
}

/** The refusal of what a tool intends, before it runs; undefined when nothing of it is refused. */
export async function refuseIntentions(
  kernel: Kernel,
  rooms: BrokerRooms,
  site: CallSite,
  requests: readonly EffectRequest[],
): Promise<Decision | undefined> {
  const gate = new EffectGate(kernel, rooms.approvals, site);
  return await refusePlan(kernel, gate, rooms.workspaces, requests);
}
