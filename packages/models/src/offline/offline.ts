/**
 * The built-in offline model: no language model, no network, the same answer every time.
 *
 * It exists so that set-up, channels, approvals and tests run end to end on a machine without a
 * model. It makes real tool calls, which policy decides like any other model's.
 *
 * @module
 */
import type {
  ContentPart,
  Model,
  ModelEvent,
  ModelMessage,
  ModelProviderDefinition,
  ModelRequest,
} from '@portcullis/core';

import { aborted } from '../failure.ts';
import { type PhraseCall, callFor, phrases } from './phrases.ts';

/** Most characters of a tool's answer that are repeated. */
const RESULT_LIMIT = 1500;

const ABOUT =
  'I am the offline demo of Portcullis. I am not a language model: I answer a few fixed phrases and nothing else.';

const HOW_TO_ADD =
  'To talk to a real model, set agents.defaults.model and models.providers in openclaw.json.';

function helpText(): string {
  const lines = phrases.map((phrase) => `- ${phrase.example} (${phrase.means})`);
  return [ABOUT, 'I understand:', ...lines, HOW_TO_ADD].join('\n');
}

type Result = Extract<ContentPart, { type: 'tool-result' }>;

/** Says what a tool answered. It is quoted, never obeyed. */
function resultText(result: Result): string {
  const whole = result.text.trim();
  const shown =
    whole.length > RESULT_LIMIT ? `${whole.slice(0, RESULT_LIMIT)}\n(shortened)` : whole;
  if (result.isError) return `The tool ${result.name} did not work: ${shown || 'no reason given.'}`;
  if (shown === '') return `The tool ${result.name} finished and had nothing to say.`;
  return `The tool ${result.name} answered:\n${shown}`;
}

function textOf(message: ModelMessage | undefined): string {
  const texts = (message?.content ?? []).map((part) => (part.type === 'text' ? part.text : ''));
  return texts.join('\n').trim();
}

/** What to say or call: the whole of the model's thought. */
function answerTo(request: ModelRequest): string | PhraseCall {
  const last = request.messages.at(-1);
  if (last?.role === 'tool') {
    const results = last.content.filter((part) => part.type === 'tool-result');
    return results.map(resultText).join('\n\n');
  }
  const text = textOf(last);
  if (/^\/?help[.!?]?$/i.test(text)) return helpText();
  return callFor(text) ?? `${ABOUT} Write "help" to see them. ${HOW_TO_ADD}`;
}

/** Counts tokens the way a rule of thumb does: four characters each. */
function tokens(text: string): number {
  return Math.ceil(text.length / 4);
}

/** Id of a call, the same for the same place in a conversation. */
function callId(request: ModelRequest): string {
  return `offline_${request.messages.length}`;
}

async function* stream(
  id: string,
  request: ModelRequest,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent, void, undefined> {
  const input = request.messages.map(textOf).join('\n') + request.system;
  const answer = answerTo(request);
  const isCall = typeof answer !== 'string';
  const pieces = isCall ? [] : (answer.match(/[^\n]*\n|[^\n]+$/g) ?? []);
  for (const delta of pieces) {
    if (signal.aborted) throw aborted(id);
    yield { type: 'text', delta };
    // Lets others run between pieces, as they would with a network.
    await Promise.resolve();
  }
  if (signal.aborted) throw aborted(id);
  // A tool that was not offered is called all the same: refusing it is the gateway's work.
  if (isCall) yield { type: 'tool-call', id: callId(request), ...answer };
  const output = isCall ? JSON.stringify(answer.input) : answer;
  yield {
    type: 'finish',
    reason: isCall ? 'tool-calls' : 'stop',
    usage: { inputTokens: tokens(input), outputTokens: tokens(output) },
  };
}

/**
 * Makes the offline model.
 *
 * @param id - default `offline/demo`
 */
export function offlineModel(id = 'offline/demo'): Model {
  return { id, stream: (request, signal) => stream(id, request, signal) };
}

/** Offers the `offline` format. It needs no address and no key. */
export function offline(): ModelProviderDefinition {
  return {
    api: 'offline',
    create: (source) => offlineModel(`${source.provider}/${source.model}`),
  };
}
