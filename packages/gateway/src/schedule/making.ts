/**
 * On whose behalf a job is made: a person who asked the agent, or an operator.
 *
 * @module
 */
import { type Event, type Json, PortcullisError } from '@portcullis/core';
import { type FlowLabel, bottomLabel } from '@portcullis/policy/flow';

import { OPERATOR_PLACE, operatorRun } from '../intake/operator-run.ts';
import type { Caller } from '../services/caller.ts';
import { makerOf } from '../intake/bearer.ts';
import type { InboxRun } from '../intake/inbox.ts';
import { type ToolFacts, toolFacts } from '../intake/tool-facts.ts';
import type { Kernel } from '../kernel.ts';
import type { JobMaker } from './job.ts';
import type { Making } from './jobs.ts';

/** The names of the tools that a run may hand on: those it has without being an owner's. */
export type Reach = (run: InboxRun, facts: ToolFacts) => readonly string[];

/** A job asked for in a turn. Throws `schedule.exceeds_maker` where nobody is behind the turn. */
export function madeInTurn(
  kernel: Kernel,
  reach: Reach,
  turn: { readonly run: InboxRun; readonly event: Event; readonly label: FlowLabel },
): Making {
  const { run, event, label } = turn;
  if (event.kind === 'cron' || event.kind === 'hook' || event.kind === 'subagent') {
    throw exceeds('Jobs, hooks and sub-agents make no jobs.');
  }
  // A token can be taken back, and a job of its holder would go on.
  if (event.kind === 'api') throw exceeds('Callers of the HTTP API make no jobs.');
  const { origin, sender, conversation } = event;
  const maker: JobMaker =
    origin === undefined
      ? {
          id: run.principal.id,
          kind: 'person',
          conversation,
          sessionKey: run.sessionKey,
          ...(sender.id === undefined ? {} : { senderId: sender.id }),
        }
      : { id: origin.id, kind: 'operator', sessionKey: run.sessionKey };
  return {
    maker,
    agentId: run.agentId,
    label,
    grant: granting(kernel, reach, run, toolFacts(event, '')),
  };
}

/** A job that an operator with every right makes himself: nobody else has written any of it. */
export function madeByOperator(
  kernel: Kernel,
  reach: Reach,
  caller: Caller,
  agentId: string,
): Making {
  const sessionKey = `agent:${agentId}:${kernel.mainKey()}`;
  const run = operatorRun(caller, { runId: '', agentId, sessionKey });
  const facts: ToolFacts = { ...OPERATOR_PLACE, kind: 'direct', senderId: caller.id };
  return {
    maker: { id: caller.id, kind: 'operator' },
    agentId,
    label: bottomLabel,
    grant: granting(kernel, reach, run, facts),
  };
}

function granting(kernel: Kernel, reach: Reach, run: InboxRun, facts: ToolFacts): Making['grant'] {
  return (holder, wanted, ttlMs) => {
    const all = reach(run, facts);
    const missing = wanted?.find((tool) => !all.includes(tool));
    if (missing !== undefined) {
      throw exceeds(`The tool ${missing} is not one that this job may be given.`);
    }
    const capability = kernel.capabilities.issue(makerOf(run, facts), {
      holder,
      tools: wanted ?? all,
      ttlMs,
    });
    // Every field of a capability is JSON; it is stored and carried as that.
    return capability as unknown as Json;
  };
}

function exceeds(message: string): PortcullisError {
  return new PortcullisError('schedule.exceeds_maker', message, {
    hint: 'A job may have the tools its maker has, without those for owners only.',
  });
}
