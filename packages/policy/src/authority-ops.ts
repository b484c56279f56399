/**
 * Who may speak, who may pair, which session, which tool: under their operation names.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { compileInPlace } from './config/compile.ts';
import { byDefault } from './config/shape.ts';
import { type BotLoopEvent, type BotLoopState, botLoopTransition } from './ingress/bot-loop.ts';
import { decideContext } from './ingress/context.ts';
import { passGates } from './ingress/ingress.ts';
import { pairingRun } from './pairing/run.ts';
import { decideDistinct, decideSessionKey } from './session/key.ts';
import { decideRoute } from './session/route.ts';
import { decideVisible } from './session/visible.ts';
import { InvalidSetting, asList, own } from './setting.ts';
import { decideTool, listTools } from './tools/decide.ts';
import { invalid } from './verdict.ts';

/** A decision; operations that run several steps also say where they ended. */
export interface OpResult extends Decision {
  readonly state?: Readonly<Record<string, number>>;
}

/** One decision by name. Given any JSON it answers, and it never changes its arguments. */
export type Op = (config: unknown, input: unknown) => OpResult;

/** Who may speak, who may pair, which session, which tool. */
export const authorityOps: Readonly<Record<string, Op>> = {
  'ingress.decide': (config, input) =>
    passGates(compileInPlace(config), input, { addressing: true }).decision,
  'context.decide': (config, input) => decideContext(compileInPlace(config), input),
  'loop.run': runLoop,
  'pairing.run': pairingRun,
  'route.agent': (config, input) => decideRoute(compileInPlace(config), input),
  'session.key': (config, input) => decideSessionKey(compileInPlace(config), input),
  'session.distinct': (config, input) => decideDistinct(compileInPlace(config), input),
  'session.visible': (config, input) => decideVisible(compileInPlace(config), input),
  'tool.decide': (config, input) => decideTool(compileInPlace(config), input),
  'tool.list': (config, input) => listTools(compileInPlace(config), input),
};

/** Steps of two bots; the decision of the last one. */
function runLoop(config: unknown, input: unknown): Decision {
  const compiled = compileInPlace(config);
  const steps = asList({ value: own(input, 'steps'), path: 'input.steps' }) ?? [];
  let state: BotLoopState = {};
  let last: Decision = invalid(byDefault('input.steps'));
  for (const step of steps) {
    const result = botLoopTransition(compiled, state, readLoopStep(input, step));
    ({ state, decision: last } = result);
  }
  return last;
}

function text(holder: unknown, key: string): string {
  const value = own(holder, key);
  if (typeof value !== 'string') throw new InvalidSetting(`input.${key}`);
  return value;
}

function optional(holder: unknown, key: string): Readonly<Record<string, string>> {
  return own(holder, key) === undefined ? {} : { [key]: text(holder, key) };
}

function readLoopStep(input: unknown, step: unknown): BotLoopEvent {
  const now = own(step, 'now');
  return {
    channel: text(input, 'channel'),
    ...optional(input, 'accountId'),
    ...optional(input, 'peerId'),
    conversation: text(input, 'conversation'),
    from: text(step, 'from'),
    to: text(step, 'to'),
    ...optional(step, 'eventId'),
    now: typeof now === 'number' ? now : Number.NaN,
    isBot: own(step, 'isBot') !== false,
  };
}
