/**
 * Setups inside the test: a situation, and prompters that answer by themselves.
 *
 * @module
 */
import { type ConfigObject, firstConfigText, parseConfigValue } from '@portcullis/gateway/config';

import type { Situation } from '../../src/onboard/question.ts';
import type { Check, Choice, Prompter } from '../../src/terminal/prompter.ts';

/** The config of a first start. */
export const FIRST = parseConfigValue(firstConfigText('unwritten'), 'The config') as ConfigObject;

/** A machine with nothing on it. */
export function situationOf(part: Partial<Situation> = {}): Situation {
  return {
    exists: true,
    config: FIRST,
    servers: [],
    sandbox: { available: true },
    variables: new Set(),
    wider: { edits: [], closes: [] },
    refusal: () => undefined,
    ...part,
  };
}

/** One question as a person sees it. */
export interface Asked {
  readonly message: string;
  readonly choices: readonly string[];
  readonly check: Check;
}

/** What a person answers. */
export type Reply = string | readonly string[] | boolean;

function nothing(): undefined {
  return undefined;
}

/** Answers every question by asking the test. */
export function prompterOf(reply: (asked: Asked) => Reply): Prompter {
  const ask = (message: string, choices: readonly Choice[], check: Check): Reply =>
    reply({ message, choices: choices.map(({ value }) => value), check });
  return {
    choose: async (message, choices) => String(ask(message, choices, nothing)),
    chooseSeveral: async (message, choices) => ask(message, choices, nothing) as readonly string[],
    text: async (message, _initial, check) => String(ask(message, [], check)),
    secret: async (message, check) => String(ask(message, [], check)),
    confirm: async (message) => ask(message, [], nothing) === true,
    title: nothing,
    note: nothing,
    end: nothing,
  };
}
