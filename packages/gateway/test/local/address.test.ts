/**
 * Where commands send the gateway's token.
 *
 * @module
 */
import { networkInterfaces } from 'node:os';

import { PortcullisError } from '@portcullis/core';
import { expect, test } from 'vitest';

import { dialable } from '../../src/local/address.ts';

const own = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

const reached: readonly (readonly [string, string])[] = [
  ['127.0.0.1', '127.0.0.1:1'],
  ['127.8.9.1', '127.8.9.1:1'],
  ['::1', '[::1]:1'],
  ['0.0.0.0', '127.0.0.1:1'],
  ['::', '127.0.0.1:1'],
  ...(own === undefined ? [] : [[own, `${own}:1`] as const]),
];

test.each(reached)('P10.03: the gateway at %s is reached on this machine', (host, address) => {
  expect(dialable({ host, port: 1 })).toBe(address);
});

test.each([
  '192.0.2.5',
  '127.0.0.1.evil.example',
  'localhost.evil.example',
  'evil.example',
  '2001:db8::1',
  '127.0.0.1@evil.example',
  '169.254.169.254',
  '',
])('P10.03: no token is sent to %j', (host) => {
  let code: unknown;
  try {
    dialable({ host, port: 1 });
  } catch (error) {
    code = PortcullisError.is(error) ? error.code : error;
  }
  expect(code).toBe('gateway.unreachable');
});
