import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { METHODS } from '@portcullis/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { callMethod } from '../../src/server/index.ts';
import { createFakeServices, type FakeServices } from './fake-services.ts';

const caller = { id: 'cli', kind: 'cli', local: true, scopes: ['operator.read'] } as const;
const TIME = Date.UTC(2026, 0, 2, 3, 4, 5);

let services: FakeServices;
let file: string;

beforeEach(async () => {
  services = await createFakeServices();
  mkdirSync(services.paths.logsDir, { recursive: true });
  file = join(services.paths.logsDir, 'gateway.log');
});

afterEach(() => services.dispose());

function line(msg: string): string {
  return `${JSON.stringify({ level: 40, time: TIME, pid: 1, hostname: 'h', name: 'gate', msg, code: 'x' })}\n`;
}

async function tail(params: Record<string, number> = {}) {
  const result = await callMethod(services, caller, 'logs.tail', params);
  expect(METHODS['logs.tail'].result.safeParse(result).error).toBeUndefined();
  return result;
}

test('a log that does not exist yet is empty', async () => {
  expect(await tail()).toEqual({ file: 'gateway.log', cursor: 0, size: 0, lines: [] });
});

test('lines come in the form clients parse, and a cursor brings the new ones', async () => {
  writeFileSync(file, line('first'));
  const first = await tail();
  expect(JSON.parse(first.lines[0] ?? '')).toEqual({
    '0': 'first',
    '1': { code: 'x' },
    _meta: { logLevelName: 'WARN', date: '2026-01-02T03:04:05.000Z', name: 'gate' },
    time: '2026-01-02T03:04:05.000Z',
    message: 'first',
  });
  appendFileSync(file, `${line('second')}{"level":30,"msg":"half`);
  const second = await tail({ cursor: first.cursor });
  expect(second.lines.map((each) => (JSON.parse(each) as { message: string }).message)).toEqual([
    'second',
  ]);
  appendFileSync(file, ' line"}\n');
  const third = await tail({ cursor: second.cursor });
  expect(third.lines).toHaveLength(1);
  expect(third.lines[0]).toContain('half line');
});

test('a log that began anew is read from its start', async () => {
  writeFileSync(file, line('new'));
  const result = await tail({ cursor: 1_000_000 });
  expect(result.reset).toBe(true);
  expect(result.lines).toHaveLength(1);
});

test('limits hold, and say so', async () => {
  writeFileSync(file, [1, 2, 3, 4, 5].map((each) => line(`line ${each}`)).join(''));
  const few = await tail({ limit: 2 });
  expect(few.truncated).toBe(true);
  expect(few.lines.map((each) => (JSON.parse(each) as { message: string }).message)).toEqual([
    'line 4',
    'line 5',
  ]);
  const small = await tail({ maxBytes: 200 });
  expect(small.truncated).toBe(true);
  expect(small.skippedBytes).toBeGreaterThan(0);
  expect(small.lines.length).toBeLessThan(5);
});
