/**
 * Whether a run may use a tool: what policy says of the run itself, of everybody whose rights it was
 * handed, and of plugins that tighten. Asked for the list a model is offered, and again at every call.
 *
 * @module
 */
import type { Decision, Tool } from '@portcullis/core';
import { combine } from '@portcullis/policy';

import { sandboxOf } from '../brokers/proc/settings.ts';
import { makersOf } from '../intake/bearer.ts';
import type { InboxRun } from '../intake/inbox.ts';
import { strictest } from '../intake/plugin-policy.ts';
import type { Kernel } from '../kernel.ts';
import type { ToolFacts } from '../intake/tool-facts.ts';

/** A call as the model asked for it. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

/** The tools this run may be offered. */
export function offeredTools(kernel: Kernel, run: InboxRun, facts: ToolFacts): readonly Tool[] {
  return [...kernel.registry.tools.values()].filter(
    ({ name }) => decideTool(kernel, run, facts, { id: '', name, input: {} }).effect !== 'deny',
  );
}

/** The names of the tools a run may hand on: those it has, without the ones for owners only. */
export function toolsToHandOn(kernel: Kernel, run: InboxRun, facts: ToolFacts): readonly string[] {
  const others = new Set(offeredTools(kernel, { ...run, isOwner: false }, facts));
  return offeredTools(kernel, run, facts)
    .filter((tool) => others.has(tool))
    .map(({ name }) => name);
}

/** Decides one call: a tool nobody registered is unknown, whatever the config says. */
export function decideTool(
  kernel: Kernel,
  run: InboxRun,
  facts: ToolFacts,
  call: ToolCall,
): Decision {
  const decision = kernel.registry.tools.has(call.name)
    ? combine(everyDecision(kernel, run, facts, call))
    : UNKNOWN_TOOL;
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
  const ask = (about: Facts, as: { readonly agentId: string; readonly isOwner: boolean }) =>
    kernel.toolPolicy().tool({ ...policyInput(kernel, about, as), tool, messageTarget });
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
  kernel: Kernel,
  { senderId, username, name, ...facts }: Facts,
  { agentId, isOwner }: { readonly agentId: string; readonly isOwner: boolean },
): Omit<Parameters<ReturnType<Kernel['toolPolicy']>['tool']>[0], 'tool'> {
  return {
    ...facts,
    agentId,
    requesterIsOwner: isOwner,
    registered: [...kernel.registry.tools.keys()].map((each) => ({ name: each, pluginId: each })),
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
