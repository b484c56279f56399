/**
 * Any method of the gateway, called by hand.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';

import { FakeOperator, call } from '../call.ts';

describe('gateway call', () => {
  test('prints what the method answers, and nothing else', async () => {
    const operator = new FakeOperator({ 'sessions.list': { sessions: [], totalCount: 0 } });
    const argv = ['gateway', 'call', 'sessions.list', '--params', '{"limit":5}'];
    const { code, stdout } = await call(argv, operator);
    expect({ code, answer: JSON.parse(stdout) as unknown }).toEqual({
      code: 0,
      answer: { sessions: [], totalCount: 0 },
    });
    expect(operator.asked).toEqual([['sessions.list', { limit: 5 }]]);
    expect(operator.options).toEqual({ live: true });
  });

  test('reads parameters from standard input, where nobody else sees them', async () => {
    const operator = new FakeOperator({ 'sessions.get': { messages: [] } });
    const argv = ['gateway', 'call', 'sessions.get', '--params', '-'];
    const { code } = await call(argv, {
      ...operator,
      doors: operator.doors,
      stdin: '{"key":"main"}',
    });
    expect(code).toBe(0);
    expect(operator.asked).toEqual([['sessions.get', { key: 'main' }]]);
  });

  test.each([
    [['helth'], 'Did you mean "health"?'],
    [['__proto__'], 'There is no method'],
    [['health', '--params', '[1]'], '--params must be a JSON object.'],
    [['health', '--params', '{'], '--params must be a JSON object.'],
  ])('%j is not sent', async (words, says) => {
    const operator = new FakeOperator({ health: {} });
    const { code, stderr } = await call(['gateway', 'call', ...words], operator);
    expect(code).toBe(1);
    expect(stderr).toContain(says);
    expect(operator.asked).toEqual([]);
  });

  test('does not wait longer than it is told', async () => {
    const operator = new FakeOperator({ health: () => new Promise(() => undefined) });
    const argv = ['gateway', 'call', 'health', '--timeout', '20'];
    const { code, stderr } = await call(argv, operator);
    expect(code).toBe(1);
    expect(stderr).toContain('[gateway.no_answer]');
    expect(operator.closed).toBe(true);
  });
});
