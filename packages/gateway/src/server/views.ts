/**
 * The services' records as clients of the protocol see them.
 *
 * @module
 */
import type { ContentPart, Message, SessionRow } from '@portcullis/protocol';

import type {
  ModelReport,
  SessionSummary,
  TranscriptMessage,
  TranscriptPart,
} from '../services.ts';

/** A model reference in two halves. */
export function splitModel(reference: string | undefined): {
  readonly provider: string | null;
  readonly model: string | null;
} {
  if (reference === undefined) return { provider: null, model: null };
  const slash = reference.indexOf('/');
  return slash < 0
    ? { provider: null, model: reference }
    : { provider: reference.slice(0, slash), model: reference.slice(slash + 1) };
}

/** The model a session without one of its own would use. */
export function sessionDefaults({ active, models }: ModelReport): {
  modelProvider: string | null;
  model: string | null;
  contextTokens: number | null;
} {
  const { provider, model } = splitModel(active[0]);
  const row = models.find((each) => each.id === active[0]);
  return { modelProvider: provider, model, contextTokens: row?.contextWindow ?? null };
}

function toPart(part: TranscriptPart): ContentPart {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'image':
      return { type: 'image', mimeType: part.mimeType, data: part.data };
    case 'toolCall':
      return {
        type: 'toolCall',
        id: part.id,
        name: part.name,
        arguments: part.input as Extract<ContentPart, { type: 'toolCall' }>['arguments'],
      };
    case 'toolResult':
      return { type: 'text', text: part.text };
    default:
      return part satisfies never;
  }
}

function toolFields(message: TranscriptMessage): Partial<Message> {
  const result = message.content.find((part) => part.type === 'toolResult');
  if (result === undefined) return {};
  return { toolCallId: result.id, toolName: result.name, isError: result.isError };
}

function modelFields({ model, usage }: TranscriptMessage): Partial<Message> {
  const { provider, model: name } = splitModel(model);
  return {
    ...(provider !== null && { provider }),
    ...(name !== null && { model: name }),
    ...(usage !== undefined && {
      usage: { ...usage, totalTokens: (usage.input ?? 0) + (usage.output ?? 0) },
    }),
  };
}

/** A stored message. */
export function toMessage(message: TranscriptMessage): Message {
  const { id, seq, role, content, timestamp, runId, stopReason, errorMessage } = message;
  return {
    role: role === 'tool' ? 'toolResult' : role,
    content: content.map(toPart),
    timestamp,
    ...(role === 'user' && { idempotencyKey: `${runId}:user` }),
    ...modelFields(message),
    ...(stopReason !== undefined && { stopReason }),
    ...(errorMessage !== undefined && { errorMessage }),
    ...toolFields(message),
    __openclaw: { id, seq, runId, recordTimestampMs: timestamp },
  };
}

/** The words of a message. */
export function textOf(message: TranscriptMessage): string {
  return message.content
    .map((part) => (part.type === 'text' || part.type === 'toolResult' ? part.text : ''))
    .filter((text) => text !== '')
    .join('\n');
}

const KINDS = { direct: 'direct', group: 'group', main: 'direct', other: 'direct' } as const;

const STATUS = {
  running: 'running',
  done: 'done',
  idle: 'done',
  error: 'failed',
  aborted: 'killed',
} as const;

/** A session. */
export function toSessionRow(session: SessionSummary): SessionRow {
  const { provider, model } = splitModel(session.model);
  return {
    key: session.key,
    sessionId: session.sessionId,
    agentId: session.agentId,
    kind: KINDS[session.kind],
    isMain: session.kind === 'main',
    ...(session.channel !== undefined && { channel: session.channel }),
    ...(session.label !== undefined && { label: session.label, displayName: session.label }),
    createdAt: session.createdAt,
    updatedAt: session.updatedAt,
    status: STATUS[session.status],
    hasActiveRun: session.activeRunIds.length > 0,
    activeRunIds: [...session.activeRunIds],
    ...(session.lastRunId !== undefined && { lastRunId: session.lastRunId }),
    ...(session.lastMessagePreview !== undefined && {
      lastMessagePreview: session.lastMessagePreview,
    }),
    pinned: session.pinnedAt !== undefined,
    ...(session.pinnedAt !== undefined && { pinnedAt: session.pinnedAt }),
    archived: session.archivedAt !== undefined,
    ...(session.archivedAt !== undefined && { archivedAt: session.archivedAt }),
    ...(session.spawnedBy !== undefined && { spawnedBy: session.spawnedBy }),
    ...(provider !== null && { modelProvider: provider }),
    ...(model !== null && { model }),
    inputTokens: session.inputTokens,
    outputTokens: session.outputTokens,
    totalTokens: session.inputTokens + session.outputTokens,
  };
}
