import { inspect } from 'node:util';

import { describe, expect, test } from 'vitest';

import {
  DeliveryError,
  PortcullisError,
  Secret,
  createRegistry,
  registerPlugin,
  type Registry,
  isAllowed,
} from '../src/index.ts';

describe('a secret', () => {
  const secret = new Secret('hunter2-hunter2', 'env:TOKEN');

  test('shows its text to reveal and to nothing else', () => {
    const shown = [
      String(secret),
      `${secret.toString()}`,
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ deep: { secret } }, { showHidden: true, depth: 9 }),
      Object.values(secret).join(),
    ];
    for (const text of shown) expect(text).not.toContain('hunter2');
    expect(secret.reveal()).toBe('hunter2-hunter2');
    expect(secret.origin).toBe('env:TOKEN');
  });
});

describe('an error', () => {
  test('is recognised across two copies of the package', () => {
    const foreign = Object.defineProperty(new Error('x'), Symbol.for('portcullis.error'), {
      value: true,
    });
    expect(PortcullisError.is(new PortcullisError('a.b', 'x'))).toBe(true);
    expect(PortcullisError.is(foreign)).toBe(true);
    expect(PortcullisError.is(new Error('x'))).toBe(false);
    expect(PortcullisError.is(null)).toBe(false);
  });

  test.each([
    [new DeliveryError('retry', 'a.b', 'x'), 'retry'],
    [new DeliveryError('failed', 'a.b', 'x'), 'failed'],
    [new DeliveryError('unknown', 'a.b', 'x'), 'unknown'],
    [new PortcullisError('a.b', 'x'), 'unknown'],
    [new Error('x'), 'unknown'],
    ['x', 'unknown'],
  ])('of a send has an outcome: %s', (error, outcome) => {
    expect(DeliveryError.outcomeOf(error)).toBe(outcome);
  });
});

describe('a registry', () => {
  test('holds what was registered, and each id once', () => {
    const registry = createRegistry();
    const check = { id: 'a.b', check: () => [] };
    registry.auditCheck(check);
    expect([...registry.auditChecks.keys()]).toEqual(['a.b']);
    expect(() => registry.auditCheck(check)).toThrow(
      expect.objectContaining({ code: 'plugin.duplicate' }),
    );
  });
});

const offering = (id: string) => ({
  id: 'clock',
  register: (registry: Registry) => registry.auditCheck({ id, check: () => [] }),
});

describe('a plugin', () => {
  test('names its audit checks after itself', () => {
    const registry = createRegistry();
    registerPlugin(offering('clock.late'), registry);
    expect([...registry.auditChecks.keys()]).toEqual(['clock.late']);
  });

  test.each([
    'late',
    'clock',
    'clock.',
    'clocks.late',
    'gateway.bind_no_auth',
    'clock.a.b',
    'clock.A',
  ])('cannot name one %s', (id) => {
    const registry = createRegistry();
    expect(() => registerPlugin(offering(id), registry)).toThrow(
      expect.objectContaining({ code: 'plugin.audit_check' }),
    );
    expect(registry.auditChecks.size).toBe(0);
  });
});

test('only allow goes on', () => {
  const decision = { code: 'a.b', path: 'a', reason: 'A sentence.' };
  const effects = ['allow', 'deny', 'ask', 'pair', 'ignore'] as const;
  expect(effects.filter((effect) => isAllowed({ ...decision, effect }))).toEqual(['allow']);
});
