/**
 * Why there is no answer of a server, in our own words.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

/** Time was up. */
export function tooLate(ms: number): PortcullisError {
  return new PortcullisError(
    'server.timeout',
    `The server did not answer within ${String(Math.round(ms / 100) / 10)} seconds.`,
    { hint: 'Try again later, or raise its timeout.', retryable: true },
  );
}

/** It went away by itself. */
export function gone(): PortcullisError {
  return new PortcullisError('server.gone', 'The connection to the server ended.', {
    hint: 'openclaw mcp test <server> shows why.',
    retryable: true,
  });
}

/** It has enough to do. */
export function busy(): PortcullisError {
  return new PortcullisError('server.busy', 'Too many calls of this server run at one time.', {
    hint: 'Try again in a moment.',
    retryable: true,
  });
}

/** What would be called is not what was accepted. */
export function notAccepted(): PortcullisError {
  return new PortcullisError(
    'server.tool_changed',
    'The server no longer has the tool that the owner accepted.',
    { hint: 'openclaw mcp show <server> shows the difference; openclaw mcp accept takes it.' },
  );
}

/** We let go of it. */
export function closing(): PortcullisError {
  return new PortcullisError('server.closed', 'The connection to the server is closed.', {
    hint: 'It is made again at the next call.',
  });
}

/** A secret it needs is not there. */
export function noHeader(): PortcullisError {
  return new PortcullisError('server.header', 'A configured header of the server cannot be had.', {
    hint: 'Correct its headers below mcp.servers, or the secret they name.',
  });
}
