/**
 * What a call of a server's tool is to the session it is made from: which way out of it, and what
 * its answer brings in. Only the operator's mapping counts; what a server says of its tools does not.
 *
 * @module
 */
import { type Decision, type Json, canonicalJson } from '@portcullis/core';
import { type FlowLabel, type Sink, taintOf } from '@portcullis/policy/flow';

import type { ServerSettings, ToolMapping } from './settings.ts';

/** The input of a call: an object, as models send it. */
export type CallInput = { readonly [key: string]: Json };

/**
 * The way out that a call is; undefined for one that only reads what is the operator's own. One that
 * nobody mapped is the strictest: a write to nobody knows where.
 */
export function sinkOf(mapping: ToolMapping, input: CallInput): Sink | undefined {
  const identities = identitiesOf(mapping, input);
  switch (mapping.effect) {
    case 'read':
      return undefined;
    case 'search':
      return { kind: 'web.search', query: canonicalJson(input) };
    case 'write':
      return { kind: 'tool', identities };
    case 'message':
      return { kind: 'message', to: identities };
    case 'exec':
      return { kind: 'exec', command: canonicalJson(input) };
    case 'control':
      return { kind: 'control', tool: 'server' };
    case undefined:
      return { kind: 'tool', identities: [] };
  }
}

/** Whom or what a call reaches, by the mapped arguments; none when one of them is not plain. */
function identitiesOf({ identities }: ToolMapping, input: CallInput): readonly string[] {
  const found = identities.map((name): readonly string[] | undefined => {
    const value = Object.hasOwn(input, name) ? input[name] : undefined;
    if (typeof value === 'string') return [value];
    if (!Array.isArray(value)) return undefined;
    const texts = value.filter((each): each is string => typeof each === 'string');
    return texts.length === value.length && texts.length > 0 ? texts : undefined;
  });
  return found.every((each) => each !== undefined) ? found.flat() : [];
}

/** The answer about a call that only reads. */
export function readDecision({ path }: ServerSettings): Decision {
  const reason = 'The operator mapped the tool as one that only reads.';
  return { effect: 'allow', code: 'server.reads', path: `${path}.tools`, reason };
}

/** What an answer brings into the session. */
export function broughtBy({ trusted, private: isPrivate }: ServerSettings): FlowLabel {
  return { u: taintOf(trusted ? 'trusted' : 'external'), P: isPrivate ? ['workspace'] : [] };
}
