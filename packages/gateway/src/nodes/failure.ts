/**
 * Why a node did not do what it was asked for.
 *
 * @module
 */
import { type Decision, PortcullisError } from '@portcullis/core';

/** The node is not there. */
export function notConnected(): PortcullisError {
  return new PortcullisError('node.not_connected', 'The node is not connected.', {
    hint: 'Start it on that machine with: openclaw node run',
    details: { wireCode: 'UNAVAILABLE' },
    retryable: true,
  });
}

/** There is no such node. */
export function unknownNode(): PortcullisError {
  return new PortcullisError('request.invalid', 'unknown nodeId', {
    details: { wireCode: 'INVALID_REQUEST' },
    hint: '"openclaw nodes list" shows all.',
  });
}

/** There is no such offer, or not any more. */
export function unknownRequest(): PortcullisError {
  return new PortcullisError('request.invalid', 'unknown requestId', {
    details: { wireCode: 'INVALID_REQUEST' },
    hint: '"openclaw nodes pending" shows those that count.',
  });
}

/** The answer did not come, and nobody knows whether the command ran. */
export function lost(why: 'timeout' | 'disconnected' | 'cancelled'): PortcullisError {
  const [code, message] = LOST[why];
  return new PortcullisError(code, message, {
    hint: 'It may have run. Look at the node before asking again with another key.',
    details: { wireCode: 'UNAVAILABLE' },
    // Not retryable: what may have run once is not run again by itself.
    retryable: false,
  });
}

const LOST = {
  timeout: ['node.timeout', 'The node did not answer in time.'],
  disconnected: ['node.disconnected', 'The node went away before it answered.'],
  cancelled: ['node.cancelled', 'Nobody waits for the answer any more.'],
} as const;

/** The node answered that it failed. What it says is text from outside. */
export function failed(said: { readonly code: string; readonly message: string }): PortcullisError {
  return new PortcullisError('node.failed', `The node answered: ${said.message} (${said.code})`, {
    details: { wireCode: 'INVALID_REQUEST', nodeError: said },
    hint: 'The node decides for itself too; its own log says more.',
  });
}

/** What was asked of the node, or answered by it, is too large or malformed. */
export function unusable(code: 'node.params' | 'node.result', message: string): PortcullisError {
  return new PortcullisError(code, message, {
    details: { wireCode: 'INVALID_REQUEST' },
    hint: 'Ask for less at once.',
  });
}

/** The key was used for something else, or for what nobody knows the end of. */
export function repeated(why: 'conflict' | 'unknown' | 'forgotten'): PortcullisError {
  const [code, message] = REPEATED[why];
  return new PortcullisError(code, message, {
    details: { wireCode: 'INVALID_REQUEST' },
    hint: 'Use a new idempotencyKey to ask for it again.',
  });
}

const REPEATED = {
  conflict: ['node.call_conflict', 'This idempotencyKey was used for another command.'],
  unknown: ['node.call_unknown', 'This command was sent before and nobody knows how it ended.'],
  forgotten: [
    'node.call_forgotten',
    'This command ended before, and its answer was too long to be kept.',
  ],
} as const;

/** Policy refused. */
export function refused(decision: Decision): PortcullisError {
  const { code, reason, path } = decision;
  return new PortcullisError(code, `node command not allowed: ${reason}`, {
    details: { wireCode: 'INVALID_REQUEST', path },
    ...(HINTS[code] === undefined ? {} : { hint: HINTS[code] }),
  });
}

const HINTS: Readonly<Record<string, string>> = {
  'node.not_paired': '"openclaw nodes pending" shows what waits for an approval.',
  'node.command_not_approved': '"openclaw nodes pending" shows what waits for an approval.',
  'node.command_denied': 'gateway.nodes.commands.allow lists the commands nodes may be asked for.',
};

/** What was asked for cannot be read. */
export function invalid(message: string): PortcullisError {
  return new PortcullisError('request.invalid', message, {
    details: { wireCode: 'INVALID_REQUEST' },
  });
}

/** The caller lacks a scope. */
export function missingScope(scope: string): PortcullisError {
  return new PortcullisError('request.scope_missing', `missing scope: ${scope}`, {
    details: {
      wireCode: 'FORBIDDEN',
      code: 'MISSING_SCOPE',
      missingScope: scope,
      requiredScopes: [scope],
    },
  });
}

/** A node asks for its own approval. */
export function forbidden(): PortcullisError {
  return new PortcullisError('request.forbidden', 'a node may not approve itself', {
    details: { wireCode: 'FORBIDDEN', code: 'NODE_SELF_APPROVAL' },
  });
}
