/**
 * Whether a run may take an action in the browser: policy is asked about the tool `browser` with that
 * action, whichever tool it comes from, and for everybody whose rights the run was handed.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';

import { makersOf } from '../../intake/bearer.ts';
import { type ToolFacts, toolFacts } from '../../intake/tool-facts.ts';
import type { Kernel } from '../../kernel.ts';
import type { CallSite } from '../effect.ts';

const TOOL = 'browser';

/** Every decision of tool policy about the action. */
export function mayAct(
  kernel: Kernel,
  { run, event }: CallSite,
  action: string,
): readonly Decision[] {
  const bound = makersOf(kernel, run, TOOL);
  if (bound !== undefined && 'effect' in bound) return [bound];
  const ask = (facts: ToolFacts, agentId: string, isOwner: boolean): Decision => {
    const { senderId, username, name, ...place } = facts;
    return kernel.toolPolicy().tool({
      ...place,
      tool: TOOL,
      action,
      agentId,
      requesterIsOwner: isOwner,
      registered: [],
      sender: {
        ...(senderId === undefined ? {} : { id: senderId }),
        ...(username === undefined ? {} : { username }),
        ...(name === undefined ? {} : { name }),
      },
    });
  };
  return [
    ask(toolFacts(event, ''), run.agentId, run.isOwner),
    ...(bound?.makers ?? []).map((maker) => ask(maker.facts, maker.agentId, maker.isOwner)),
  ];
}
