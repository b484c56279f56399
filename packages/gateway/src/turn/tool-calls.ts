/**
 * One tool call: decided, written to the audit log, run, and its outcome written.
 *
 * @module
 */
import {
  type Brokers,
  type Decision,
  type EffectRequest,
  PortcullisError,
  type Tool,
  type ToolResult,
  type ToolSettings,
  type Tx,
} from '@portcullis/core';

import { refusalOf } from '../budgets/budgets.ts';
import type { InboxRun } from '../intake/inbox.ts';
import { type Kernel, commit } from '../kernel.ts';
import type { ServerTool } from '../tool-servers/tool-servers.ts';
import { type ToolCall, decideTool } from './tool-decision.ts';
import { CallTime, callLimit } from './call-time.ts';
import type { ToolFacts } from '../intake/tool-facts.ts';
import type { AnyTool, Toolbox } from '../tool-servers/toolbox.ts';

/** What a running call is given of the world. */
export interface ToolDoor {
  readonly signal: AbortSignal;
  /** Set when the call leads nowhere, or is nothing for whoever asks: it is refused then. */
  readonly refused: Decision | undefined;
  readonly brokers: (time: CallTime) => Brokers;
  /** The refusal of what a call intends, asked once before it runs. */
  readonly refuse: (
    time: CallTime,
    requests: readonly EffectRequest[],
  ) => Promise<Decision | undefined>;
  /** Counts the call. Resolves with the refusal where a budget has no room for it. */
  readonly spend: (tx: Tx) => Promise<Decision | undefined>;
  /** The part of the config that a tool declared. */
  readonly settings: (tool: Tool) => ToolSettings | undefined;
  /** Calls a tool of a server. */
  readonly serve: (time: CallTime, tool: ServerTool) => Promise<ToolResult>;
}

/** Why a call gave no result, for whoever made it himself. */
export interface CallFault {
  /**
   * `unavailable`: policy does not let him have the tool. `forbidden`: he has it, and not for this.
   * `input`: the input is none of this tool. `failed`: it could not do it. `broken`: it threw.
   */
  readonly kind: 'unavailable' | 'forbidden' | 'input' | 'failed' | 'broken';
  /** Code of the decision, or of the error. */
  readonly code: string;
  /** Set where an approver could have allowed it. */
  readonly needsApproval?: true;
}

/** A call that is over. */
export interface EndedCall {
  readonly result: ToolResult;
  /** Set where it gave no result. */
  readonly fault?: CallFault;
  /** Writes the line of its end, in the unit of work that keeps its result; nothing for a refusal. */
  readonly end: (tx: Tx) => void;
}

/** Runs one call to its end. Never throws for what the tool does; throws when aborted. */
export async function runTool(
  kernel: Kernel,
  toolbox: Toolbox,
  run: InboxRun,
  facts: ToolFacts,
  call: ToolCall,
  door: ToolDoor,
): Promise<EndedCall> {
  kernel.step('tool.before-decision');
  const tool = toolbox.get(call.name);
  // The name comes from the model: only a known one is a fact.
  const known = { ...call, name: tool === undefined ? '<unknown>' : call.name };
  const decided = decideTool(kernel, toolbox, run, facts, call);
  kernel.step('tool.before-commit');
  const decision = await commit(kernel, async (tx) => {
    const allowed = door.refused ?? decided;
    const refused = allowed.effect === 'allow' ? await door.spend(tx) : undefined;
    const final = refused ?? allowed;
    note(kernel, tx, run, known, final, final.code);
    return final;
  });
  kernel.step('tool.after-commit');
  if (decision.effect !== 'allow' || tool === undefined) {
    const kind = decision.effect === 'deny' ? 'unavailable' : 'forbidden';
    const fault = faultOf(kind, decision);
    return { result: refusal(decision), fault, end: () => undefined };
  }
  const time = new CallTime(
    callLimit(kernel, 'served' in tool ? tool.served : tool.own),
    door.signal,
  );
  const ran = await time.run(() => execute(tool, run, call, door, time)).catch(unfinished);
  door.signal.throwIfAborted();
  const code = ran.result.isError === true ? 'tool.failed' : 'tool.done';
  return { ...ran, end: (tx) => note(kernel, tx, run, known, decision, code) };
}

function note(
  kernel: Kernel,
  tx: Tx,
  run: InboxRun,
  call: ToolCall,
  decision: Decision,
  code: string,
): void {
  kernel.journal.record(tx, {
    kind: 'tool',
    at: kernel.now(),
    principal: run.principal.id,
    effect: decision.effect,
    code,
    path: decision.path,
    tool: call.name,
    runId: run.runId,
    sessionKey: run.sessionKey,
  });
}

/** What came of a call that ran. */
type Ran = Pick<EndedCall, 'result' | 'fault'>;

async function execute(
  found: AnyTool,
  run: InboxRun,
  call: ToolCall,
  { brokers, refuse, settings, serve }: ToolDoor,
  time: CallTime,
): Promise<Ran> {
  try {
    if ('served' in found) return ranTo(await serve(time, found.served));
    const { own: tool } = found;
    const checked = await tool.input['~standard'].validate(call.input);
    if (checked.issues !== undefined) {
      const faults = checked.issues.map((issue) => issue.message).join('; ');
      const text = `The input does not fit the tool: ${faults}`;
      return { result: { text, isError: true }, fault: { kind: 'input', code: 'tool.input' } };
    }
    const intended = tool.plan?.(checked.value) ?? [];
    const refused = intended.length === 0 ? undefined : await refuse(time, intended);
    if (refused !== undefined) {
      return { result: refusal(refused), fault: faultOf('forbidden', refused) };
    }
    const part = settings(tool);
    return ranTo(
      await tool.run(checked.value, {
        signal: time.signal,
        sessionKey: run.sessionKey,
        agentId: run.agentId,
        requester: run.principal,
        brokers: brokers(time),
        ...(part === undefined ? {} : { settings: part }),
      }),
    );
  } catch (error) {
    // Whatever broke because the call is over broke because it is over.
    time.signal.throwIfAborted();
    return unfinished(error);
  }
}

function ranTo(result: ToolResult): Ran {
  return result.isError === true
    ? { result, fault: { kind: 'failed', code: 'tool.failed' } }
    : { result };
}

/** A call that threw, as its model sees it. */
function unfinished(error: unknown): Ran {
  if (!PortcullisError.is(error)) {
    const result = { text: 'The tool failed unexpectedly.', isError: true };
    return { result, fault: { kind: 'broken', code: 'tool.failed' } };
  }
  const { code, message, details } = error;
  const result = { text: `${message} [${code}]`, isError: true };
  // Brokers refuse with the decision that refused.
  const effect = details?.['effect'];
  if (effect !== 'deny' && effect !== 'ask') return { result, fault: { kind: 'failed', code } };
  return { result, fault: faultOf('forbidden', { effect, code }) };
}

function faultOf(
  kind: CallFault['kind'],
  { effect, code }: Pick<Decision, 'effect' | 'code'>,
): CallFault {
  return { kind, code, ...(effect === 'ask' ? { needsApproval: true } : {}) };
}

function refusal(decision: Decision): ToolResult {
  const frees = refusalOf(decision)?.freesAt;
  const until = frees === undefined ? '' : ` It is renewed at ${new Date(frees).toISOString()}.`;
  const ask =
    decision.effect === 'ask' ? ' It needs an approval, and nobody can be asked here.' : '';
  return { text: `Refused (${decision.code}): ${decision.reason}${until}${ask}`, isError: true };
}
