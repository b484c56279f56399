import { PortcullisError, Secret } from '@portcullis/core';
import { expect, test } from 'vitest';

import { Exchange } from '../src/exchange.ts';
import { withDefaults } from '../src/settings.ts';

// No client library we use asks for another origin. This holds the door should one start to.
test.each([
  'https://elsewhere.example/v1/chat/completions',
  'http://model.example/v1/chat/completions',
  'https://model.example:8443/v1/chat/completions',
  'https://model.example.elsewhere.example/v1/chat/completions',
])('a request for %s never leaves', async (url) => {
  const sent: unknown[] = [];
  const exchange = new Exchange({
    model: 'm/m',
    baseUrl: new URL('https://model.example/v1'),
    headers: { authorization: new Secret('Bearer k', 'test') },
    settings: withDefaults({}),
    fetch: async (input) => {
      sent.push(input);
      return new Response('{}');
    },
    signal: new AbortController().signal,
  });
  const outcome: unknown = await exchange.fetch(url).catch((error: unknown) => error);
  expect(PortcullisError.is(outcome) && outcome.code).toBe('model.origin');
  expect(sent).toEqual([]);
  expect(exchange.signal.aborted).toBe(true);
});
