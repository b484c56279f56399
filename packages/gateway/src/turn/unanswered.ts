/**
 * The tool calls a crash left without an outcome.
 *
 * @module
 */
import type { TranscriptMessage } from '../services.ts';
import type { ToolCall } from './tool-decision.ts';

/** A message before it has its place in a session. */
type Draft = Omit<TranscriptMessage, 'id' | 'seq'>;

/**
 * Sorts the unanswered calls of a run: those with an open question are taken up again, since nothing
 * happens before its answer is used; of the others the effect is in doubt, so they are given up.
 */
export function sortUnanswered(
  mine: readonly TranscriptMessage[],
  asking: ReadonlySet<string>,
  now: number,
): { readonly open: readonly ToolCall[]; readonly givenUp: readonly Draft[] } {
  const answered = new Set<string>();
  for (const { content } of mine) {
    for (const part of content) if (part.type === 'toolResult') answered.add(part.id);
  }
  const open: ToolCall[] = [];
  const givenUp: Draft[] = [];
  for (const { content, runId } of mine) {
    for (const part of content) {
      if (part.type !== 'toolCall' || answered.has(part.id)) continue;
      if (asking.has(part.id)) open.push({ id: part.id, name: part.name, input: part.input });
      else givenUp.push(lost(part, runId, now));
    }
  }
  return { open, givenUp };
}

function lost({ id, name }: { id: string; name: string }, runId: string, timestamp: number): Draft {
  const text =
    'The gateway stopped during this call. It may or may not have had its effect and was not repeated.';
  return {
    role: 'tool',
    content: [{ type: 'toolResult', id, name, text, isError: true }],
    timestamp,
    runId,
  };
}
