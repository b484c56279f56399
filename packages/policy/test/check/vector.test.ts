// Decision vectors as `openclaw policy test` runs them.
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readVectors, runVector } from '../../src/check/index.ts';

const folder = new URL('../vectors/', import.meta.url);

test('every vector of this package passes', () => {
  const results = readdirSync(folder).flatMap((name) => {
    const { vectors, faults } = readVectors(
      JSON.parse(readFileSync(new URL(name, folder), 'utf8')),
    );
    expect(faults).toEqual([]);
    return vectors.map(runVector);
  });
  expect(results.length).toBeGreaterThan(400);
  expect(results.filter(({ ok }) => !ok)).toEqual([]);
});

const run = (op: string, config: unknown, input: unknown, expected: Record<string, unknown>) =>
  runVector({ name: 'one', op, config, input, expect: expected });

describe('what is compared', () => {
  const open = { channels: { telegram: { dmPolicy: 'open', allowFrom: ['*'] } } };
  const direct = { channel: 'telegram', kind: 'direct', sender: { id: '1' } };

  test('only the keys that are expected', () => {
    expect(run('ingress.decide', open, direct, { effect: 'allow' })).toEqual({
      name: 'one',
      op: 'ingress.decide',
      ok: true,
      differences: [],
    });
    expect(run('ingress.decide', open, direct, { effect: 'deny', code: 'dm.open' })).toEqual({
      name: 'one',
      op: 'ingress.decide',
      ok: false,
      differences: [{ key: 'effect', expected: 'deny', actual: 'allow' }],
    });
  });

  test('lists and maps that are left out are empty', () => {
    expect(run('ingress.decide', open, direct, { obligations: [], constraints: {} }).ok).toBe(true);
    expect(run('ingress.decide', open, direct, { obligations: ['x'] }).ok).toBe(false);
  });

  test('objects hold more than expected only where that is allowed', () => {
    const analysis = { command: 'ls -l' };
    const value = { segments: [['ls', '-l']] };
    expect(run('exec.analyze', {}, analysis, { value }).ok).toBe(true);
    expect(run('exec.analyze', {}, analysis, { value: { segments: [['ls']] } }).ok).toBe(false);
    const tools = { agentId: 'main', tool: 'browser' };
    const constraints = { browser: 'readonly' };
    expect(run('tool.decide', {}, tools, { constraints }).ok).toBe(true);
    expect(run('tool.decide', {}, tools, { constraints: {} }).ok).toBe(false);
  });

  test('listed warnings are among those given', () => {
    const config = { gateway: { auth: { mode: 'none' } } };
    const expected = { warnings: ['gateway.loopback_no_auth'] };
    expect(run('gateway.start', config, { facts: {} }, expected).ok).toBe(true);
    expect(run('gateway.start', config, { facts: {} }, { warnings: ['nothing'] }).ok).toBe(false);
  });

  test('an unknown operation is denied, not an error', () => {
    expect(run('no.such.op', {}, {}, { effect: 'deny', code: 'config.invalid' }).ok).toBe(true);
  });
});

test.each([
  [{}, ['The file must hold a list.']],
  [[{}], ['[0].name must be text.']],
  [[{ name: 'a' }], ['[0].op must be text.']],
  [[{ name: 'a', op: 'b' }], ['[0].expect must be an object.']],
  [[{ name: 'a', op: 'b', expect: {} }], ['[0].expect expects nothing.']],
])('what is no vector: %j', (document, faults) => {
  expect(readVectors(document)).toEqual({ vectors: [], faults });
});
