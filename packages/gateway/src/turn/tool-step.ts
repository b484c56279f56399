/**
 * One tool call as a step of its turn: what it may act with, how long it may take, what it may spend,
 * and what of its result becomes part of the conversation.
 *
 * @module
 */
import type {
  Brokers,
  Decision,
  EffectRequest,
  Tool,
  ToolResult,
  ToolSettings,
} from '@portcullis/core';

import type { Budgets } from '../budgets/budgets.ts';
import type { CallSite } from '../brokers/effect.ts';
import { keepResult } from '../brokers/files/spill.ts';
import type { ToolFacts } from '../intake/tool-facts.ts';
import { type Kernel, commit } from '../kernel.ts';
import type { TranscriptPart } from '../services.ts';
import type { ServerTool } from '../tool-servers/tool-servers.ts';
import type { Toolbox } from '../tool-servers/toolbox.ts';
import type { CallTime } from './call-time.ts';
import type { Course } from './course.ts';
import type { Draft } from './record.ts';
import { type EndedCall, type ToolDoor, runTool } from './tool-calls.ts';
import { type ToolCall, decideTool } from './tool-decision.ts';
import { type Kept, presentable } from './tool-result.ts';
import { type CallWork, siteOf } from './work.ts';
import { traced } from '../trace/traced.ts';
import { veiled } from './veil.ts';

/** What tool calls need from the rest of the gateway. */
export interface ToolRooms {
  readonly budgets: Budgets;
  /** The doors to the world for one tool call. */
  readonly brokers: (site: CallSite) => Brokers;
  /** The refusal of what a tool intends, if it is refused. */
  readonly refuse: (
    site: CallSite,
    requests: readonly EffectRequest[],
  ) => Promise<Decision | undefined>;
  /** Every tool there is right now. */
  readonly toolbox: Toolbox;
  /** Calls a tool of a server. */
  readonly serve: (site: CallSite, tool: ServerTool, input: unknown) => Promise<ToolResult>;
  /** The part of the config that a tool declared as its own. */
  readonly settings: (tool: Tool, agentId: string) => ToolSettings | undefined;
}

/** A call of a turn. */
export interface ToolStep {
  readonly work: CallWork;
  readonly facts: ToolFacts;
  readonly course: Course;
  readonly call: ToolCall;
  /** Set where it is refused before policy is asked. */
  readonly refused?: Decision | undefined;
  /** Set for a call that an earlier start of the turn began, and counted. */
  readonly resumed?: true;
}

/** A call that is over: the message that holds its result, and the line of its end. */
export interface ToolStepEnd extends Pick<EndedCall, 'end' | 'fault'> {
  readonly message: Draft;
}

/** Runs a call. Throws when the turn is stopped. */
export async function callTool(
  kernel: Kernel,
  rooms: ToolRooms,
  step: ToolStep,
): Promise<ToolStepEnd> {
  const { work, facts, course, call } = step;
  const { run, signal } = work;
  const within = (time: CallTime): CallSite => siteOf(kernel, work, call, time);
  const door: ToolDoor = {
    signal,
    refused: step.refused ?? course.refuse(call),
    brokers: (time) => rooms.brokers(within(time)),
    refuse: (time, requests) => rooms.refuse(within(time), requests),
    spend: async (tx) => {
      if (step.resumed === true) return undefined;
      const { decision, hold } = await rooms.budgets.reserve(tx, { run }, { toolCalls: 1 });
      return hold === undefined ? decision : undefined;
    },
    settings: (tool) => rooms.settings(tool, run.agentId),
    serve: (time, tool) => rooms.serve(within(time), tool, call.input),
  };
  const known = rooms.toolbox.get(call.name) === undefined ? '<unknown>' : call.name;
  const ended = await traced('tool.call', { runId: run.runId, tool: known }, async (found) => {
    const end = await runTool(kernel, rooms.toolbox, run, facts, call, door);
    found['isError'] = end.result.isError === true;
    return end;
  });
  const shown = { ...ended.result, text: veiled(kernel, work, ended.result.text) };
  const result = await presentable(shown, {
    egress: kernel.egress,
    hid: () => noteSecret(kernel, rooms, step),
    keep: (text) => keep(kernel, rooms, step, text),
  });
  const part: TranscriptPart = {
    type: 'toolResult',
    id: call.id,
    name: call.name,
    text: result.text,
    isError: result.isError === true,
  };
  course.learn(part);
  return {
    message: { role: 'tool', content: [part], timestamp: kernel.now(), runId: run.runId },
    end: ended.end,
    ...(ended.fault === undefined ? {} : { fault: ended.fault }),
  };
}

/** A result held a secret: the session has met one, whatever of it was hidden. */
async function noteSecret(
  kernel: Kernel,
  { toolbox }: ToolRooms,
  { work, call }: ToolStep,
): Promise<void> {
  const { run } = work;
  await siteOf(kernel, work, call).flow.learn({ from: 'owner', classes: ['secret'] });
  await commit(kernel, (tx) => {
    kernel.journal.record(tx, {
      kind: 'tool',
      at: kernel.now(),
      principal: run.principal.id,
      code: 'tool.secret_hidden',
      tool: toolbox.get(call.name) !== undefined ? call.name : '<unknown>',
      call: call.id,
      runId: run.runId,
      sessionKey: run.sessionKey,
    });
  });
}

/** Keeps a long result where the session may write and read files, without asking anybody. */
async function keep(
  kernel: Kernel,
  rooms: ToolRooms,
  { work, facts, call }: ToolStep,
  text: string,
): Promise<Kept | undefined> {
  const { run } = work;
  const mayUse = (name: string): boolean =>
    decideTool(kernel, rooms.toolbox, run, facts, { id: '', name, input: {} }).effect === 'allow';
  if (!mayUse('write') || !mayUse('read')) return undefined;
  const { files } = rooms.brokers({ ...siteOf(kernel, work, call), unattended: true });
  return files === undefined ? undefined : await keepResult(kernel, run.agentId, files, text);
}
