/**
 * `openclaw models test`: one short question to a model, over the network, because it was asked for.
 *
 * @module
 */
import { type Model, PortcullisError, createRegistry, silentLogger } from '@portcullis/core';
import { createSecrets } from '@portcullis/gateway/config';
import { createModels, resolveModels } from '@portcullis/models/config';

import type { CommandHandler, Invocation } from '../../command.ts';
import { styled } from '../../terminal/style.ts';
import { unlessInterrupted } from '../operator-session.ts';
import { chosenModels, load, MODEL_KEY, splitId } from './list.ts';

const QUESTION = 'Answer with the one word: ready';
/** Enough for the word, and for a model that thinks before it speaks. */
const MOST_TOKENS = 256;
const SHOWN_CHARS = 200;
const DEFAULT_MS = 30_000;

interface Tested {
  readonly ok: boolean;
  readonly model: string;
  readonly elapsedMs: number;
  readonly text?: string;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string };
}

/** The model of an id, as the gateway would make it; it reaches its server by itself. */
async function modelOf(invocation: Invocation, id: string): Promise<Model> {
  const config = load(invocation);
  const secrets = createSecrets(config, config.env, invocation.context.paths);
  const registry = createRegistry();
  const { default: plugin } = await import('@portcullis/models');
  plugin.register(registry);
  const choice = { value: id, path: MODEL_KEY };
  const resolved = resolveModels(config.value, { secrets, log: silentLogger, choice });
  const [model] = createModels(resolved, registry.models);
  if (model !== undefined) return model;
  throw new PortcullisError('model.not_found', 'There is no such model.', {
    hint: 'openclaw models list shows those there are.',
  });
}

async function ask(model: Model, signal: AbortSignal): Promise<Omit<Tested, 'elapsedMs'>> {
  let text = '';
  const request = {
    system: '',
    messages: [{ role: 'user' as const, content: [{ type: 'text' as const, text: QUESTION }] }],
    tools: [],
    maxOutputTokens: MOST_TOKENS,
  };
  for await (const event of model.stream(request, signal)) {
    if (event.type === 'text') text = (text + event.delta).slice(0, SHOWN_CHARS);
    if (event.type !== 'finish') continue;
    const { inputTokens, outputTokens } = event.usage;
    return {
      ok: true,
      model: model.id,
      text: text.trim(),
      ...(inputTokens !== undefined && { inputTokens }),
      ...(outputTokens !== undefined && { outputTokens }),
    };
  }
  throw new PortcullisError('model.bad_response', 'The answer ended before it was over.');
}

function failed(model: string, error: unknown, late: boolean): Omit<Tested, 'elapsedMs'> {
  if (late) {
    const code = 'model.timeout';
    const hint = 'Give it longer with --timeout, or look after its server.';
    return { ok: false, model, error: { code, message: 'It did not answer in time.', hint } };
  }
  if (!PortcullisError.is(error)) throw error;
  const { code, message, hint } = error;
  return { ok: false, model, error: { code, message, ...(hint !== undefined && { hint }) } };
}

async function testOne(invocation: Invocation, id: string): Promise<Tested> {
  const { input, context, out } = invocation;
  const began = performance.now();
  const late = AbortSignal.timeout(input.count('timeout') ?? DEFAULT_MS);
  const stop = AbortSignal.any([late, context.signal]);
  const work = async (): Promise<Omit<Tested, 'elapsedMs'>> => {
    try {
      return await ask(await modelOf(invocation, id), stop);
    } catch (error) {
      return failed(id, error, late.aborted);
    }
  };
  const tested = await out.during(`Asking ${id}`, unlessInterrupted(context.signal, work()));
  return { ...tested, elapsedMs: Math.round(performance.now() - began) };
}

function print({ out }: Invocation, { ok, model, elapsedMs, text, error, ...usage }: Tested): void {
  const took = `${String(elapsedMs)} ms`;
  if (!ok) {
    out.line(model, '  ', styled('red', error?.message ?? ''), `  ${took} [${error?.code ?? ''}]`);
    if (error?.hint !== undefined) out.line(`  ${error.hint}`);
    return;
  }
  const { inputTokens: read = '?', outputTokens: written = '?' } = usage;
  const tokens = `${String(read)} tokens read, ${String(written)} written`;
  out.line(model, '  ', styled('green', 'answers'), `  ${took}, ${tokens}: ${text ?? ''}`);
}

/** `openclaw models test`. Exit code 1 when one does not answer. */
export const testModels: CommandHandler = async (invocation) => {
  const { input, out, json } = invocation;
  const given = input.given('model');
  if (given !== undefined) splitId(given);
  const chosen = chosenModels(load(invocation).value);
  const ids = given === undefined ? (input.flag('all') ? chosen : chosen.slice(0, 1)) : [given];
  const tested: Tested[] = [];
  for (const id of ids) {
    const each = await testOne(invocation, id);
    tested.push(each);
    if (!json) print(invocation, each);
  }
  const ok = tested.every((each) => each.ok);
  if (json) out.json({ ok, models: tested });
  return ok ? 0 : 1;
};
