/**
 * Whether a run may use a tool: what policy says of the run itself, of everybody whose rights it was
 * handed, and of plugins that tighten. Asked for the list a model is offered, and again at every call.
 *
 * @module
 */
import type { Decision, ModelTool } from '@portcullis/core';
import { combine } from '@portcullis/policy';

import { sandboxOf } from '../brokers/sandbox-settings.ts';
import { makersOf } from '../intake/bearer.ts';
import type { InboxRun } from '../intake/inbox.ts';
import { strictest } from '../intake/plugin-policy.ts';
import type { Kernel } from '../kernel.ts';
import type { ToolFacts } from '../intake/tool-facts.ts';
import type { Toolbox } from '../tool-servers/toolbox.ts';

/** A call as the model asked for it. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

/** The tools this run may be offered. */
export function offeredTools(
  kernel: Kernel,
  toolbox: Toolbox,
  run: InboxRun,
  facts: ToolFacts,
): readonly ModelTool[] {
  const isOffered = ({ name }: ModelTool): boolean =>
    decideTool(kernel, toolbox, run, facts, { id: '', name, input: {} }).effect !== 'deny';
  return toolbox.all().filter(isOffered);
}

/** The names of the tools a run may hand on: those it has, without the ones for owners only. */
export function toolsToHandOn(
  kernel: Kernel,
  toolbox: Toolbox,
  run: InboxRun,
  facts: ToolFacts,
): readonly string[] {
  const namesFor = (as: InboxRun): readonly string[] =>
    offeredTools(kernel, toolbox, as, facts).map(({ name }) => name);
  const others = new Set(namesFor({ ...run, isOwner: false }));
  return namesFor(run).filter((name) => others.has(name));
}

/** Decides one call: a tool nobody registered is unknown, whatever the config says. */
export function decideTool(
  kernel: Kernel,
  toolbox: Toolbox,
  run: InboxRun,
  facts: ToolFacts,
  call: ToolCall,
): Decision {
  const decision =
    toolbox.get(call.name) === undefined
      ? UNKNOWN_TOOL
      : combine(everyDecision(kernel, toolbox, run, facts, call));
  return strictest(kernel.registry, decision, {
    about: 'tool',
    tool: call.name,
    input: call.input,
    requester: run.principal,
    sessionKey: run.sessionKey,
  });
}

function everyDecision(
  kernel: Kernel,
  toolbox: Toolbox,
  run: InboxRun,
  facts: ToolFacts,
  { name: tool, input }: ToolCall,
): readonly [Decision, ...Decision[]] {
  const bound = makersOf(kernel, run, tool);
  if (bound !== undefined && 'effect' in bound) return [bound];
  const { agentId, isOwner } = run;
  const sandboxed = sandboxOf(kernel, run).wanted;
  const own = { ...facts, ...(sandboxed ? { sandboxed } : {}), ...layersOf(run, bound) };
  const messageTarget = isToOthers(tool, input) ? 'other' : 'current';
  const registered = toolbox.registered();
  const ask = (about: Facts, as: { readonly agentId: string; readonly isOwner: boolean }) =>
    kernel.toolPolicy().tool({ ...policyInput(about, as), registered, tool, messageTarget });
  return [
    ask(own, { agentId, isOwner }),
    // Never wider than its makers at the time of use, whatever they could do when they made it.
    ...(bound?.makers ?? []).map((maker) => ask(maker.facts, maker)),
  ];
}

/** Whether a call of the message tool names a receiver; a profile may leave only the conversation. */
function isToOthers(tool: string, input: unknown): boolean {
  return tool === 'message' && typeof input === 'object' && input !== null && 'to' in input;
}

interface Facts extends ToolFacts {
  readonly sandboxed?: boolean;
  readonly subagent?: { readonly depth: number; readonly parentTools: readonly string[] };
}

/** The layers of policy that only sub-agents have. */
function layersOf(
  { capability, code }: InboxRun,
  bound: { readonly depth: number } | undefined,
): Pick<Facts, 'subagent'> {
  if (code !== 'event.subagent') return {};
  const parentTools = capability?.blocks.at(-1)?.tools ?? [];
  return { subagent: { depth: bound?.depth ?? Number.MAX_SAFE_INTEGER, parentTools } };
}

function policyInput(
  { senderId, username, name, ...facts }: Facts,
  { agentId, isOwner }: { readonly agentId: string; readonly isOwner: boolean },
): Omit<Parameters<ReturnType<Kernel['toolPolicy']>['tool']>[0], 'tool' | 'registered'> {
  return {
    ...facts,
    agentId,
    requesterIsOwner: isOwner,
    sender: {
      ...(senderId === undefined ? {} : { id: senderId }),
      ...(username === undefined ? {} : { username }),
      ...(name === undefined ? {} : { name }),
    },
  };
}

const UNKNOWN_TOOL: Decision = {
  effect: 'deny',
  code: 'tool.unknown',
  path: '<default>tools',
  reason: 'There is no tool of this name.',
};
