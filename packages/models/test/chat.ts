/** Short ways to ask a model something in tests. */
import {
  type Model,
  type ModelEvent,
  type ModelProviderDefinition,
  type ModelRequest,
  type ModelSource,
  PortcullisError,
  Secret,
  silentLogger,
} from '@portcullis/core';

/** A key that no error and no log line may hold. */
export const KEY = 'sk-test-0123456789abcdef';

/** A model of a definition on a server. */
export function modelOn(
  definition: ModelProviderDefinition,
  baseUrl: string,
  source: Partial<ModelSource> = {},
): Model {
  return definition.create({
    provider: 'local',
    model: 'fake-1',
    baseUrl,
    apiKey: new Secret(KEY, 'models.providers.local.apiKey'),
    log: silentLogger,
    ...source,
  });
}

/** A request with one message of a person. */
export function ask(text: string, more: Partial<ModelRequest> = {}): ModelRequest {
  return {
    system: '',
    messages: [{ role: 'user', content: [{ type: 'text', text }] }],
    tools: [],
    ...more,
  };
}

/** All events of an answer. */
export async function collect(
  model: Model,
  request: ModelRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<ModelEvent[]> {
  const events: ModelEvent[] = [];
  for await (const event of model.stream(request, signal)) events.push(event);
  return events;
}

/** The text of events. */
export function textOf(events: readonly ModelEvent[]): string {
  return events.map((event) => (event.type === 'text' ? event.delta : '')).join('');
}

/** The error an answer ends with. Anything but a `PortcullisError` fails the test. */
export async function failureOf(
  model: Model,
  request: ModelRequest = ask('hello'),
  signal?: AbortSignal,
): Promise<PortcullisError> {
  const outcome: unknown = await collect(model, request, signal).catch((error: unknown) => error);
  if (PortcullisError.is(outcome)) return outcome;
  throw new Error('The model did not fail with a PortcullisError.', { cause: outcome });
}
