import { PassThrough } from 'node:stream';

import { expect, test } from 'vitest';

import { startChild } from '../../src/brokers/proc/child.ts';
import { LinkedProgram } from '../../src/brokers/proc/program.ts';

test('P33.01: a program that does not read is told no more than it may leave waiting', async () => {
  const stdin = new PassThrough();
  const { promise: ended, resolve } = Promise.withResolvers<{ code: number }>();
  const program = new LinkedProgram({
    pid: 1,
    stdin,
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    ended,
    kill: () => resolve({ code: 0 }),
  });
  const line = 'x'.repeat(1_000_000);
  const told = Array.from({ length: 20 }, () => program.send(line));
  await expect(told.at(-1)).rejects.toMatchObject({ code: 'server.flood' });
  expect(stdin.writableLength + stdin.readableLength).toBeLessThan(10_000_000);
  await program.close();
  const ends = await Promise.allSettled(told);
  expect(ends.every(({ status }) => status === 'rejected')).toBe(true);
});

test('P33.01: a program is let go of though what it started holds its output', async () => {
  const child = await startChild({
    file: '/bin/sh',
    args: ['-c', 'setsid sleep 12 & echo $!; exec cat'],
    env: { PATH: '/usr/bin:/bin' },
    cwd: '/',
  });
  if (child === undefined) throw new Error('no shell');
  const program = new LinkedProgram(child);
  for await (const line of program.lines) {
    expect(line).toMatch(/^\d+$/u);
    break;
  }
  const start = performance.now();
  await program.close();
  expect(performance.now() - start).toBeLessThan(8000);
}, 20_000);
