/**
 * What a server asks of its own accord is answered, so many times between two requests to it: each
 * question costs it a few bytes, and each answer a request or a line that waits to be read.
 *
 * @module
 */
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { PortcullisError } from '@portcullis/core';

/** Answers between two requests. */
const MOST_ANSWERS = 100;

/** The same transport, which ends as `failed` with `mcp.flood` where a server asks on and on. */
export function boundAnswers(transport: Transport, failed: (error: unknown) => void): Transport {
  const send = transport.send.bind(transport);
  let answers = 0;
  return Object.assign(transport, {
    send: async (...[message, options]: Parameters<Transport['send']>) => {
      answers = 'method' in message ? 0 : answers + 1;
      if (answers > MOST_ANSWERS) {
        const fault = new PortcullisError('mcp.flood', 'The server asks on and on by itself.', {
          hint: 'It is broken or hostile.',
        });
        if (answers === MOST_ANSWERS + 1) failed(fault);
        throw fault;
      }
      await send(message, options);
    },
  });
}
