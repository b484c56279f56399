/**
 * `openclaw sessions`: filters, previews, and several conversations at one time.
 */
import { PortcullisError } from '@portcullis/core';
import { describe, expect, test } from 'vitest';

import { call, FakeOperator } from '../call.ts';

const LIST = { sessions: [], totalCount: 0, hasMore: false };

const described = ({ key }: { key: string }) => ({
  session: key === 'gone' ? null : { key: `agent:main:${key}` },
});

describe('list', () => {
  test('hands its filters to the gateway', async () => {
    const fake = new FakeOperator({ 'sessions.list': LIST });
    const words = ['sessions', '--active', '120', '--agent', 'work', '--search', 'ada'];
    const { code, stdout } = await call([...words, '--archived', '--limit', '5'], fake);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'No conversation is like that.\n' });
    expect(fake.asked).toEqual([
      [
        'sessions.list',
        { limit: 5, archived: true, activeMinutes: 120, agentId: 'work', search: 'ada' },
      ],
    ]);
  });
});

describe('preview', () => {
  const previews = [
    {
      key: 'agent:main:main',
      status: 'ok',
      items: [
        { role: 'user', text: 'hello' },
        { role: 'assistant', text: 'hi' },
      ],
    },
    { key: 'agent:main:x', status: 'missing', items: [] },
  ];

  test('shows the last words of those that are named', async () => {
    const fake = new FakeOperator({ 'sessions.preview': { ts: 1, previews } });
    const { stdout } = await call(['sessions', 'preview', 'main', 'x', '--limit', '2'], fake);
    expect(fake.asked).toEqual([
      ['sessions.preview', { keys: ['main', 'x'], limit: 2, maxChars: 200 }],
    ]);
    expect(stdout).toBe('agent:main:main\n  user hello\n  assistant hi\nagent:main:x  missing\n');
  });

  test('shows the last used ones where none is named', async () => {
    const fake = new FakeOperator({
      'sessions.list': { ...LIST, sessions: [{ key: 'agent:main:main' }] },
      'sessions.preview': { ts: 1, previews },
    });
    await call(['sessions', 'preview'], fake);
    expect(fake.asked[1]).toEqual([
      'sessions.preview',
      { keys: ['agent:main:main'], limit: 3, maxChars: 200 },
    ]);
    const none = new FakeOperator({ 'sessions.list': LIST });
    expect((await call(['sessions', 'preview'], none)).stdout).toBe(
      'There are no conversations yet.\n',
    );
  });
});

const fake = (): FakeOperator =>
  new FakeOperator({
    'sessions.describe': described,
    'sessions.delete': ({ key }: { key: string }) => {
      if (key.endsWith(':main')) {
        throw new PortcullisError('gateway.refused', 'A main session can only be reset.');
      }
      return { ok: true, key, deleted: true, archived: [] };
    },
    'sessions.patch': { ok: true },
  });

describe('delete and archive', () => {
  test('nothing begins before every key is known and somebody said yes', async () => {
    const unknown = fake();
    const missing = await call(['sessions', 'delete', 'a', 'gone', '--yes'], unknown);
    expect(missing.stderr).toContain('[session.not_found]');
    const asked = await call(['sessions', 'delete', 'a', 'b'], unknown);
    expect(asked.stderr).toContain('Delete 2 conversations with everything that was said?');
    await call(['sessions', 'delete', 'a', '--dry-run'], unknown);
    expect(unknown.asked.map(([method]) => method)).not.toContain('sessions.delete');
  });

  test('what is refused is told, and the others go on', async () => {
    const operator = fake();
    const words = ['sessions', 'delete', 'main', 'x', '--yes'];
    const { code, stdout, stderr } = await call(words, operator);
    expect(code).toBe(1);
    expect(stdout).toBe('agent:main:x is deleted.\n');
    expect(stderr).toContain('A main session can only be reset.');
    const json = await call([...words, '--json'], operator);
    expect(JSON.parse(json.stdout)).toEqual({
      ok: false,
      sessions: [
        { key: 'agent:main:main', ok: false, error: 'A main session can only be reset.' },
        { key: 'agent:main:x', ok: true },
      ],
    });
  });

  test('conversations are put away and taken out again', async () => {
    const operator = fake();
    expect((await call(['sessions', 'archive', 'x'], operator)).stdout).toBe(
      'agent:main:x is archived.\n',
    );
    await call(['sessions', 'archive', 'x', '--undo'], operator);
    const patched = operator.asked.filter(([method]) => method === 'sessions.patch');
    expect(patched.map(([, params]) => params)).toEqual([
      { key: 'agent:main:x', archived: true },
      { key: 'agent:main:x', archived: false },
    ]);
  });
});
