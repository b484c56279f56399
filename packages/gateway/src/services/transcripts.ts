/**
 * Transcripts as operators read them.
 *
 * @module
 */
import type { Json } from '@portcullis/core';

/** A part of a transcript message. */
export type TranscriptPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image'; readonly mimeType: string; readonly data: string }
  | { readonly type: 'toolCall'; readonly id: string; readonly name: string; readonly input: Json }
  | {
      readonly type: 'toolResult';
      readonly id: string;
      readonly name: string;
      readonly text: string;
      readonly isError: boolean;
    };

/** One stored message of a session. */
export interface TranscriptMessage {
  readonly id: string;
  /** Position in the session, from 1, without holes. */
  readonly seq: number;
  readonly role: 'user' | 'assistant' | 'tool';
  readonly content: readonly TranscriptPart[];
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly runId: string;
  readonly model?: string;
  readonly usage?: { readonly input?: number; readonly output?: number };
  /** Why an assistant message ended: `stop`, `length`, `aborted`, `error`, `toolUse`. */
  readonly stopReason?: string;
  /** Set when `stopReason` is `error`: one sentence for an operator. */
  readonly errorMessage?: string;
}
