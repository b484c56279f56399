/**
 * What happened, in the words of events.
 *
 * @module
 */
import type { AgentEvent, ChatEvent, EventPayload } from '@portcullis/protocol';

import type { GatewayNotice, TranscriptMessage } from '../services.ts';

type ChatNotice = Extract<GatewayNotice, { type: 'chat' }>;

/** How a process was told to stop is nobody's business: clients know one word for it. */
export function toStopReason(reason: string): string {
  return reason.startsWith('SIG') ? 'gateway stopping' : reason;
}

/** A job changed, began or ended. */
export function toCronEvent({
  action,
  jobId,
  at,
  run,
}: Extract<GatewayNotice, { type: 'cron' }>): EventPayload<'cron'> {
  if (run === undefined) return { action, jobId, ts: at };
  const { scheduledAt: runAtMs, durationMs, status, error } = run;
  const why = error === undefined ? {} : { error };
  return { action, jobId, ts: at, runAtMs, durationMs, status, ...why };
}

/** Our reasons in the words clients know. */
export const SESSION_REASONS = {
  input: 'agent.input.settled',
  start: 'agent.run.started',
  end: 'agent.run.ended',
  create: 'create',
  reset: 'reset',
  delete: 'delete',
  patch: 'patch',
} as const;

/** What an assistant said so far. */
export function liveMessage(text: string): Extract<ChatEvent, { state: 'delta' }>['message'] {
  return { role: 'assistant', content: [{ type: 'text', text }], timestamp: Date.now() };
}

function usageOf({ usage }: ChatNotice): Extract<ChatEvent, { state: 'final' }>['usage'] {
  if (usage === undefined) return undefined;
  return { ...usage, totalTokens: (usage.input ?? 0) + (usage.output ?? 0) };
}

/** The last event of a run. */
export function endOf(notice: ChatNotice, seq: number): ChatEvent {
  const { runId, sessionKey, agentId, text, stopReason } = notice;
  const common = { runId, sessionKey, agentId, seq };
  const message = text === undefined || text === '' ? {} : { message: liveMessage(text) };
  if (notice.state === 'aborted') {
    return { ...common, state: 'aborted', stopReason: stopReason ?? 'rpc', ...message };
  }
  if (notice.state === 'error') {
    return {
      ...common,
      state: 'error',
      errorMessage: notice.errorMessage ?? 'The run failed.',
      errorKind: notice.errorKind ?? 'unknown',
      ...message,
    };
  }
  const usage = usageOf(notice);
  return {
    ...common,
    state: 'final',
    ...message,
    ...(stopReason !== undefined && { stopReason }),
    ...(usage !== undefined && { usage }),
  };
}

/** What a stored message tells of tools: calls that begin, and results of calls that are over. */
export function toToolSteps({ content }: TranscriptMessage): readonly AgentEvent['data'][] {
  return content.flatMap((part): AgentEvent['data'][] => {
    if (part.type === 'toolCall') {
      const { id: toolCallId, name, input: args } = part;
      return [{ phase: 'start', name, toolCallId, args }];
    }
    if (part.type === 'toolResult') {
      const { id: toolCallId, name, isError, text: result } = part;
      return [{ phase: 'result', name, toolCallId, isError, result }];
    }
    return [];
  });
}
