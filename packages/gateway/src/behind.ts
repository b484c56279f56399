/**
 * Who stands behind an event of the gateway's own doors, as policy is to know it.
 *
 * @module
 */
import type { Event } from '@portcullis/core';
import type { Admission, AdmitState } from '@portcullis/policy';

import { valueAt } from './config/document/config-value.ts';
import type { Delegations } from './delegation/delegations.ts';
import type { HookDoor } from './hooks/door.ts';
import type { Kernel } from './kernel.ts';
import { devicesTable, grantOf } from './server/devices/record.ts';
import { jobsTable } from './schedule/job.ts';
import { standingOf } from './schedule/maker.ts';

/** Who knows something about it. */
export interface BehindRooms {
  readonly delegations: Delegations;
  readonly hooks: HookDoor;
  /** How policy would take an event now, were it somebody's own. */
  readonly standing: (event: Event) => Promise<Admission>;
}

/** What is known of the one behind `event`. Nothing is known of events that people bring themselves. */
export async function behind(
  kernel: Kernel,
  { delegations, hooks, standing }: BehindRooms,
  event: Event,
): Promise<AdmitState> {
  const { origin } = event;
  switch (event.kind) {
    case 'operator':
      return await operatorBehind(kernel, origin?.id ?? '');
    case 'api':
      return apiBehind(kernel, origin?.id ?? '');
    case 'subagent':
      return await delegations.behind(event, standing);
    case 'hook':
      // Only the door makes events of hooks, and only of calls that proved themselves.
      return { hookVerified: hooks.knows(origin?.id ?? '') };
    case 'cron': {
      const id = origin?.id ?? '';
      const job = await kernel.store.transact((tx) => tx.get(jobsTable, id));
      if (job === undefined) return {};
      const { allowed, trust } = await standingOf(kernel, job.maker, standing);
      return { creatorStillAllowed: allowed, creatorTrust: trust };
    }
    default:
      return {};
  }
}

const DEVICE = 'device:';

/** What a device is approved for now: what it began while it was approved for more ends with that. */
async function operatorBehind(kernel: Kernel, caller: string): Promise<AdmitState> {
  if (!caller.startsWith(DEVICE)) return {};
  const record = await kernel.store.transact((tx) =>
    tx.get(devicesTable, caller.slice(DEVICE.length)),
  );
  const grant = record === undefined ? undefined : grantOf(record, 'operator');
  const counts = record?.removedAtMs === undefined && grant?.revokedAtMs === undefined;
  return { operatorScopes: counts ? (grant?.scopes ?? []) : [] };
}

const NAMED = 'token:';

/** What a named token is good for now: what it began ends when it is taken out of the config. */
function apiBehind(kernel: Kernel, caller: string): AdmitState {
  if (!caller.startsWith(NAMED)) return {};
  const name = caller.slice(NAMED.length);
  const { value } = kernel.config();
  const scopes = valueAt(value, 'gateway', 'http', 'tokens', name, 'scopes');
  const known = Array.isArray(scopes) ? scopes.filter((each) => typeof each === 'string') : [];
  return { operatorScopes: known };
}
