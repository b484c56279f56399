/**
 * A model streams an answer to a request. It holds no authority: whatever it asks for is decided by
 * policy, call by call.
 *
 * @module
 */
import type { Logger } from './logger.ts';
import type { Secret } from './secret.ts';

/** A part of a message as models see it. */
export type ContentPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image'; readonly mimeType: string; readonly data: string }
  | {
      readonly type: 'tool-call';
      readonly id: string;
      readonly name: string;
      readonly input: unknown;
    }
  | {
      readonly type: 'tool-result';
      readonly id: string;
      readonly name: string;
      readonly text: string;
      readonly isError: boolean;
    };

/** One message of a conversation as models see it. */
export interface ModelMessage {
  readonly role: 'user' | 'assistant' | 'tool';
  readonly content: readonly ContentPart[];
}

/** A tool as it is offered to a model. */
export interface ModelTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the input. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

/** What a model is asked. */
export interface ModelRequest {
  readonly system: string;
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ModelTool[];
  /** Cap on the answer's length in tokens. */
  readonly maxOutputTokens?: number;
  /** Names the turn in the audit log of the gateway. It is not for the server. */
  readonly runId?: string;
}

/** Tokens as the provider counted them; undefined where it did not say. */
export interface ModelUsage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  /** Of the input tokens: read from and written to the provider's cache. */
  readonly cacheReadTokens?: number;
  readonly cacheWriteTokens?: number;
}

/** Why a model stopped. */
export type FinishReason = 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'other';

/** One piece of a streamed answer. Every stream that does not throw ends with `finish`. */
export type ModelEvent =
  | { readonly type: 'text'; readonly delta: string }
  | {
      readonly type: 'tool-call';
      readonly id: string;
      readonly name: string;
      readonly input: unknown;
    }
  | {
      readonly type: 'finish';
      readonly reason: FinishReason;
      readonly usage: ModelUsage;
      /** The model that answered, where several stand behind one. */
      readonly model?: string;
    };

/** One model of one provider. */
export interface Model {
  /** `<provider>/<model>`. */
  readonly id: string;
  /**
   * Streams the answer. Throws a `PortcullisError` whose code says what failed (`model.auth`,
   * `model.rate_limited`, `model.timeout`, `model.unreachable`, `model.bad_response`, ...) and
   * whose `retryable` says whether another try can help. Aborting `signal` closes the connection
   * to the provider and ends the stream with `model.aborted`.
   */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
}

/**
 * The way of a model to its server: like the platform's `fetch`, for the origin of the configured
 * `baseUrl` alone. Every request is written to the audit log before it is sent, and a redirect is
 * handed back as the answer it is. `request` is what the model is being asked.
 *
 * Throws `net.model_origin` for any other origin, `net.model_address` for a server at an address of
 * no server, and the network's own errors.
 */
export type ModelFetch = (
  url: string,
  init: RequestInit,
  request: ModelRequest,
) => Promise<Response>;

/** What a provider needs to make a model. */
export interface ModelSource {
  /** Provider id as configured: `local`, `anthropic`. */
  readonly provider: string;
  /** Model id as the provider knows it. */
  readonly model: string;
  readonly baseUrl?: string;
  /** The only way to the network. Absent where a model is made without a gateway. */
  readonly fetch?: ModelFetch;
  /** Extra request headers; values may be secrets. */
  readonly headers?: Readonly<Record<string, Secret | string>>;
  readonly apiKey?: Secret;
  readonly maxOutputTokens?: number;
  readonly log: Logger;
}

/** How a plugin offers models of one wire format. */
export interface ModelProviderDefinition {
  /** Wire format as `models.providers.<id>.api` names it: `openai-completions`, `anthropic-messages`, `offline`. */
  readonly api: string;
  /** Makes one model. Heavy libraries are imported on the first `stream`, not here. */
  create(source: ModelSource): Model;
}
