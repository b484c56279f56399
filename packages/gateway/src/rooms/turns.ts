/**
 * The turn and what it reaches the world by.
 *
 * @module
 */
import type { Event } from '@portcullis/core';

import { createBrokers, refuseIntentions } from '../brokers/brokers.ts';
import type { ToolsOf } from '../brokers/sessions/delegating.ts';
import { toolFacts } from '../intake/tool-facts.ts';
import type { Pairing } from '../pairing/pairing.ts';
import { TurnRecord } from '../turn/record.ts';
import { offeredTools } from '../turn/tool-decision.ts';
import { toolSettings } from '../turn/tool-settings.ts';
import { Turns } from '../turn/turn.ts';
import type { Ground } from './ground.ts';

/** Builds the room of the turns. */
export function createTurns(ground: Ground): Turns {
  const { kernel, inbox, outbox, approvals, budgets, questions, pairing, notices, resolve } =
    ground;
  const { workspaces } = ground;
  const { grants } = approvals;
  const { processes, sandbox, nodes } = ground;
  const proc = { processes, sandbox, nodes, resolve, grants };
  const { toolServers, runs, jobs, clock, reach, delegations, lanes } = ground;
  const sessions = { runs, delegations, toolsOf: toolsFor(ground) };
  const schedule = { jobs, clock, reach };
  const brokers = {
    approvals,
    budgets,
    outbox,
    channelOf: ground.channelOf,
    questions,
    sessions,
    schedule,
    workspaces,
    resolve,
    proc,
  };
  return new Turns(kernel, {
    record: new TurnRecord(kernel, {
      inbox,
      outbox,
      budgets,
      paired: (event) => pairedFor(pairing, event),
      openCalls: async (tx, runId) => {
        const waiting = [approvals, questions, delegations].map((room) =>
          room.openCalls(tx, runId),
        );
        return new Set((await Promise.all(waiting)).flatMap((calls) => [...calls]));
      },
    }),
    approvals,
    calls: ground.calls,
    budgets,
    brokers: (site) => createBrokers(kernel, brokers, site),
    refuse: (site, requests) => refuseIntentions(kernel, brokers, site, requests),
    toolbox: toolServers.toolbox,
    serve: (site, tool, input) => toolServers.call(site, tool, input),
    settings: (tool, agentId) =>
      toolSettings(tool, agentId, () => kernel.config().value, ground.secrets),
    runs,
    models: ground.models,
    channelOf: ground.channelOf,
    readmit: (event, run) => ground.gate().readmit(event, run),
    deliver: (rows) => outbox.deliver(rows),
    tell: notices.tell,
    park: (wait) => lanes.park(wait),
    typing: ground.gestures.typing,
  });
}

/** What a run may hand on: the tools it has itself. */
function toolsFor({ kernel, models, toolServers }: Ground): ToolsOf {
  const { toolbox } = toolServers;
  return (run, event) => {
    const facts = toolFacts(event, models.forAgent(run.agentId).id);
    return { facts, tools: offeredTools(kernel, toolbox, run, facts).map(({ name }) => name) };
  };
}

function pairedFor(pairing: Pairing, { conversation }: Event): Promise<readonly string[]> {
  const { channel, accountId, kind } = conversation;
  return kind === 'direct' ? pairing.paired(channel, accountId) : Promise.resolve([]);
}
