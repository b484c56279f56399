/** The tools of `tools-sessions`, and models that call them. */
import { type Plugin, type Tool, createRegistry } from '@portcullis/core';

import type { Harness, ScriptedModel } from './harness.ts';

const entry = new URL('../../../tools-sessions/src/index.ts', import.meta.url).href;
const { default: plugin } = (await import(entry)) as { readonly default: Plugin };

const registry = createRegistry();
plugin.register(registry);

/** All of them. */
export const sessionTools: readonly Tool[] = [...registry.tools.values()];

let calls = 0;

/** Has the next request answered by a call of a tool. */
export function callsNext(model: ScriptedModel, name: string, input: unknown): void {
  model.script.push(async function* () {
    calls += 1;
    yield { type: 'tool-call', id: `call-${String(calls)}`, name, input };
    yield { type: 'finish', reason: 'tool-calls', usage: {} };
  });
}

/** Has the next request answered by `text`. */
export function saysNext(model: ScriptedModel, text: string): void {
  model.script.push(async function* () {
    yield { type: 'text', delta: text };
    yield { type: 'finish', reason: 'stop', usage: {} };
  });
}

/** Codes of the audit log in order, those that match `pattern`. */
export async function auditCodes(harness: Harness, pattern: RegExp): Promise<readonly string[]> {
  const lines = await harness.gateway.services.audit.log({ limit: 1000 });
  return lines.map(({ entry: { code } }) => String(code)).filter((code) => pattern.test(code));
}
