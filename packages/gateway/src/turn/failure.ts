/**
 * What is said when a turn fails: everything useful to an operator, nothing about the inside to
 * anybody else.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import type { GatewayNotice } from '../services.ts';

type ErrorKind = NonNullable<Extract<GatewayNotice, { type: 'chat' }>['errorKind']>;

/** The sentence a conversation hears. It names no host, model, path or version. */
export const APOLOGY = 'Sorry, I could not answer that just now. Please try again in a while.';

/** What a conversation hears whose run asked approvers too often. */
export const TOO_MANY_QUESTIONS =
  'I stopped here: I have asked for permission too often, and it was not given. Please write again in a while, or ask for something else.';

/** One sentence for an operator, with the hint where there is one. */
export function failureSentence(error: unknown): string {
  if (!PortcullisError.is(error))
    return 'The turn failed unexpectedly; the gateway log has the details.';
  return error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
}

/** The failure in the classes clients know. */
export function failureKind(error: unknown): ErrorKind {
  switch (PortcullisError.is(error) ? error.code : '') {
    case 'model.timeout':
    case 'turn.timeout':
      return 'timeout';
    case 'model.rate_limited':
      return 'rate_limit';
    case 'model.context_length':
      return 'context_length';
    case 'model.refused':
      return 'refusal';
    default:
      return 'unknown';
  }
}
