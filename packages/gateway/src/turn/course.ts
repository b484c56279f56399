/**
 * The course of one turn so far: how many requests and calls it made, and whether it goes in circles.
 * It is read from what was committed, so that a restart neither forgets a step nor forgives a circle.
 *
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';

import { type Decision, type Json, PortcullisError, canonicalJson } from '@portcullis/core';

import type { TranscriptMessage, TranscriptPart } from '../services.ts';
import type { ToolCall } from './tool-decision.ts';

/** Most requests to the model in one turn. */
export const MAX_STEPS = 24;
/** Most tool calls in one turn. */
export const MAX_CALLS = 100;
/** Times a call may have the same outcome with nothing new in between. */
const SAME_OUTCOMES = 5;
/** Refusals for going in circles before the turn is ended. */
const REFUSALS = 3;
/** A circle of two: two calls that take turns. */
const LARGEST_CIRCLE = 2;

/** The decision about a call that leads nowhere. */
export const IN_CIRCLES: Decision = {
  effect: 'deny',
  code: 'turn.loop',
  path: 'tools.loopDetection.enabled',
  reason:
    'The same call had the same outcome again and again. Do something else, or answer with what there is.',
};

interface Made {
  readonly id: string;
  /** Hash of tool and input. */
  readonly call: string;
  /** Hash of the result; absent while there is none. */
  outcome?: string;
}

/** What one turn did so far. */
export class Course {
  readonly #detects: boolean;
  readonly #made: Made[] = [];
  readonly #ids = new Set<string>();
  #steps = 0;
  #refusals = 0;

  /** `messages` are those of this turn, oldest first. `detects`: whether circles are looked for. */
  constructor(messages: readonly TranscriptMessage[], detects: boolean) {
    this.#detects = detects;
    for (const { role, content } of messages) {
      const calls = content.filter((part) => part.type === 'toolCall');
      if (role === 'assistant' && calls.length > 0) {
        this.#steps += 1;
        for (const { id, name, input } of calls) this.#make({ id, name, input });
      }
      for (const part of content) if (part.type === 'toolResult') this.learn(part);
    }
  }

  /** Throws `turn.too_many_steps` when the model was asked as often as it may be. */
  step(): void {
    if (this.#steps < MAX_STEPS) return;
    throw tooMany('turn.too_many_steps', `The turn took more than ${String(MAX_STEPS)} steps.`);
  }

  /**
   * Takes what the model asks for as a step of the turn. A call gets an id of its own where the model
   * used its id before: results, and what an approver allowed once, belong to one call.
   *
   * Throws `turn.too_many_calls`.
   */
  take(calls: readonly ToolCall[]): readonly ToolCall[] {
    if (this.#made.length + calls.length > MAX_CALLS) {
      throw tooMany('turn.too_many_calls', `The turn made more than ${String(MAX_CALLS)} calls.`);
    }
    this.#steps += 1;
    return calls.map((call) => {
      const isUsable = call.id !== '' && !this.#ids.has(call.id);
      const taken = isUsable ? call : { ...call, id: `call_${randomBytes(12).toString('hex')}` };
      this.#make(taken);
      return taken;
    });
  }

  /**
   * The refusal of a call that leads nowhere. Throws `turn.loop` when the model goes on in circles
   * although it was refused.
   */
  refuse(call: ToolCall): Decision | undefined {
    if (!this.#detects || this.#sameOutcomes(hashOfCall(call)) < SAME_OUTCOMES) return undefined;
    if (this.#refusals >= REFUSALS) {
      throw tooMany('turn.loop', 'The turn went in circles: the same calls, the same outcomes.');
    }
    return IN_CIRCLES;
  }

  /** Takes the result of a call. */
  learn({
    id,
    text,
    isError,
  }: Pick<TranscriptPart & { type: 'toolResult' }, 'id' | 'text' | 'isError'>): void {
    const open = this.#made.find((made) => made.id === id && made.outcome === undefined);
    if (open === undefined) return;
    if (isError && text.startsWith(REFUSED)) {
      // A refusal is no outcome of the call: it changes nothing about the circle.
      this.#made.splice(this.#made.indexOf(open), 1, { ...open, outcome: REFUSED });
      this.#refusals += 1;
      return;
    }
    open.outcome = hash(`${isError ? '-' : '+'}${text}`);
  }

  #make({ id, name, input }: ToolCall): void {
    this.#ids.add(id);
    this.#made.push({ id, call: hashOfCall({ id, name, input }) });
  }

  /** How often a call had its latest outcome since anything but a small circle happened. */
  #sameOutcomes(call: string): number {
    const circle = new Set<string>();
    let latest: string | undefined;
    let count = 0;
    for (const made of this.#made.toReversed()) {
      if (made.outcome === undefined || made.outcome === REFUSED) continue;
      circle.add(`${made.call} ${made.outcome}`);
      if (circle.size > LARGEST_CIRCLE) break;
      if (made.call !== call) continue;
      latest ??= made.outcome;
      if (made.outcome === latest) count += 1;
    }
    return count;
  }
}

const REFUSED = `Refused (${IN_CIRCLES.code})`;

function hashOfCall({ name, input }: ToolCall): string {
  return hash(`${name}\n${spelled(input)}`);
}

/** Models answer in JSON; what is not is told apart by nothing but being no JSON. */
function spelled(input: unknown): string {
  try {
    return canonicalJson((input ?? null) as Json);
  } catch {
    return 'not JSON';
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('base64');
}

function tooMany(
  code: 'turn.too_many_steps' | 'turn.too_many_calls' | 'turn.loop',
  what: string,
): PortcullisError {
  return new PortcullisError(code, what, { hint: 'Ask for less at once.' });
}
