/**
 * A model behind the AI SDK. The SDK is loaded by the first answer, not before.
 *
 * @module
 */
import {
  type Model,
  type ModelEvent,
  type ModelRequest,
  type ModelSource,
  PortcullisError,
} from '@portcullis/core';
import type { Secret } from '@portcullis/core';
import type { LanguageModel, ToolSet } from 'ai';

import { answerEvents } from './answer.ts';
import { endpointOf, modelId } from './endpoint.ts';
import { Exchange } from './exchange.ts';
import { badRequest, badResponse, failedMidway } from './failure.ts';
import { promptMessages } from './prompt.ts';
import type { ModelSettings } from './settings.ts';

/** What one wire format adds. */
export interface WireFormat {
  /** Headers that carry the key. */
  authorize(key: Secret): Readonly<Record<string, Secret | string>>;
  /** Loads the SDK's provider and binds it to a server and our `fetch`. */
  connect(
    source: ModelSource,
    baseUrl: string,
    fetch: typeof globalThis.fetch,
  ): Promise<LanguageModel>;
}

async function loadSdk(): Promise<typeof import('ai')> {
  // Its warnings go to the process's output, and can quote settings.
  globalThis.AI_SDK_LOG_WARNINGS = false;
  return import('ai');
}

function toolSet(sdk: typeof import('ai'), request: ModelRequest): ToolSet {
  return Object.fromEntries(
    request.tools.map((tool) => [
      tool.name,
      sdk.tool({
        description: tool.description,
        inputSchema: sdk.jsonSchema(tool.inputSchema),
      }),
    ]),
  );
}

function lower(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}

/** Names of the SDK's errors for an error frame in the stream. All others mean garbage. */
const ERROR_FRAME: ReadonlySet<string> = new Set(['AI_StreamProviderError', 'AI_APICallError']);

/** The error that tells the caller what happened; the SDK's own can quote the conversation. */
function nameError(error: unknown, exchange: Exchange, model: string): PortcullisError {
  if (exchange.failure !== undefined) return exchange.failure;
  if (PortcullisError.is(error)) return error;
  if (!exchange.started) return badRequest(model);
  return error instanceof Error && ERROR_FRAME.has(error.name)
    ? failedMidway(model)
    : badResponse(model, 'sent an answer that cannot be read');
}

/**
 * Makes a model that streams through the AI SDK.
 *
 * @throws `model.base_url` when the source's address is missing or unusable.
 */
export function sdkModel(source: ModelSource, settings: ModelSettings, format: WireFormat): Model {
  const id = modelId(source);
  const endpoint = endpointOf(source);
  const headers = {
    ...(source.apiKey !== undefined && format.authorize(source.apiKey)),
    ...source.headers,
  };

  async function* stream(
    request: ModelRequest,
    signal: AbortSignal,
  ): AsyncGenerator<ModelEvent, void, undefined> {
    const { fetch: door } = source;
    const exchange = new Exchange({
      model: id,
      baseUrl: endpoint.url,
      headers,
      settings,
      fetch: door === undefined ? settings.fetch : (url, init) => door(url, init, request),
      signal,
    });
    try {
      const sdk = await loadSdk();
      const maxOutputTokens = lower(request.maxOutputTokens, source.maxOutputTokens);
      const result = sdk.streamText({
        model: await format.connect(source, endpoint.base, exchange.fetch),
        ...(request.system !== '' && { instructions: request.system }),
        messages: promptMessages(request),
        ...(request.tools.length > 0 && { tools: toolSet(sdk, request) }),
        ...(maxOutputTokens !== undefined && { maxOutputTokens }),
        maxRetries: 0,
        abortSignal: exchange.signal,
        telemetry: { isEnabled: false },
        onError: () => undefined,
        experimental_download: async (wanted) => {
          if (wanted.length > 0) throw badRequest(id);
          return [];
        },
      });
      const { maxOutputLength } = settings;
      yield* answerEvents(result.stream, { model: id, maxOutputLength, log: source.log });
    } catch (error) {
      throw nameError(error, exchange, id);
    } finally {
      exchange.close();
    }
  }

  return { id, stream };
}
