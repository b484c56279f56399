/**
 * Turns the AI SDK's stream into model events: bounded, complete, or an error that says why not.
 *
 * @module
 */
import type { FinishReason, Logger, ModelEvent, ModelUsage } from '@portcullis/core';
import type {
  FinishReason as SdkFinishReason,
  LanguageModelUsage,
  TextStreamPart,
  ToolSet,
} from 'ai';

import { badResponse } from './failure.ts';

/** Where an answer comes from and how long it may get. */
export interface AnswerOptions {
  /** `<provider>/<model>`. */
  readonly model: string;
  /** Cap on text and tool input together, in UTF-16 units. */
  readonly maxOutputLength: number;
  readonly log: Logger;
}

function finishReason(reason: SdkFinishReason, calledTools: boolean): FinishReason {
  if (reason === 'error' || reason === 'interrupted') return 'other';
  // Some servers say `stop` after a tool call.
  return reason === 'stop' && calledTools ? 'tool-calls' : reason;
}

function usageOf(usage: LanguageModelUsage): ModelUsage {
  const { cacheReadTokens = 0, cacheWriteTokens = 0 } = usage.inputTokenDetails;
  return {
    ...(usage.inputTokens !== undefined && { inputTokens: usage.inputTokens }),
    ...(usage.outputTokens !== undefined && { outputTokens: usage.outputTokens }),
    ...(cacheReadTokens > 0 && { cacheReadTokens }),
    ...(cacheWriteTokens > 0 && { cacheWriteTokens }),
  };
}

/** The characters of a part that count against the cap. */
function lengthOf(part: TextStreamPart<ToolSet>): number {
  if (part.type === 'text-delta' || part.type === 'reasoning-delta') return part.text.length;
  return part.type === 'tool-input-delta' ? part.delta.length : 0;
}

/**
 * Yields the events of one answer, `finish` last. An answer over the cap is cut there and finishes
 * with `length`.
 *
 * @throws `model.bad_response` where the stream ends early, and the SDK's own error where it met
 * one.
 */
export async function* answerEvents(
  parts: AsyncIterable<TextStreamPart<ToolSet>>,
  options: AnswerOptions,
): AsyncGenerator<ModelEvent, void, undefined> {
  const { model, maxOutputLength, log } = options;
  let room = maxOutputLength;
  let calledTools = false;
  for await (const part of parts) {
    const length = lengthOf(part);
    if (length > room) {
      if (part.type === 'text-delta' && room > 0) {
        yield { type: 'text', delta: part.text.slice(0, room) };
      }
      log.warn({ code: 'model.too_long', model, maxOutputLength }, 'cut an answer that went on');
      yield { type: 'finish', reason: 'length', usage: {} };
      return;
    }
    room -= length;
    switch (part.type) {
      case 'text-delta':
        if (part.text !== '') yield { type: 'text', delta: part.text };
        break;
      case 'tool-call':
        calledTools = true;
        yield { type: 'tool-call', id: part.toolCallId, name: part.toolName, input: part.input };
        break;
      case 'error':
        // Named by the caller, who knows whether anything was sent.
        throw part.error;
      case 'finish': {
        // A stream that was cut has no finish reason of its own.
        if (part.rawFinishReason === undefined) {
          throw badResponse(model, 'stopped before its answer was complete');
        }
        const reason = finishReason(part.finishReason, calledTools);
        yield { type: 'finish', reason, usage: usageOf(part.totalUsage) };
        return;
      }
      default:
    }
  }
  throw badResponse(model, 'stopped before its answer was complete');
}
