/**
 * The failures of a fake model server, one by one.
 *
 * @module
 */
import type { ServerResponse } from 'node:http';

import { pause } from './loopback.ts';
import type { FakeDialect, FakeFailure, FakeFailureOptions, FakeModelRequest } from './script.ts';

const HALF = ['Half ', 'an '];

function sendError(
  status: number,
  code: string | undefined,
  options: FakeFailureOptions,
  dialect: FakeDialect,
  response: ServerResponse,
): void {
  const message = options.message ?? `The fake answers with ${status}.`;
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(options.retryAfter !== undefined && { 'retry-after': options.retryAfter }),
    ...(options.location !== undefined && { location: options.location }),
  });
  response.end(JSON.stringify(dialect.error(status, message, code)));
}

function openStream(
  dialect: FakeDialect,
  model: string,
  texts: readonly string[],
  response: ServerResponse,
): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const frame of dialect.open({}, model)) response.write(frame);
  for (const text of texts) response.write(dialect.delta(text, model));
}

/** Writes for ever, no faster than the other side reads. */
async function neverEnd(
  dialect: FakeDialect,
  model: string,
  response: ServerResponse,
): Promise<void> {
  openStream(dialect, model, [], response);
  const frame = dialect.delta('again and again '.repeat(64), model);
  while (!response.destroyed) {
    if (!response.write(frame)) {
      await new Promise<void>((resolve) => {
        response.once('drain', resolve);
        response.once('close', resolve);
      });
    }
    await pause(0);
  }
}

async function slowly(
  dialect: FakeDialect,
  model: string,
  response: ServerResponse,
): Promise<void> {
  const words = ['Slow ', 'but ', 'sure.'];
  openStream(dialect, model, [], response);
  for (const word of words) {
    await pause(20);
    response.write(dialect.delta(word, model));
  }
  for (const frame of dialect.close({ chunks: words }, model)) response.write(frame);
  response.end();
}

async function breakStream(
  failure: 'half-stream' | 'reset' | 'stall' | 'stream-error',
  options: FakeFailureOptions,
  dialect: FakeDialect,
  model: string,
  response: ServerResponse,
): Promise<void> {
  openStream(dialect, model, HALF, response);
  if (failure === 'half-stream') response.end();
  if (failure === 'stream-error') {
    response.write(dialect.errorFrame(options.message ?? 'The fake is overloaded.'));
    response.end();
  }
  if (failure === 'reset') {
    await pause(20);
    response.destroy();
  }
}

/** Answers one request with a failure. `tear` is called before the server itself cuts the line. */
export async function failWith(
  failure: FakeFailure,
  options: FakeFailureOptions,
  dialect: FakeDialect,
  request: FakeModelRequest,
  response: ServerResponse,
  tear: () => void,
): Promise<void> {
  const model = String(request.body['model'] ?? 'fake-1');
  switch (failure) {
    case 'hang':
      return;
    case 'redirect':
      sendError(307, undefined, options, dialect, response);
      return;
    case 'context-length':
      sendError(400, 'context_length_exceeded', options, dialect, response);
      return;
    case 'quota':
      sendError(429, 'insufficient_quota', options, dialect, response);
      return;
    case 'garbage':
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end('data: {"choices": [}\n\ndata: <<<>>>\n\n');
      return;
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<!doctype html><title>Sign in</title>');
      return;
    case 'never-ends':
      await neverEnd(dialect, model, response);
      return;
    case 'slow':
      await slowly(dialect, model, response);
      return;
    case 'reset':
      tear();
      await breakStream(failure, options, dialect, model, response);
      return;
    case 'half-stream':
    case 'stall':
    case 'stream-error':
      await breakStream(failure, options, dialect, model, response);
      return;
    default:
      sendError(failure, undefined, options, dialect, response);
  }
}
