/**
 * What a fake model server can be told to do: answers, failures, and the record of what it was
 * asked.
 *
 * @module
 */

/** A tool call the fake answers with. */
export interface FakeToolCall {
  /** Default `call_<n>`. */
  readonly id?: string;
  readonly name: string;
  readonly input: unknown;
}

/** One answer of a fake model. */
export interface FakeAnswer {
  readonly text?: string;
  /** The text in these pieces, one streamed chunk each. Default: `text` split at words. */
  readonly chunks?: readonly string[];
  readonly toolCalls?: readonly FakeToolCall[];
  /** Default 10 in, 5 out. */
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number };
  /** Milliseconds to wait before each chunk. Default 0. */
  readonly delayMs?: number;
  /** Waited for before each chunk, counted from 0: a test holds the rest back until it saw enough. */
  readonly beforeChunk?: (index: number) => Promise<unknown>;
  /** The finish reason in the words of the network. Default: what fits text or tool calls. */
  readonly finishReason?: string;
}

/** One request a fake model server received. */
export interface FakeModelRequest {
  readonly method: string;
  /** Path with query, as it came. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON body; an empty object where there was none. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The text of the last message, whoever wrote it. */
  readonly lastText: string;
}

/** An answer, its text alone, or a function that makes one from the request. */
export type FakeReply =
  | string
  | FakeAnswer
  | ((request: FakeModelRequest) => string | FakeAnswer | Promise<string | FakeAnswer>);

/**
 * How a fake model server can misbehave.
 *
 * A number is that HTTP status. `context-length`: 400 as a prompt that is too long gets. `quota`:
 * 429 as an account without credit gets. `garbage`: 200 with a stream that is no JSON. `html`: 200
 * with a web page. `half-stream`: some text, then a clean end without the closing frames.
 * `reset`: some text, then the connection is torn. `never-ends`: text for ever. `hang`: the request
 * is taken and never answered. `stall`: some text, then silence. `slow`: a whole answer, 20 ms
 * between chunks. `redirect`: 307 to {@link FakeFailureOptions.location}. `stream-error`: some
 * text, then the network's error frame.
 */
export type FakeFailure =
  | 400
  | 401
  | 403
  | 404
  | 408
  | 429
  | 500
  | 503
  | 529
  | 'context-length'
  | 'quota'
  | 'garbage'
  | 'html'
  | 'half-stream'
  | 'reset'
  | 'never-ends'
  | 'hang'
  | 'stall'
  | 'slow'
  | 'redirect'
  | 'stream-error';

/** Details of a failure. */
export interface FakeFailureOptions {
  /** The `Retry-After` header, seconds or a date. Default: none. */
  readonly retryAfter?: string;
  /** Where `redirect` points to. */
  readonly location?: string;
  /** Words of the error body. Default: a sentence that names the status. */
  readonly message?: string;
}

/** What to do with one request: the next step of the script. */
export type FakeStep =
  | { readonly kind: 'reply'; readonly reply: FakeReply }
  | {
      readonly kind: 'fail';
      readonly failure: FakeFailure;
      readonly options: FakeFailureOptions;
    };

/** How one network writes what the script says. */
export interface FakeDialect {
  /** The path that asks for an answer: `/v1/chat/completions`. */
  readonly path: string;
  /** The text of the last message of a request body. */
  lastText(body: Readonly<Record<string, unknown>>): string;
  /** The whole answer, for a request that does not stream. */
  whole(answer: FakeAnswer, model: string): unknown;
  /** Server-sent frames before the first text. */
  open(answer: FakeAnswer, model: string): string[];
  /** One frame of text. */
  delta(text: string, model: string): string;
  /** Frames after the last text: tool calls, finish reason, usage, end mark. */
  close(answer: FakeAnswer, model: string): string[];
  /** An error in the middle of a stream. */
  errorFrame(message: string): string;
  /** The JSON body of an error response. `code` is the network's own word for it. */
  error(status: number, message: string, code: string | undefined): unknown;
}

/** The text of an answer cut into the chunks it is streamed in. */
export function chunksOf(answer: FakeAnswer): readonly string[] {
  return answer.chunks ?? answer.text?.match(/\S+\s*|\s+/g) ?? [];
}

/** The whole text of an answer. */
export function textOf(answer: FakeAnswer): string {
  return answer.text ?? (answer.chunks ?? []).join('');
}

/** The token counts of an answer. */
export function usageOf(answer: FakeAnswer): { inputTokens: number; outputTokens: number } {
  return answer.usage ?? { inputTokens: 10, outputTokens: 5 };
}
