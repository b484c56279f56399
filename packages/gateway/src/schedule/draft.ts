/**
 * What a job may look like: asked for by a tool, an operator or the command line, checked here once
 * for all of them.
 *
 * @module
 */
import {
  type JobDelivery,
  type JobDraft,
  type JobPatch,
  type JobPayload,
  PortcullisError,
} from '@portcullis/core';

import type { JobRow } from './job.ts';

/** The part of a job that whoever makes it decides. */
export type JobSpec = Pick<
  JobRow,
  | 'name'
  | 'description'
  | 'enabled'
  | 'deleteAfterRun'
  | 'schedule'
  | 'payload'
  | 'delivery'
  | 'missed'
>;

const NAME_CHARS = 200;
const TEXT_CHARS = 20_000;
const MOST_TOOLS = 100;

/** A draft with its defaults. Throws `schedule.invalid`. */
export function specOf(draft: JobDraft): JobSpec {
  const isOnce = draft.schedule.kind === 'at';
  const { description } = draft;
  return {
    name: text(draft.name, 'name', NAME_CHARS),
    ...(description === undefined || description === ''
      ? {}
      : { description: text(description, 'description', TEXT_CHARS) }),
    enabled: draft.enabled ?? true,
    deleteAfterRun: draft.deleteAfterRun ?? isOnce,
    schedule: draft.schedule,
    payload: payloadOf(draft.payload),
    delivery: deliveryOf(draft.delivery ?? { mode: 'announce' }, draft.payload),
    missed: draft.missed ?? (isOnce ? 'once' : 'skip'),
  };
}

/** A job's spec after a change. Throws `schedule.invalid`. */
export function changedSpec(row: JobRow, patch: JobPatch): JobSpec {
  const { name, description, enabled, deleteAfterRun, schedule, payload, delivery, missed } = row;
  const kept = { name, enabled, deleteAfterRun, schedule, payload, delivery, missed };
  const given = Object.entries(patch).filter(([, value]) => value !== undefined);
  return specOf({
    ...kept,
    ...(description === undefined ? {} : { description }),
    ...Object.fromEntries(given),
  });
}

function payloadOf(payload: JobPayload): JobPayload {
  switch (payload.kind) {
    case 'agentTurn': {
      const message = text(payload.message, 'message', TEXT_CHARS);
      const { toolsAllow: tools } = payload;
      if (tools === undefined) return { kind: 'agentTurn', message };
      const isSound =
        tools.length <= MOST_TOOLS && tools.every((tool) => /^[\w.-]{1,128}$/u.test(tool));
      if (!isSound) throw invalid('toolsAllow must be a list of at most 100 names of tools.');
      return { kind: 'agentTurn', message, toolsAllow: [...new Set(tools)] };
    }
    case 'systemEvent':
      return { kind: 'systemEvent', text: text(payload.text, 'text', TEXT_CHARS) };
    default:
      payload satisfies never;
      throw invalid('The payload is of no kind there is.');
  }
}

function deliveryOf(delivery: JobDelivery, payload: JobPayload): JobDelivery {
  const { mode, channel, to, accountId } = delivery;
  if (mode === 'none') return { mode };
  if ((channel === undefined) !== (to === undefined)) {
    throw invalid('A receiver needs both a channel and an id.');
  }
  if (channel === undefined || to === undefined) return { mode };
  if (payload.kind === 'systemEvent') {
    throw invalid('A job in the main session answers there and to nobody else.');
  }
  return { mode, channel, to, ...(accountId === undefined ? {} : { accountId }) };
}

function text(value: unknown, name: string, most: number): string {
  const trimmed = typeof value === 'string' ? value.trim() : '';
  if (trimmed === '' || trimmed.length > most) {
    throw invalid(`The ${name} must have 1 to ${String(most)} characters.`);
  }
  return trimmed;
}

function invalid(message: string): PortcullisError {
  return new PortcullisError('schedule.invalid', message, {
    hint: 'openclaw cron add --help shows what a job is made of.',
  });
}
