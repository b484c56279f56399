/**
 * `openclaw logs --follow` while the gateway restarts.
 */
import { PortcullisError } from '@portcullis/core';
import { expect, test } from 'vitest';

import type { Operator } from '../../src/compose/operator.ts';
import { call, FakeOperator } from '../call.ts';

function line(message: string): string {
  return JSON.stringify({ _meta: { logLevelName: 'INFO' }, time: '', message });
}

/** A gateway with one page of the log. */
function gateway(message: string, cursor: number): FakeOperator {
  let told = false;
  return new FakeOperator({
    'logs.tail': () => {
      const lines = told ? [] : [line(message)];
      told = true;
      return { file: 'gateway.log', cursor, size: cursor, lines };
    },
  });
}

test('following goes on where it was once the gateway is back', async () => {
  const controller = new AbortController();
  const gone = Promise.withResolvers<Error>();
  const before = Object.assign(gateway('before', 100), { ended: gone.promise });
  const after = gateway('after', 200);
  const closed = new PortcullisError('gateway.closed', 'The gateway closed the connection.', {
    hint: 'Wait.',
  });
  const answers: (Operator | PortcullisError)[] = [before, closed, after];
  const { code, stdout, stderr } = await call(['logs', '--follow', '--limit', '7'], {
    signal: controller.signal,
    doors: {
      openOperator: async () => {
        const next = answers.shift() ?? closed;
        if (next instanceof PortcullisError) throw next;
        return next;
      },
    },
    onWrite: (text) => {
      if (text.includes('before')) gone.resolve(closed);
      if (text.includes('after')) controller.abort('SIGINT');
    },
  });
  expect(code).toBe(0);
  expect(stdout).toMatch(/ before\n.* after\n$/);
  expect(
    stderr.match(/The gateway closed the connection\. Trying again in \d\.\d s\.\n/g),
  ).toHaveLength(2);
  expect(before.asked[0]).toEqual(['logs.tail', { limit: 7 }]);
  expect(after.asked[0]).toEqual(['logs.tail', { cursor: 100, limit: 5000 }]);
  expect([before.closed, after.closed]).toEqual([true, true]);
});

test('a refusal ends following', async () => {
  const fake = new FakeOperator({
    'logs.tail': () => Promise.reject(new PortcullisError('gateway.refused', 'missing scope')),
  });
  const { code, stderr } = await call(['logs', '--follow'], fake);
  expect({ code, stderr, closed: fake.closed }).toEqual({
    code: 1,
    stderr: 'Error: missing scope [gateway.refused]\n',
    closed: true,
  });
});
