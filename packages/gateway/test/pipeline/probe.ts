/**
 * Tools and models that do what a test says.
 */
import type { ModelEvent, Tool } from '@portcullis/core';

import type { Harness } from './harness.ts';

/** A tool that does what the test says. */
export function tool(name: string, run: Tool['run'], more: Partial<Tool> = {}): Tool {
  return {
    name,
    description: 'A tool.',
    input: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } },
    inputSchema: { type: 'object' },
    effects: [],
    run,
    ...more,
  };
}

let counter = 0;

/** A model that asks for these calls, each under an id of its own unless one is given. */
export function calls(
  ...asked: readonly { readonly name: string; readonly input?: unknown; readonly id?: string }[]
): () => AsyncIterable<ModelEvent> {
  return async function* () {
    for (const { name, input = {}, id } of asked) {
      counter += 1;
      yield { type: 'tool-call', id: id ?? `call-${String(counter)}`, name, input };
    }
    yield { type: 'finish', reason: 'tool-calls', usage: { inputTokens: 10, outputTokens: 5 } };
  };
}

/** A model that begins to answer and never ends. */
export function waits(): (request: unknown, signal: AbortSignal) => AsyncIterable<ModelEvent> {
  return async function* (_request, signal) {
    yield { type: 'text', delta: 'I will never' };
    await untilAborted(signal);
  };
}

/** Rejects when `signal` aborts. */
export async function untilAborted(signal: AbortSignal): Promise<never> {
  return await new Promise((_resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
  });
}

/** Lines of the audit log with this code. */
export async function linesOf(
  harness: Harness,
  code: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const all = await harness.gateway.services.audit.log({ limit: 1000 });
  return all.map(({ entry }) => entry).filter((entry) => entry['code'] === code);
}
